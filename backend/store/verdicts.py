"""Whether a form here equals the form on its server: stored after every pull, with the exact difference and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case, literal, select, update
from sqlalchemy.orm import Session

from backend.store.bulk import upsert
from backend.store.tables import verdict


class Standing(StrEnum):
    """COUNT_EQUAL: the numbers agree; whether the contents do was last known when a whole list was compared."""

    EQUAL = "equal"
    DIFFERENT = "different"
    COUNT_EQUAL = "count_equal"


class Why(StrEnum):
    """Why a form is not equal. MOVING: the server's list changed while it was read; the next pull goes on from here.

    UNREAD: the server did not hand out some rows. MANY_GONE: more rows disappeared at once than is believed unasked.
    Of the letterbox: NO_KEY: letters wait whose key is missing; LOST: letters were destroyed before anybody read them;
    CONFLICT: the same submission came with other content; UNACCOUNTED: letters and ledger do not add up.
    """

    NOTHING = ""
    MOVING = "moving"
    UNREAD = "unread"
    MANY_GONE = "many_gone"
    NO_KEY = "no_key"
    LOST = "lost"
    CONFLICT = "conflict"
    UNACCOUNTED = "unaccounted"


class Intake(StrEnum):
    """Why phones cannot send to a form on its server. Answers that it has are pulled as ever.

    Of Central: CLOSING: phones that have the form may send, no other gets it; CLOSED: nobody may send.
    Of KoBo: ARCHIVED: nobody may send; UNDEPLOYED: a project that was never deployed; OVER_PLAN: the owner's plan is
    used up, and only phones are told.
    """

    OPEN = ""
    CLOSING = "form_closing"
    CLOSED = "form_closed"
    ARCHIVED = "form_archived"
    UNDEPLOYED = "form_undeployed"
    OVER_PLAN = "form_over_plan"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`behind`: on the server, not read here. `waiting`: for a person to decide, most often as gone from the server.

    `equal_at` is kept by the store: when both sides last agreed, None for never. `intake` is noted by `keep_intake`.
    """

    form_id: str
    at: datetime
    standing: Standing
    reason: Why
    on_server: int
    behind: int
    waiting: int
    proof: Mapping[str, Any] | None = field(default=None, repr=False)
    equal_at: datetime | None = None
    intake: Intake = Intake.OPEN

    @property
    def contents_as_of(self) -> datetime | None:
        """When more than the numbers was compared last."""
        known = (self.proof or {}).get("contents_as_of")
        return datetime.fromisoformat(known) if known else self.equal_at


def keep_verdict(session: Session, found: Verdict) -> None:
    """Equality in numbers alone does not count as having been equal."""
    row = {
        "form_id": found.form_id,
        "at": found.at,
        "standing": found.standing.value,
        "reason": found.reason.value,
        "on_server": found.on_server,
        "behind": found.behind,
        "waiting": found.waiting,
        "proof": None if found.proof is None else dict(found.proof),
        **({"equal_at": found.at} if found.standing is Standing.EQUAL else {}),
    }
    upsert(session, verdict, row, ("form_id",))


def still_holds(session: Session, form_id: str, at: datetime, proof: Mapping[str, Any] | None = None) -> None:
    equal_at = case(
        (verdict.c.standing == Standing.EQUAL.value, literal(at, verdict.c.at.type)), else_=verdict.c.equal_at
    )
    renewed = {} if proof is None else {"proof": dict(proof)}
    session.execute(update(verdict).where(verdict.c.form_id == form_id).values(at=at, equal_at=equal_at, **renewed))


def keep_intake(session: Session, form_id: str, found: Intake) -> None:
    """Only of a form that has a verdict: before that its pull has not come to its end."""
    session.execute(update(verdict).where(verdict.c.form_id == form_id).values(intake=found.value))


def read_intake(session: Session, form_id: str) -> Intake:
    return Intake(session.scalar(select(verdict.c.intake).where(verdict.c.form_id == form_id)) or "")


def read_verdict(session: Session, form_id: str) -> Verdict | None:
    found = list(_verdicts(session, verdict.c.form_id == form_id))
    return found[0] if found else None


def all_verdicts(session: Session) -> list[Verdict]:
    return _verdicts(session)


def _verdicts(session: Session, *conditions: Any) -> list[Verdict]:
    columns = (
        verdict.c.form_id,
        verdict.c.at,
        verdict.c.standing,
        verdict.c.reason,
        verdict.c.on_server,
        verdict.c.behind,
        verdict.c.waiting,
        verdict.c.proof,
        verdict.c.equal_at,
        verdict.c.intake,
    )
    rows = session.execute(select(*columns).where(*conditions).order_by(verdict.c.form_id))
    return [Verdict(*row[:2], Standing(row[2]), Why(row[3]), *row[4:9], Intake(row[9])) for row in rows]
