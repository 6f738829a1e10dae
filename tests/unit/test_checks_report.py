"""The report itself: codes with their meanings, places, order, JSON, and files that are no form."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from checks_page import PAGE, page
from form_tables import YES_NO, checked, workbook, xlsx

import forms.checks
from forms.archive import SheetError
from forms.catalogue.files import load_tree
from forms.checks import Code, check_form, read_form
from forms.checks.workbook import read_workbook

TWO_FAULTS = """
| survey |
| | type | name | label | relevant |
| | select_one yn | safe | Safe? | |
| | text | why | Why? | ${safe} = 'nope' |
| settings |
| | form_titel |
| | T |
"""


def test_the_page_of_codes_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python tests/unit/checks_page.py"


def test_every_code_has_a_meaning_and_every_meaning_a_code() -> None:
    tree = load_tree((Path(forms.checks.__file__).parent / "codes.yaml").read_text(encoding="utf-8"))

    assert isinstance(tree, dict)
    assert set(tree) == {code.value for code in Code}


def test_every_code_is_reported_somewhere_and_expected_in_a_test() -> None:
    root = PAGE.parents[1]
    source = "".join(path.read_text(encoding="utf-8") for path in (root / "forms" / "checks").glob("*.py"))
    files = [*root.glob("tests/*/test_*check*.py"), root / "tests" / "integration" / "test_form_build.py"]
    tests = "".join(path.read_text(encoding="utf-8") for path in files)

    assert [code for code in Code if f"Code.{code.name}" not in source] == []
    assert [code.value for code in Code if f'"{code}"' not in tests and f" {code} at" not in tests] == []


def test_findings_come_gravest_first_and_then_in_the_order_of_the_form() -> None:
    report = checked(TWO_FAULTS + YES_NO)

    places = [(str(one.severity), one.place.cell) for one in report.findings]
    assert places[:2] == [("error", "settings!A1"), ("error", "survey!D3")]
    assert [one for one, _ in places] == sorted((one for one, _ in places), key=["error", "warning", "note"].index)


def test_a_finding_says_where_what_and_what_to_do() -> None:
    text = str(checked(TWO_FAULTS + YES_NO).errors[1])

    assert text == (
        "error unknown-choice at survey!D3 (why, relevant): 'nope' is no code of 'safe' (list 'yn')."
        " Its codes are no, yes."
    )


def test_programs_get_the_same_as_people() -> None:
    report = checked(TWO_FAULTS + YES_NO)

    content = json.loads(json.dumps(report.as_dict()))

    assert content["errors"] == len(report.errors)
    assert content["findings"][1] | {"remedy": ""} == {
        "code": "unknown-choice",
        "severity": "error",
        "cell": "survey!D3",
        "sheet": "survey",
        "row": 3,
        "column": "relevant",
        "question": "why",
        "entry": "",
        "reason": "'nope' is no code of 'safe' (list 'yn')",
        "remedy": "",
    }


def test_rows_and_columns_are_those_of_the_sheet_also_below_empty_rows_and_columns() -> None:
    form = "| survey |\n| | | type | | name | label |\n| | | integer | | a | A |\n| | |\n| | | text | | b | ${nobody} |"

    report = checked(form)

    assert [one.place.cell for one in report.errors] == ["survey!E4"]


def test_the_row_of_pyxform_is_the_row_of_the_sheet() -> None:
    form = "| survey |\n| |\n| |\n| | type | name | label |\n| | integer | a | A |\n| | text | 1b | B |"

    report = checked(form)

    assert [(str(one.code), one.place.cell) for one in report.errors] == [("pyxform", "survey!B5")]


# ---- files that are no form ------------------------------------------------------------------------------------------


def refused(data: bytes, name: str = "form.xlsx") -> str:
    with pytest.raises(SheetError) as caught:
        read_workbook(data, name, {})
    return str(caught.value)


def test_what_is_no_workbook_is_refused_in_plain_words() -> None:
    assert refused(b"%PDF-1.7") == "form.xlsx: not a workbook. Save it again as 'Excel workbook (.xlsx)'."
    assert "old .xls file" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "protected by a password" in refused(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    )
    assert "not an Excel workbook" in refused(b"type,name,label\n", "form.csv")


def test_a_bomb_is_not_unpacked() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 60_000_000)

    assert "unpacks to far more than a spreadsheet does" in refused(target.getvalue())


def test_a_workbook_without_a_survey_is_refused() -> None:
    assert "there is no sheet 'survey'" in refused(xlsx("| budget |\n| | a |\n| people |\n| | b |"))
    assert "no column 'type'" in refused(xlsx("| survey |\n| | question | name |\n| | a | b |"))


def rows(count: int) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("survey")
    sheet.append(["type", "name", "label"])
    for _ in range(count):
        sheet.append(["note", None, "x"])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def test_more_rows_than_a_phone_can_hold_are_refused() -> None:
    assert "5,001 rows; a form can have 5,000" in refused(rows(5_001))


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_refused() -> None:
    assert "100,000 rows; a form can have 5,000" in refused(rows(100_000))


def test_an_empty_form_gives_a_report() -> None:
    report = checked("| survey |\n| | type | name | label |")

    assert [str(one.code) for one in report.errors] == ["empty-form"]


def test_an_expression_of_ten_thousand_brackets_gives_a_report() -> None:
    deep = "(" * 10_000 + "1" + ")" * 10_000
    report = checked(f"| survey |\n| | type | name | label | relevant |\n| | note | a | A | {deep} |")

    assert "bad-expression" in {str(one.code) for one in report.errors}


def test_files_are_found_beside_the_form_and_nowhere_else(tmp_path: Path) -> None:
    form = "| survey |\n| | type | name | label |\n| | select_one_from_file {} | area | Area |"
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "areas.csv").write_text("name,label\nA,Aville\n", encoding="utf-8")
    (tmp_path / "secret.csv").write_text("name,label\nA,Aville\n", encoding="utf-8")
    (tmp_path / "forms").mkdir()
    inside, outside = tmp_path / "in.xlsx", tmp_path / "forms" / "out.xlsx"
    inside.write_bytes(xlsx(form.format("areas.csv")))
    outside.write_bytes(xlsx(form.format("../secret.csv")))

    assert set(read_form(inside).media) == {"areas.csv"}
    assert read_form(outside).media == {}


def test_the_same_form_gives_the_same_report() -> None:
    form = workbook(TWO_FAULTS + YES_NO)

    assert check_form(form) == check_form(form)


def test_no_finding_ends_in_two_stops_or_holds_a_line_break() -> None:
    text = checked(TWO_FAULTS + YES_NO).text()

    assert not re.search(r"\.\.(?: |$)", text, re.MULTILINE)
