"""Reads the XML of a filled form with expat: no DTD, no entities, bounded depth, allow-listed paths only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

_MAX_DEPTH = 40


class UnreadableError(Exception):
    """A body, a page or a letter that cannot be opened. Carries nothing of it."""


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    slot: int = -1
    repeat: int = -1


@dataclass(frozen=True, slots=True)
class Slots:
    """The tree of wanted paths. Each leaf knows its place in the list of answers, or in the row of its repeat."""

    root: _Node
    singles: int
    repeats: tuple[int, ...]

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
        return cls(root, len(singles), tuple(len(inside) for _, inside in repeats))


def _grow(root: _Node, path: str) -> _Node:
    node = root
    for name in path.split("/"):
        node = node.children.setdefault(name, _Node())
    return node


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is read of a submission before its form version, and so its mapping, is known."""

    form_id: str
    version: str
    instance: str
    previous: str


def read_envelope(xml: bytes) -> Envelope:
    """Form id, version and instance ids. Raises UnreadableError for what is no form, or has a DTD."""
    attributes: dict[str, str] = {}
    slots = Slots.of(("meta/instanceID", "meta/deprecatedID"), ())
    (instance, previous), _ = read_answers(xml, slots, attributes)
    return Envelope(attributes.get("id", ""), attributes.get("version", ""), instance or "", previous or "")


def read_answers(
    xml: bytes, slots: Slots, root_attributes: dict[str, str] | None = None
) -> tuple[list[str | None], list[list[list[str | None]]]]:
    """The texts at the wanted paths (None where absent or empty) and the rows of each repeat.

    Raises UnreadableError, without cause, for anything that is not well-formed XML of bounded depth without a DTD.
    """
    reader = _Reader(slots)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, UnicodeError, LookupError, ValueError):
        raise UnreadableError from None
    if root_attributes is not None:
        root_attributes.update(reader.attributes)
    return reader.singles, reader.repeats


def _refuse(*_: Any) -> None:
    raise UnreadableError


class _Reader:
    """Walks the wanted tree along with the document. `path` holds None below anything that is not wanted."""

    __slots__ = ("attributes", "path", "pieces", "repeats", "row", "singles", "slots")

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.singles: list[str | None] = [None] * slots.singles
        self.repeats: list[list[list[str | None]]] = [[] for _ in slots.repeats]
        self.row: list[str | None] | None = None
        self.path: list[_Node | None] = []
        self.pieces: list[str] | None = None
        self.attributes: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        path = self.path
        if not path:
            self.attributes = attributes
            path.append(self.slots.root)
            return
        if len(path) > _MAX_DEPTH:
            raise UnreadableError
        above = path[-1]
        node = None if above is None else above.children.get(name) or above.children.get(name.rpartition(":")[2])
        path.append(node)
        if node is None:
            return
        if node.repeat >= 0:
            self.row = [None] * self.slots.repeats[node.repeat]
            self.repeats[node.repeat].append(self.row)
        self.pieces = [] if node.slot >= 0 else None

    def text(self, data: str) -> None:
        if self.pieces is not None and self.path[-1] is not None:
            self.pieces.append(data)

    def end(self, _name: str) -> None:
        node = self.path.pop()
        if node is None:
            return
        if node.slot >= 0 and self.pieces is not None:
            target = self.singles if self.row is None else self.row
            target[node.slot] = "".join(self.pieces).strip() or None
            self.pieces = None
        if node.repeat >= 0:
            self.row = None
