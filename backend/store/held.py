"""What is held here of a form on another server: how many rows, and how given ones were read."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store.bulk import among, merge_rows
from backend.store.mirror import Read
from backend.store.tables import ledger, mirror, vanished
from backend.store.tables import numbered as numbered_table
from mappings.model import Outcome

_AT_ONCE = 1_000
_SETTLED = (Outcome.STORED, Outcome.REFUSED, Outcome.COUNTED, Outcome.WITHDRAWN)


class Held(NamedTuple):
    """`waiting`: of the rows, those gone from the server that a person has to decide about."""

    rows: int
    waiting: int


def held(session: Session, form_id: str) -> Held:
    counts = [
        session.scalar(select(func.count()).select_from(table).where(table.c.form_id == form_id)) or 0
        for table in (mirror, vanished)
    ]
    return Held(*counts)


def read_before(session: Session, form_id: str, keys: Collection[str]) -> dict[str, Read]:
    columns = (mirror.c.submission_key, mirror.c.version_key, mirror.c.review, mirror.c.read_with)
    rows = session.execute(
        select(*columns).where(mirror.c.form_id == form_id, among(session, mirror.c.submission_key, keys))
    )
    return {row[0]: Read(*row) for row in rows}


def still_held(session: Session, form_id: str, keys: Collection[str]) -> bool:
    """Whether one of `keys` is here as if it were on the server: what waits for a person's decision does not count."""
    known = select(vanished.c.submission_key).where(vanished.c.form_id == form_id)
    mine = (mirror.c.form_id == form_id, among(session, mirror.c.submission_key, keys))
    one = select(mirror.c.submission_key).where(*mine, mirror.c.submission_key.not_in(known)).limit(1)
    return session.scalar(one) is not None


def settled(session: Session, form_id: str, keys: Collection[str]) -> set[str]:
    """Those of `keys` whose raw answers are needed no more. What was rejected may yet be read with another mapping."""
    mine = (ledger.c.form_id == form_id, among(session, ledger.c.submission_key, keys))
    done = ledger.c.outcome.in_([outcome.value for outcome in _SETTLED])
    return set(session.scalars(select(ledger.c.submission_key).where(*mine, done)))


def numbered(session: Session, form_id: str) -> set[str]:
    """Rows of a KoBoToolbox that named no root when they were read first."""
    return set(session.scalars(select(numbered_table.c.submission_key).where(numbered_table.c.form_id == form_id)))


def keep_numbered(session: Session, form_id: str, keys: Collection[str]) -> None:
    columns, rows = ("form_id", "submission_key"), [(form_id, key) for key in sorted(keys)]
    for first in range(0, len(rows), _AT_ONCE):
        merge_rows(session, numbered_table, columns, rows[first : first + _AT_ONCE], "ON CONFLICT DO NOTHING")
