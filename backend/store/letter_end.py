"""The end of letters: destroyed on demand, given up with a lost key, and their receipts when a form is over."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.bulk import among
from backend.store.letter_keys import mark_destroyed
from backend.store.letter_plan import COUNTED_BEFORE, HELD_BACK, LetterKind
from backend.store.letters import SealedLetter, is_late
from backend.store.purges import raw_retention
from backend.store.tables import ledger, letter, letter_body, letter_total
from mappings.model import Outcome

_AT_ONCE = 500
_UNREAD = (letter.c.read_with.is_(None), letter.c.kind != LetterKind.SET_ASIDE)


def count_bodies(session: Session, form_id: str) -> int:
    """Letters of the form that are still here, sealed."""
    query = select(func.count()).select_from(letter_body).join(letter, letter.c.seq == letter_body.c.seq)
    return session.scalar(query.where(letter.c.form_id == form_id)) or 0


def read_past_retention(session: Session, form_id: str, today: date) -> list[tuple[int, str]]:
    """Number and receipt of letters that were read, or set aside, and whose days are over. Conflicts wait."""
    kept_from = today - timedelta(days=raw_retention(session, form_id))
    rows = session.execute(
        select(letter.c.seq, letter.c.receipt)
        .join(letter_body, letter_body.c.seq == letter.c.seq)
        .where(letter.c.form_id == form_id, letter.c.kind != LetterKind.CONFLICT)
        .where(or_(letter.c.read_with.is_not(None), letter.c.kind == LetterKind.SET_ASIDE))
        .where(letter.c.received_on < kept_from)
        .order_by(letter.c.seq)
    )
    return [(row.seq, row.receipt) for row in rows]


def destroy(session: Session, seqs: Sequence[int]) -> None:
    """The sealed bytes; receipts stay."""
    for first in range(0, len(seqs), _AT_ONCE):
        some = seqs[first : first + _AT_ONCE]
        session.execute(delete(letter_body).where(letter_body.c.seq.in_(some)))


def destroy_withdrawn(session: Session, form_id: str, roots: Mapping[int, str]) -> None:
    """Answers taken back before their letter could be read: it goes as soon as it is. `roots`: letter to submission.

    A conflict stays for the person who decides about it.
    """
    outcome = (ledger.c.form_id == form_id, ledger.c.outcome == Outcome.WITHDRAWN.value)
    wanted = among(session, ledger.c.submission_key, sorted(set(roots.values())))
    gone = set(session.scalars(select(ledger.c.submission_key).where(*outcome, wanted)))
    if not gone:
        return
    seqs = [seq for seq, root in roots.items() if root in gone]
    held = set(session.scalars(select(letter.c.seq).where(letter.c.seq.in_(seqs), letter.c.kind.in_(HELD_BACK))))
    destroy(session, [seq for seq in seqs if seq not in held])
    record(session, Audit("system", "letters.withdrawn", form_id, {"letters": len(seqs) - len(held)}))


def letters_of_key(session: Session, key_id: str) -> int:
    """Letters sealed with this key that are still here."""
    query = select(func.count()).select_from(letter_body).join(letter, letter.c.seq == letter_body.c.seq)
    return session.scalar(query.where(letter.c.key_id == key_id)) or 0


def give_up_key(session: Session, key_id: str, today: date, actor: str) -> int:
    """Nobody will ever open what was sealed with it: the letters go, and those unread count as lost. Returns these."""
    of_key = select(letter.c.seq).where(letter.c.key_id == key_id)
    unread = select(func.count()).select_from(letter_body).join(letter, letter.c.seq == letter_body.c.seq)
    lost = session.scalar(unread.where(letter.c.key_id == key_id, *_UNREAD)) or 0
    session.execute(delete(letter_body).where(letter_body.c.seq.in_(of_key)))
    mark_destroyed(session, key_id, today, Audit(actor, "letter_key.given_up", key_id, {"lost": lost}))
    return lost


def lost_interviews(session: Session, form_id: str) -> int:
    """Those among the receipts that are here, and those whose receipts were destroyed since."""
    kept = session.scalar(select(letter_total.c.lost).where(letter_total.c.form_id == form_id)) or 0
    return lost_here(session, form_id) + kept


def lost_here(session: Session, form_id: str) -> int:
    """Interviews of which no letter was read and none is left to read. What came too late was never to be read."""
    is_known = letter.c.root_receipt == COUNTED_BEFORE
    counts = and_(letter.c.kind.not_in(HELD_BACK), ~is_late(session, [form_id]), ~is_known)
    roots = (
        select(letter.c.root_receipt)
        .outerjoin(letter_body, letter_body.c.seq == letter.c.seq)
        .where(letter.c.form_id == form_id, counts)
        .group_by(letter.c.root_receipt)
        .having(func.count(letter.c.read_with) == 0, func.count(letter_body.c.seq) == 0)
    )
    return session.scalar(select(func.count()).select_from(roots.subquery())) or 0


def read_letters(session: Session, form_id: str, *, after: int, limit: int) -> list[SealedLetter]:
    """Still sealed although a worker has read them, or never will, in their order; `after` turns the pages."""
    was_read = and_(letter.c.read_with.is_not(None), letter.c.kind.not_in(HELD_BACK))
    is_done = or_(was_read, letter.c.kind == LetterKind.SET_ASIDE)
    query = _sealed(form_id).where(letter.c.seq > after, is_done).order_by(letter.c.seq)
    return _letters(session, query.limit(limit))


def newest_letters(session: Session, form_id: str, limit: int) -> list[SealedLetter]:
    """Still sealed, read or not, of those that count."""
    query = _sealed(form_id).where(letter.c.kind.not_in(HELD_BACK)).order_by(letter.c.seq.desc())
    return _letters(session, query.limit(limit))


def _sealed(form_id: str) -> Select[Any]:
    columns = (letter.c.seq, letter.c.key_id, letter.c.kind, letter.c.received_on, letter.c.root_receipt)
    with_body = select(*columns, letter_body.c.sealed).join(letter_body, letter_body.c.seq == letter.c.seq)
    return with_body.where(letter.c.form_id == form_id)


def _letters(session: Session, query: Select[Any]) -> list[SealedLetter]:
    return [SealedLetter(row[0], row[1], LetterKind(row[2]), *row[3:]) for row in session.execute(query)]
