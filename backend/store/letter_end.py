"""The end of letters: destroyed on demand, given up with a lost key, and their receipts when a form is over."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backend.store.letter_plan import LetterKind
from backend.store.purges import raw_retention
from backend.store.tables import letter, letter_body

_AT_ONCE = 500


def count_bodies(session: Session, form_id: str) -> int:
    """Letters of the form that are still here, sealed."""
    query = select(func.count()).select_from(letter_body).join(letter, letter.c.seq == letter_body.c.seq)
    return session.scalar(query.where(letter.c.form_id == form_id)) or 0


def read_past_retention(session: Session, form_id: str, today: date) -> list[tuple[int, str]]:
    """Number and receipt of letters that were read and whose days are over. Conflicts wait for a person."""
    kept_from = today - timedelta(days=raw_retention(session, form_id))
    rows = session.execute(
        select(letter.c.seq, letter.c.receipt)
        .join(letter_body, letter_body.c.seq == letter.c.seq)
        .where(letter.c.form_id == form_id, letter.c.kind != LetterKind.CONFLICT)
        .where(letter.c.read_with.is_not(None), letter.c.received_on < kept_from)
        .order_by(letter.c.seq)
    )
    return [(row.seq, row.receipt) for row in rows]


def destroy(session: Session, seqs: Sequence[int]) -> None:
    """The sealed bytes; receipts stay."""
    for first in range(0, len(seqs), _AT_ONCE):
        some = seqs[first : first + _AT_ONCE]
        session.execute(delete(letter_body).where(letter_body.c.seq.in_(some)))
