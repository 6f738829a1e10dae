"""One form on KoBoToolbox as a source: new rows by their `_id`, changes from the history, the whole list as safety net.

head ─▶ history ─▶ new rows ─▶ count ─▶ closing page: verdict
                                  └─▶ never compared, a day ago, or the count differs: the whole list, then closing page
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple
from uuid import uuid4

from backend.store import mirror, pulls
from backend.store.engine import reading, transaction
from backend.store.held import Held, held, numbered, read_before, still_held
from backend.store.verdicts import Intake, read_intake
from mappings.kobo import KoboListing, KoboRow
from workers.context import Context
from workers.reading import Reading
from workers.servers.breaker import Breaker
from workers.servers.kobo.form import Changes, FormState, Head, KoboForm
from workers.servers.kobo.pages import ComparedPage, CountedPage, Place, RowsPage
from workers.servers.kobo.plan import is_plan_used_up
from workers.servers.kobo.progress import Progress, read_progress
from workers.servers.kobo.reader import Found, RowReader
from workers.servers.kobo.versions import VersionNames
from workers.servers.mirror_pages import ClosingPage, IntakePage, compared
from workers.servers.source import Page, PullError

_VIEW = "view_submissions"


class _Start(NamedTuple):
    """How things stood here when the pull began. Nobody else writes meanwhile: the pull holds the lease."""

    progress: Progress
    held: Held

    @property
    def expected(self) -> int:
        """Rows the server has if nothing changed there."""
        return self.held.rows - self.held.waiting + self.progress.doubles


class KoboSource:
    """Asks the server from its `pages` only, in the thread that reads ahead. `anew`: whatever was read before."""

    def __init__(
        self, context: Context, form: KoboForm, opened: Reading, breaker: Breaker, *, anew: bool = False
    ) -> None:
        self._engine, self._page_size = context.engine, context.settings.page_size
        self._form, self._opened, self._breaker = form, opened, breaker
        self._place = Place(opened.form_id, opened.unknown_version)
        self._mappings = opened.mapping_versions | {opened.unknown_version}
        # What was read with one of these counts as read.
        self._trusted = frozenset[str]() if anew else self._mappings
        self._reader = RowReader(opened, VersionNames(context.engine, form, opened).of_row)
        self._moved = 0
        self._state: FormState | None = None

    def pages(self) -> Iterator[Page]:
        with self._breaker.watching():
            try:
                with reading(self._engine) as session:
                    known = read_intake(session, self._place.form_id)
                yield from self._pages()
                yield from self._told_of(known)
            finally:
                self._form.client.close()

    def _told_of(self, known: Intake) -> Iterator[IntakePage]:
        """Looked at with the whole list, since it is a large answer; at every pull while phones cannot send."""
        if self._state is None and known:
            self._state = self._form.state()
        if self._state is not None:
            yield from self._noted(known, self._state)

    def _noted(self, known: Intake, state: FormState) -> Iterator[IntakePage]:
        is_over = not state.intake and is_plan_used_up(self._form.client, state.owner__username)
        found = Intake.OVER_PLAN if is_over else state.intake
        if found != known:
            yield IntakePage(self._place.form_id, found)

    def _pages(self) -> Iterator[Page]:
        now = datetime.now(UTC)
        with reading(self._engine) as session:
            cursor = pulls.cursor(session, self._place.form_id, self._place.mappings)
            start = _Start(read_progress(cursor), held(session, self._place.form_id))
            self._reader.numbered |= numbered(session, self._place.form_id)
        head = self._form.head()
        if not self._trusted:
            yield from self._compare(Progress(), head, now)
        elif not start.progress.must_compare(now):
            yield from self._follow(start, head, now)
        elif cursor is None and start.held.rows:
            # Other mappings than last time: the list tells which rows have to be read again.
            yield from self._compare(Progress(top=head.top), head, now)
        elif start.progress.top and not start.progress.compared:
            # The first reading was broken off: to the end with it, before the list is gone through once more.
            progress = start.progress
            for found in self._above(progress, now):
                progress = found.progress or progress
                yield found
            yield from self._compare(progress, head, now)
        else:
            yield from self._compare(start.progress, head, now)

    # ---- what is new, and what the history tells ---------------------------------------------------------------------

    def _follow(self, start: _Start, head: Head, now: datetime) -> Iterator[Page]:
        progress, fresh = start.progress, 0
        changes = self._form.changes(progress.feed_from) if progress.feed_from else None
        must_compare = self._has_deletions(changes)
        if not must_compare:
            for found in self._changed(start, head, changes, now):
                fresh += found.fresh
                progress = found.progress or progress
                yield found
            if head.top > start.progress.top:
                head = Head(self._form.rows_up_to(progress.top), progress.top)
        if must_compare or self._moved or head.rows != start.expected + fresh:
            yield from self._compare(progress, head, now)
            return
        progress = progress.reached(progress.top, now).fed(changes.until if changes else None)
        yield CountedPage(self._place, progress, head.rows, is_fed=changes is not None)

    def _changed(self, start: _Start, head: Head, changes: Changes | None, now: datetime) -> Iterator[RowsPage]:
        """What the history names; then, when the numbers differ, what came late, and what is new."""
        late: set[int] = set()
        if changes:
            reported = self._form.list_roots(sorted(changes.edited))
            yield from self._older([row for row in reported if row.id <= start.progress.top], (), late)
        if head.rows != start.expected or head.top > start.progress.top:
            yield from self._overlap(start.progress, late)
            yield from self._above(start.progress, now)

    def _has_deletions(self, changes: Changes | None) -> bool:
        """Whether only the whole list can tell: a deletion is believed when a complete list is without the row."""
        if changes is None or not (changes.deleted or not changes.is_whole):
            return False
        with reading(self._engine) as session:
            keys = [self._reader.key(root) for root in changes.deleted]
            # A deleted row tells its root only; those known by their number cannot be found by it.
            is_hidden = bool(self._reader.numbered) or not changes.is_whole
            return is_hidden or still_held(session, self._place.form_id, keys)

    def _overlap(self, progress: Progress, late: set[int]) -> Iterator[RowsPage]:
        """A row can become visible after rows with higher ids."""
        last = progress.overlap_from
        while last < progress.top:
            part = self._form.list_part(last, progress.top, self._page_size)
            yield from self._older(part.rows, part.rows, late)
            last = part.rows[-1].id if part.has_more else progress.top

    def _older(self, rows: Sequence[KoboRow], stretch: Sequence[KoboRow], late: set[int]) -> Iterator[RowsPage]:
        """Those of `rows` that are not here as the server has them. `late` takes the ids of those not here at all."""
        listed = [self._reader.listed(row) for row in rows]
        with reading(self._engine) as session:
            known = read_before(session, self._place.form_id, [one.submission_key for one in listed])
        places, reviewed = compared(listed, known, self._mappings)
        unread = [rows[place] for place in places]
        fresh = {rows[place].id for place in places if listed[place].submission_key not in known} - late
        late |= fresh
        if reviewed or fresh:
            yield RowsPage(self._place, (), reviewed, len(fresh))
        yield from self._read(unread, stretch)

    def _above(self, progress: Progress, now: datetime) -> Iterator[RowsPage]:
        """New rows, each page with how far the form is read by then."""
        while True:
            part = self._form.answers_part(progress.top, limit=self._page_size)
            if part.rows:
                progress = progress.reached(part.rows[-1].id, now)
                yield self._page(self._reader.read(part.rows), fresh=len(part.rows), progress=progress)
            if not part.has_more:
                return

    # ---- the whole list ----------------------------------------------------------------------------------------------

    def _compare(self, progress: Progress, head: Head, now: datetime) -> Iterator[Page]:
        """Rows that phones send meanwhile lie above `head.top`, so that a busy form can be compared too."""
        self._check_rights()
        changes = self._form.changes(now)
        walk, seen = uuid4().hex, _Seen(head.top)
        with transaction(self._engine) as session:
            mirror.begin_walk(session, self._place.form_id)
        self._moved = 0
        yield from self._walk(walk, progress, seen, now)
        is_steady = not self._moved and seen.below == head.rows == self._form.rows_up_to(head.top)
        progress = progress.reached(seen.last, now).fed(changes.until if changes else None)
        closing = ClosingPage(self._place.form_id, walk, self._mappings, is_steady)
        yield ComparedPage(self._place, closing, progress, now, seen.rows)

    def _walk(self, walk: str, progress: Progress, seen: "_Seen", now: datetime) -> Iterator[RowsPage]:
        """Through the list once: with answers where everything is new, without them below."""
        for part in count():
            is_new = seen.last >= progress.top
            found = self._next_part(seen.last, progress.top, is_new)
            unread = self._unread_of_part(walk, part, found.rows)
            seen.add(found.rows)
            if is_new and found.rows:
                reached = progress.reached(seen.last, now)
                yield self._page(self._reader.read(unread), progress=reached)
            elif not is_new:
                yield from self._read(unread, found.rows)
            if not found.has_more:
                if is_new:
                    return
                seen.last = progress.top

    def _next_part(self, last: int, top: int, is_new: bool) -> KoboListing:
        if is_new:
            return self._form.answers_part(last, limit=self._page_size)
        return self._form.list_part(last, top, self._page_size)

    def _unread_of_part(self, walk: str, part: int, rows: Sequence[KoboRow]) -> list[KoboRow]:
        listed = [self._reader.listed(row) for row in rows]
        with transaction(self._engine) as session:
            unread = mirror.unread_of_part(session, self._place.form_id, walk, part, listed, self._trusted)
        return [row for row, one in zip(rows, listed, strict=True) if one.submission_key in unread]

    def _check_rights(self) -> None:
        """An account that sees some rows only gets a shorter list without a word, as if the others were deleted."""
        state = self._state = self._form.state()
        if _VIEW not in state.permissions:
            raise PullError(
                "server_partial_rights",
                f"Form {self._place.form_id}",
            )
        if state.is_encrypted:
            raise PullError(
                "encrypted",
                f"Form {self._place.form_id}",
                "The public key in its settings does it; https and the disk of the server protect the answers.",
            )

    # ---- reading -----------------------------------------------------------------------------------------------------

    def _read(self, wanted: Sequence[KoboRow], stretch: Sequence[KoboRow]) -> Iterator[RowsPage]:
        """The answers of `wanted`: in one go when they are most of a stretch of the list, else by their ids."""
        if not wanted:
            return
        edits = {row.id: row.edit for row in wanted}
        if len(wanted) * 2 >= len(stretch) > 1:
            parts = iter([self._form.answers_part(wanted[0].id - 1, wanted[-1].id, self._page_size).rows])
        else:
            parts = self._form.answers(sorted(edits))
        for part in parts:
            rows = [row for row in part if row.id in edits]
            # An edit or a deletion in between: what was compared is not what was read.
            self._moved += sum(row.edit != edits.pop(row.id) for row in rows)
            yield self._page(self._reader.read(rows))
        self._moved += len(edits)

    def _page(self, found: Sequence[Found], fresh: int = 0, progress: Progress | None = None) -> RowsPage:
        items, reads = [one.item for one in found], [one.read for one in found]
        return RowsPage(self._place, items, reads, fresh, progress, self._reader.take_fresh())


class _Seen:
    """What a walk has come through: `below` counts rows that were there when it began."""

    def __init__(self, top: int) -> None:
        self._top = top
        self.last = self.rows = self.below = 0

    def add(self, rows: Sequence[KoboRow]) -> None:
        self.rows += len(rows)
        self.below += sum(row.id <= self._top for row in rows)
        if rows:
            self.last = rows[-1].id
