"""Sessions that somebody ended: their cookie stays good by itself, so the store must say that it is not."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.crypto import token_hash
from backend.store.account_tables import signed_out
from backend.store.audit import Audit, record
from backend.store.bulk import upsert


def end_session(session: Session, token: str, lifetime: timedelta, audit: Audit) -> None:
    """`lifetime`: how long its cookie could be good still. What is past that needs no remembering."""
    now = datetime.now(UTC)
    session.execute(delete(signed_out).where(signed_out.c.until < now))
    row = {"session_hash": token_hash(token), "until": now + lifetime}
    upsert(session, signed_out, row, ("session_hash",))
    record(session, audit)


def has_ended(session: Session, token: str) -> bool:
    mine = select(signed_out.c.session_hash).where(signed_out.c.session_hash == token_hash(token))
    return session.scalar(mine) is not None
