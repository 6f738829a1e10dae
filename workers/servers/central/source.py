"""One form on ODK Central as a source: its list of submissions is the truth, and only what changed is read.

state ─▶ list, part by part ─▶ compared in the database ─▶ changed rows read ─▶ closing page: gone rows, verdict
  └─▶ before 2026.1, between two lists: what is recent ─▶ counted ─▶ changed rows read ─▶ last page: verdict by numbers
"""

import hashlib
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

from backend.store import mirror
from backend.store.engine import reading, transaction
from backend.store.held import held, read_before, still_held
from backend.store.mirror import Listed
from backend.store.verdicts import read_intake, read_verdict
from mappings.privacy.pseudonym import submission_key
from workers.context import Context
from workers.reading import Reading
from workers.servers.breaker import Breaker
from workers.servers.central.form import CentralForm, FormState, ListPart, ListRow
from workers.servers.central.reader import FormReader, Wanted
from workers.servers.central.recent import Recent, ask_recent
from workers.servers.mirror_pages import ClosingPage, IntakePage, ReadPage, RecentPage, UnchangedPage, compared
from workers.servers.source import Page, PullError

# While phones send without a pause, a list is never twice the same; the next pull goes on.
_WALKS = 3
_NOT_READ = ListPart([], "", datetime.min.replace(tzinfo=UTC))
# The keys of a whole part at once would take more memory than the answers of a page.
_COMPARED_AT_ONCE = 2_000
# Where the server cannot tell that its list is unchanged.
_LIST_EVERY = timedelta(hours=24)
# The form itself tells whether it was closed there, or encrypts from now on.
_LOOK_EVERY = timedelta(minutes=10)


class _Part(NamedTuple):
    etag: str
    at: datetime
    rows: int


class CentralSource:
    """Asks the server from its `pages` only, in the thread that reads ahead. `anew`: whatever was read before."""

    def __init__(
        self, context: Context, form: CentralForm, opened: Reading, breaker: Breaker, *, anew: bool = False
    ) -> None:
        self._engine = context.engine
        self._form, self._opened, self._breaker = form, opened, breaker
        self._reader = FormReader(form, opened, context.settings.page_size)
        self._mappings = opened.mapping_versions | {opened.unknown_version}
        # What was read with one of these counts as read.
        self._trusted = frozenset[str]() if anew else self._mappings
        self._first: ListPart | None = None

    def pages(self) -> Iterator[Page]:
        with self._breaker.watching():
            try:
                with reading(self._engine) as session:
                    known = read_intake(session, self._opened.form_id)
                if not known and (yield from self._stood_still()):
                    return
                state = self._form.state()
                yield from self._pages(state)
                if state.intake != known:
                    yield IntakePage(self._opened.form_id, state.intake)
            finally:
                self._form.client.close()

    def _pages(self, state: FormState) -> Iterator[Page]:
        if state.key_id is not None:
            raise PullError(
                "encrypted",
                f"Form {self._opened.form_id}",
                "The project does it; https and the encrypted disk of the server protect the answers there.",
            )
        now, belongs_to = datetime.now(UTC), self._belongs_to(state)
        proof = self._last_proof(belongs_to) if self._trusted else {}
        if _is_lately_listed(proof, now) and (yield from self._follow(proof)):
            return
        first = self._first or self._first_changed(proof)
        if first is None:
            yield UnchangedPage(self._opened.form_id, {**proof, **self._looked_at(now)})
            return
        for _ in range(_WALKS):
            walk, parts, begun = uuid4().hex, list[_Part](), datetime.now(UTC)
            yield from self._walk(walk, parts, first)
            first, self._trusted = _NOT_READ, self._mappings
            is_steady = self._reader.moved == 0 and self._has_stood_still(parts)
            if is_steady:
                break
        etags = [part.etag for part in parts]
        # Never the time of a submission: nothing here tells when one came.
        times = {"asked_at": _past(parts[0].at), "contents_as_of": begun.isoformat()}
        listed = {"etags": etags} if all(etags) else times
        by_count = len(etags) > 1 and not all(etags)
        proof = {"belongs_to": belongs_to, **self._looked_at(now), **listed}
        yield ClosingPage(self._opened.form_id, walk, self._mappings, is_steady, by_count, proof)

    def _stood_still(self) -> Generator[Page, None, bool]:
        """Whether the list is the one of the last verdict; the form itself was looked at a short while ago.

        A list that did not change holds nothing to be read, whatever was published since: one request is enough then.
        """
        proof = self._kept_proof()
        if not self._trusted or not _is_lately_looked_at(proof, self._looked_at(datetime.now(UTC))):
            return False
        self._first = self._first_changed(proof)
        if self._first is None:
            yield UnchangedPage(self._opened.form_id)
        return self._first is None

    def _looked_at(self, now: datetime) -> dict[str, str]:
        known = "|".join([self._form.path, *sorted(self._mappings)])
        return {"looked_at": now.isoformat(), "known_as": hashlib.sha256(known.encode()).hexdigest()[:32]}

    # ---- between two lists, where the server cannot tell that nothing changed ----------------------------------------

    def _follow(self, proof: Mapping[str, Any]) -> Generator[Page, None, bool]:
        """False when only the list can tell how things stand."""
        found = ask_recent(self._form, datetime.fromisoformat(proof["asked_at"]))
        if found is None:
            return False
        listed = [self._listed(row) for row in found.rows]
        keys = [one.submission_key for one in listed]
        with reading(self._engine) as session:
            start, known = held(session, self._opened.form_id), read_before(session, self._opened.form_id, keys)
        fresh = sum(key not in known for key in keys)
        if self._has_lost(found) or found.on_server != start.rows - start.waiting + fresh:
            return False
        self._reader.moved = 0
        unread, reviewed = compared(listed, known, self._mappings)
        if reviewed:
            yield ReadPage(self._opened.form_id, (), reviewed)
        # What was sent since stands first in the list; where the others stand is not known.
        yield from self._read([Wanted(place if place < found.sent else None, found.rows[place]) for place in unread])
        if self._reader.moved:
            return False
        yield RecentPage(self._opened.form_id, found.on_server, {**proof, "asked_at": _past(found.asked_at)})
        return True

    def _has_lost(self, found: Recent) -> bool:
        """A deletion is believed when a complete list is without the row."""
        keys = [submission_key(self._opened.keys, self._opened.form_id, root) for root in found.deleted]
        with reading(self._engine) as session:
            return still_held(session, self._opened.form_id, keys)

    # ---- the whole list ----------------------------------------------------------------------------------------------

    def _walk(self, walk: str, parts: list[_Part], first: ListPart) -> Iterator[Page]:
        """Through the whole list once. `parts` takes what is remembered of each part."""
        self._reader.moved = 0
        with transaction(self._engine) as session:
            mirror.begin_walk(session, self._opened.form_id)
        part = first
        for number in count():
            if number or first is _NOT_READ:
                part = self._part(number, part)
            parts.append(_Part(part.etag, part.at, len(part.rows)))
            yield from self._read(self._compare(walk, number, part))
            if len(part.rows) < self._form.part_size:
                return

    def _read(self, wanted: list[Wanted]) -> Iterator[Page]:
        for found in self._reader.pages(wanted):
            yield ReadPage(self._opened.form_id, [one.item for one in found], [one.read for one in found])

    def _part(self, number: int, before: ListPart) -> ListPart:
        """Without tags only a row that is seen twice tells that none has moved up past us in the meantime."""
        if number == 0 or before.etag:
            return self._form.list_part(number)
        found = self._form.list_part(number, before=1)
        if [row.root for row in found.rows[:1]] != [before.rows[-1].root]:
            self._reader.moved += 1
        return ListPart(found.rows[1:], found.etag, found.at)

    def _compare(self, walk: str, number: int, part: ListPart) -> list[Wanted]:
        """The rows of one part that are new here, were edited, or were read with other mappings."""
        opened, wanted = self._opened, list[Wanted]()
        with transaction(self._engine) as session:
            for start in range(0, len(part.rows), _COMPARED_AT_ONCE):
                rows = part.rows[start : start + _COMPARED_AT_ONCE]
                place = number * self._form.part_size + start
                listed = [self._listed(row) for row in rows]
                unread = mirror.unread_of_part(session, opened.form_id, walk, place, listed, self._trusted)
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

    def _last_proof(self, belongs_to: str) -> Mapping[str, Any]:
        """What was noted with the last verdict; nothing of it when it was about something else."""
        proof = self._kept_proof()
        return proof if proof.get("belongs_to") == belongs_to else {}

    def _kept_proof(self) -> Mapping[str, Any]:
        with reading(self._engine) as session:
            last = read_verdict(session, self._opened.form_id)
        return (last.proof if last else None) or {}

    def _first_changed(self, proof: Mapping[str, Any]) -> ListPart | None:
        """None when the list is the one of the last verdict; else its first part, or `_NOT_READ`."""
        if "etags" not in proof:
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


def _is_lately_listed(proof: Mapping[str, Any], now: datetime) -> bool:
    """Whether it is enough to ask for what is recent."""
    if "asked_at" not in proof:
        return False
    return now - datetime.fromisoformat(proof["contents_as_of"]) < _LIST_EVERY


def _past(told: datetime) -> str:
    """Never a time to come: a server whose clock was wrong for a while would be asked for nothing."""
    return min(told, datetime.now(UTC)).isoformat()


def _is_lately_looked_at(proof: Mapping[str, Any], now: Mapping[str, str]) -> bool:
    """Of a form that is read as it was then, from a server that can say that its list is the same."""
    if "etags" not in proof or proof.get("known_as") != now["known_as"]:
        return False
    return datetime.fromisoformat(now["looked_at"]) - datetime.fromisoformat(proof["looked_at"]) < _LOOK_EVERY
