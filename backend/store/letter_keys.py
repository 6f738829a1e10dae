"""The public halves of the letter keys: one a month, sealed with by the door, made and given up by workers."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.letter_plan import HELD_BACK
from backend.store.letters import waits_for_a_look
from backend.store.tables import form, letter, letter_body, letter_key, survey

# Whatever still waits: by then the private half goes, and with it what backups hold of the letters.
LAST_DAYS = 62


@dataclass(frozen=True, slots=True)
class LetterKey:
    key_id: str
    month: str
    public_key: bytes
    promised_until: date | None = None


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def next_month(month: str) -> str:
    return month_of(_last_day(month) + timedelta(days=1))


def _last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])


def sealing_key(session: Session, today: date) -> LetterKey | None:
    """The key of this month; None: no worker has made it, so nothing can be sealed."""
    return newest(living_keys(session), month_of(today))


def longest_retention(session: Session) -> int:
    """Days, over all surveys: a letter's key does not know its survey."""
    return session.scalar(select(func.max(survey.c.raw_retention_days))) or 0


def opens_until(key: LetterKey, retention: int) -> date:
    """The last day on which the private half is surely there: the promise that `keys_past_use` keeps."""
    return _opens_until(key.month, key.promised_until, retention)


def _opens_until(month: str, promised: date | None, retention: int) -> date:
    day = _last_day(month) + timedelta(days=min(retention, LAST_DAYS - 1))
    return max(day, promised or day)


def hold_promises(session: Session) -> None:
    """Before a survey's retention may become shorter: pages hold letters, and were told until when these open."""
    retention = longest_retention(session)
    for key in living_keys(session):
        of_key = update(letter_key).where(letter_key.c.key_id == key.key_id)
        session.execute(of_key.values(promised_until=opens_until(key, retention)))


def newest(keys: Iterable[LetterKey], month: str) -> LetterKey | None:
    return max((key for key in keys if key.month == month), key=lambda key: key.key_id, default=None)


def living_keys(session: Session) -> list[LetterKey]:
    columns = (letter_key.c.key_id, letter_key.c.month, letter_key.c.public_key, letter_key.c.promised_until)
    rows = session.execute(select(*columns).where(letter_key.c.destroyed_on.is_(None)).order_by(letter_key.c.key_id))
    return [LetterKey(*row) for row in rows]


def is_living(session: Session, key_id: str) -> bool:
    found = exists().where(letter_key.c.key_id == key_id, letter_key.c.destroyed_on.is_(None))
    return bool(session.scalar(select(found)))


def is_destroyed(session: Session, key_id: str) -> bool:
    """Nobody will ever open what is sealed with it. Of a key that is unknown, nobody can say so."""
    found = exists().where(letter_key.c.key_id == key_id, letter_key.c.destroyed_on.is_not(None))
    return bool(session.scalar(select(found)))


def destroyed_keys(session: Session) -> list[str]:
    return list(session.scalars(select(letter_key.c.key_id).where(letter_key.c.destroyed_on.is_not(None))))


def take_turn(session: Session) -> None:
    """Two workers that start together must not both make the key of a month. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE letter_key IN SHARE ROW EXCLUSIVE MODE"))


def key_ids(session: Session, month: str) -> list[str]:
    """All that ever were, destroyed ones too: an id is never used twice."""
    return list(session.scalars(select(letter_key.c.key_id).where(letter_key.c.month == month)))


def add_key(session: Session, key: LetterKey, audit: Audit) -> None:
    row = {"key_id": key.key_id, "month": key.month, "public_key": key.public_key}
    session.execute(insert(letter_key).values(**row))
    record(session, audit)


def mark_destroyed(session: Session, key_id: str, today: date, audit: Audit) -> None:
    session.execute(update(letter_key).where(letter_key.c.key_id == key_id).values(destroyed_on=today))
    record(session, audit)


def keys_past_use(session: Session, today: date) -> list[str]:
    """Keys that nothing needs any more.

    Nothing sealed with it waits, and a letter sealed on the last day of its month would be past the longest retention
    of any survey, and past what pages were told: letters sealed in a page arrive after their month. After LAST_DAYS it
    goes in any case, unless a worker has yet to try what was never read.
    """
    retention = longest_retention(session)
    sealed = (letter.c.key_id == letter_key.c.key_id, letter_body.c.seq == letter.c.seq)
    waiting = exists().where(*sealed)
    unread = (letter.c.read_with.is_(None), letter.c.kind.not_in(HELD_BACK), form.c.form_id == letter.c.form_id)
    untried = exists().where(*sealed, *unread, waits_for_a_look(today))
    columns = (letter_key.c.key_id, letter_key.c.month, letter_key.c.promised_until)
    rows = session.execute(
        select(*columns, waiting.label("waiting"), untried.label("untried"))
        .where(letter_key.c.destroyed_on.is_(None))
        .order_by(letter_key.c.key_id)
    )
    return [
        row.key_id
        for row in rows
        if not row.untried
        if (today - _last_day(row.month)).days >= LAST_DAYS
        or (today > _opens_until(row.month, row.promised_until, retention) and not row.waiting)
    ]
