"""Saves one page: standard rows, ledger, counters, receipts of the day, inbox, and the checkpoint, in one transaction.

First a plan is made from what the ledger knows, then it is carried out. Storing the same page twice changes nothing; an
edit replaces the whole row, so no answer of an older version stays.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.store.bulk import among, insert_rows, merge_rows
from backend.store.first_sights import Counts, SealNote, add_counts
from backend.store.tables import ledger, reject, rollup_due, submission, withdrawn
from mappings.model import Outcome, Reject, Sighting, StandardRow, Stripped

NO_REVISION = "0" * 16
_SUBMISSION_COLUMNS = ("form_id", *StandardRow._fields)
_LEDGER_COLUMNS = ("form_id", "submission_key", "revision", "outcome", "purged_at_source")
# A person's decision here outlives whatever the server sends again.
_TOMBSTONES = frozenset({Outcome.WITHDRAWN.value})


class Item(NamedTuple):
    """One submission of a page after strip and apply. `row` is set when the outcome is `stored`."""

    submission_key: str
    outcome: Outcome
    sighting: Sighting
    row: StandardRow | None
    rejects: tuple[Reject, ...]

    @property
    def revision(self) -> str:
        """Without a row, of what was found wrong: read again with another mapping it may be wrong in another way."""
        if self.row:
            return self.row.revision
        if not self.rejects:
            return NO_REVISION
        found = "|".join(sorted(f"{path}={reason.value}" for path, reason in self.rejects))
        return hashlib.sha256(found.encode()).hexdigest()[:16]

    def under(self, key: str) -> "Item":
        """The same item as a version of the submission `key`."""
        if key == self.submission_key:
            return self
        return self._replace(submission_key=key, row=self.row and self.row._replace(submission_key=key))

    def taken_back(self) -> "Item":
        """As if a person had withdrawn it after it was stored: it was sighted, and nothing else is known of it."""
        return self._replace(outcome=Outcome.WITHDRAWN, row=None, rejects=())

    @classmethod
    def of(cls, stripped: Stripped, row: StandardRow | None, rejects: Sequence[Reject]) -> "Item":
        found = stripped.rejects + tuple(rejects)
        return cls._make((stripped.submission_key, stripped.outcome, stripped.sighting, row, found))


@dataclass(slots=True)
class PagePlan:
    """What one page changes. `touched`: (period, adm1) whose counts move."""

    new: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    touched: set[tuple[str, str]] = field(default_factory=set)

    @property
    def written(self) -> list[Item]:
        return [*self.new, *self.changed]

    @property
    def rows(self) -> list[StandardRow]:
        return [item.row for item in self.written if item.row]


def plan_page(items: Sequence[Item], seen: dict[str, tuple[str, str]]) -> PagePlan:
    """`seen`: submission_key to (revision, outcome) of the ledger. The last of several items with one key wins."""
    plan = PagePlan()
    for key, item in {item.submission_key: item for item in items}.items():
        known = seen.get(key)
        if known is None:
            plan.new.append(item)
        elif known[1] not in _TOMBSTONES and known != (item.revision, item.outcome.value):
            plan.changed.append(item)
    plan.touched = {(row.period, row.adm1_pcode) for row in plan.rows}
    plan.counts = Counts.of(item.sighting for item in plan.new)
    return plan


def save_page(session: Session, form_id: str, items: Sequence[Item], seal_note: SealNote) -> PagePlan:
    """Writes one page inside the caller's transaction and returns what was new or changed."""
    items = _without_withdrawn(session, form_id, items)
    plan = plan_page(items, seen(session, form_id, [item.submission_key for item in items]))
    changed = [item.submission_key for item in plan.changed]
    if changed:
        drop_rows(session, form_id, changed)
    _write_ledger(session, form_id, plan)
    rows = [(form_id, *row) for row in plan.rows]
    insert_rows(session, submission, _SUBMISSION_COLUMNS, rows)
    rejects = {(form_id, item.submission_key, *found) for item in plan.written for found in item.rejects}
    insert_rows(session, reject, ("form_id", "submission_key", "path", "reason"), sorted(rejects))
    add_counts(session, form_id, plan.counts, seal_note)
    _mark_due(session, form_id, plan.touched)
    return plan


def _without_withdrawn(session: Session, form_id: str, items: Sequence[Item]) -> Sequence[Item]:
    """Somebody took answers back before they were read here, or as another copy of what is read now."""
    gone = set(session.scalars(select(withdrawn.c.withdrawal_key).where(withdrawn.c.form_id == form_id)))
    if not gone:
        return items
    return [item.taken_back() if item.row and item.row.withdrawal_key in gone else item for item in items]


def seen(session: Session, form_id: str, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Revision and outcome, by submission key, of those that the ledger knows."""
    query = select(ledger.c.submission_key, ledger.c.revision, ledger.c.outcome).where(
        ledger.c.form_id == form_id, among(session, ledger.c.submission_key, keys)
    )
    return {key: (revision, outcome) for key, revision, outcome in session.execute(query)}


def drop_rows(session: Session, form_id: str, keys: Sequence[str]) -> None:
    """Removes rows and rejects that are about to be replaced, and marks the counts they were part of."""
    mine = (submission.c.form_id == form_id, among(session, submission.c.submission_key, keys))
    counted = select(submission.c.period, submission.c.adm1_pcode).where(*mine).distinct()
    _mark_due(session, form_id, {(period, adm1) for period, adm1 in session.execute(counted)})
    session.execute(delete(submission).where(*mine))
    session.execute(delete(reject).where(reject.c.form_id == form_id, among(session, reject.c.submission_key, keys)))


def forget(session: Session, form_id: str, keys: Sequence[str]) -> None:
    """Takes names out of the ledger that stood in for what could not be opened before, and can now."""
    for table in (ledger, reject):
        session.execute(delete(table).where(table.c.form_id == form_id, among(session, table.c.submission_key, keys)))


def _write_ledger(session: Session, form_id: str, plan: PagePlan) -> None:
    rows = [(form_id, item.submission_key, item.revision, item.outcome.value, 0) for item in plan.new]
    insert_rows(session, ledger, _LEDGER_COLUMNS, rows)
    for item in plan.changed:
        session.execute(
            update(ledger)
            .where(ledger.c.form_id == form_id, ledger.c.submission_key == item.submission_key)
            .values(revision=item.revision, outcome=item.outcome.value)
        )


def _mark_due(session: Session, form_id: str, parts: Iterable[tuple[str, str]]) -> None:
    """Takes hold of marks that are there: who counts these parts meanwhile must wait, or would miss the new rows."""
    key, due = ("form_id", "period", "adm1_pcode"), [(form_id, *part) for part in sorted(parts)]
    on_conflict = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET form_id = excluded.form_id"
    merge_rows(session, rollup_due, key, due, on_conflict)
