"""Reads the XML of a filled form with expat: no DTD, no entities, bounded depth, allow-listed paths only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.parsers import expat

_MAX_DEPTH = 40
_ENVELOPE = ("meta/instanceID", "meta/deprecatedID")


class UnreadableError(Exception):
    """A body, a page or a letter that cannot be opened. Carries nothing of it."""


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    slot: int = -1
    repeat: int = -1


# Stands for everything that nobody asks for, and for what is inside.
_NOTHING = _Node()


@dataclass(frozen=True, slots=True)
class Slots:
    """The tree of wanted paths. Each leaf knows its place in the list of answers, or in the row of its repeat.

    The ids of an interview and of the one it edits are always wanted; `envelope` says where they lie.
    """

    root: _Node
    singles: int
    repeats: tuple[int, ...]
    envelope: tuple[int, ...]

    @classmethod
    def of(cls, singles: Sequence[str], repeats: Sequence[tuple[str, Sequence[str]]]) -> "Slots":
        root = _Node()
        for slot, path in enumerate(singles):
            if path:
                _grow(root, path).slot = slot
        for index, (path, inside) in enumerate(repeats):
            _grow(root, path).repeat = index
            for slot, inner in enumerate(inside):
                _grow(root, inner).slot = slot
        ids = [_grow(root, path) for path in _ENVELOPE]
        for slot, leaf in enumerate(ids, start=len(singles)):
            leaf.slot = slot if leaf.slot < 0 else leaf.slot
        return cls(root, len(singles), tuple(len(inside) for _, inside in repeats), tuple(leaf.slot for leaf in ids))


def _grow(root: _Node, path: str) -> _Node:
    node = root
    for name in path.split("/"):
        node = node.children.setdefault(name, _Node())
    return node


_NO_ANSWERS = Slots.of((), ())


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is read of a submission before its form version, and so its mapping, is known."""

    form_id: str
    version: str
    instance: str
    previous: str


class Filled(NamedTuple):
    """A form as somebody filled it: texts at the wanted paths (None where absent or empty), and rows of each repeat."""

    envelope: Envelope
    singles: list[str | None]
    repeats: list[list[list[str | None]]]


def read_envelope(xml: bytes) -> Envelope:
    """Form id, version and instance ids. Raises UnreadableError for what is no form, or has a DTD."""
    return read_filled(xml, {}).envelope


def read_answers(xml: bytes, slots: Slots) -> tuple[list[str | None], list[list[list[str | None]]]]:
    """The texts at the wanted paths, and the rows of each repeat. Raises UnreadableError as `read_filled`."""
    found = _parse(xml, _Reader({}, slots))
    return found.singles, found.repeats


def read_filled(xml: bytes, versions: Mapping[str, Slots]) -> Filled:
    """Reads what the form's version wants; of a version that is not among `versions`, the envelope only.

    Raises UnreadableError, without cause, for anything that is not well-formed XML of bounded depth without a DTD.
    """
    return _parse(xml, _Reader(versions, _NO_ANSWERS))


def _parse(xml: bytes, reader: "_Reader") -> Filled:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.pieces.append
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, UnicodeError, LookupError, ValueError):
        raise UnreadableError from None
    return reader.filled()


def _refuse(*_: Any) -> None:
    raise UnreadableError


class _Reader:
    """Walks the wanted tree along with the document. Slots are chosen when the root names the version.

    Two calls for each element take most of the time that a letter takes, so texts go to `pieces` without a third, and
    are thrown away there unless a wanted element ends.
    """

    __slots__ = ("attributes", "kept", "path", "pieces", "repeats", "row", "singles", "slots", "versions")

    def __init__(self, versions: Mapping[str, Slots], slots: Slots) -> None:
        self.versions = versions
        self.slots = slots
        self.singles: list[str | None] = []
        self.repeats: list[list[list[str | None]]] = []
        self.row: list[str | None] = []
        self.path: list[_Node] = []
        self.pieces: list[str] = []
        # What stood in a wanted element before another one began inside it.
        self.kept: list[str] = []
        self.attributes: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        path = self.path
        if not path:
            self._begin(attributes)
            return
        above = path[-1]
        node = above.children.get(name)
        if node is None:
            node = _NOTHING if above is _NOTHING else self._other(above, name)
        path.append(node)
        if node.slot >= 0:
            self.pieces.clear()
        elif node.repeat >= 0:
            self.row = [None] * self.slots.repeats[node.repeat]
            self.repeats[node.repeat].append(self.row)
        elif len(path) > _MAX_DEPTH:
            raise UnreadableError

    def _other(self, above: _Node, name: str) -> _Node:
        if above.slot >= 0:
            self.kept += self.pieces
        return above.children.get(name.rpartition(":")[2]) or _NOTHING

    def end(self, _name: str) -> None:
        node = self.path.pop()
        if node.slot >= 0:
            self.row[node.slot] = "".join([*self.kept, *self.pieces]).strip() or None
            self.kept.clear()
        elif node.repeat >= 0:
            self.row = self.singles
        self.pieces.clear()

    def _begin(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.slots = self.versions.get(attributes.get("version", ""), self.slots)
        self.row = self.singles = [None] * (self.slots.singles + len(_ENVELOPE))
        self.repeats = [[] for _ in self.slots.repeats]
        self.path.append(self.slots.root)

    def filled(self) -> Filled:
        instance, previous = [self.singles[slot] or "" for slot in self.slots.envelope]
        envelope = Envelope(self.attributes.get("id", ""), self.attributes.get("version", ""), instance, previous)
        return Filled(envelope, self.singles[: self.slots.singles], self.repeats)
