"""Compares names of questions: of the form as built, of the form as its server has it, and of what phones sent.

Only names are looked at. Those of a schema may be shown; a name that is in no schema can be anything people typed.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from xml.parsers import expat

import msgspec

from mappings.xform import UnreadableError

_SERVERS_OWN = ("meta", "formhub", "orx:meta", "__version__", "_version_")
_MAX_DEPTH = 40
_PAGE = msgspec.json.Decoder(dict[str, Any])


def form_names(xform: bytes) -> frozenset[str]:
    """Paths of all groups and questions of an XForm, as answers are named by them."""
    reader = _Paths(inside="instance")
    reader.read(xform)
    return _own(reader.found)


def letter_names(xml: bytes) -> frozenset[str]:
    """Paths in a filled form. Raises UnreadableError."""
    reader = _Paths(inside="")
    reader.read(xml)
    return _own(reader.found)


def row_names(row: msgspec.Raw | bytes) -> frozenset[str]:
    """Keys of a row as KoBoToolbox writes it, those inside repeats too. Raises UnreadableError."""
    try:
        return _own(_keys(_PAGE.decode(row)))
    except (msgspec.MsgspecError, RecursionError):
        raise UnreadableError from None


def without_groups(names: Collection[str]) -> frozenset[str]:
    """Questions only: not every server lists groups, and none sends an empty one."""
    parents = {name.rpartition("/")[0] for name in names}
    return frozenset(name for name in names if name not in parents)


def unknown_names(found: Iterable[str], schemas: Collection[str]) -> bool:
    """Whether something is in no schema. `<question>_other` belongs to a choice with room for an own word."""
    known = set(schemas) | {parent for name in schemas for parent in _parents(name)}
    return any(name not in known and name.removesuffix("_other") not in known for name in found)


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _own(names: Iterable[str]) -> frozenset[str]:
    """Without what every server and every app adds."""
    return frozenset(name for name in names if name.partition("/")[0] not in _SERVERS_OWN and name)


def _keys(row: dict[str, Any]) -> Iterator[str]:
    for key, value in row.items():
        if key.startswith("_") and key != "__version__":
            continue
        yield key
        if isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    yield from _keys(one)


class _Paths:
    """Collects paths below the root of a document, or below the root inside its first `inside` element."""

    def __init__(self, inside: str) -> None:
        self.found: set[str] = set()
        self._inside = inside
        self._path: list[str] | None = None if inside else []
        self._is_over = False

    def read(self, xml: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = _refuse
        try:
            parser.Parse(xml, True)
        except (expat.ExpatError, UnicodeError, LookupError, ValueError):
            raise UnreadableError from None

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        plain = name.rpartition(":")[2]
        if self._path is None:
            self._path = [] if plain == self._inside and not self._is_over else None
            return
        if len(self._path) > _MAX_DEPTH:
            raise UnreadableError
        self._path.append(plain)
        if len(self._path) > 1:
            self.found.add("/".join(self._path[1:]))

    def _end(self, _name: str) -> None:
        if self._path:
            self._path.pop()
        elif self._path is not None:
            self._path, self._is_over = None, True


def _refuse(*_: Any) -> None:
    raise UnreadableError
