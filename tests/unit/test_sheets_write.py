"""What goes out by spreadsheet: text only, the same bytes each time, and back again as it was."""

import hashlib
import io
import subprocess
import sys
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.archive import SheetError
from forms.sheets import ROW, Table, read_tables, write_tables

TABLES = {
    "survey": Table(["name", "label"], [{"name": "cte_com_001", "label": "Quel type ?"}, {"name": "-5"}]),
    "اختيارات": Table(["name", "label"], [{"label": "نعم", "name": "yes"}]),
}
SCRIPT = """
import hashlib, sys
from tests.unit.test_sheets_write import TABLES
from forms.sheets import write_tables
sys.stdout.write(hashlib.sha256(write_tables(TABLES, right_to_left={"اختيارات"})).hexdigest())
"""
CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff_"), max_size=20
).map(str.strip)


def digest() -> str:
    return hashlib.sha256(write_tables(TABLES, right_to_left={"اختيارات"})).hexdigest()


def test_the_same_tables_give_the_same_bytes_seconds_later_and_in_another_process() -> None:
    first = digest()

    time.sleep(2.1)  # a zip archive tells time in steps of two seconds
    elsewhere = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )

    assert digest() == first
    assert elsewhere.stdout == first


def test_no_part_of_the_file_tells_when_it_was_written() -> None:
    with zipfile.ZipFile(io.BytesIO(write_tables(TABLES))) as archive:
        dates = {part.date_time[0] for part in archive.infolist()}
        core = archive.read("docProps/core.xml").decode()

    assert dates == {1980}
    assert "2000-01-01T00:00:00Z" in core


def test_headers_are_bold_and_stay_in_sight() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_tables(TABLES)))

    sheet = book["survey"]

    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width >= len("Quel type ?")


def test_a_sheet_can_run_from_right_to_left() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_tables(TABLES, right_to_left={"اختيارات"})))

    assert [book[name].sheet_view.rightToLeft for name in TABLES] == [None, True]


def test_cells_have_the_text_format_so_that_typed_ranges_do_not_become_dates() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_tables(TABLES)))

    assert book["survey"]["A3"].number_format == "@"
    assert book["survey"].column_dimensions["A"].number_format == "@"


def test_links_stay_text() -> None:
    data = write_tables({"a": Table(["x"], [{"x": "https://example.org/?a=1"}, {"x": "mailto:a@b.example"}])})

    assert openpyxl.load_workbook(io.BytesIO(data))["a"]["A2"].hyperlink is None


def test_a_text_longer_than_a_cell_is_refused_and_not_cut() -> None:
    with pytest.raises(SheetError, match="sheet 'a', row 2: a text of more than 32767 characters"):
        write_tables({"a": Table(["x"], [{"x": "a" * 32_768}])})


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\ufffeb", "a\ud800b"])
def test_a_character_that_xml_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(SheetError, match="sheet 'a', row 2: a control character in a text"):
        write_tables({"a": Table(["x"], [{"x": text}])})


@pytest.mark.parametrize("table", [Table(["x"], [{"y": "1"}]), Table(["x", "x"], [])])
def test_rows_that_do_not_fit_the_header_are_a_mistake_of_the_caller(table: Table) -> None:
    with pytest.raises(ValueError, match="header and rows do not fit"):
        write_tables({"a": table})


@given(st.lists(st.tuples(CELLS, CELLS).filter(any), max_size=5))
def test_what_is_written_reads_back_the_same(rows: list[tuple[str, str]]) -> None:
    table = Table(["x", "y"], [{"x": x, "y": y} for x, y in rows])

    tables = read_tables(write_tables({"a": table}), "a.xlsx")

    assert tables["a"] == [{ROW: str(number), "x": x, "y": y} for number, (x, y) in enumerate(rows, start=2)]
