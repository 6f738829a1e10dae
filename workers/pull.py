"""Pulls one form: page by page from the server, through strip and apply, into the store. Read this file first.

    lease ─▶ page ─▶ strip ─▶ apply ─▶ save page, ledger, marks: one commit ─▶ next page ─▶ rollups ─▶ lease back

A crash anywhere repeats a page and never skips one: what says that a page was read is committed with the page.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from backend.keys import KeyFileError, field_key
from backend.notes import note_sealer
from backend.store import pulls
from backend.store.due import PULL, clear_due
from backend.store.engine import transaction
from backend.store.forms import FormHead, form_head
from backend.store.recheck import doubt
from backend.store.rollups import refresh_rollups
from backend.store.save import PagePlan, save_page
from mappings.language import MappingError
from workers import pace
from workers.context import Context
from workers.reading import open_reading
from workers.servers.registry import open_source
from workers.servers.source import Page, PullError, Source


@dataclass(frozen=True, slots=True)
class PullReport:
    """What one pull did. `finished` is False when the page limit ended it: there is more to read."""

    form_id: str
    pages: int = 0
    read: int = 0
    new: int = 0
    changed: int = 0
    left_out: int = 0
    finished: bool = True


def pull_form(context: Context, form_id: str, *, max_pages: int | None = None, anew: bool = False) -> PullReport | None:
    """Reads what is new. None when another worker is at it. Raises PullError, and leaves the reason for the pages.

    `anew`: everything, as if nothing of the form had ever been read; what is stored otherwise is written over.
    """
    owner = uuid4().hex
    head = _taken(context, form_id, owner)
    if head is None:
        return None
    error: str | None = "interrupted"
    try:
        with transaction(context.engine) as session:
            source = _open_source(session, context, head, anew=anew)
        report = Run(context, form_id, owner, source, anew=anew).carry_out(max_pages)
        error = "letter_key_missing" if report.left_out else None
    except PullError as failure:
        error = failure.code
        raise
    finally:
        with transaction(context.engine) as session:
            pulls.release_lease(session, form_id, owner, datetime.now(UTC), error)
    return report


def _taken(context: Context, form_id: str, owner: str) -> FormHead | None:
    """None when another worker holds the form. What was asked for before this moment is being done from now on.

    Who asks while it is read (a doorbell rings) leaves a row behind that outlives the pull, so that it is read again.
    """
    try:
        with transaction(context.engine) as session:
            head = _head(session, form_id)
            lasting = timedelta(seconds=context.settings.lease_seconds)
            if not pulls.take_lease(session, form_id, owner, datetime.now(UTC), lasting):
                return None
            clear_due(session, PULL, form_id)
            return head
    except PullError:
        # It will never be pulled, so nobody may be asked to for ever.
        with transaction(context.engine) as session:
            clear_due(session, PULL, form_id)
        raise


def _head(session: Session, form_id: str) -> FormHead:
    head = form_head(session, form_id)
    if head is None:
        raise PullError("form_unknown", f"Form {form_id}", "`fieldveil form list` shows those that are.")
    if head.practice:
        raise PullError("practice", f"Form {form_id}")
    return head


class Run:
    """One run over one form. Pages are read ahead in a thread, so that the database and this process work at once."""

    def __init__(self, context: Context, form_id: str, owner: str, source: Source, *, anew: bool = False) -> None:
        self._context, self._anew = context, anew
        self._form_id = form_id
        self._owner = owner
        self._source = source
        self._seal_note = note_sealer(field_key(context.settings), form_id)

    def carry_out(self, max_pages: int | None = None) -> PullReport:
        with pace.steady(), self._context.engine.connect() as connection:
            report = self._read_pages(connection, max_pages)
            with transaction(connection) as session:
                self._renew(session)
                refresh_rollups(session, self._form_id)
        return report

    def _renew(self, session: Session) -> None:
        until = datetime.now(UTC) + timedelta(seconds=self._context.settings.lease_seconds)
        pulls.renew_lease(session, self._form_id, self._owner, until)

    def _read_pages(self, connection: Connection, max_pages: int | None) -> PullReport:
        done = read = new = changed = left_out = 0
        finished = True
        for page in _ahead(self._source.pages()):
            if done == max_pages:
                finished = False
                break
            plan = self._save(connection, page)
            done, read, left_out = done + 1, read + page.read, left_out + page.left_out
            new, changed = new + len(plan.new), changed + len(plan.changed)
            pace.tidy(done)
        return PullReport(self._form_id, done, read, new, changed, left_out, finished)

    def _save(self, connection: Connection, page: Page) -> PagePlan:
        with transaction(connection) as session:
            self._renew(session)
            items = page.settle(session)
            if self._anew:
                doubt(session, self._form_id, items)
            plan = save_page(session, self._form_id, items, self._seal_note)
            page.mark(session)
        return plan


def _open_source(session: Session, context: Context, head: FormHead, *, anew: bool) -> Source:
    try:
        opened = open_reading(session, context.settings, head)
    except KeyFileError as error:
        raise PullError("key_missing", f"Form {head.form_id}", f"{error}.") from None
    except MappingError as error:
        raise PullError("bad_mapping", f"Form {head.form_id}", f"{error}") from None
    return open_source(session, context, head, opened, anew=anew)


def _ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """The same pages, the next one being read while the caller works on this one. Never more than one ahead."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as pool:
        coming = pool.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = pool.submit(next, pages, None)
            yield page
