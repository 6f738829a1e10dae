"""An informant takes the answers back with the code of the conversation: they go, and a tombstone stays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.store import pulls
from backend.store.audit import Audit, record
from backend.store.bulk import merge_rows
from backend.store.letters import GRACE_DAYS
from backend.store.save import NO_REVISION, drop_rows
from backend.store.tables import audit, form, ledger, submission, withdrawn
from mappings.model import Outcome

WRONG_TRIES = 5
_LEASE = timedelta(minutes=1)
_ACTION = "withdrawal"
"""How the audit calls it, before the result."""


class Withdrawal(StrEnum):
    """What became of one try. CHOSEN: a person said which of several it was. ELSEWHERE: none is where it should be."""

    DONE = "done"
    CHOSEN = "chosen"
    NOT_FOUND = "not_found"
    SEVERAL = "several"
    ELSEWHERE = "elsewhere"
    TOO_MANY_TRIES = "too_many_tries"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Which:
    """What the person says of the conversation. `area` is a p-code of any level; `all_of_them`: nobody can tell."""

    month: str | None = None
    area: str | None = None
    all_of_them: bool = False


_ANY = Which()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where and when one of several interviews was, as coarse as the store knows it."""

    month: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """`keys`: of the submissions that are gone. `places`: of all with the code, where a person has to choose."""

    result: Withdrawal
    keys: tuple[str, ...] = field(default=(), repr=False)
    places: tuple[Place, ...] = ()

    @property
    def gone(self) -> int:
        return len(self.keys)


def is_too_late(session: Session, form_id: str, today: date) -> bool:
    """Whether the form is closed and its days of grace are over: from then on its figures are final."""
    closed = select(form.c.closed_on).where(form.c.form_id == form_id, form.c.state == "closed")
    closed_on = session.scalar(closed)
    return closed_on is not None and today > closed_on + timedelta(days=GRACE_DAYS)


def withdraw(
    session: Session, form_id: str, withdrawal_key: str, now: datetime, actor: str, which: Which = _ANY
) -> Tried:
    """Two interviews with one code: neither goes before a person has said which, or that all shall go.

    What comes later with the code is not stored. Holds the lease of the pull meanwhile: a page that was read before and
    is saved after would bring the answers back. It also makes tries wait for each other, so that many at once are no
    more than five.
    """
    owner = uuid4().hex
    if not pulls.take_lease(session, form_id, owner, now, _LEASE):
        return Tried(Withdrawal.BUSY)
    tried = _tried(session, form_id, withdrawal_key, now, which)
    numbers: dict[str, str | int | bool] = {"with_code": len(tried.places), "gone": tried.gone} if tried.places else {}
    record(session, Audit(actor, f"{_ACTION}.{tried.result.value}", form_id, numbers))
    pulls.drop_lease(session, form_id, owner)
    return tried


def _tried(session: Session, form_id: str, withdrawal_key: str, now: datetime, which: Which) -> Tried:
    if _wrong_tries(session, form_id, now) >= WRONG_TRIES:
        return Tried(Withdrawal.TOO_MANY_TRIES)
    found = _with_code(session, form_id, withdrawal_key)
    wanted = [key for key, place in found if _fits(place, which)]
    if found and not wanted:
        return Tried(Withdrawal.ELSEWHERE, places=_places(found))
    if len(wanted) > 1 and not which.all_of_them:
        return Tried(Withdrawal.SEVERAL, places=_places(found))
    _take_back(session, form_id, wanted)
    if len(wanted) == len(found):
        _expect(session, form_id, withdrawal_key)
    if not found:
        return Tried(Withdrawal.NOT_FOUND)
    if len(found) == 1:
        return Tried(Withdrawal.DONE, tuple(wanted))
    return Tried(Withdrawal.CHOSEN, tuple(wanted), _places(found))


def _with_code(session: Session, form_id: str, withdrawal_key: str) -> list[tuple[str, Place]]:
    """Submission key and place of each interview with the code."""
    areas = (submission.c.adm1_pcode, submission.c.adm2_pcode, submission.c.adm3_pcode)
    mine = (submission.c.form_id == form_id, submission.c.withdrawal_key == withdrawal_key)
    rows = session.execute(select(submission.c.submission_key, submission.c.period, *areas).where(*mine))
    return [(key, Place(month, tuple(filter(None, inside)))) for key, month, *inside in rows]


def _fits(place: Place, which: Which) -> bool:
    return which.month in (None, place.month) and (which.area is None or which.area in place.areas)


def _places(found: Sequence[tuple[str, Place]]) -> tuple[Place, ...]:
    return tuple(sorted(place for _, place in found))


def _take_back(session: Session, form_id: str, keys: list[str]) -> None:
    if keys:
        drop_rows(session, form_id, keys)
        mine = update(ledger).where(ledger.c.form_id == form_id, ledger.c.submission_key.in_(keys))
        session.execute(mine.values(outcome=Outcome.WITHDRAWN.value, revision=NO_REVISION))


def _expect(session: Session, form_id: str, withdrawal_key: str) -> None:
    """A letter that nobody could read yet, a copy or an edit under another name: it may still come with this code."""
    rows = [(form_id, withdrawal_key)]
    merge_rows(session, withdrawn, ("form_id", "withdrawal_key"), rows, "ON CONFLICT DO NOTHING")


def _wrong_tries(session: Session, form_id: str, now: datetime) -> int:
    """Of today, in UTC."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    mine = (
        audit.c.action == f"{_ACTION}.{Withdrawal.NOT_FOUND.value}",
        audit.c.object == form_id,
        audit.c.at >= midnight,
    )
    return session.scalar(select(func.count()).select_from(audit).where(*mine)) or 0
