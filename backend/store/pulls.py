"""The state of a pull lives here, not in the queue: who may read a form now, how far it came, what went wrong."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from backend.store.bulk import upsert
from backend.store.tables import checkpoint, pull

# No lease lasts so long: one that seems to was taken while a clock was wrong, and would keep every worker away.
_LONGEST = timedelta(days=1)


class LeaseLostError(Exception):
    """Another worker reads this form now. What this one has not committed yet is read by the other."""


def take_lease(session: Session, form_id: str, owner: str, now: datetime, lasting: timedelta) -> bool:
    """Whether `owner` may read the form. A lease that ran out (its worker was killed) goes to whoever asks next."""
    if session.scalar(select(pull.c.form_id).where(pull.c.form_id == form_id)) is None:
        upsert(session, pull, {"form_id": form_id, "attempts": 0}, ("form_id",))
    ended = or_(pull.c.lease_until < now, pull.c.lease_until > now + max(lasting, _LONGEST))
    free = or_(pull.c.lease_until.is_(None), ended, pull.c.lease_owner == owner)
    taken = session.execute(
        update(pull)
        .where(pull.c.form_id == form_id, free)
        .values(lease_owner=owner, lease_until=now + lasting, last_started=now, attempts=pull.c.attempts + 1)
        .returning(pull.c.form_id)
    )
    return taken.first() is not None


def renew_lease(session: Session, form_id: str, owner: str, until: datetime) -> None:
    """In the transaction of each page: a worker that lost its lease while it slept saves nothing. LeaseLostError."""
    kept = session.execute(
        update(pull)
        .where(pull.c.form_id == form_id, pull.c.lease_owner == owner)
        .values(lease_until=until)
        .returning(pull.c.form_id)
    )
    if kept.first() is None:
        raise LeaseLostError(f"Another worker took over the pull of form {form_id}")


def release_lease(session: Session, form_id: str, owner: str, now: datetime, error: str | None) -> None:
    """`error` is a stable code for the pages, None when all went well."""
    values: dict[str, object] = {"lease_owner": None, "lease_until": None, "last_error": error}
    if error is None:
        values |= {"last_finished": now, "attempts": 0}
    session.execute(update(pull).where(pull.c.form_id == form_id, pull.c.lease_owner == owner).values(**values))


def held_until(session: Session, form_id: str) -> datetime | None:
    """When the form is free at the latest, should whoever reads it give no more sign of life."""
    return session.scalar(select(pull.c.lease_until).where(pull.c.form_id == form_id))


def drop_lease(session: Session, form_id: str, owner: str) -> None:
    """Gives back a lease that was taken to keep pulls away: when the last pull ended, and how, stays as it was."""
    mine = (pull.c.form_id == form_id, pull.c.lease_owner == owner)
    session.execute(update(pull).where(*mine).values(lease_owner=None, lease_until=None, attempts=0))


def cursor(session: Session, form_id: str, mapping_version: str) -> str | None:
    """How far the form was read with this mapping; None for never: another mapping reads again from the start."""
    wanted = (checkpoint.c.form_id == form_id, checkpoint.c.mapping_version == mapping_version)
    return session.scalar(select(checkpoint.c.cursor).where(*wanted))


def keep_cursor(session: Session, form_id: str, mapping_version: str, reached: str) -> None:
    row = {"form_id": form_id, "mapping_version": mapping_version, "cursor": reached}
    upsert(session, checkpoint, row, ("form_id", "mapping_version"))
