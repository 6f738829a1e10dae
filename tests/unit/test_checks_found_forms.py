# ruff: noqa: E501 - a table of a form is read as it stands
"""What forms of other people have that ours never have: odd sheets, helper columns, idioms. No crash, no false alarm."""

import io
import re
from pathlib import Path

import openpyxl
import pytest
from form_tables import YES_NO, checked, told, workbook, xlsx

from forms.archive import SheetError
from forms.checks import check_form, read_form
from forms.checks.convert import convert
from forms.checks.workbook import read_workbook

SURVEY = "| survey |\n| | type | name | label | relevant | required | calculation |\n"
SETTINGS = """
| settings | form_title | form_id |
|          | T          | t       |
"""


def found(table: str) -> list[tuple[str, str]]:
    return [one for one in told(checked(table + SETTINGS)) if one[0] != "no-consent"]


def changed(table: str, change: str, cell: str, value: str) -> bytes:
    """The workbook with one more cell, as a spreadsheet program would have written it."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx(table + SETTINGS)))
    sheet = book[change] if change in book.sheetnames else book.create_sheet(change)
    sheet[cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


PLAIN = SURVEY + "| | integer | wells | Wells | | | |"


def test_a_title_of_forms_without_text_in_the_first_row_of_settings() -> None:
    form = (
        PLAIN
        + """
| settings | form_title | form_id | instance_name |
|          | T          | t       |               |
"""
    )

    assert [str(one.code) for one in checked(form).errors] == []


def test_formulas_of_another_sheet_are_nobodys_business() -> None:
    data = changed(PLAIN, "analysis", "C4", "=SUM(A1:A3)")

    assert check_form(read_workbook(data, "form.xlsx", {})).errors == ()


def test_a_formula_that_was_never_computed_is_told_with_its_cell() -> None:
    report = check_form(read_workbook(changed(PLAIN, "survey", "D2", '=A2&"x"'), "form.xlsx", {}))

    assert ("bad-cell", "survey!D2") in told(report)


def test_an_error_of_the_spreadsheet_program_is_told_with_its_cell() -> None:
    report = check_form(read_workbook(changed(PLAIN + YES_NO, "choices", "C2", "#N/A"), "form.xlsx", {}))

    assert ("bad-cell", "choices!C2") in told(report)


def test_a_helper_column_may_hold_formulas_that_were_never_computed() -> None:
    form = SURVEY.replace("| calculation |", "| calculation | words so far |") + "| | integer | wells | Wells | | | | |"

    report = check_form(read_workbook(changed(form, "survey", "G2", "=LEN(C2)"), "form.xlsx", {}))

    assert report.errors == ()


def test_a_column_of_choices_that_no_filter_reads_may_hold_them_too() -> None:
    form = """
| survey |
| | type | name | label | choice_filter |
| | select_one t | town | Town | north = 'x' |
| choices |
| | list_name | name | label | north | words |
| | t | a | A | x | |
"""
    helper, filtered = (changed(form, "choices", cell, "=1+1") for cell in ("E2", "D2"))

    assert check_form(read_workbook(helper, "form.xlsx", {})).errors == ()
    assert ("bad-cell", "choices!D2") in told(check_form(read_workbook(filtered, "form.xlsx", {})))


@pytest.mark.parametrize("name", ["form.csv", "form.md"])
def test_a_form_as_csv_or_markdown_is_refused_in_plain_words(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("type,name,label\ntext,why,Why?\n")

    with pytest.raises(SheetError, match=re.escape("Give the form as .xlsx")):
        read_form(tmp_path / name)


def test_a_note_that_stops_people_on_purpose_is_doubted_only() -> None:
    form = SURVEY + "| | integer | wells | Wells | | | |\n| | note | back | Go back | ${wells} > 90 | yes | |"

    assert found(form) == [("blocking-note", "survey!E3")]
    assert found(form.replace("${wells} > 90", "")) == [("required-note", "survey!E3")]


def test_a_dot_that_looks_at_the_question_itself_is_told_where_it_stands() -> None:
    form = (
        SURVEY
        + "| | begin_group | g | G | . != '' | | |\n| | integer | wells | Wells | | | |\n| | end_group | | | | | |"
    )

    assert found(form) == [("self-reference", "survey!D2")]


def test_null_and_nan_are_doubted_only() -> None:
    form = SURVEY + "| | integer | wells | Wells | | | |\n| | calculate | few | | | | if(${wells} < 3, 1, null) |"

    assert found(form) == [("no-such-value", "survey!F3")]
    form = (
        SURVEY
        + "| | select_one yn | safe | Safe? | | | |\n| | text | why | Why? | ${safe} = 'NaN' or ${safe} = 'yes' | | |"
    )
    assert found(form + YES_NO) == [("no-such-value", "survey!D3")]
    form = (
        SURVEY + "| | integer | wells | Wells | | | |\n| | text | why | Why? | ${wells} = 'NaN' or ${wells} > 3 | | |"
    )
    assert "type-mismatch" not in dict(found(form))


def test_a_default_language_can_be_that_of_the_columns_without_language() -> None:
    form = """
| survey |
| | type | name | label | label::French (fr) |
| | integer | wells | Wells | Puits |
| settings | form_title | form_id | default_language |
|          | T          | t       | English (en)     |
"""
    assert [code for code, _ in told(checked(form))] == ["no-consent"]


def test_a_default_language_without_column_keeps_no_form_from_phones() -> None:
    form = """
| survey |
| | type | name | label::English (en) |
| | integer | wells | Wells |
| settings | form_title | form_id | default_language |
|          | T          | t       | english          |
"""
    report = checked(form)

    assert not report.errors
    assert ("missing-language", "settings!C2") in told(report)


def test_choices_and_external_choices_may_use_the_same_codes() -> None:
    form = """
| survey |
| | type | name | label | choice_filter |
| | select_one area | area | Area | |
| | select_one_external place | place | Place | area=${area} |
| choices |
| | list_name | name | label |
| | area | north | North |
| | area | south | South |
| external_choices |
| | list_name | name | label | area |
| | area | north | North | |
| | place | mill | Mill | north |
| | place | mill | Mill | south |
"""
    assert {code for code, _ in found(form)} == {"not-in-web-forms"}


def test_a_column_that_is_empty_for_one_list_is_told_as_that() -> None:
    form = """
| survey |
| | type | name | label | choice_filter |
| | select_one kind | kind | Kind | |
| | select_one use | use | Use | kind=${kind} |
| | select_one age | age | Age | kind=${kind} |
| choices |
| | list_name | name | label | kind |
| | kind | old | Old | |
| | use | shop | Shop | old |
| | age | new | New | |
"""
    (told_of,) = (one for one in checked(form + SETTINGS).errors)

    assert told_of.place.cell == "survey!D4"
    assert told_of.reason == "the column 'kind' is empty for the whole list 'age'"


def test_two_headers_in_one_cell_are_told_with_their_cell() -> None:
    form = """
| survey |
| | type | name | label::English (en) | hint::English (en)hint::French (fr) |
| | integer | wells | Wells | All |
"""
    assert ("misspelt-column", "survey!D1") in found(form)


def test_the_column_over_which_pyxform_stumbles_is_named() -> None:
    form = """
| survey |
| | type | name | label | instance::tag |
| | begin_group | water | Water | x |
| | integer | wells | Wells | |
| | end_group | | | |
"""
    (finding,) = convert(workbook(form + SETTINGS)).findings

    assert (str(finding.code), finding.place.cell) == ("pyxform", "survey!D1")
    assert "instance::tag" in finding.reason


@pytest.mark.parametrize(
    "label", ["How old is (NAME) in months?", "How old is ${name}?", "Age at the last birthday", "Name of the bridge"]
)
def test_questions_that_only_sound_like_identifiers(label: str) -> None:
    form = SURVEY + f"| | text | name | Name of the site | | | |\n| | integer | age | {label} | | | |"

    assert found(form) == []


@pytest.mark.parametrize("label", ["[Name of the interviewer]", "Street name", "Date of birth of (NAME)"])
def test_questions_that_are_identifiers_whatever_stands_around_them(label: str) -> None:
    form = SURVEY + f"| | text | asked | {label} | | | |"

    assert found(form)


def test_many_findings_of_one_kind_are_told_in_one_line_and_each_in_json() -> None:
    rows = "\n".join(f"| | integer | q{number} | Wells | | | |" for number in range(40))
    form = "| survey |\n| | type | name | label::English (en) | label::French (fr) | | |\n" + rows

    report = checked(form + SETTINGS)

    assert len([line for line in report.text().splitlines() if "blank-translation" in line]) == 4
    assert "37 more in the column label::French (fr) of survey, down to survey!D41." in report.text()
    assert str(report.as_dict()["findings"]).count("blank-translation") == 40
