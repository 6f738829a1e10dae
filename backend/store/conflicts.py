"""Submissions that came twice under one id with different content: what is known of them, and what a person decides."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from backend.store.audit import Audit, record
from backend.store.letter_plan import COUNTED_BEFORE, LetterKind
from backend.store.tables import letter, letter_body

_READ = (LetterKind.ORIGINAL, LetterKind.EDIT, LetterKind.PAGE, LetterKind.REPLACEMENT)


class Choice(StrEnum):
    """FIRST: the later one is set aside. SECOND: it takes the place of the first. BOTH: they are two interviews."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Difference:
    """In which questions two letters differ, by path, out of so many that either answers. Never what was answered.

    `answered` is 0 when they could not be compared, since one of them is destroyed or cannot be opened.
    """

    answered: int
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A letter that waits, and the one that was read in its place. `first` is None when there is none to replace.

    `difference` is None until a worker compared them.
    """

    number: int
    form_id: str
    received_on: date
    first: int | None
    first_received_on: date | None
    difference: Difference | None

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(Choice) if self.first is not None else (Choice.FIRST, Choice.BOTH)


@dataclass(frozen=True, slots=True)
class Sealed:
    number: int
    key_id: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a worker opens to compare. A letter that is destroyed is None."""

    number: int
    first: Sealed | None
    second: Sealed | None


def waiting(session: Session, form_id: str | None = None) -> list[Conflict]:
    """All that nobody decided yet, oldest first."""
    return _waiting(session, true() if form_id is None else letter.c.form_id == form_id)


def _waiting(session: Session, condition: ColumnElement[bool]) -> list[Conflict]:
    columns = (letter.c.seq, letter.c.form_id, letter.c.received_on, letter.c.difference)
    query = select(*columns).where(letter.c.kind == LetterKind.CONFLICT, condition).order_by(letter.c.seq)
    return [_conflict(session, row) for row in session.execute(query)]


def settle(session: Session, number: int, choice: Choice, actor: str) -> bool:
    """False when nothing of this number waits, or it cannot be chosen so. What is chosen is read by the next pull."""
    found = next(iter(_waiting(session, letter.c.seq == number)), None)
    if found is None or choice not in found.choices:
        return False
    if choice is Choice.FIRST:
        _change(session, number, kind=LetterKind.SET_ASIDE)
    elif choice is Choice.SECOND:
        first_root = select(letter.c.root_receipt).where(letter.c.seq == found.first).scalar_subquery()
        _change(session, number, kind=LetterKind.REPLACEMENT, root_receipt=first_root, read_with=None)
        _change(session, found.first, kind=LetterKind.SET_ASIDE)
    else:
        # An interview of its own: it counts as one, and no later edit of the first touches it.
        _change(session, number, kind=LetterKind.SEPARATE, root_receipt=letter.c.content, read_with=None)
    record(session, Audit(actor, "conflict.settled", found.form_id, {"number": number, "choice": choice.value}))
    return True


def _change(session: Session, number: int | None, **values: Any) -> None:
    session.execute(update(letter).where(letter.c.seq == number).values(**values))


def uncompared(session: Session, form_id: str, limit: int) -> list[Pair]:
    """Conflicts of which no worker said yet how much they differ."""
    fresh = select(letter.c.seq).where(
        letter.c.form_id == form_id, letter.c.kind == LetterKind.CONFLICT, letter.c.difference.is_(None)
    )
    numbers = list(session.scalars(fresh.order_by(letter.c.seq).limit(limit)))
    return [Pair(number, _sealed(session, _first(session, number)), _sealed(session, number)) for number in numbers]


def keep_difference(session: Session, number: int, found: Difference) -> None:
    _change(session, number, difference={"answered": found.answered, "paths": list(found.paths)})


def _conflict(session: Session, row: Any) -> Conflict:
    first = _first(session, row.seq)
    received = select(letter.c.received_on).where(letter.c.seq == first)
    found = row.difference
    difference = Difference(found["answered"], tuple(found["paths"])) if found else None
    return Conflict(row.seq, row.form_id, row.received_on, first, session.scalar(received), difference)


def _first(session: Session, number: int) -> int | None:
    """The letter that was read under the same id. A page gives each letter an id of its own: there its root is one."""
    other = aliased(letter)
    is_root = and_(other.c.root_receipt == letter.c.root_receipt, letter.c.root_receipt != COUNTED_BEFORE)
    is_same: ColumnElement[bool] = or_(other.c.receipt == letter.c.receipt, is_root)
    query = (
        select(other.c.seq)
        .join(letter, (letter.c.form_id == other.c.form_id) & is_same)
        .where(letter.c.seq == number, other.c.seq != number, other.c.kind.in_(_READ))
        .order_by((other.c.receipt == letter.c.receipt).desc(), other.c.seq)
        .limit(1)
    )
    return session.scalar(query)


def _sealed(session: Session, number: int | None) -> Sealed | None:
    query = select(letter.c.key_id, letter_body.c.sealed).join(letter_body, letter_body.c.seq == letter.c.seq)
    row = session.execute(query.where(letter.c.seq == number)).one_or_none()
    return Sealed(number, row.key_id, row.sealed) if row and number is not None else None
