"""What is counted when a submission is seen for the first time: counters, receipts of the day, notes to supervisors.

A count may have to be taken back: of an edit that was read before what it edits, of a letter that could
not be read yet. What was counted then is kept, sealed by the worker, until the version is read whose turn it was.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from backend.store.bulk import merge_rows, upsert
from backend.store.tables import counter, daily, early_count, inbox
from mappings.model import InboxNote, Sighting

_INBOX_DAYS = timedelta(days=7)

SealNote = Callable[[InboxNote], bytes]


@dataclass(slots=True)
class Counts:
    """What many sightings add up to."""

    counters: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    days: Counter[tuple[date, str]] = field(default_factory=Counter)
    notes: list[InboxNote] = field(default_factory=list)

    @classmethod
    def of(cls, sightings: Iterable[Sighting]) -> "Counts":
        """Most sightings of a page are like many others of it, so each kind of sighting is looked at once."""
        found = cls()
        for sighting, n in Counter(sightings).items():
            for kind in sighting.kinds:
                found.counters[sighting.month, sighting.adm1, kind] += n
            found.days[sighting.day, sighting.adm1] += n
            if sighting.note:
                found.notes += [sighting.note] * n
        return found


def add_counts(session: Session, form_id: str, counts: Counts, seal_note: SealNote) -> None:
    counters = [(form_id, *key, n) for key, n in sorted(counts.counters.items())]
    _add(session, counter, ("form_id", "month", "adm1_pcode", "kind"), counters)
    days = [(form_id, day.isoformat(), adm1, n) for (day, adm1), n in sorted(counts.days.items())]
    _add(session, daily, ("form_id", "day", "adm1_pcode"), days)
    _write_notes(session, form_id, counts.notes, seal_note)


def _add(session: Session, table: Table, key: Sequence[str], rows: Sequence[tuple[str | int, ...]]) -> None:
    raised = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET n = {table.name}.n + excluded.n"
    merge_rows(session, table, (*key, "n"), rows, raised)


def _write_notes(session: Session, form_id: str, notes: Sequence[InboxNote], seal_note: SealNote) -> None:
    # From the day it can be seen here, which may be weeks after the phone sent it: none may come too old to be seen.
    expires_on = datetime.now(UTC).date() + _INBOX_DAYS
    rows = [
        {
            "form_id": form_id,
            "collector_key": note.collector_key,
            "sealed": seal_note(note),
            "expires_on": expires_on,
        }
        for note in notes
    ]
    if rows:
        session.execute(insert(inbox), rows)


def take_back(session: Session, form_id: str, sighting: Sighting) -> None:
    """As if it had never been counted. A note stays: somebody may have read it already."""
    place = {"form_id": form_id, "adm1_pcode": sighting.adm1}
    for kind in sighting.kinds:
        _lower(session, counter, place | {"month": sighting.month, "kind": kind})
    _lower(session, daily, place | {"day": sighting.day})


def _lower(session: Session, table: Table, row: Mapping[str, object]) -> None:
    mine = [table.c[name] == value for name, value in row.items()]
    session.execute(update(table).where(*mine, table.c.n > 0).values(n=table.c.n - 1))
    session.execute(delete(table).where(*mine, table.c.n == 0))


def early_counts(session: Session, form_id: str) -> dict[str, bytes]:
    """By submission key: what was counted too early, sealed."""
    query = select(early_count.c.submission_key, early_count.c.sealed).where(early_count.c.form_id == form_id)
    return dict(session.execute(query).all())


def keep_early(session: Session, form_id: str, key: str, sealed: bytes) -> None:
    row = {"form_id": form_id, "submission_key": key, "sealed": sealed}
    upsert(session, early_count, row, ("form_id", "submission_key"))


def drop_early(session: Session, form_id: str, keys: Collection[str]) -> None:
    mine = (early_count.c.form_id == form_id, early_count.c.submission_key.in_(keys))
    session.execute(delete(early_count).where(*mine))
