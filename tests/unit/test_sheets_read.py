"""What comes in by spreadsheet: read as text, refused with file, sheet, row and remedy.

1. Text stays as typed; whole numbers, dates and truth values read as a person sees them.
2. Each row knows its number in the sheet; blank rows are left out.
3. A header must be there and be unique over filled columns.
4. Bombs, encryption, old formats, foreign encodings and XML definitions are refused before anything is parsed.
5. A message never repeats what stands in a cell.
"""

import io
import struct
import zipfile
from dataclasses import replace
from datetime import date, datetime
from unittest.mock import Mock

import openpyxl
import pytest

from forms import archive as looks
from forms import sheets
from forms.archive import USUAL, Bounds, SheetError
from forms.sheets import ROW, Table, read_tables, write_tables

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[object], title: str = "answers") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one part replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return target.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def refusal(data: bytes, filename: str = "areas.xlsx", bounds: Bounds = USUAL) -> str:
    with pytest.raises(SheetError) as refused:
        read_tables(data, filename, bounds)
    return str(refused.value)


def test_cells_are_text_as_a_person_reads_them() -> None:
    row = ["007", 7, 1e21, 0.1, True, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), None, "  Halab \u00a0·\u00a0حلب "]  # noqa: DTZ001

    tables = read_tables(workbook([f"c{number}" for number in range(9)], row), "areas.xlsx")

    texts = [
        "007",
        "7",
        "1" + "0" * 21,
        "0.1",
        "TRUE",
        "2026-03-01",
        "2026-03-01T09:30:00",
        "",
        "Halab \u00a0·\u00a0حلب",
    ]
    assert tables == {"answers": [{ROW: "2"} | {f"c{number}": text for number, text in enumerate(texts)}]}


def test_rows_keep_their_numbers_and_blank_rows_are_left_out() -> None:
    tables = read_tables(workbook([], ["code"], ["A"], [None], ["  "], ["B"]), "areas.xlsx")

    assert tables["answers"] == [{ROW: "3", "code": "A"}, {ROW: "6", "code": "B"}]


def test_short_rows_have_every_column() -> None:
    tables = read_tables(workbook(["code", "name", "note"], ["A"]), "areas.xlsx")

    assert tables["answers"] == [{ROW: "2", "code": "A", "name": "", "note": ""}]


def test_a_sheet_without_cells_is_an_empty_table() -> None:
    assert read_tables(workbook(), "areas.xlsx") == {"answers": []}


@pytest.mark.parametrize("text", ["=1+1", "+41", "-5", "@home", "=cmd|' /C calc'!A0"])
def test_a_text_that_looks_like_a_formula_stays_a_text(text: str) -> None:
    data = write_tables({"answers": Table(["code"], [{"code": text}])})

    assert read_tables(data, "areas.xlsx") == {"answers": [{ROW: "2", "code": text}]}


def test_a_formula_counts_by_its_saved_result() -> None:
    data = workbook(["total"], ["=2+3"])
    computed = with_part(data, SHEET, part(data, SHEET).replace(b"<v></v>", b"<v>5</v>").replace(b"<v />", b"<v>5</v>"))

    assert read_tables(computed, "areas.xlsx")["answers"] == [{ROW: "2", "total": "5"}]


def test_a_formula_without_result_is_refused() -> None:
    assert refusal(workbook(["code", "total"], ["A", "=2+3"])) == (
        "areas.xlsx, sheet 'answers', row 2: the formula in column B has no saved result. "
        "Open the file in a spreadsheet program and save it, or paste values in place of formulas."
    )


def test_an_error_in_a_cell_is_refused() -> None:
    book = openpyxl.Workbook()
    book.active.append(["code"])
    book.active.append(["#REF!"])
    book.active["A2"].data_type = "e"

    assert refusal(saved(book)) == (
        "areas.xlsx, sheet 'Sheet', row 2: column A holds an error of the spreadsheet program. Correct the cell."
    )


def test_two_columns_with_one_header_are_refused() -> None:
    assert refusal(workbook(["code", "name", "code"], ["A", "B", "C"])) == (
        "areas.xlsx, sheet 'answers', row 1: two columns have the same header (code). Rename or delete one."
    )


def test_a_filled_column_without_header_is_refused_without_telling_the_cell() -> None:
    message = refusal(workbook(["code", None], ["A", None], ["B", "Amina 0791234567"]))

    assert message == (
        "areas.xlsx, sheet 'answers', row 3: column B is filled and has no header. Give it a header in the "
        "first row, delete rows that stand above the headers, or empty it."
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_with_any_delimiter_and_byte_order_mark(delimiter: str) -> None:
    text = f'pcode{delimiter}"name; or, so"\nXA01{delimiter}حلب\n\nXA02{delimiter}"two\r\nlines"\n'

    tables = read_tables(text.encode("utf-8-sig"), "sites.csv")

    assert tables == {
        "sites": [
            {ROW: "2", "pcode": "XA01", "name; or, so": "حلب"},
            {ROW: "4", "pcode": "XA02", "name; or, so": "two\nlines"},
        ]
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("code\nAléa".encode("latin-1"), "sites.csv, row 2: not in UTF-8. Save it as 'CSV UTF-8'."),
        ("code\nA".encode("utf-16"), "sites.csv: not a CSV file in UTF-8. Save it as 'CSV UTF-8'."),
        (b"code\nA\0B", "sites.csv: not a CSV file in UTF-8. Save it as 'CSV UTF-8'."),
        (
            b'code\nA\n"B',
            "sites.csv, row 3: broken CSV. "
            "Look for a quotation mark that is not closed, or save the file as 'CSV UTF-8' again.",
        ),
    ],
)
def test_a_csv_file_in_disorder_is_refused(data: bytes, message: str) -> None:
    assert refusal(data, "sites.csv") == message


def test_something_else_under_the_name_of_a_workbook_is_refused() -> None:
    message = refusal(b"%PDF-1.7 ...")

    assert message == "areas.xlsx: not a workbook. Save it again as 'Excel workbook (.xlsx)'."


def test_a_workbook_is_known_by_its_content_not_its_name() -> None:
    assert read_tables(workbook(["code"], ["A"]), "areas.csv")["answers"] == [{ROW: "2", "code": "A"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Workbook", "areas.xlsx: an old .xls file or another Office document. Save it as .xlsx."),
        (
            "EncryptedPackage".encode("utf-16-le"),
            "areas.xlsx: protected by a password. Save a copy without password.",
        ),
    ],
)
def test_old_and_encrypted_office_files_are_told_apart(content: bytes, message: str) -> None:
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content) == message


def test_an_encrypted_part_is_refused() -> None:
    data = bytearray(workbook(["code"], ["A"]))
    position = data.index(b"PK\x01\x02") + 8
    data[position : position + 2] = struct.pack("<H", 1)

    assert refusal(bytes(data)) == "areas.xlsx: protected by a password. Save a copy without password."


def test_a_zip_bomb_is_refused_by_what_it_claims() -> None:
    bomb = with_part(workbook(["code"], ["A"]), "xl/media/a.bin", bytes(looks.MAX_UNPACKED_BYTES + 1))

    assert "unpacks to far more than a spreadsheet does (at most 200 MB)" in refusal(bomb)


def test_what_a_file_claims_is_believed_when_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MAX_UNPACKED_BYTES", 5_000)
    monkeypatch.setattr(looks, "_count", Mock(return_value=(0, 0)))

    assert "unpacks to far more than a spreadsheet does" in refusal(workbook(["code"], *(["A"] for _ in range(500))))


def test_an_absurd_ratio_is_refused_long_before_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "RATIO_COUNTS_FROM", 100_000)
    bomb = with_part(workbook(["code"], ["A"]), "xl/media/a.bin", bytes(8_000_000))

    assert "unpacks to far more than a spreadsheet does" in refusal(bomb)


def test_a_part_that_claims_less_than_it_holds_is_refused() -> None:
    honest = with_part(workbook(["code"], ["A"]), "xl/media/a.bin", b"\0" * 100_000)
    liar = honest.replace(struct.pack("<L", 100_000), struct.pack("<L", 10))

    assert refusal(liar) == "areas.xlsx: a damaged workbook. Open it, save it again and retry."


def test_the_bytes_are_counted_and_not_only_the_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MAX_UNPACKED_BYTES", 5_000)
    monkeypatch.setattr(looks, "_check_claims", Mock())

    assert "unpacks to far more than a spreadsheet does" in refusal(workbook(["code"], *(["A"] for _ in range(500))))


def test_a_workbook_of_many_parts_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(looks.MAX_PARTS + 1):
            archive.writestr(f"{number}.xml", b"")

    assert "unpacks to far more than a spreadsheet does" in refusal(target.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "definitions",
    ['[<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]', 'SYSTEM "file:///etc/hostname"', ""],
)
def test_xml_definitions_are_refused_in_any_encoding(encoding: str, definitions: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE sst {definitions}>'
    bomb = f"{declared}<sst><si><t>A</t></si></sst>".encode(encoding)

    message = refusal(with_part(workbook(["code"], ["A"]), "xl/sharedStrings.xml", bomb))

    assert message == (
        "areas.xlsx: the workbook holds XML definitions that no spreadsheet program writes. "
        "Copy the cells into a new workbook."
    )


@pytest.mark.parametrize("length", [4, 300, 2_000])
def test_a_truncated_workbook_is_refused(length: int) -> None:
    assert refusal(workbook(["code"], ["A"])[:length]) == (
        "areas.xlsx: a damaged workbook. Open it, save it again and retry."
    )


def test_a_zip_file_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("letter.txt", "Amina 0791234567")

    assert refusal(target.getvalue()) == "areas.xlsx: a damaged workbook. Open it, save it again and retry."


def test_broken_xml_inside_is_refused_without_telling_what_stands_there() -> None:
    broken = with_part(workbook(["code"], ["A"]), SHEET, b"<worksheet><sheetData><row>Amina 0791234567")

    assert refusal(broken) == "areas.xlsx: a damaged workbook. Open it, save it again and retry."


def test_too_many_cells_are_refused() -> None:
    few = replace(USUAL, cells=5)

    assert refusal(workbook(["a", "b"], [1, 2], [3, 4]), bounds=few) == (
        "areas.xlsx: more than 5 cells, or far too many empty rows. Delete the empty rows and columns around the table."
    )
    assert refusal(b"a,b\n1,2\n3,4\n", "sites.csv", bounds=few) == "sites.csv: more than 5 cells. Split the file."


def test_a_row_far_beyond_any_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 50)
    data = workbook(["code"], ["A"])
    far = with_part(data, SHEET, part(data, SHEET).replace(b'r="2"', b'r="900000"').replace(b'r="A2"', b'r="A900000"'))

    assert refusal(far) == "areas.xlsx, sheet 'answers': more than 50 rows. Split the file."


def test_a_huge_file_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_FILE_BYTES", 1024 * 1024)

    assert refusal(bytes(1024 * 1024 + 1), "areas.csv") == "areas.csv: larger than 1 MB. Split the file."
