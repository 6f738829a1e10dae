"""Opens OData pages of ODK Central: nested answers, its own names, and each row apart so that one bad row stays one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, cast

import msgspec

from mappings.model import RawSubmission, Scalar
from mappings.xform import UnreadableError

_FIRST = re.compile(r"^([^A-Za-z_])")
_OTHERS = re.compile(r"[^A-Za-z0-9_]+")
# The decoder skips it: no key of Central holds a space.
_NOT_ASKED = "not asked"


def odata_name(name: str) -> str:
    """A question's name as Central's OData spells it. Two names of one group can become one."""
    return _OTHERS.sub("_", _FIRST.sub(r"_\1", name))


class CentralRow(NamedTuple):
    """One row of a page, its answers still unread. `version` is that of the first sending, whatever was edited since.

    `instance` is the edit the row shows, '' where the phone sent none. `received` is Central's own time.
    """

    root: str
    instance: str
    version: str
    received: str
    edits: int
    is_open: bool
    answers: msgspec.Raw


class _System(msgspec.Struct, rename="camel"):
    submission_date: str
    form_version: str | None = None
    edits: int = 0
    status: str | None = None


class _Meta(msgspec.Struct):
    instance: str | None = msgspec.field(name="instanceID", default=None)


class _Head(msgspec.Struct):
    root: str = msgspec.field(name="__id")
    system: _System = msgspec.field(name="__system")
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]


_PAGE = msgspec.json.Decoder(_Page)
_HEAD = msgspec.json.Decoder(_Head)


def central_page(body: bytes) -> list[CentralRow]:
    """Raises UnreadableError when the reply is no OData page, as when it broke off."""
    try:
        return [_row(answers) for answers in _PAGE.decode(body).value]
    except (msgspec.MsgspecError, RecursionError):
        raise UnreadableError from None


def _row(answers: msgspec.Raw) -> CentralRow:
    head = _HEAD.decode(answers)
    system = head.system
    is_open = system.status is None
    version = system.form_version or ""
    return CentralRow(
        head.root, head.meta.instance or "", version, system.submission_date, system.edits, is_open, answers
    )


@dataclass(slots=True)
class _Group:
    """Groups and questions inside one group, by their OData names; a question is the empty group."""

    children: dict[str, "_Group"] = field(default_factory=dict)

    def grow(self, names: Sequence[str]) -> str:
        """Adds a question; returns the attributes that lead to its answer."""
        if not names:
            return ""
        place = list(self.children).index(names[0]) if names[0] in self.children else len(self.children)
        below = self.children.setdefault(names[0], _Group()).grow(names[1:])
        return f"n{place}.{below}" if below else f"n{place}"


_Build = Callable[..., RawSubmission]


class CentralShape:
    """Where the answers lie in a row, compiled for one mapping. `repeats`: path, record of one of its rows, paths."""

    def __init__(
        self, build: _Build, singles: Sequence[str], repeats: Sequence[tuple[str, _Build, Sequence[str]]]
    ) -> None:
        root = _Group()
        places = [root.grow(_names(path)) for path in singles]
        rows = [root.grow(_names(path)) for path, _, _ in repeats]
        inner = [_Inner(each, [path.removeprefix(f"{of}/") for path in inside]) for of, each, inside in repeats]
        kinds = {place: inside.kind for place, inside in zip(rows, inner, strict=True)}
        self._build = build
        self._decoder: Any = msgspec.json.Decoder(_struct(root, kinds))
        self._singles = _getter(places)
        self._repeats = [(attrgetter(place), inside.read) for place, inside in zip(rows, inner, strict=True)]

    def read(self, row: CentralRow) -> RawSubmission | None:
        """None for a row whose answers have an impossible shape."""
        try:
            found = self._decoder.decode(row.answers)
        except (msgspec.MsgspecError, RecursionError):
            return None
        repeats = [tuple([read(one) for one in get(found)]) for get, read in self._repeats]
        return self._build(row.root, row.instance, row.version, row.received, *_clean(self._singles(found)), *repeats)


class _Inner:
    """One repeat: the record of its rows as Central nests them, and how it becomes ours."""

    def __init__(self, build: _Build, paths: Sequence[str]) -> None:
        group = _Group()
        places = [group.grow(_names(path)) for path in paths]
        self.kind = _struct(group, {})
        self._build = build
        self._values = _getter(places)

    def read(self, row: msgspec.Struct) -> RawSubmission:
        return self._build(*_clean(self._values(row)))


def _names(path: str) -> list[str]:
    return [odata_name(name) for name in path.split("/")] if path else [_NOT_ASKED]


def _getter(places: Sequence[str]) -> Callable[[Any], tuple[Scalar, ...]]:
    """attrgetter gives a bare value for one place."""
    if len(places) == 1:
        one = attrgetter(places[0])
        return lambda row: (one(row),)
    return cast(Callable[[Any], tuple[Scalar, ...]], attrgetter(*places)) if places else lambda _: ()


def _clean(values: tuple[Scalar, ...]) -> list[Scalar]:
    """As in the XML of the same row: what holds only blanks is no answer."""
    return [value.strip() or None if isinstance(value, str) else value for value in values]


def _struct(group: _Group, repeats: dict[str, type[msgspec.Struct]], above: str = "") -> type[msgspec.Struct]:
    fields: list[Any] = []
    for place, below in enumerate(group.children.values()):
        name, where = f"n{place}", f"{above}n{place}"
        if where in repeats:
            fields.append((name, tuple[repeats[where], ...], ()))  # type: ignore[valid-type]
        elif below.children:
            inside = _struct(below, repeats, f"{where}.")
            fields.append((name, inside, msgspec.field(default_factory=inside)))
        else:
            fields.append((name, Scalar, None))
    names = {f"n{place}": name for place, name in enumerate(group.children)}
    return msgspec.defstruct("Row", fields, rename=names, frozen=True, gc=False)
