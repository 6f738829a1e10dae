"""An informant takes the answers back with the code of the conversation: they go, and a tombstone stays."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.store import pulls
from backend.store.audit import Audit, record
from backend.store.letters import GRACE_DAYS
from backend.store.save import NO_REVISION, drop_rows
from backend.store.tables import audit, form, ledger, submission
from mappings.model import Outcome

WRONG_TRIES = 5
_LEASE = timedelta(minutes=1)


class Withdrawal(StrEnum):
    """What became of one try."""

    DONE = "done"
    NOT_FOUND = "not_found"
    SEVERAL = "several"
    TOO_MANY_TRIES = "too_many_tries"
    BUSY = "busy"


def is_too_late(session: Session, form_id: str, today: date) -> bool:
    """Whether the form is closed and its days of grace are over: from then on its figures are final."""
    closed = select(form.c.closed_on).where(form.c.form_id == form_id, form.c.state == "closed")
    closed_on = session.scalar(closed)
    return closed_on is not None and today > closed_on + timedelta(days=GRACE_DAYS)


def withdraw(session: Session, form_id: str, withdrawal_key: str, now: datetime, actor: str) -> Withdrawal:
    """Two interviews with one code: neither goes, since nobody can tell whose it is. Says so, and a person decides.

    Holds the lease of the pull meanwhile: a page that was read before and is saved after would bring the answers back.
    It also makes tries wait for each other, so that many at once are no more than five.
    """
    owner = uuid4().hex
    if not pulls.take_lease(session, form_id, owner, now, _LEASE):
        return Withdrawal.BUSY
    result = _tried(session, form_id, withdrawal_key, now)
    record(session, Audit(actor, _action(result), form_id))
    pulls.drop_lease(session, form_id, owner)
    return result


def _tried(session: Session, form_id: str, withdrawal_key: str, now: datetime) -> Withdrawal:
    if _wrong_tries(session, form_id, now) >= WRONG_TRIES:
        return Withdrawal.TOO_MANY_TRIES
    with_code = (submission.c.form_id == form_id, submission.c.withdrawal_key == withdrawal_key)
    found = list(session.scalars(select(submission.c.submission_key).where(*with_code)))
    if not found:
        return Withdrawal.NOT_FOUND
    if len(found) > 1:
        return Withdrawal.SEVERAL
    _take_back(session, form_id, found)
    return Withdrawal.DONE


def _take_back(session: Session, form_id: str, keys: list[str]) -> None:
    drop_rows(session, form_id, keys)
    mine = update(ledger).where(ledger.c.form_id == form_id, ledger.c.submission_key.in_(keys))
    session.execute(mine.values(outcome=Outcome.WITHDRAWN.value, revision=NO_REVISION))


def _action(result: Withdrawal) -> str:
    """How the audit calls it."""
    return f"withdrawal.{result.value}"


def _wrong_tries(session: Session, form_id: str, now: datetime) -> int:
    """Of today, in UTC."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    mine = (
        audit.c.action == f"withdrawal.{Withdrawal.NOT_FOUND.value}",
        audit.c.object == form_id,
        audit.c.at >= midnight,
    )
    return session.scalar(select(func.count()).select_from(audit).where(*mine)) or 0
