"""What a web page reads while somebody waits is bounded, and the bounds are far above every real file.

1. A workbook by the cells, texts, formats, names and sheets it holds, wherever they are hidden in it.
2. YAML by its size and depth; no part stands for another.
"""

import io
import re
import zipfile

import pytest
from test_sheets_read import SHEET, part, with_part, workbook

from forms.archive import BY_HAND, SheetError, check_archive
from forms.brief import BriefError, read_draft
from forms.catalogue import load, load_own
from forms.catalogue.workbook import to_workbook
from forms.overlay import OverlayError, load_overlay
from forms.sheets import Table, read_tables, write_tables
from forms.yaml_nodes import MOST_BYTES

CONTENTS, STYLES, LIST = "[Content_Types].xml", "xl/styles.xml", "xl/workbook.xml"
CELLS_FAR = "far more cells and texts"
OTHER_FAR = "far more formats, names or sheets"
EMPTY = "<sheetData>{}</sheetData></worksheet>"
PLAIN = workbook(["code"], ["A"])
FORMATS = "<xf/>" * 20_000


def refusal(data: bytes) -> str:
    with pytest.raises(SheetError) as refused:
        read_tables(data, "a.xlsx", BY_HAND)
    return str(refused.value)


def sheet(rows: str) -> bytes:
    start = part(PLAIN, SHEET).decode().partition("<sheetData>")[0]
    return with_part(PLAIN, SHEET, (start + EMPTY.format(rows)).encode())


def put(name: str, before: str, more: str, data: bytes = PLAIN) -> bytes:
    return with_part(data, name, part(data, name).decode().replace(before, more + before).encode())


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (sheet("<row/>" * 200_001), CELLS_FAR),
        (sheet("<row>" + "<c/>" * 200_001 + "</row>"), CELLS_FAR),
        (sheet('<row r="900000"><c t="inlineStr"><is><t>a</t></is></c></row>'), "far too many empty rows"),
        (sheet('<row><c r="XFD1" t="inlineStr"><is><t>a</t></is></c></row>' * 10), "more than 100,000 cells"),
        (put(STYLES, "</cellXfs>", FORMATS), OTHER_FAR),
        (put(LIST, "</sheets>", '<sheet name="a" sheetId="1" r:id="rId1"/>' * 1_000), OTHER_FAR),
        (put(CONTENTS, "</Types>", "<Override/>" * 20_000), OTHER_FAR),
    ],
    ids=["rows", "cells", "far-row", "far-columns", "formats", "sheets", "contents"],
)
def test_1_more_than_any_file_by_hand_holds_is_refused(data: bytes, what: str) -> None:
    assert what in refusal(data)


def test_1_formats_that_are_called_a_sheet_count_as_formats() -> None:
    kind = re.search(r'ContentType="([^"]*worksheet\+xml)"', part(PLAIN, CONTENTS).decode())
    assert kind
    called = f'<Override PartName="/{STYLES}" ContentType="{kind[1]}"/>'

    assert OTHER_FAR in refusal(put(CONTENTS, "</Types>", called, put(STYLES, "</cellXfs>", FORMATS)))


def test_1_a_list_of_sheets_that_is_also_called_a_sheet_counts_as_a_list() -> None:
    kind = re.search(r'ContentType="([^"]*worksheet\+xml)"', part(PLAIN, CONTENTS).decode())
    assert kind
    called = f'<Override PartName="/{LIST}" ContentType="{kind[1]}"/>'
    names = '<definedName name="a">A1</definedName>' * 600

    assert OTHER_FAR in refusal(put(CONTENTS, "</Types>", called, put(LIST, "</sheets>", names)))


def test_1_a_text_that_many_cells_share_counts_for_each_of_them() -> None:
    long = "a" * 30_000
    shared = write_tables({"a": Table(("code",), [{"code": long}] * 101)})

    assert "more than 3,000,000 letters" in refusal(shared)


def test_1_a_part_in_another_encoding_counts_as_much() -> None:
    rows = part(sheet("<row/>" * 200_001), SHEET).decode()
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{rows}'.encode("utf-16")

    assert CELLS_FAR in refusal(with_part(PLAIN, SHEET, wide))


def test_1_the_largest_workbook_of_the_product_takes_a_third_of_the_bounds() -> None:
    data = to_workbook(load_own())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        signs = sum(archive.read(name).count(b"<") for name in archive.namelist())

    check_archive(data, "a.xlsx", BY_HAND)
    assert signs < BY_HAND.signs / 3


def test_1_a_picture_does_not_count_as_formats() -> None:
    check_archive(with_part(PLAIN, "xl/media/image1.png", b"\x89PNG" + b"<" * 50_000), "a.xlsx", BY_HAND)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"form_id: " + b"a" * MOST_BYTES, "larger than 256 kB"),
        (b"areas: [" + b"a," * 21_000 + b"]", "more than 20,000 words and lists"),
        (b"a: &a {b: c}\nd: *a\n", "line 2"),
        (b"[" * 100_000, "one part stands inside another again and again"),
        (b"[\n" * 50_000, "one part stands inside another again and again"),
        (b"a: {b: [" * 20_000, "one part stands inside another again and again"),
    ],
    ids=["size", "parts", "alias", "brackets", "lines", "both"],
)
def test_2_yaml_that_nobody_writes_is_refused_before_a_tree_is_made(data: bytes, what: str) -> None:
    with pytest.raises(BriefError, match=what):
        read_draft(data, "brief.yaml")
    with pytest.raises(OverlayError, match=what):
        load_overlay(data, "overlay.yaml", load())


def test_2_an_overlay_has_no_more_entries_than_there_is_to_change() -> None:
    lines = "".join(f"  - {{id: CTE-COM-{number}}}\n" for number in range(1_501))

    with pytest.raises(OverlayError, match="more than 1,500 entries"):
        load_overlay(f"country: XDV\nindicators:\n{lines}".encode(), "overlay.yaml", load())
