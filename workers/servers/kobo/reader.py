"""Reads rows of one KoBo form, each with the mapping of the form version it was filled in with."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple

from backend.store.mirror import Listed, Read
from backend.store.save import Item
from mappings.kobo import KoboRow
from mappings.model import Outcome, Reason, Reject, Sighting
from mappings.privacy.pseudonym import pseudonym, submission_key
from mappings.privacy.time import month
from workers.reading import Reader, Reading

_SUBMISSION = "submission"


class Found(NamedTuple):
    """A submission as it can be saved, and what the mirror notes of it."""

    item: Item
    read: Read


class RowKeys:
    """By which names rows of the list are known here.

    `numbered`: keys of rows that named no root when they were read first. A server older than 2025 names none, and only
    the number of a row outlives an edit there. When it is brought up to date, these rows keep the name they have here.
    """

    def __init__(self, opened: Reading, numbered: Collection[str] = ()) -> None:
        self._opened = opened
        self.numbered = set(numbered)
        self._fresh: set[str] = set()

    def listed(self, row: KoboRow) -> Listed:
        opened = self._opened
        version_key = pseudonym(opened.keys.round_key, "version", f"{opened.form_id}|{row.edit}")
        return Listed(self._key_of(row), version_key, row.review)

    def _key_of(self, row: KoboRow) -> str:
        by_number = self.key(f"_id:{row.id}") if self.numbered or not row.root else ""
        if not row.root and by_number not in self.numbered:
            self.numbered.add(by_number)
            self._fresh.add(by_number)
        return by_number if by_number in self.numbered else self.key(row.root)

    def take_fresh(self) -> list[str]:
        """Keys that became known by number since the last time: to be kept with the page that holds their rows."""
        fresh = sorted(self._fresh)
        self._fresh.clear()
        return fresh

    def key(self, root: str) -> str:
        return submission_key(self._opened.keys, self._opened.form_id, root)


class RowReader(RowKeys):
    """Reads rows in memory. `version_of`: which of our versions a row was given with, '' for none."""

    def __init__(self, opened: Reading, version_of: Callable[[KoboRow], str]) -> None:
        super().__init__(opened)
        self._version_of = version_of

    def read(self, rows: Sequence[KoboRow]) -> list[Found]:
        """In the same order. A row that cannot be read is a rejected submission, not a lost page."""
        found: list[Found] = []
        for version, group in groupby(rows, self._version_of):
            found += self._read(list(group), self._opened.readers.get(version))
        return found

    def _read(self, rows: list[KoboRow], reader: Reader | None) -> list[Found]:
        if reader is None:
            return [self._rejected(row, Reason.UNKNOWN_VERSION, self._opened.unknown_version) for row in rows]
        found = []
        for row in rows:
            raw = reader.decoder.kobo_row(row.answers)
            if raw is None:
                found.append(self._rejected(row, Reason.UNREADABLE, reader.mapping_version))
                continue
            listed = self.listed(row)
            item = reader.read(raw, received_on(row)).under(listed.submission_key)
            found.append(Found(item, Read(*listed, reader.mapping_version)))
        return found

    def _rejected(self, row: KoboRow, reason: Reason, read_with: str) -> Found:
        listed, day = self.listed(row), received_on(row)
        sighting = Sighting(day, month(day), "", ("received",), None)
        item = Item(listed.submission_key, Outcome.REJECTED, sighting, None, (Reject(_SUBMISSION, reason),))
        return Found(item, Read(*listed, read_with))


def received_on(row: KoboRow) -> date:
    """The server's day, in UTC. Bulk uploads can set it to anything, the future too."""
    today = datetime.now(UTC).date()
    try:
        return min(datetime.fromisoformat(row.received).date(), today)
    except ValueError:
        return today
