"""Decides, before anything is written, what of the arriving letters is new, a retry, an edit or a conflict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# The server of a form whose letters come here.
LETTERBOX = "letterbox"


class LetterKind(StrEnum):
    """CONFLICT: has the id of another letter and other content, and waits for a person. What the person made of it:

    REPLACEMENT took the place of the one with its id, SEPARATE is an interview of its own, SET_ASIDE is never read.
    """

    ORIGINAL = "original"
    EDIT = "edit"
    PAGE = "page"
    CONFLICT = "conflict"
    REPLACEMENT = "replacement"
    SEPARATE = "separate"
    SET_ASIDE = "set_aside"


# The root of letters whose interview another letter counts already, whose receipt nobody can tell.
COUNTED_BEFORE = "f" * 32
# What no worker reads.
HELD_BACK = (LetterKind.CONFLICT, LetterKind.SET_ASIDE)
# What has the id of another interview without being a version of it.
_STRANGERS = (LetterKind.CONFLICT, LetterKind.SEPARATE)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the door hands over. `previous` is the receipt of the submission this one edits."""

    form_id: str
    key_id: str
    kind: LetterKind
    receipt: str
    content: str
    received_on: date
    sealed: bytes = field(repr=False)
    previous: str | None = None
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of a letter that came earlier."""

    seq: int
    form_id: str
    receipt: str
    content: str
    root_receipt: str
    kind: str
    attachments: int


@dataclass(slots=True)
class NewRow:
    letter: Letter
    kind: LetterKind
    root_receipt: str
    attachments: int

    @property
    def content(self) -> str:
        return self.letter.content


@dataclass(frozen=True, slots=True)
class NewRoot:
    """Edits that came before the submission they edit belong to its root from now on."""

    form_id: str
    receipt: str
    root: str


@dataclass(slots=True)
class Plan:
    new: list[NewRow] = field(default_factory=list)
    attachments: dict[int, int] = field(default_factory=dict)
    new_roots: list[NewRoot] = field(default_factory=list)


def plan(letters: Sequence[Letter], known: Iterable[Known]) -> Plan:
    """The letters of one batch in order: what the first adds is known to the next."""
    result = Plan()
    shelf: dict[tuple[str, str], list[Known | NewRow]] = {}
    for row in known:
        shelf.setdefault((row.form_id, row.receipt), []).append(row)
    for letter in letters:
        same_id = shelf.setdefault((letter.form_id, letter.receipt), [])
        twin = next((row for row in same_id if row.content == letter.content), None)
        if twin is not None:
            _retry(result, letter, twin)
        else:
            previous = shelf.get((letter.form_id, letter.previous or ""), [])
            same_id.append(_add(result, letter, is_conflict=bool(same_id), root=_root(letter, previous)))
    return result


def _retry(result: Plan, letter: Letter, twin: Known | NewRow) -> None:
    # The parts of a split upload repeat the submission, each with other attachments. Their sum would grow with every
    # retry; the largest number does not.
    if letter.attachments <= twin.attachments:
        return
    if isinstance(twin, NewRow):
        twin.attachments = letter.attachments
    else:
        result.attachments[twin.seq] = max(letter.attachments, result.attachments.get(twin.seq, 0))


def _add(result: Plan, letter: Letter, *, is_conflict: bool, root: str) -> NewRow:
    kind = LetterKind.CONFLICT if is_conflict else letter.kind
    row = NewRow(letter=letter, kind=kind, root_receipt=root, attachments=letter.attachments)
    result.new.append(row)
    if kind is LetterKind.EDIT:
        result.new_roots.append(NewRoot(letter.form_id, letter.receipt, root))
    return row


def _root(letter: Letter, previous: Sequence[Known | NewRow]) -> str:
    if letter.previous is None:
        return letter.receipt
    # An unknown original is no reason to refuse: if it comes later, its receipt is this very root.
    return next((row.root_receipt for row in previous if row.kind not in _STRANGERS), letter.previous)
