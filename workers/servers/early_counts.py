"""A submission counts as it was sent first, in whatever order its versions are read.

What was counted before that version was read is kept, sealed with a key that dies with the round, and taken back later.
"""

import hmac
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from sqlalchemy.orm import Session

from backend.crypto import decrypt_field, encrypt_field
from backend.store import first_sights, letters
from backend.store.first_sights import Counts, SealNote
from backend.store.save import Item
from mappings.model import Reason, Sighting
from workers.reading import Reading
from workers.servers.source import Page, Source

# Such a submission may be read yet: when its version is known here, or the server hands it out whole.
_NOT_READ = frozenset({Reason.UNKNOWN_VERSION, Reason.UNREADABLE})
Rank = Callable[[str], tuple[int, str]]


class Sight(NamedTuple):
    """`version` is the key of the version that was sighted. `is_final`: it is the first one, and it could be read."""

    version: str
    sighting: Sighting
    is_final: bool


class EarlyCounts:
    """Of one form, by submission key. Changes with the pages of a pull, in their transactions."""

    def __init__(self, round_key: bytes, form_id: str, seal_note: SealNote, known: Mapping[str, bytes]) -> None:
        self._key = hmac.digest(round_key, b"early counts", "sha256")
        self._form_id = form_id
        self._seal_note = seal_note
        self._known = {key: self._open(key, sealed) for key, sealed in known.items()}

    @classmethod
    def of(cls, session: Session, opened: Reading, seal_note: SealNote) -> "EarlyCounts":
        known = first_sights.early_counts(session, opened.form_id)
        return cls(opened.keys.round_key, opened.form_id, seal_note, known)

    def settle(self, session: Session, sights: Mapping[str, Sight], rank: Rank) -> None:
        """`sights`: of each submission of a page, the first version among those of the page."""
        pending = {key: one for key, one in sights.items() if not one.is_final or key in self._known}
        if not pending:
            return
        seen = letters.in_ledger(session, self._form_id, pending)
        for key, sight in pending.items():
            known = self._known.get(key)
            if known is not None:
                self._replace(session, key, known, sight, rank)
            elif key not in seen:
                self._keep(session, key, sight)

    def _replace(self, session: Session, key: str, known: Sight, sight: Sight, rank: Rank) -> None:
        if rank(sight.version) > rank(known.version):
            return
        if sight.sighting != known.sighting:
            first_sights.take_back(session, self._form_id, known.sighting)
            told_before = sight.sighting.note == known.sighting.note
            again = sight.sighting._replace(note=None) if told_before else sight.sighting
            first_sights.add_counts(session, self._form_id, Counts.of([again]), self._seal_note)
        if sight.is_final:
            self._drop(session, [key])
        elif sight != known:
            self._keep(session, key, sight)

    def join(self, session: Session, old: str, new: str, rank: Rank, *, is_double: bool) -> None:
        """What went by the name `old` is a version of `new`. `is_double`: both have been counted."""
        moved = self._known.get(old)
        if moved is None:
            return
        stays = self._known.get(new)
        self._drop(session, [old])
        if not is_double:
            self._keep(session, new, moved)
        elif stays is None or rank(stays.version) < rank(moved.version):
            first_sights.take_back(session, self._form_id, moved.sighting)
        else:
            first_sights.take_back(session, self._form_id, stays.sighting)
            self._keep(session, new, moved)

    def forget(self, session: Session, keys: Collection[str]) -> None:
        """Names that stood in for letters nobody could open are gone: those letters count by their own name."""
        gone = [key for key in keys if key in self._known]
        for key in gone:
            first_sights.take_back(session, self._form_id, self._known[key].sighting)
        self._drop(session, gone)

    def _keep(self, session: Session, key: str, sight: Sight) -> None:
        self._known[key] = sight
        sealed = encrypt_field(self._key, self._row(key), msgspec.json.encode(sight))
        first_sights.keep_early(session, self._form_id, key, sealed)

    def _drop(self, session: Session, keys: Collection[str]) -> None:
        for key in keys:
            del self._known[key]
        if keys:
            first_sights.drop_early(session, self._form_id, keys)

    def _open(self, key: str, sealed: bytes) -> Sight:
        return msgspec.json.decode(decrypt_field(self._key, self._row(key), sealed), type=Sight)

    def _row(self, key: str) -> str:
        return f"early:{self._form_id}:{key}"


class CountedOnce:
    """A form on another server: there an edit keeps the name of its submission, and the server hands out the newest."""

    def __init__(self, source: Source, early: EarlyCounts) -> None:
        self._source, self._early = source, early

    def pages(self) -> Iterator[Page]:
        for page in self._source.pages():
            yield _CountedPage(page, self._early)


@dataclass(frozen=True, slots=True)
class _CountedPage:
    page: Page = field(repr=False)
    early: EarlyCounts = field(repr=False)

    @property
    def read(self) -> int:
        return self.page.read

    @property
    def left_out(self) -> int:
        return self.page.left_out

    def settle(self, session: Session) -> Sequence[Item]:
        items = self.page.settle(session)
        sights = {item.submission_key: Sight(item.submission_key, item.sighting, _is_read(item)) for item in items}
        self.early.settle(session, sights, _only_version)
        return items

    def mark(self, session: Session) -> None:
        self.page.mark(session)


def _is_read(item: Item) -> bool:
    return not any(found.reason in _NOT_READ for found in item.rejects)


def _only_version(key: str) -> tuple[int, str]:
    return 0, key
