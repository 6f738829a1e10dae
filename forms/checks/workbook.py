"""Any XLSForm as sheets of cells that know their place: from a workbook, or from rows that we have just made."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from forms.archive import SheetError
from forms.checks.codes import Code
from forms.checks.report import Finding, Place
from forms.sentences import say
from forms.sheets import BadCell, Leniency, Table, read_grids

SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
MOST_ROWS: Mapping[str, int] = {"survey": 5_000, "choices": 20_000}
"""More cannot be converted in a reasonable time, nor shown on a phone."""
_MOST_OTHER_ROWS = 20_000
_PYXFORM_STOPS_AFTER = 60
_ALIASES = {
    "caption": "label",
    "tag": "name",
    "value": "name",
    "command": "type",
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
    "body::appearance": "appearance",
    "control::appearance": "appearance",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "control::jr:count": "repeat_count",
    "body::jr:count": "repeat_count",
    "set_form_title": "form_title",
    "set_form_id": "form_id",
    "title": "form_title",
    "id_string": "form_id",
}
_TWO_PARTS = frozenset({"bind", "body", "control", "instance", "attribute", "media"})


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is XLSForm's own name for it, whatever the header's spelling; `language` is empty where there is none."""

    header: str
    place: int
    key: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: Mapping[Column, str]
    """Filled ones only."""

    def get(self, key: str) -> str:
        return next((text for column, text in self.cells.items() if column.key == key), "")

    def column(self, key: str) -> Column | None:
        return next((column for column in self.cells if column.key == key), None)

    def texts(self, key: str) -> dict[Column, str]:
        """The text in every language."""
        return {column: text for column, text in self.cells.items() if column.key == key}


@dataclass(frozen=True)
class Sheet:
    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    top: int = 1
    """The row of the headers."""

    def keyed(self, key: str) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.key == key)

    @cached_property
    def headers(self) -> frozenset[str]:
        return frozenset(column.header for column in self.columns)

    def place(self, row: Row | None, column: Column | None = None, name: str = "", entry: str = "") -> Place:
        return Place(
            self.name,
            row.number if row else self.top,
            column.place if column else 0,
            column.header if column else "",
            name,
            entry,
        )


@dataclass(frozen=True, slots=True)
class Workbook:
    """A form before anybody has understood it. `faults` are those of the reading itself."""

    file: str
    sheets: Mapping[str, Sheet]
    media: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    faults: tuple[Finding, ...] = ()
    sheet_names: tuple[str, ...] = ()

    def sheet(self, name: str) -> Sheet:
        return self.sheets.get(name, Sheet(name, (), ()))

    def tables(self) -> dict[str, list[dict[str, str]] | list[dict[str, None]] | list[str]]:
        """In the shape pyxform takes; empty rows stay, so that its row numbers are right."""
        found: dict[str, list[dict[str, str]] | list[dict[str, None]] | list[str]] = {}
        for name, sheet in self.sheets.items():
            found[name] = list(_with_gaps(sheet))
            found[f"{name}_header"] = [dict.fromkeys(column.header for column in sheet.columns)]
        return found | {"sheet_names": list(self.sheet_names)}


def read_workbook(data: bytes, filename: str, media: Mapping[str, bytes]) -> Workbook:
    """Raises SheetError for what is no workbook, is too large, or has no sheet `survey`."""
    if not filename.lower().endswith((".xlsx", ".xlsm", ".xls")):
        what, remedy = (
            say("not an Excel workbook"),
            say("Give the form as .xlsx: forms as CSV or Markdown are not read"),
        )
        raise SheetError(what, remedy, file=filename)
    bad_cells: list[BadCell] = []
    grids = read_grids(data, filename, Leniency(frozenset(SHEETS), bad_cells))
    known = {name.lower(): name for name in grids if name.lower() in SHEETS}
    if "survey" not in known and len(grids) == 1:
        known = {"survey": next(iter(grids))}
    if "survey" not in known:
        raise SheetError("there is no sheet 'survey'", "Give the workbook of a form (XLSForm)", file=filename)
    faults: list[Finding] = []
    sheets = {name: _sheet(name, grids[title], filename, faults) for name, title in known.items()}
    if "type" not in {column.key for column in sheets["survey"].columns}:
        what = say("the sheet has no column 'type'")
        raise SheetError(what, "Write the headers of an XLSForm into the first row", file=filename, sheet="survey")
    faults += _bad(sheets, known, bad_cells)
    return Workbook(filename, sheets, media, tuple(faults), tuple(grids))


def _bad(sheets: Mapping[str, Sheet], titles: Mapping[str, str], bad_cells: Sequence[BadCell]) -> Iterator[Finding]:
    names = {title: name for name, title in titles.items()}
    for bad in bad_cells:
        name = names.get(bad.sheet, "")
        columns = sheets[name].columns if name else ()
        header = next((column.header for column in columns if column.place == bad.column), "")
        yield Finding(Code.BAD_CELL, Place(name, bad.row, bad.column, header), bad.what, bad.remedy)


def workbook_of(file: str, tables: Mapping[str, Table], media: Mapping[str, bytes]) -> Workbook:
    """The same of rows that never were in a file; row 1 holds the headers."""
    sheets = {}
    for name, table in tables.items():
        columns = _columns(list(enumerate(table.header, start=1)))
        by_header = {column.header: column for column in columns}
        rows = tuple(
            Row(number, {by_header[header]: text for header, text in row.items() if text})
            for number, row in enumerate(table.rows, start=2)
        )
        sheets[name] = Sheet(name, columns, rows)
    return Workbook(file, sheets, media, (), tuple(tables))


def key_of(header: str, *, double: bool) -> tuple[str, str]:
    """XLSForm's own name of a column, and the language. `double`: some header of the sheet is split by ::."""
    parts = [part.strip() for part in header.split("::" if double else ":")]
    if not double and "jr" in parts[:-1]:
        at = parts.index("jr")
        parts[at : at + 2] = [f"jr:{parts[at + 1]}"]
    first = "_".join(parts[0].split()).lower()
    if first in _TWO_PARTS and len(parts) > 1:
        second = "_".join(parts[1].split())
        pair = f"{first}::{second}".lower()
        key = second.lower() if first == "media" else _ALIASES.get(pair, f"{first}::{second}")
        return key, parts[2] if len(parts) > 2 else ""
    return _ALIASES.get(first, first), "::".join(parts[1:])


def _sheet(name: str, grid: Sequence[tuple[int, list[str]]], filename: str, faults: list[Finding]) -> Sheet:
    filled = [(number, cells) for number, cells in grid if any(cells)]
    most = MOST_ROWS.get(name, _MOST_OTHER_ROWS)
    if len(filled) > most + 1:
        what = say("%(text)s rows; a form can have %(most)s", text=f"{len(filled) - 1:,}", most=f"{most:,}")
        remedy = say("Move long lists into a CSV file beside the form") if name != "survey" else say("Split the form")
        raise SheetError(what, remedy, file=filename, sheet=name)
    if not filled:
        return Sheet(name, (), ())
    (top, header), *body = filled
    titled = [(place, re.sub(r"\s+", " ", title)) for place, title in enumerate(header, start=1) if title]
    columns = _columns(titled)
    firsts = _firsts(columns)
    sheet = Sheet(name, tuple(firsts.values()), (), top)
    for column in columns:
        if firsts[column.header] is not column:
            place = Place(name, top, column.place, column.header)
            faults.append(
                Finding(
                    Code.DUPLICATE_COLUMN, place, say("'%(header)s' is the header of two columns", header=column.header)
                )
            )
    by_place = {column.place: column for column in firsts.values()}
    rows = tuple(_rows(sheet, body, by_place, {place for place, _ in titled}, faults))
    return Sheet(name, sheet.columns, rows, top)


def _firsts(columns: Sequence[Column]) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in columns:
        found.setdefault(column.header, column)
    return found


def _rows(
    sheet: Sheet,
    body: Sequence[tuple[int, list[str]]],
    by_place: Mapping[int, Column],
    titled: set[int],
    faults: list[Finding],
) -> Iterator[Row]:
    headless: set[int] = set()
    last = sheet.top
    for number, cells in body:
        if number - last - 1 > _PYXFORM_STOPS_AFTER:
            what = say("%(text)s empty rows stand above this one", text=number - last - 1)
            faults.append(Finding(Code.GAP_IN_ROWS, Place(sheet.name, number), what))
        last = number
        filled = {place: text for place, text in enumerate(cells, start=1) if text}
        for place in filled.keys() - titled - headless:
            headless.add(place)
            faults.append(
                Finding(Code.HEADLESS_COLUMN, Place(sheet.name, number, place), say("the column has no header"))
            )
        yield Row(number, {by_place[place]: text for place, text in filled.items() if place in by_place})


def _columns(titled: Sequence[tuple[int, str]]) -> tuple[Column, ...]:
    double = any("::" in title for _, title in titled)
    return tuple(Column(title, place, *key_of(title, double=double)) for place, title in titled)


def _with_gaps(sheet: Sheet) -> Iterator[dict[str, str]]:
    expected = sheet.top + 1
    for row in sheet.rows:
        yield from ({} for _ in range(row.number - expected))
        yield {column.header: text for column, text in row.cells.items()}
        expected = row.number + 1
