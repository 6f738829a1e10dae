"""One form on ODK Central as a source: its list of submissions is the truth, and only what changed is read.

state ─▶ list, part by part ─▶ compared in the database ─▶ changed rows read ─▶ closing page: gone rows, verdict
"""

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple
from uuid import uuid4

from backend.store import mirror
from backend.store.engine import reading, transaction
from backend.store.mirror import Listed
from backend.store.verdicts import read_verdict
from mappings.privacy.pseudonym import submission_key
from workers.context import Context
from workers.reading import Reading
from workers.servers.breaker import Breaker
from workers.servers.central.form import CentralForm, FormState, ListPart, ListRow
from workers.servers.central.reader import FormReader, Wanted
from workers.servers.mirror_pages import ClosingPage, ReadPage, UnchangedPage
from workers.servers.source import Page, PullError

# While phones send without a pause, a list is never twice the same; the next pull goes on.
_WALKS = 3
_NOT_READ = ListPart([], "")
# The keys of a whole part at once would take more memory than the answers of a page.
_COMPARED_AT_ONCE = 2_000


class _Part(NamedTuple):
    etag: str
    rows: int


class CentralSource:
    """Asks the server from its `pages` only, in the thread that reads ahead."""

    def __init__(self, context: Context, form: CentralForm, opened: Reading, breaker: Breaker) -> None:
        self._engine = context.engine
        self._form, self._opened, self._breaker = form, opened, breaker
        self._reader = FormReader(form, opened, context.settings.page_size)
        self._mappings = opened.mapping_versions | {opened.unknown_version}

    def pages(self) -> Iterator[Page]:
        with self._breaker.watching():
            try:
                yield from self._pages()
            finally:
                self._form.client.close()

    def _pages(self) -> Iterator[Page]:
        state = self._form.state()
        if state.key_id is not None:
            raise PullError(
                "encrypted",
                "The project encrypts its submissions, and nobody can read them here. Deploy the form to a project "
                "without encryption; https and the encrypted disk of the server protect it there",
            )
        belongs_to = self._belongs_to(state)
        first = self._first_changed(belongs_to)
        if first is None:
            yield UnchangedPage(self._opened.form_id)
            return
        for _ in range(_WALKS):
            walk, parts = uuid4().hex, list[_Part]()
            yield from self._walk(walk, parts, first)
            first = _NOT_READ
            is_steady = self._reader.moved == 0 and self._has_stood_still(parts)
            if is_steady:
                break
        etags = [part.etag for part in parts]
        by_count = len(etags) > 1 and not all(etags)
        proof = {"belongs_to": belongs_to, "etags": etags} if all(etags) else None
        yield ClosingPage(self._opened.form_id, walk, self._mappings, is_steady, by_count, proof)

    def _walk(self, walk: str, parts: list[_Part], first: ListPart) -> Iterator[Page]:
        """Through the whole list once. `parts` takes what is remembered of each part."""
        self._reader.moved = 0
        with transaction(self._engine) as session:
            mirror.begin_walk(session, self._opened.form_id)
        part = first
        for number in count():
            if number or first is _NOT_READ:
                part = self._part(number, part)
            parts.append(_Part(part.etag, len(part.rows)))
            for found in self._reader.pages(self._compare(walk, number, part)):
                yield ReadPage(self._opened.form_id, [one.item for one in found], [one.read for one in found])
            if len(part.rows) < self._form.part_size:
                return

    def _part(self, number: int, before: ListPart) -> ListPart:
        """Without tags only a row that is seen twice tells that none has moved up past us in the meantime."""
        if number == 0 or before.etag:
            return self._form.list_part(number)
        found = self._form.list_part(number, before=1)
        if [row.root for row in found.rows[:1]] != [before.rows[-1].root]:
            self._reader.moved += 1
        return ListPart(found.rows[1:], found.etag)

    def _compare(self, walk: str, number: int, part: ListPart) -> list[Wanted]:
        """The rows of one part that are new here, were edited, or were read with other mappings."""
        opened, wanted = self._opened, list[Wanted]()
        with transaction(self._engine) as session:
            for start in range(0, len(part.rows), _COMPARED_AT_ONCE):
                rows = part.rows[start : start + _COMPARED_AT_ONCE]
                place = number * self._form.part_size + start
                listed = [self._listed(row) for row in rows]
                unread = mirror.unread_of_part(session, opened.form_id, walk, place, listed, self._mappings)
                wanted += [
                    Wanted(place + offset, row)
                    for offset, (row, one) in enumerate(zip(rows, listed, strict=True))
                    if one.submission_key in unread
                ]
        return wanted

    def _listed(self, row: ListRow) -> Listed:
        key = submission_key(self._opened.keys, self._opened.form_id, row.root)
        return Listed(key, self._reader.version_key(row.instance, row.created), row.review)

    def _has_stood_still(self, parts: list[_Part]) -> bool:
        """One part is one look. Several are one look if none of them changed until all were read."""
        if len(parts) == 1:
            return True
        if all(part.etag for part in parts):
            return all(self._stands(number, part.etag) for number, part in enumerate(parts))
        return self._form.count() == sum(part.rows for part in parts)

    def _first_changed(self, belongs_to: str) -> ListPart | None:
        """None when the list is the one of the last verdict; else its first part, or `_NOT_READ`."""
        with reading(self._engine) as session:
            last = read_verdict(session, self._opened.form_id)
        proof = last.proof if last else None
        if proof is None or proof["belongs_to"] != belongs_to:
            return _NOT_READ
        first, *others = proof["etags"]
        found = self._form.list_part_unless(0, first)
        if found is not None:
            return found
        return None if all(self._stands(number, etag) for number, etag in enumerate(others, start=1)) else _NOT_READ

    def _stands(self, number: int, etag: str) -> bool:
        return self._form.list_part_unless(number, etag) is None

    def _belongs_to(self, state: FormState) -> str:
        """What an ETag was given for. Central's does not change with the form version, and ours not with a mapping."""
        known = "|".join([self._form.path, state.version or "", state.hash or "", *sorted(self._mappings)])
        return hashlib.sha256(known.encode()).hexdigest()[:32]
