"""The pages of a pull from another server: submissions that were read, and the last one, which settles the verdict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.store import mirror, verdicts
from backend.store.held import held
from backend.store.mirror import Difference, Listed, Read
from backend.store.save import Item
from backend.store.verdicts import Intake, Standing, Verdict, Why


def compared(
    listed: Sequence[Listed], known: Mapping[str, Read], mappings: Collection[str]
) -> tuple[list[int], list[Read]]:
    """The places in `listed` of what is not here as the server has it, and what has another review, and no more."""
    unread, reviewed = list[int](), list[Read]()
    for place, one in enumerate(listed):
        found = known.get(one.submission_key)
        if found is None or found.version_key != one.version_key or found.read_with not in mappings:
            unread.append(place)
        elif found.review != one.review:
            reviewed.append(found._replace(review=one.review))
    return unread, reviewed


@dataclass(frozen=True, slots=True)
class ReadPage:
    """Submissions as they can be saved, with what the mirror notes of each in the same commit."""

    form_id: str
    items: Sequence[Item] = field(repr=False)
    reads: Sequence[Read] = field(repr=False)
    left_out: int = 0

    @property
    def read(self) -> int:
        return len(self.items)

    def settle(self, session: Session) -> Sequence[Item]:  # noqa: ARG002 (nothing to settle: roots never change)
        return self.items

    def mark(self, session: Session) -> None:
        mirror.keep_read(session, self.form_id, self.reads)


@dataclass(frozen=True, slots=True)
class ClosingPage:
    """After all others: what disappeared, what reviewers decided, and the verdict, in one commit.

    `is_steady`: the list did not change while it was read, so it may say that something is gone. `by_count`: only the
    numbers could be compared. `proof` goes into the verdict when nothing is left to read.
    """

    form_id: str
    walk: str
    mappings: Collection[str]
    is_steady: bool
    by_count: bool = False
    proof: Mapping[str, Any] | None = field(default=None, repr=False)
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:
        found = mirror.difference(session, self.form_id, self.walk, self.mappings)
        mirror.keep_reviews(session, self.form_id, self.walk)
        if self.is_steady:
            waiting = mirror.settle_gone(session, self.form_id, self.walk, found)
        else:
            waiting = mirror.count_waiting(session, self.form_id)
        mirror.end_walk(session, self.form_id, self.walk)
        verdicts.keep_verdict(session, self._verdict(found, waiting))
        return ()

    def mark(self, session: Session) -> None:
        """Settled already."""

    def _verdict(self, found: Difference, waiting: int) -> Verdict:
        if not self.is_steady:
            standing, reason = Standing.DIFFERENT, Why.MOVING
        elif found.unread:
            standing, reason = Standing.DIFFERENT, Why.UNREAD
        elif waiting:
            standing, reason = Standing.DIFFERENT, Why.MANY_GONE
        else:
            standing, reason = Standing.COUNT_EQUAL if self.by_count else Standing.EQUAL, Why.NOTHING
        proof = self.proof if self.is_steady and not found.unread else None
        return Verdict(self.form_id, datetime.now(UTC), standing, reason, found.on_server, found.unread, waiting, proof)


@dataclass(frozen=True, slots=True)
class RecentPage:
    """The end of a pull that read what is recent, and compared numbers. `proof` tells when it asked."""

    form_id: str
    on_server: int
    proof: Mapping[str, Any] = field(repr=False)
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:
        found = held(session, self.form_id)
        difference = self.on_server - (found.rows - found.waiting)
        reason = Why.MOVING if difference else Why.MANY_GONE if found.waiting else Why.NOTHING
        verdict = Verdict(
            form_id=self.form_id,
            at=datetime.now(UTC),
            standing=Standing.DIFFERENT if reason else Standing.COUNT_EQUAL,
            reason=reason,
            on_server=self.on_server,
            behind=max(difference, 0),
            waiting=found.waiting,
            proof=None if difference else self.proof,
        )
        verdicts.keep_verdict(session, verdict)
        return ()

    def mark(self, session: Session) -> None:
        """Settled already."""


@dataclass(frozen=True, slots=True)
class UnchangedPage:
    """The server proved that its list is the one the last verdict was about. `proof`: what is noted in its place."""

    form_id: str
    proof: Mapping[str, Any] | None = field(default=None, repr=False)
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:  # noqa: ARG002 (nothing was read)
        return ()

    def mark(self, session: Session) -> None:
        verdicts.still_holds(session, self.form_id, datetime.now(UTC), self.proof)


@dataclass(frozen=True, slots=True)
class IntakePage:
    """After the verdict: on its server the form was closed for phones, or opened again."""

    form_id: str
    intake: Intake
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:  # noqa: ARG002 (nothing was read)
        return ()

    def mark(self, session: Session) -> None:
        verdicts.keep_intake(session, self.form_id, self.intake)
