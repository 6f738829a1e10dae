"""What has to add up about the letters of a form: how far they go, and how many interviews were read of them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store.tables import ledger, letter


def last_number(session: Session, form_id: str) -> int:
    """Grows with every letter that comes."""
    return session.scalar(select(func.max(letter.c.seq)).where(letter.c.form_id == form_id)) or 0


def interviews_read(session: Session, form_id: str) -> int:
    return session.scalar(select(func.count()).select_from(ledger).where(ledger.c.form_id == form_id)) or 0
