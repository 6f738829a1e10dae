"""Letters sealed in a page: the door cannot see which interview is inside, so a worker tells twins and conflicts."""

import hashlib
from collections.abc import Iterable
from enum import Enum, auto

from sqlalchemy.orm import Session

from backend.store import letters
from backend.store.letters import PageMark
from mappings.privacy.pseudonym import Pseudonyms


class Verdict(Enum):
    """FIRST: as any other letter. TWIN: this very interview is here. CONFLICT: its id is, with another content."""

    FIRST = auto()
    TWIN = auto()
    CONFLICT = auto()


class PageTwins:
    """The instance ids found in letters of pages so far. `judge` learns; `keep` writes what was learnt since."""

    def __init__(self, round_key: bytes, form_id: str, known: Iterable[PageMark]) -> None:
        # Not the names of submissions: a letter's row holds the day it came, and a submission's must not.
        self._instances = Pseudonyms(round_key, f"page instance|{form_id}")
        self._contents = Pseudonyms(round_key, f"page content|{form_id}")
        self._known = {mark.instance: mark for mark in known}
        self._new: list[PageMark] = []
        self._roots: dict[int, str] = {}
        self._conflicts: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._known)

    def mark(self, seq: int, instance: str, xml: bytes, root_receipt: str) -> PageMark:
        content = self._contents(hashlib.sha256(xml).hexdigest())
        return PageMark(seq, self._instances(instance), content, root_receipt)

    def judge(self, mark: PageMark, *, from_page: bool, is_taken: bool) -> Verdict:
        """`is_taken`: a letter of a phone holds this instance id. Only a copied or forged letter can meet that."""
        first = self._known.get(mark.instance)
        if first is not None and first.seq == mark.seq:
            return Verdict.FIRST
        if first is None:
            return self._open(mark, is_taken=is_taken) if from_page else Verdict.FIRST
        self._roots[mark.seq] = first.root_receipt
        if first.content != mark.content:
            self._conflicts.append(mark.seq)
            return Verdict.CONFLICT
        return Verdict.TWIN

    def _open(self, mark: PageMark, *, is_taken: bool) -> Verdict:
        if is_taken:
            self._conflicts.append(mark.seq)
            return Verdict.CONFLICT
        self._known[mark.instance] = mark
        self._new.append(mark)
        return Verdict.FIRST

    def keep(self, session: Session) -> None:
        """In the transaction that saves the page of letters they came in."""
        letters.keep_page_marks(session, self._new)
        letters.join_roots(session, self._roots)
        letters.set_conflicts(session, self._conflicts)
        self._new, self._roots, self._conflicts = [], {}, []
