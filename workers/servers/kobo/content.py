"""The content of a form as KoBo's builder keeps it, as the sheets of a workbook: its questions, lists and texts."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from forms.sheets import Table
from mappings.kobo import OWN_VERSION

_OWN = ("$", "_")
_LISTED = frozenset({"select_one", "select_multiple", "rank"})
_APART = frozenset({"select_from_list_name", "file", "type"})


class FormContent(msgspec.Struct):
    """`translations`: the languages, in the order in which each text has them; None is a form without any."""

    survey: list[dict[str, object]] = []
    choices: list[dict[str, object]] = []
    settings: dict[str, object] | list[dict[str, object]] = {}
    translations: list[str | None] = msgspec.field(default_factory=lambda: [None])
    translated: list[str] = []

    @property
    def own_version(self) -> str:
        """What our hidden line brings back; '' in a form that has none."""
        said = (row.get("calculation") for row in self.survey if row.get("name") == OWN_VERSION)
        return str(next(said, None) or "").strip("'\" ")


def sheets_of(content: FormContent) -> dict[str, Table]:
    """What somebody would have typed into a workbook to get this form."""
    found = content.settings if isinstance(content.settings, list) else [content.settings]
    return {
        "survey": _table([dict(_question(row, content)) for row in content.survey]),
        "choices": _table([dict(_cells(row, content)) for row in content.choices]),
        "settings": _table([dict(_setting(row)) for row in found]),
    }


def _table(rows: list[dict[str, str]]) -> Table:
    return Table(tuple(dict.fromkeys(header for row in rows for header in row)), rows)


def _question(row: Mapping[str, object], content: FormContent) -> Iterator[tuple[str, str]]:
    kind, choices, file = (str(row.get(key) or "") for key in ("type", "select_from_list_name", "file"))
    if kind in _LISTED and choices:
        kind = f"{kind} {choices}{' or_other' if row.get('_or_other') is True else ''}"
    elif file:
        kind = f"{kind} {file}"
    yield "type", kind
    yield from _cells({key: cell for key, cell in row.items() if key not in _APART}, content)


def _cells(row: Mapping[str, object], content: FormContent) -> Iterator[tuple[str, str]]:
    for key, cell in row.items():
        if key.startswith(_OWN):
            continue
        if isinstance(cell, list):
            if key in content.translated:
                yield from _texts(key, cell, content.translations)
        elif (text := _text(cell)) is not None:
            yield key, text


def _texts(key: str, cells: Sequence[object], languages: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    for language, cell in zip(languages, cells, strict=False):
        if isinstance(cell, str) and cell:
            yield (f"{key}::{language}" if language else key), cell


def _setting(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, cell in row.items():
        text = _text(cell)
        if text is not None and not key.startswith(_OWN):
            yield ("form_id" if key == "id_string" else key), text


def _text(cell: object) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell) if isinstance(cell, str | int | float) else None
