"""Letters that came before and that the door could not recognise: a worker sees that their interview is here."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from backend.store import letters
from backend.store.doubts import doubts
from backend.store.edits import Chains
from backend.store.letter_plan import COUNTED_BEFORE, LetterKind
from backend.store.save import Item, seen
from mappings.model import Outcome

# What is here of an interview, and must not be replaced by a letter that only has its id.
_KEPT = frozenset({Outcome.STORED.value, Outcome.REFUSED.value, Outcome.COUNTED.value})
_JUDGED = frozenset({LetterKind.ORIGINAL, LetterKind.EDIT, LetterKind.PAGE})


class Found(NamedTuple):
    """One letter of a page. `own_key` names its version, `stand_in` is its name when it could not be opened before.

    `is_new_edit`: this version was never read.
    """

    number: int
    own_key: str
    stand_in: str | None
    kind: LetterKind
    item: Item
    is_new_edit: bool


class SentAgain:
    """`is_needed`: there is reason to doubt the door's receipts. `look` learns; `keep` writes what was learnt since."""

    def __init__(self, form_id: str) -> None:
        self._form_id, self.is_needed = form_id, False
        self._joined: dict[int, str] = {}
        self._conflicts: list[int] = []

    def begin(self, session: Session) -> None:
        """With each page: a door with another key leaves its mark together with the first letter."""
        self.is_needed = bool(doubts(session, [self._form_id]))

    def look(self, session: Session, found: Sequence[Found], chains: Chains) -> set[int]:
        """Numbers of those with the id of an interview that is here and other content: they wait for a person."""
        names = {name for one in found for name in (chains.root(one.own_key), one.stand_in) if name}
        known = seen(session, self._form_id, sorted(names))
        fresh = [one for one in found if one.kind in _JUDGED and (one.stand_in is None or one.stand_in in known)]
        roots = letters.root_receipts(session, [one.number for one in fresh])
        read = letters.roots_read(session, self._form_id, set(roots.values()), besides=roots)
        self._judge(fresh, chains, known, roots, read)
        return set(self._conflicts)

    def _judge(
        self,
        fresh: Sequence[Found],
        chains: Chains,
        known: dict[str, tuple[str, str]],
        roots: Mapping[int, str],
        read: Collection[str],
    ) -> None:
        counted: dict[str, str] = {}
        for one in fresh:
            key, receipt = chains.root(one.own_key), roots[one.number]
            if receipt in read or receipt == COUNTED_BEFORE or counted.get(key) == receipt:
                continue
            if key in known and self._is_other(one, known[key], chains):
                self._conflicts.append(one.number)
                continue
            if key in known:
                self._joined[one.number] = COUNTED_BEFORE
            else:
                counted[key] = receipt
                known.setdefault(key, (one.item.revision, one.item.outcome.value))
            if chains.is_newest(one.own_key):
                known[key] = (one.item.revision, one.item.outcome.value)

    def _is_other(self, one: Found, before: tuple[str, str], chains: Chains) -> bool:
        is_version = one.is_new_edit or not chains.is_newest(one.own_key)
        return not is_version and before[1] in _KEPT and before != (one.item.revision, one.item.outcome.value)

    def keep(self, session: Session) -> None:
        """In the transaction that saves the page of letters they came in."""
        letters.join_roots(session, self._joined)
        letters.set_conflicts(session, self._conflicts)
        self._joined, self._conflicts = {}, []
