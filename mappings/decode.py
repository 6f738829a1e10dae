"""Opens what servers send: only the keys a mapping names become Python objects, everything else is skipped unread.

Decode errors are raised anew without text or cause: a decoder's own message quotes what it read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from mappings.central import CentralRow, CentralShape
from mappings.language import Coded, FormMapping, Interview, gate_paths, single_rules
from mappings.model import RawSubmission, Scalar
from mappings.xform import Filled, Slots, UnreadableError, read_answers

META = ("root", "instance", "version", "received")
_KOBO_META = ("meta/rootUuid", "meta/instanceID", "__version__", "_submission_time")


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of a raw submission's fields: meta, interview, gate, about, answers, then one tuple a repeat.

    An empty path holds the place of something the form does not ask.
    """

    interview: tuple[str, ...]
    gate: tuple[str, ...]
    about: tuple[str, ...]
    answers: tuple[str, ...]
    repeats: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, mapping: FormMapping) -> "Layout":
        repeats: dict[str, list[str]] = {}
        for rule in mapping.rules:
            if rule.repeat:
                repeats.setdefault(rule.repeat, []).append(rule.path)
        return cls(
            interview=tuple(interview_path(mapping.interview, name) for name in Interview.__struct_fields__),
            gate=gate_paths(mapping),
            about=tuple(about.path for about in mapping.about),
            answers=tuple(rule.path for rule in single_rules(mapping)),
            repeats=tuple((path, tuple(inside)) for path, inside in repeats.items()),
        )

    @property
    def singles(self) -> tuple[str, ...]:
        return (*self.interview, *self.gate, *self.about, *self.answers)


def interview_path(interview: Interview, name: str) -> str:
    place = getattr(interview, name)
    return place.path if isinstance(place, Coded) else (place or "")


class KoboPage(msgspec.Struct, frozen=True):
    """One reply of KoBo's data list, rows still unread."""

    results: list[msgspec.Raw]
    next: str | None = None


class Decoder:
    """Compiled for one mapping; `layout` says where the parts of a raw submission lie."""

    def __init__(self, mapping: FormMapping) -> None:
        self.layout = Layout.of(mapping)
        inner = [_struct(inside) for _, inside in self.layout.repeats]
        self._raw = _struct(
            (*_KOBO_META, *self.layout.singles),
            [(path, repeat) for (path, _), repeat in zip(self.layout.repeats, inner, strict=True)],
        )
        self._inner = inner
        self._row = msgspec.json.Decoder(self._raw)
        self.slots = Slots.of(self.layout.singles, self.layout.repeats)
        repeats = [(path, one, inside) for (path, inside), one in zip(self.layout.repeats, inner, strict=True)]
        self._central = CentralShape(self._raw, self.layout.singles, repeats)

    def kobo_page(self, body: bytes) -> Iterator[RawSubmission | None]:
        """The rows of one KoBo reply in its order, each as `kobo_row` gives it, and only when it is asked for.

        A row that is read while its texts are still in the processor's cache takes a sixth less time than one of a
        thousand that were all decoded first. Raises UnreadableError when the reply is no JSON page at all.
        """
        try:
            page = msgspec.json.decode(body, type=KoboPage)
        except (msgspec.MsgspecError, RecursionError):
            raise UnreadableError from None
        return map(self.kobo_row, page.results)

    def kobo_row(self, row: msgspec.Raw) -> RawSubmission | None:
        """None for a row whose answers have an impossible shape."""
        try:
            return self._row.decode(row)
        except (msgspec.MsgspecError, RecursionError):
            return None

    def central_row(self, row: CentralRow) -> RawSubmission | None:
        """One row of an OData page of Central; None when its answers have an impossible shape."""
        return self._central.read(row)

    def letter(self, xml: bytes, *, root: str, instance: str, version: str, received: str) -> RawSubmission:
        """One submission as a phone wrote it. Raises UnreadableError when it is not the XML of a form."""
        return self._filled((root, instance, version, received), *read_answers(xml, self.slots))

    def filled(self, form: Filled) -> RawSubmission:
        """A form that was read with `slots`. Its root is for the caller to find: a form names but what it edits."""
        known = form.envelope
        return self._filled(("", known.instance, known.version, ""), form.singles, form.repeats)

    def _filled(
        self, meta: tuple[str, ...], singles: list[str | None], repeats: list[list[list[str | None]]]
    ) -> RawSubmission:
        rows = [tuple(inner(*row) for row in found) for inner, found in zip(self._inner, repeats, strict=True)]
        return self._raw(*meta, *singles, *rows)


def _struct(paths: Sequence[str], repeats: Sequence[tuple[str, type[RawSubmission]]] = ()) -> type[RawSubmission]:
    """A record with one field for each path, of plain types only: closed domains are for apply."""
    fields: list[Any] = [(f"f{index}", Scalar, None) for index in range(len(paths))]
    names = {f"f{index}": path or f"(not asked {index})" for index, path in enumerate(paths)}
    for index, (path, repeat) in enumerate(repeats):
        fields.append((f"r{index}", tuple[repeat, ...], ()))  # type: ignore[valid-type]
        names[f"r{index}"] = path
    struct = msgspec.defstruct("Raw", fields, bases=(RawSubmission,), rename=names, frozen=True, gc=False)
    return cast(type[RawSubmission], struct)
