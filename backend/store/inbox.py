"""The inbox of a team: what its enumerators say about themselves, sealed; gone when handled or after seven days.

A message is of the survey of its form, and of the team in which that survey's legend has the sender.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, exists, func, select, tuple_
from sqlalchemy.orm import Session

from backend.access import Team
from backend.store.audit import Audit, record
from backend.store.tables import form, inbox, legend


@dataclass(frozen=True, slots=True)
class SealedNote:
    """One message with the sealed identity of its sender."""

    id: int
    form_id: str
    form_title: str
    survey_id: str
    team: str
    collector_key: str
    note: bytes
    enumerator: bytes
    expires_on: date


def notes_of_teams(session: Session, teams: Collection[Team], today: date, audit: Audit) -> list[SealedNote]:
    """Looks into the legend, so each look leaves an audit entry; the soonest to expire first."""
    query = (
        select(
            inbox.c.id,
            inbox.c.form_id,
            form.c.title,
            form.c.survey_id,
            legend.c.team,
            inbox.c.collector_key,
            inbox.c.sealed,
            legend.c.sealed,
            inbox.c.expires_on,
        )
        .join(form, form.c.form_id == inbox.c.form_id)
        .join(legend, (legend.c.survey_id == form.c.survey_id) & (legend.c.collector_key == inbox.c.collector_key))
        .where(_of(teams), inbox.c.expires_on >= today)
        .order_by(inbox.c.expires_on, inbox.c.id)
    )
    found = [SealedNote(*row) for row in session.execute(query)]
    record(session, audit)
    return found


def delete_note(session: Session, note_id: int, teams: Collection[Team], audit: Audit) -> bool:
    """Deletes a handled message of the teams; False when there is none (another tab was faster, or another team's)."""
    senders = select(form.c.form_id).join(legend, legend.c.survey_id == form.c.survey_id)
    of_teams = exists(
        senders.where(form.c.form_id == inbox.c.form_id, legend.c.collector_key == inbox.c.collector_key, _of(teams))
    )
    gone = session.execute(delete(inbox).where(inbox.c.id == note_id, of_teams).returning(inbox.c.id)).first()
    if gone is None:
        return False
    record(session, audit)
    return True


def _of(teams: Collection[Team]) -> ColumnElement[bool]:
    return tuple_(legend.c.survey_id, legend.c.team).in_([(team.survey_id, team.name) for team in teams])


def waiting_notes(session: Session, today: date) -> dict[Team | None, int]:
    """How many messages each team has; None has those whose sender is in no legend."""
    query = (
        select(legend.c.survey_id, legend.c.team, func.count())
        .select_from(inbox)
        .join(form, form.c.form_id == inbox.c.form_id)
        .outerjoin(legend, (legend.c.survey_id == form.c.survey_id) & (legend.c.collector_key == inbox.c.collector_key))
        .where(inbox.c.expires_on >= today)
        .group_by(legend.c.survey_id, legend.c.team)
    )
    rows = session.execute(query)
    return {Team(survey_id, name) if name is not None else None: n for survey_id, name, n in rows}


def known_teams(session: Session) -> frozenset[Team]:
    """Of all surveys whose forms went to phones."""
    return frozenset(Team(*row) for row in session.execute(select(legend.c.survey_id, legend.c.team).distinct()))


def delete_expired(session: Session, today: date) -> int:
    """Seven days after it came a message goes, handled or not; how many went."""
    gone = len(session.execute(delete(inbox).where(inbox.c.expires_on < today).returning(inbox.c.id)).all())
    if gone:
        record(session, Audit(actor="system", action="inbox.expired", object="inbox", details={"messages": gone}))
    return gone
