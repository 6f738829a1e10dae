"""Keeps what was deleted at the source: batch by batch, marked before anything goes, and the proof afterwards."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from backend.store import mirror
from backend.store.audit import Audit, record
from backend.store.tables import form, purge_batch, survey
from backend.store.verdicts import Standing, Verdict

BEGUN, DONE = "begun", "done"


@dataclass(frozen=True, slots=True)
class Batch:
    """`hashes` name pseudonyms. While it is `begun`, some of them may still be on the server."""

    batch_id: int
    server: str
    at: datetime
    is_done: bool
    standing: Standing
    standing_at: datetime
    hashes: tuple[str, ...] = field(repr=False)


def hashed(pseudonym: str) -> str:
    """The pseudonyms themselves stay in the database: a proof is handed on."""
    return hashlib.sha256(pseudonym.encode()).hexdigest()


def fingerprint(hashes: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def is_allowed(session: Session, form_id: str) -> bool:
    return bool(session.scalar(select(form.c.purge_raw).where(form.c.form_id == form_id)))


def allow(session: Session, form_id: str, *, is_allowed: bool, audit: Audit) -> None:
    """The switch of the form; it is off until somebody turns it on."""
    session.execute(update(form).where(form.c.form_id == form_id).values(purge_raw=is_allowed))
    record(session, audit)


def raw_retention(session: Session, form_id: str) -> int:
    """Days that raw answers are kept, as the brief says."""
    of_form = select(survey.c.raw_retention_days).join(form, form.c.survey_id == survey.c.survey_id)
    return session.scalar(of_form.where(form.c.form_id == form_id)) or 0


def begin_batch(session: Session, verdict: Verdict, server: str, keys: Sequence[str], audit: Audit) -> int:
    """Marks the rows as purged before they are deleted: a crash in between costs a second reading, never an answer."""
    mirror.mark_purged(session, verdict.form_id, keys)
    return add_batch(session, verdict, server, [hashed(key) for key in keys], is_done=False, audit=audit)


def add_batch(
    session: Session, verdict: Verdict, server: str, hashes: Sequence[str], *, is_done: bool, audit: Audit
) -> int:
    new = {
        "form_id": verdict.form_id,
        "server": server,
        "at": datetime.now(UTC),
        "state": DONE if is_done else BEGUN,
        "standing": verdict.standing.value,
        "standing_at": verdict.at,
        "hashes": sorted(hashes),
    }
    number: int = session.execute(insert(purge_batch).values(**new).returning(purge_batch.c.id)).scalar_one()
    record(session, audit)
    return number


def settle_batches(session: Session, form_id: str, still_there: Collection[str], audit: Audit) -> int:
    """Closes what was begun: the proof keeps only what is gone from the server's list. Returns how many are gone."""
    gone = 0
    for batch in batches(session, form_id):
        if batch.is_done:
            continue
        left = sorted(set(batch.hashes).difference(still_there))
        gone += len(left)
        settled = update(purge_batch).where(purge_batch.c.id == batch.batch_id)
        session.execute(settled.values(state=DONE, hashes=left))
    record(session, audit)
    return gone


def batches(session: Session, form_id: str) -> list[Batch]:
    """In the order in which they were begun."""
    columns = (
        purge_batch.c.id,
        purge_batch.c.server,
        purge_batch.c.at,
        purge_batch.c.state,
        purge_batch.c.standing,
        purge_batch.c.standing_at,
        purge_batch.c.hashes,
    )
    rows = session.execute(select(*columns).where(purge_batch.c.form_id == form_id).order_by(purge_batch.c.id))
    return [Batch(*row[:3], row[3] == DONE, Standing(row[4]), row[5], tuple(row[6])) for row in rows]
