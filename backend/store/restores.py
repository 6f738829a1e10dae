"""Tells a database that was restored from an older backup: what had come since is not in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import audit, letter

_ACTION, _RECEIPTS_GONE = "database.restored", "receipts.destroyed"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far numbers went: those of letters and of audit entries."""

    letter: int
    audit: int


@dataclass(frozen=True, slots=True)
class Restore:
    """Noticed at `at`. `missing`: letters that were here and are not; 0 when none is known to be."""

    at: datetime
    missing: int


def mark(session: Session) -> Mark:
    last = [session.scalar(select(func.max(column))) or 0 for column in (letter.c.seq, audit.c.id)]
    return Mark(*last)


def is_older(session: Session, than: Mark) -> bool:
    """Audit entries are never deleted. Letters are only when a form is over, which leaves an entry."""
    found = mark(session)
    if found.audit < than.audit:
        return True
    newer = select(audit.c.id).where(audit.c.id > than.audit, audit.c.action == _RECEIPTS_GONE).limit(1)
    return found.letter < than.letter and session.scalar(newer) is None


def note(session: Session, missing: int) -> None:
    record(session, Audit("system", _ACTION, "database", {"missing": missing}))


def noticed(session: Session, days: int) -> Sequence[Restore]:
    """Of the last days, the newest first."""
    since = datetime.now(UTC) - timedelta(days=days)
    entries = select(audit.c.at, audit.c.details).where(audit.c.action == _ACTION, audit.c.at >= since)
    return [
        Restore(at, int(details["missing"])) for at, details in session.execute(entries.order_by(audit.c.at.desc()))
    ]
