"""Reads the XML of a filled form: no DTD, no entities, so many elements, allow-listed paths only.

Expat's tree in C, and then the wanted part of it: with a call to Python for each element it took four tenths longer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat

# As the tree they take some 15 MB.
_MOST_SIGNS = 200_000
# An attribute has two; a form of Collect or Enketo has some ten attributes, and its texts few apostrophes.
_QUOTES, _MOST_QUOTES = (b'"', b"'"), 100_000
# Expat writes it out before each name in it, so that a long one makes gigabytes of a small body.
_SPACE, _MOST_SPACES, _LONGEST_SPACE = b"xmlns", 100, 300
_PLAIN_SPACE = re.compile(rb"""xmlns(?::[\w.-]{1,100})?=(?:"[^"<]{0,300}"|'[^'<]{0,300}')""")
# Of the encodings that expat takes, all write ASCII as it is but UTF-16, which has zero bytes beside it.
_SIGN, _DTD, _TWO_BYTES = b"<", b"<!DOCTYPE", b"\0"
# A DTD stands before the root, whose start tag is done after 500 bytes in what Collect and Enketo send.
_HEAD_BYTES = 1024
_ENVELOPE = ("meta/instanceID", "meta/deprecatedID")


class UnreadableError(Exception):
    """A body, a page or a letter that cannot be opened. Carries nothing of it."""


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    slot: int = -1
    repeat: int = -1


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
    found = _read(_parse(xml), slots)
    return found.singles, found.repeats


def read_filled(xml: bytes, versions: Mapping[str, Slots]) -> Filled:
    """Reads what the form's version wants; of a version that is not among `versions`, the envelope only.

    Raises UnreadableError, without cause, for anything that is not well-formed XML of bounded size without a DTD.
    """
    root = _parse(xml)
    return _read(root, versions.get(root.get("version", ""), _NO_ANSWERS))


def _parse(xml: bytes) -> Element:
    if xml.count(_SIGN) > _MOST_SIGNS or sum(map(xml.count, _QUOTES)) > _MOST_QUOTES:
        raise UnreadableError
    try:
        if _may_swell(xml):
            _look_closer(xml)
        parser = XMLParser()  # noqa: S314 (it has no DTD)
        parser.feed(xml)
        root: Element = parser.close()
    except (expat.ExpatError, ParseError, UnicodeError, LookupError, ValueError):
        raise UnreadableError from None
    return root


# Of each repeat the width of a row, and its rows.
_Repeated = tuple[Sequence[int], list[list[list[str | None]]]]


def _may_swell(xml: bytes) -> bool:
    """Whether a DTD or long namespaces may be in it, as far as bytes tell; nothing in them is missed."""
    if _DTD in xml or _TWO_BYTES in xml:
        return True
    spaces = xml.count(_SPACE)
    return spaces > _MOST_SPACES or len(_PLAIN_SPACE.findall(xml)) != spaces


def _look_closer(xml: bytes) -> None:
    """Refuses a DTD as it begins, so that no entity is ever known, let alone resolved; and namespaces by themselves."""
    declared = 0

    def check(_: str, attributes: list[str]) -> None:
        nonlocal declared
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            is_space = name.startswith("xmlns")
            declared += is_space
            if is_space and (len(value) > _LONGEST_SPACE or declared > _MOST_SPACES):
                raise UnreadableError

    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = check
    # Expat goes on to the end of what it was given after a refusal.
    parser.Parse(xml[:_HEAD_BYTES], False)
    parser.Parse(xml[_HEAD_BYTES:], True)


def _refuse(*_: Any) -> None:
    raise UnreadableError


def _read(root: Element, slots: Slots) -> Filled:
    singles: list[str | None] = [None] * (slots.singles + len(_ENVELOPE))
    repeats: list[list[list[str | None]]] = [[] for _ in slots.repeats]
    _walk(root, slots.root.children, singles, (slots.repeats, repeats))
    instance, previous = [singles[slot] or "" for slot in slots.envelope]
    envelope = Envelope(root.get("id", ""), root.get("version", ""), instance, previous)
    return Filled(envelope, singles[: slots.singles], repeats)


def _walk(element: Element, wanted: dict[str, _Node], row: list[str | None], repeated: _Repeated) -> None:
    """Goes where the wanted tree goes, so its depth bounds this one's."""
    for child in element:
        tag = child.tag
        node = wanted.get(tag)
        if node is None:
            node = wanted.get(tag.rpartition("}")[2]) if tag[0] == "{" else None
            if node is None:
                continue
        if node.slot >= 0:
            text = _whole_text(child) if len(child) else child.text
            row[node.slot] = (text.strip() or None) if text else None
        if node.repeat >= 0:
            widths, rows = repeated
            new: list[str | None] = [None] * widths[node.repeat]
            rows[node.repeat].append(new)
            _walk(child, node.children, new, repeated)
        elif node.children:
            _walk(child, node.children, row, repeated)


def _whole_text(element: Element) -> str:
    """What stands in it itself, around the elements in it."""
    return "".join([element.text or "", *(inner.tail or "" for inner in element)])
