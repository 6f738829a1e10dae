"""Reads and writes every spreadsheet of the product: XLSX and CSV in, XLSX out, all cells as text.

A workbook comes from outside: it is measured and searched for document types before anything parses it.
"""

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Protocol, cast

import openpyxl
import xlsxwriter
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import get_column_letter

from forms.archive import BROKEN, MAX_FILE_BYTES, USUAL, Bounds, SheetError, check_archive, old_or_encrypted
from forms.sentences import say

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
"""What one cell of an XLSX file can hold, in characters."""
ROW = ""
"""The key under which each row keeps its number in the sheet; no column can have an empty header."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TEXT_FORMAT = 49  # the number of '@' in every spreadsheet program
_FIXED_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - written into the file so that its bytes never depend on the clock


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet to write: the header, and rows by header; a key that is absent is an empty cell."""

    header: Sequence[str]
    rows: Sequence[Mapping[str, str]]
    hidden: Sequence[str] = ()
    """Columns that are there for the way back, and not for people."""


def read_tables(data: bytes, filename: str, bounds: Bounds = USUAL) -> dict[str, list[dict[str, str]]]:
    """Sheet name -> rows (header -> text); each row keeps its number in the sheet under the key `ROW`."""
    grids = read_grids(data, filename, bounds=bounds)
    return {name: _rows(grid, filename, name) for name, grid in grids.items()}


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell without a value that could be read: an error of the spreadsheet program, or a formula never computed."""

    sheet: str
    row: int
    column: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Leniency:
    """For workbooks of other people: only the sheets of these names are read (in small letters; all others come empty,
    unless there is just one), and a bad cell is listed and left empty."""

    only: frozenset[str]
    bad_cells: list[BadCell]


def read_grids(
    data: bytes, filename: str, leniency: Leniency | None = None, *, bounds: Bounds = USUAL
) -> dict[str, list[tuple[int, list[str]]]]:
    """Sheet name -> the filled rows, each with its number in the sheet, whatever their headers are like."""
    if len(data) > MAX_FILE_BYTES:
        raise SheetError(f"larger than {MAX_FILE_BYTES >> 20} MB", "Split the file", file=filename)
    if data.startswith(_OLE):
        raise old_or_encrypted(data, filename)
    if data.startswith(_ZIP):
        check_archive(data, filename, bounds)
        return _read_workbook(data, _Cells(filename, leniency, bounds))
    if PurePath(filename).suffix.lower() in {".xlsx", ".xlsm"}:
        raise SheetError("not a workbook", "Save it again as 'Excel workbook (.xlsx)'", file=filename)
    name = PurePath(filename).stem
    return {name: _read_csv(data, filename, bounds.cells)}


def write_tables(tables: Mapping[str, Table], *, right_to_left: Collection[str] = ()) -> bytes:
    """An XLSX file; the same tables give the same bytes. `right_to_left` names the sheets that run that way."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _FIXED_DAY})
        bold = book.add_format({"bold": True, "num_format": _TEXT_FORMAT, "valign": "top", "bottom": 1})
        plain = book.add_format({"num_format": _TEXT_FORMAT, "valign": "top", "text_wrap": True})
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            if name in right_to_left:
                sheet.right_to_left()
            _write_sheet(sheet, name, table, bold=bold, plain=plain)
    return target.getvalue()


def _write_sheet(
    sheet: xlsxwriter.worksheet.Worksheet, name: str, table: Table, *, bold: object, plain: object
) -> None:
    known = set(table.header)
    for column, title in enumerate(table.header):
        cells = [row.get(title, "") for row in table.rows]
        # The text format stays on the empty cells too, so that a spreadsheet does not turn a typed 1-25 into a date.
        sheet.set_column(column, column, _width(title, cells), plain, {"hidden": title in table.hidden})
        sheet.write_string(0, column, _writable(title, name, 1), bold)
        for number, text in enumerate(cells, start=1):
            if text:
                sheet.write_string(number, column, _writable(text, name, number + 1), plain)
    stray = sorted({key for row in table.rows for key in row} - known - {ROW})
    if stray or len(known) != len(table.header):
        raise ValueError(f"sheet '{name}': header and rows do not fit: {', '.join(stray) or 'a header twice'}")
    sheet.freeze_panes(1, 0)


def _width(title: str, cells: Iterable[str]) -> int:
    longest = max((len(line) for text in (title, *cells) for line in text.split("\n")), default=0)
    return min(max(longest + 2, 8), 60)


def _writable(text: str, sheet: str, row: int) -> str:
    if len(text) > MAX_TEXT:
        raise SheetError(f"a text of more than {MAX_TEXT} characters", "Shorten it", file="XLSX", sheet=sheet, row=row)
    if _CONTROL.search(text):
        raise SheetError("a control character in a text", "Type the text again", file="XLSX", sheet=sheet, row=row)
    return text


def _read_workbook(data: bytes, reader: "_Cells") -> dict[str, list[tuple[int, list[str]]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that we do not read
        try:
            return _sheets(data, reader)
        except BROKEN:
            raise SheetError(
                say("a damaged workbook"), say("Open it, save it again and retry"), file=reader.file
            ) from None


def _sheets(data: bytes, reader: "_Cells") -> dict[str, list[tuple[int, list[str]]]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    sheets = cast(list[_Sheet], book.worksheets)
    grids = {}
    for sheet in sheets:
        grids[sheet.title] = grid = _Grid({}, {})
        if len(sheets) == 1 or reader.wants(sheet.title):
            _fill(grid, sheet, reader)
    if any(grid.formulas for grid in grids.values()):
        _take_results(grids, data, reader)
    return {name: sorted(grid.rows.items()) for name, grid in grids.items()}


class _Sheet(Protocol):
    """What is used of openpyxl's read-only sheet, whose class is private and whose stubs are another class's."""

    title: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self) -> Iterator[Sequence[ReadOnlyCell]]: ...


@dataclass(frozen=True, slots=True)
class _Grid:
    """The filled rows of one sheet, and where in them a formula stands."""

    rows: dict[int, list[str]]
    formulas: dict[int, list[int]]


def _fill(grid: _Grid, sheet: _Sheet, reader: "_Cells") -> None:
    for number, cells in _numbered(sheet, reader):
        formulas = [column for column, cell in enumerate(cells) if cell.data_type == "f"]
        texts = [reader.text(cell, sheet.title, number) for cell in cells]
        reader.count_letters(texts)
        if any(texts):
            grid.rows[number] = texts
        if formulas:
            grid.formulas[number] = formulas


def _numbered(sheet: _Sheet, reader: "_Cells") -> Iterator[tuple[int, Sequence[ReadOnlyCell]]]:
    sheet.reset_dimensions()  # the size a file claims may be a million rows of nothing
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > MAX_ROWS:
            raise SheetError(f"more than {MAX_ROWS:,} rows", "Split the file", file=reader.file, sheet=sheet.title)
        reader.count(cells)
        yield number, cells


def _take_results(grids: Mapping[str, _Grid], data: bytes, reader: "_Cells") -> None:
    """Replaces each formula by the result that the spreadsheet program saved with it."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    again = _Cells(reader.file, reader.leniency, reader.bounds)
    for name, grid in grids.items():
        for number, cells in _numbered(cast(_Sheet, book[name]), again) if grid.formulas else ():
            for column in grid.formulas.get(number, ()):
                grid.rows[number][column] = reader.result(cells[column], name, number, column + 1)


@dataclass(slots=True)
class _Cells:
    """What stands in a cell; what cannot be read refuses the file, or is listed where somebody lists it."""

    file: str
    leniency: Leniency | None
    bounds: Bounds
    seen: int = 0
    empty_rows: int = 0
    letters: int = 0

    def wants(self, sheet: str) -> bool:
        return self.leniency is None or sheet.lower() in self.leniency.only

    def count(self, cells: Sequence[ReadOnlyCell]) -> None:
        """One cell far to the right, or far down, stands for all that are empty before it."""
        self.seen += len(cells)
        self.empty_rows += not cells
        if self.seen > self.bounds.cells or self.empty_rows > self.bounds.empty_rows:
            what = f"more than {self.bounds.cells:,} cells, or far too many empty rows"
            raise SheetError(what, "Delete the empty rows and columns around the table", file=self.file)

    def count_letters(self, texts: Sequence[str]) -> None:
        """A text that many cells share is kept once in the file."""
        self.letters += sum(map(len, texts))
        if self.letters > self.bounds.letters:
            what = f"more than {self.bounds.letters:,} letters in all cells together"
            raise SheetError(what, "Shorten the texts, or delete rows that do not belong in it", file=self.file)

    def text(self, cell: ReadOnlyCell, sheet: str, row: int) -> str:
        if cell.data_type == "e":
            letter = get_column_letter(cell.column)
            what = say("column %(column)s holds an error of the spreadsheet program", column=letter)
            return self._bad(BadCell(sheet, row, cell.column, what, say("Correct the cell")))
        return _text(cell.value)

    def result(self, cell: ReadOnlyCell, sheet: str, row: int, column: int) -> str:
        if cell.value is None:
            what = say("the formula in column %(column)s has no saved result", column=get_column_letter(column))
            remedy = say("Open the file in a spreadsheet program and save it, or paste values in place of formulas")
            return self._bad(BadCell(sheet, row, column, what, remedy))
        return self.text(cell, sheet, row)

    def _bad(self, bad: BadCell) -> str:
        if self.leniency is None:
            raise SheetError(bad.what, bad.remedy, file=self.file, sheet=bad.sheet, row=bad.row)
        self.leniency.bad_cells.append(bad)
        return ""


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return _plain(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() else format(value, ".15g")
        case datetime():
            return value.date().isoformat() if value.time() == time.min else value.isoformat()
        case _:
            return value.isoformat() if isinstance(value, date | time) else str(value)


def _plain(text: str) -> str:
    return text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _read_csv(data: bytes, filename: str, most_cells: int) -> list[tuple[int, list[str]]]:
    if data.startswith(_UTF16) or b"\0" in data:
        raise SheetError("not a CSV file in UTF-8", "Save it as 'CSV UTF-8'", file=filename)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise SheetError("not in UTF-8", "Save it as 'CSV UTF-8'", file=filename, row=row) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    grid, cells_left = [], most_cells
    try:
        for number, cells in enumerate(reader, start=1):
            cells_left -= len(cells)
            if cells_left < 0:
                raise SheetError(f"more than {most_cells:,} cells", "Split the file", file=filename)
            grid.append((number, [_plain(cell) for cell in cells]))
    except csv.Error:
        remedy = "Look for a quotation mark that is not closed, or save the file as 'CSV UTF-8' again"
        raise SheetError("broken CSV", remedy, file=filename, row=len(grid) + 1) from None
    return grid


def _delimiter(text: str) -> str:
    """Spreadsheet programs write ; where the comma is the decimal mark, some a tab: the header row shows it."""
    header = re.sub('"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    return max(",;\t", key=header.count)


def _rows(grid: Sequence[tuple[int, list[str]]], filename: str, sheet: str) -> list[dict[str, str]]:
    filled = [(number, cells) for number, cells in grid if any(cells)]
    if not filled:
        return []
    (top, header), *body = filled
    titles = [title for title in header if title]
    twice = sorted(title for title, count in Counter(titles).items() if count > 1)
    if twice:
        what = f"two columns have the same header ({', '.join(twice[:5])})"
        raise SheetError(what, "Rename or delete one", file=filename, sheet=sheet, row=top)
    return [_row(number, cells, header, filename, sheet) for number, cells in body]


def _row(number: int, cells: list[str], header: list[str], filename: str, sheet: str) -> dict[str, str]:
    row = {ROW: str(number)}
    for column, text in enumerate(cells):
        title = header[column] if column < len(header) else ""
        if title:
            row[title] = text
        elif text:
            what = f"column {get_column_letter(column + 1)} is filled and has no header"
            remedy = "Give it a header in the first row, delete rows that stand above the headers, or empty it"
            raise SheetError(what, remedy, file=filename, sheet=sheet, row=number)
    return row | {title: "" for title in header[len(cells) :] if title}
