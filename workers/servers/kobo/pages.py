"""The pages of a pull from KoBo: rows that were read, each with how far the form was read by then, and the last one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from backend.store import mirror, pulls, verdicts
from backend.store.held import held, keep_numbered
from backend.store.mirror import Read
from backend.store.save import Item
from backend.store.verdicts import Standing, Verdict, Why
from workers.servers.kobo.progress import Progress, write_progress
from workers.servers.mirror_pages import ClosingPage


class Place(NamedTuple):
    """Where the progress of a form is kept: another set of mappings has its own."""

    form_id: str
    mappings: str

    def keep(self, session: Session, progress: Progress) -> None:
        pulls.keep_cursor(session, self.form_id, self.mappings, write_progress(progress))


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Rows as they can be saved. `reads` has more than `items` where only a review changed.

    `fresh`: rows that were not here before. `numbered`: keys made of a row's number, since it names no root.
    """

    place: Place
    items: Sequence[Item] = field(repr=False)
    reads: Sequence[Read] = field(repr=False)
    fresh: int = 0
    progress: Progress | None = None
    numbered: Sequence[str] = field(default=(), repr=False)
    left_out: int = 0

    @property
    def read(self) -> int:
        return len(self.items)

    def settle(self, session: Session) -> Sequence[Item]:  # noqa: ARG002 (nothing to settle: roots never change)
        return self.items

    def mark(self, session: Session) -> None:
        mirror.keep_read(session, self.place.form_id, self.reads)
        keep_numbered(session, self.place.form_id, self.numbered)
        if self.progress is not None:
            self.place.keep(session, self.progress)


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """The end of a walk through the whole list. `seen`: rows of it, the doubled ones too."""

    place: Place
    closing: ClosingPage
    progress: Progress
    started: datetime
    seen: int
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:
        items = self.closing.settle(session)
        progress = self.progress
        if self.closing.is_steady:
            verdict = verdicts.read_verdict(session, self.place.form_id)
            progress = progress.compared_whole(self.started, self.seen - (verdict.on_server if verdict else 0))
        self.place.keep(session, progress)
        return items

    def mark(self, session: Session) -> None:
        """Settled already."""


@dataclass(frozen=True, slots=True)
class CountedPage:
    """The end of a pull that read what is new and compared numbers. `is_fed`: the server told every change since."""

    place: Place
    progress: Progress
    on_server: int
    is_fed: bool
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:
        self.place.keep(session, self.progress)
        verdicts.keep_verdict(session, self._verdict(session))
        return ()

    def mark(self, session: Session) -> None:
        """Settled already."""

    def _verdict(self, session: Session) -> Verdict:
        found = held(session, self.place.form_id)
        difference = self.on_server - (found.rows - found.waiting + self.progress.doubles)
        reason = Why.MOVING if difference else Why.MANY_GONE if found.waiting else Why.NOTHING
        standing = Standing.EQUAL if self.is_fed else Standing.COUNT_EQUAL
        compared = self.progress.compared_at()
        return Verdict(
            form_id=self.place.form_id,
            at=datetime.now(UTC),
            standing=Standing.DIFFERENT if reason else standing,
            reason=reason,
            on_server=self.on_server,
            behind=max(difference, 0),
            waiting=found.waiting,
            proof={"contents_as_of": compared.isoformat()} if compared else None,
        )
