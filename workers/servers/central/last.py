"""What was noted with the last verdict of a form on ODK Central, and what of it need not be asked again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from backend.store.verdicts import Verdict

# Between two lists: where the server cannot tell that its list is unchanged, and where it can.
_LIST_EVERY, _TAGGED_LIST_EVERY = timedelta(hours=24), timedelta(hours=1)
# The form itself tells whether it was closed there, or encrypts from now on.
_LOOK_EVERY = timedelta(minutes=10)
NEVER = datetime.min.replace(tzinfo=UTC)


class Last(NamedTuple):
    """`compared_at`: when more than the numbers was compared. Empty when nothing of it may be taken."""

    proof: Mapping[str, Any] = MappingProxyType({})
    compared_at: datetime = NEVER
    on_server: int = 0

    @property
    def tags(self) -> list[str]:
        """Of the parts of the list; none where the server gives none."""
        return list(self.proof.get("etags", ()))

    @property
    def is_by_numbers(self) -> bool:
        """Whether something was read since the list, and only counted."""
        return "contents_as_of" in self.proof

    def belongs_to(self, what: str) -> bool:
        return self.proof.get("belongs_to") == what

    def may_follow(self, now: datetime, long_list: int) -> bool:
        """Whether it is enough to ask for what is recent: the list was compared a short while ago, and is long."""
        if "asked_at" not in self.proof:
            return False
        if not self.tags:
            return now - self.compared_at < _LIST_EVERY
        return self.on_server > long_list and now - self.compared_at < _TAGGED_LIST_EVERY

    def was_looked_at(self, now: datetime, known_as: str) -> bool:
        """Lately: a form that is read as it was then, from a server that can say that its list is the same."""
        if not self.tags or self.proof.get("known_as") != known_as:
            return False
        return now - datetime.fromisoformat(self.proof["looked_at"]) < _LOOK_EVERY

    def asked_at(self) -> datetime:
        return datetime.fromisoformat(self.proof["asked_at"])


def last_of(found: Verdict | None) -> Last:
    return Last(found.proof, found.contents_as_of or NEVER, found.on_server) if found and found.proof else Last()


def past(told: datetime) -> str:
    """Never a time to come: a server whose clock was wrong for a while would be asked for nothing."""
    return min(told, datetime.now(UTC)).isoformat()
