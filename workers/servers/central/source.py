"""One form on ODK Central as a source: its list of submissions is the truth, and only what changed is read.

state ─▶ list, part by part ─▶ compared in the database ─▶ changed rows read ─▶ closing page: gone rows, verdict
  └─▶ long, or without tags, between two lists: what is recent ─▶ counted ─▶ read ─▶ last page: verdict by numbers
"""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple
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
from workers.servers.central.last import NEVER, Last, last_of, past
from workers.servers.central.reader import FormReader, Wanted
from workers.servers.central.recent import Recent, ask_recent
from workers.servers.mirror_pages import ClosingPage, IntakePage, ReadPage, RecentPage, UnchangedPage, compared
from workers.servers.source import Page, PullError

# While phones send without a pause, a list is never twice the same; the next pull goes on.
_WALKS = 3
_NOT_READ = ListPart([], "", NEVER)
# The keys of a whole part at once would take more memory than the answers of a page.
_COMPARED_AT_ONCE = 2_000
# A shorter list costs less than to ask for what is recent: 80 kB compressed, and it tells all.
LONG_LIST = 2_000


class _Part(NamedTuple):
    etag: str
    at: datetime
    rows: int


class _Look(NamedTuple):
    """What the list's tags tell. `first`: its first part, or `_NOT_READ`; None when it is that of the last verdict.

    `tags`: of its parts today, where these alone were asked for.
    """

    first: ListPart | None
    tags: tuple[str, ...] = ()


class CentralSource:
    """Asks the server from its `pages` only, in the thread that reads ahead. `anew`: whatever was read before."""

    def __init__(
        self,
        context: Context,
        form: CentralForm,
        opened: Reading,
        breaker: Breaker,
        *,
        anew: bool = False,
        long_list: int = LONG_LIST,
    ) -> None:
        self._engine = context.engine
        self._form, self._opened, self._breaker = form, opened, breaker
        self._reader = FormReader(form, opened, context.settings.page_size)
        self._mappings = opened.mapping_versions | {opened.unknown_version}
        # What was read with one of these counts as read.
        self._trusted = frozenset[str]() if anew else self._mappings
        self._long_list = long_list
        self._look: _Look | None = None

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
        last = self._last_verdict()
        if not last.belongs_to(belongs_to):
            last = Last()
        look = self._look or self._look_at_list(last, now)
        if look.first is None:
            yield UnchangedPage(self._opened.form_id, {**last.proof, **self._looked_at(now)})
            return
        if last.may_follow(now, self._long_list) and (yield from self._follow(last, look.tags, now)):
            return
        first = look.first
        for _ in range(_WALKS):
            walk, parts, begun = uuid4().hex, list[_Part](), datetime.now(UTC)
            yield from self._walk(walk, parts, first)
            first, self._trusted = _NOT_READ, self._mappings
            is_steady = self._reader.moved == 0 and self._has_stood_still(parts)
            if is_steady:
                break
        etags = [part.etag for part in parts]
        # Never the time of a submission: nothing here tells when one came.
        listed = {"etags": etags} if all(etags) else {"contents_as_of": begun.isoformat()}
        by_count = len(etags) > 1 and not all(etags)
        proof = {"belongs_to": belongs_to, **self._looked_at(now), "asked_at": past(parts[0].at), **listed}
        yield ClosingPage(self._opened.form_id, walk, self._mappings, is_steady, by_count, proof)

    def _stood_still(self) -> Generator[Page, None, bool]:
        """Whether the list is the one of the last verdict; the form itself was looked at a short while ago.

        A list that did not change holds nothing to be read, whatever was published since: one request is enough then.
        """
        last, now = self._last_verdict(), datetime.now(UTC)
        if not last.was_looked_at(now, self._known_as()):
            return False
        self._look = self._look_at_list(last, now)
        if self._look.first is None:
            yield UnchangedPage(self._opened.form_id)
        return self._look.first is None

    def _look_at_list(self, last: Last, now: datetime) -> _Look:
        """By its tags: with its rows where it is short, or nothing else will do."""
        if last.tags and last.may_follow(now, self._long_list):
            return self._tags_alone(last.tags)
        if not last.tags or last.is_by_numbers:
            return _Look(_NOT_READ)
        found = self._form.list_part_unless(0, last.tags[0])
        if found is not None:
            return _Look(found)
        is_same = all(self._stands(number, tag) for number, tag in enumerate(last.tags) if number)
        return _Look(None if is_same else _NOT_READ)

    def _tags_alone(self, tags: Sequence[str]) -> _Look:
        changed = [self._form.tag_unless(number, tag) for number, tag in enumerate(tags)]
        if changed.count(None) == len(tags):
            return _Look(None)
        today = tuple(tag if new is None else new for tag, new in zip(tags, changed, strict=True))
        return _Look(_NOT_READ, today if all(today) else ())

    def _looked_at(self, now: datetime) -> dict[str, str]:
        return {"looked_at": now.isoformat(), "known_as": self._known_as()}

    def _known_as(self) -> str:
        known = "|".join([self._form.path, *sorted(self._mappings)])
        return hashlib.sha256(known.encode()).hexdigest()[:32]

    # ---- between two lists -------------------------------------------------------------------------------------------

    def _follow(self, last: Last, tags: Sequence[str], now: datetime) -> Generator[Page, None, bool]:
        """False when only the list can tell how things stand. `tags` are older than what is asked for here."""
        found = ask_recent(self._form, last.asked_at())
        if found is None or (last.tags and found.on_server >= len(tags) * self._form.part_size):
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
        yield from self._read(self._wanted(found, unread))
        if self._reader.moved:
            return False
        times = {"asked_at": past(found.asked_at), "contents_as_of": last.compared_at.isoformat()}
        proof = {**last.proof, **self._looked_at(now), **times, **({"etags": list(tags)} if tags else {})}
        yield RecentPage(self._opened.form_id, found.on_server, proof)
        return True

    def _wanted(self, found: Recent, unread: Sequence[int]) -> list[Wanted]:
        """What was sent since stands first in the list; where the others stand is not known.

        The list tells which app sent a row, without which every new one would be asked for by itself.
        """
        new = [place for place in unread if place < found.sent and found.rows[place].instance == found.rows[place].root]
        listed = self._form.newest(new[-1] + 1) if len(new) > 1 else []
        checked = {row._replace(is_checked=False): row for row in listed}
        rows = [checked.get(found.rows[place], found.rows[place]) for place in unread]
        return [Wanted(place if place < found.sent else None, row) for place, row in zip(unread, rows, strict=True)]

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

    def _last_verdict(self) -> Last:
        with reading(self._engine) as session:
            return last_of(read_verdict(session, self._opened.form_id) if self._trusted else None)

    def _stands(self, number: int, etag: str) -> bool:
        return self._form.tag_unless(number, etag) is None

    def _belongs_to(self, state: FormState) -> str:
        """What an ETag was given for. Central's does not change with the form version, and ours not with a mapping."""
        known = "|".join([self._form.path, state.version or "", state.hash or "", *sorted(self._mappings)])
        return hashlib.sha256(known.encode()).hexdigest()[:32]
