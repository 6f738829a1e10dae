"""The inbox of a team: what its enumerators say about themselves, sealed; gone when handled or after seven days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import form, inbox, legend, survey


@dataclass(frozen=True, slots=True)
class SealedNote:
    """One message with the sealed identity of its sender."""

    id: int
    form_id: str
    form_title: str
    survey_id: str
    collector_key: str
    note: bytes
    enumerator: bytes
    expires_on: date


def notes_of_team(session: Session, team: str, today: date, audit: Audit) -> list[SealedNote]:
    """Looks into the legend, so each look leaves an audit entry; the soonest to expire first."""
    query = (
        select(
            inbox.c.id,
            inbox.c.form_id,
            form.c.title,
            form.c.survey_id,
            inbox.c.collector_key,
            inbox.c.sealed,
            legend.c.sealed,
            inbox.c.expires_on,
        )
        .join(form, form.c.form_id == inbox.c.form_id)
        .join(legend, (legend.c.survey_id == form.c.survey_id) & (legend.c.collector_key == inbox.c.collector_key))
        .where(legend.c.team == team, inbox.c.expires_on >= today)
        .order_by(inbox.c.expires_on, inbox.c.id)
    )
    found = [SealedNote(*row) for row in session.execute(query)]
    record(session, audit)
    return found


def teams_of_others(session: Session, survey_id: str, organisation: str, teams: Collection[str]) -> list[str]:
    """Those of the names under which another organisation's survey has a team: its supervisor would read the inbox."""
    query = (
        select(legend.c.team)
        .join(survey, survey.c.survey_id == legend.c.survey_id)
        .where(legend.c.team.in_(teams), survey.c.org_code != organisation, survey.c.survey_id != survey_id)
    )
    return sorted(session.scalars(query.distinct()))


def delete_note(session: Session, note_id: int, team: str, audit: Audit) -> bool:
    """Deletes a handled message of the team; False when there is none (another tab was faster, or another team's)."""
    senders = select(form.c.form_id).join(legend, legend.c.survey_id == form.c.survey_id)
    of_team = exists(
        senders.where(
            form.c.form_id == inbox.c.form_id, legend.c.collector_key == inbox.c.collector_key, legend.c.team == team
        )
    )
    gone = session.execute(delete(inbox).where(inbox.c.id == note_id, of_team).returning(inbox.c.id)).first()
    if gone is None:
        return False
    record(session, audit)
    return True


def unmatched_notes(session: Session, today: date) -> int:
    """Messages whose sender is in no legend: no supervisor sees them, so somebody must hear that they are there."""
    known = exists(
        select(form.c.form_id)
        .join(legend, legend.c.survey_id == form.c.survey_id)
        .where(form.c.form_id == inbox.c.form_id, legend.c.collector_key == inbox.c.collector_key)
    )
    query = select(func.count()).select_from(inbox).where(inbox.c.expires_on >= today, ~known)
    return session.execute(query).scalar_one()


def delete_expired(session: Session, today: date) -> int:
    """Seven days after it came a message goes, handled or not; how many went."""
    gone = len(session.execute(delete(inbox).where(inbox.c.expires_on < today).returning(inbox.c.id)).all())
    if gone:
        record(session, Audit(actor="system", action="inbox.expired", object="inbox", details={"messages": gone}))
    return gone
