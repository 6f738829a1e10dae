"""The letterbox compared with what was read from it: every letter is read, waits, or is held back for a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.store import letter_count, letters, verdicts
from backend.store.engine import reading
from backend.store.letters import LetterCounts
from backend.store.save import Item
from backend.store.verdicts import Standing, Verdict, Why
from workers.servers.conflicts import ConflictsPage
from workers.servers.mirror_pages import UnchangedPage
from workers.servers.source import Page, Source


class Reconciled:
    """The letters of a form, then what came twice among them, then the page that settles the verdict."""

    def __init__(self, engine: Engine, form_id: str, source: Source, conflicts: ConflictsPage) -> None:
        self._engine, self._form_id, self._source, self._conflicts = engine, form_id, source, conflicts

    def pages(self) -> Iterator[Page]:
        done = left_out = 0
        for page in self._source.pages():
            done, left_out = done + 1, left_out + page.left_out
            yield page
        if done == 0 and self._holds():
            yield UnchangedPage(self._form_id)
        else:
            yield self._conflicts
            yield LettersPage(self._form_id, left_out)

    def _holds(self) -> bool:
        """Nothing was read, and no letter came since the verdict: to count them all again would tell nothing new."""
        with reading(self._engine) as session:
            last = verdicts.read_verdict(session, self._form_id)
            if last is None or last.standing is not Standing.EQUAL:
                return False
            return (last.proof or {}).get("last") == letter_count.last_number(session, self._form_id)


@dataclass(frozen=True, slots=True)
class LettersPage:
    """`left_unopened`: letters of this pull whose key is missing."""

    form_id: str
    left_unopened: int
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:
        """Counted in one transaction; what phones send meanwhile waits for the next pull."""
        last = letter_count.last_number(session, self.form_id)
        counts = letters.count_letters(session, self.form_id)
        reason = self._reason(counts, letter_count.interviews_read(session, self.form_id))
        verdicts.keep_verdict(
            session,
            Verdict(
                form_id=self.form_id,
                at=datetime.now(UTC),
                standing=Standing.DIFFERENT if reason else Standing.EQUAL,
                reason=reason,
                on_server=counts.received,
                behind=counts.unread + counts.lost,
                waiting=counts.conflicts,
                proof={"last": last},
            ),
        )
        return ()

    def mark(self, session: Session) -> None:
        """Settled already."""

    def _reason(self, counts: LetterCounts, read: int) -> Why:
        if counts.unread:
            return Why.NO_KEY if self.left_unopened else Why.MOVING
        if counts.lost:
            return Why.LOST
        if counts.conflicts:
            return Why.CONFLICT
        return Why.NOTHING if counts.received == read else Why.UNACCOUNTED
