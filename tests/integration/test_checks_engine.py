"""What only the engine sees: a form that reads well and cannot be filled, and one that never ends."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from engine_forms import needs_engine
from form_tables import YES_NO, checked, told, workbook

from forms.checks import Gate, check_form
from forms.engine import Engine

pytestmark = needs_engine

FORM = """
| settings | form_title | form_id |
|          | T          | t       |
| survey |
| | type | name | label | relevant | constraint | choice_filter | calculation |
| | select_one yn | consent | Do you agree to take part? | | | | |
| | integer | wells | Wells | ${consent}='yes' | . >= 0 and . <= 20 | | |
"""


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with Engine(60) as engine:
        yield Gate(fills=10, engine=engine)


def found(row: str, gate: Gate, lists: str = "") -> list[tuple[str, str]]:
    return told(checked(FORM + row + YES_NO + lists, gate=gate))


def test_a_question_that_is_never_on_the_screen(gate: Gate) -> None:
    row = "| | text | why | Why? | ${consent}='yes' and ${wells} > 15 and ${wells} + 1 < 3 | | | |"

    assert found(row, gate) == [("never-reached", "survey!D4")]


def test_a_list_that_comes_out_empty(gate: Gate) -> None:
    row = "| | select_one t | town | Town | ${consent}='yes' | | string-length(name) > 5 | |"

    assert found(row, gate, "| | t | a | A |") == [("empty-list", "survey!F4")]


def test_a_constraint_that_nothing_meets(gate: Gate) -> None:
    row = "| | text | code | Code | ${consent}='yes' | regex(., '[A-Z]{2}') and regex(., '[0-9]{2}') | | |"

    assert found(row, gate) == [("no-answer-accepted", "survey!E4")]


def test_a_limit_that_another_answer_sets_is_doubted_only(gate: Gate) -> None:
    row = "| | integer | more | More | ${consent}='yes' | . = ${wells} * 1000 + 7 | | |"

    assert found(row, gate) == [("no-fitting-answer", "survey!E4")]


def test_an_expression_that_fails_on_an_answer(gate: Gate) -> None:
    row = "| | text | code | Code | ${consent}='yes' | regex(., concat('[A-', 'Z')) | | |"

    assert ("fails-when-filled", "survey!E4") in found(row, gate)


def test_a_circle_of_calculations_is_told_by_odk_validate_with_its_place(gate: Gate) -> None:
    row = "| | calculate | a | | | | | ${b} + 1 |\n| | calculate | b | | | | | ${a} + 1 |"

    codes = found(row, gate)

    assert {code for code, _ in codes} == {"validate"}
    assert codes[0][1] == "survey!G4"


def test_what_validate_says_of_a_question_is_told_beside_what_safety_says(gate: Gate) -> None:
    row = "| | text | a | Your full name | ${b} > 1 | | | |\n| | integer | b | Your phone number | ${a} != '' | | | |"

    assert [code for code, _ in found(row, gate)].count("validate") == 1


def test_a_question_in_a_group_is_found_by_what_validate_says(gate: Gate) -> None:
    row = (
        "| | begin_group | g | G | | | | |\n| | calculate | a | | | | | ${b} + 1 |\n"
        "| | calculate | b | | | | | ${a} + 1 |\n| | end_group | | | | | | |"
    )

    (told_of,) = checked(FORM + row + YES_NO, gate=gate).errors

    assert told_of.place.cell == "survey!G5"
    assert "a, b" in told_of.reason


def test_a_group_that_waits_for_its_own_question_is_told_where_it_says_so(gate: Gate) -> None:
    row = "| | begin_group | g | G | ${a} > 1 | | | |\n| | integer | a | A | | | | |\n| | end_group | | | | | | |"

    assert found(row, gate) == [("validate", "survey!D4")]


def test_a_form_without_faults_is_filled_as_often_as_was_asked(gate: Gate) -> None:
    report = checked(FORM + YES_NO, gate=gate)

    assert (report.findings, report.fills) == ((), 10)


def test_the_same_form_gives_the_same_findings(gate: Gate) -> None:
    row = "| | select_one t | town | Town | ${consent}='yes' | | string-length(name) > 5 | |"
    form = FORM + row + YES_NO + "| | t | a | A |"

    assert checked(form, gate=gate) == checked(form, gate=gate)


def test_what_pyxform_refuses_is_not_filled(gate: Gate) -> None:
    report = checked(FORM + "| | begin_group | g | G | | | | |" + YES_NO, gate=gate)

    assert [str(one.code) for one in report.notes] == ["engine-left-out"]


def test_an_answer_nobody_can_change_that_breaks_its_own_constraint(gate: Gate) -> None:
    form = """
| survey |
| | type | name | label | relevant | constraint | default | read_only |
| | select_one yn | consent | Do you agree to take part? | | | | |
| | integer | wells | Wells | ${consent}='yes' | . > 0 | 3 | |
| | integer | again | Wells again | ${consent}='yes' | . = ${wells} | ${wells} | yes |
"""

    report = checked(form + YES_NO, gate=gate)

    assert [(str(one.code), one.place.cell) for one in report.errors] == [("cannot-be-finished", "survey!B4")]


def test_when_the_time_is_over_the_report_says_how_many_fills_were_made(gate: Gate) -> None:
    report = checked(FORM + YES_NO, gate=Gate(fills=5_000, seconds=0.2, engine=gate.engine))

    assert [str(one.code) for one in report.notes] == ["fewer-fills"]
    assert 0 < report.fills < 5_000


def test_a_file_that_the_engine_cannot_read(gate: Gate) -> None:
    row = "| | xml-external | places | | | | | |\n| | calculate | n | | | | | count(instance('places')/root/item) |"
    form = replace(workbook(FORM + row + YES_NO), media={"places.xml": b"<root><item>"})

    assert [str(one.code) for one in check_form(form, gate=gate).errors] == ["engine-refuses"]


def test_a_form_that_never_ends_is_stopped_and_reported() -> None:
    """The pattern tries every way of cutting up a long text."""
    slow = f"regex('{'a' * 60}!', '^(a\\paa)+\\1\\1x$')"
    row = f"| | calculate | code | | | | | {slow} |"

    report = checked(FORM + row + YES_NO, gate=Gate(fills=5, patience=4))

    assert [str(one.code) for one in report.errors] == ["hangs"]


CASCADE = """
| survey |
| | type | name | label | relevant | choice_filter | required |
| | select_one yn | consent | Do you agree to take part? | | | |
| | select_one adm1 | adm1 | Province | ${consent}='yes' | | |
| | select_one adm2 | adm2 | District | ${consent}='yes' | adm1=${adm1} | |
| choices |
| | list_name | name | label | adm1 |
| | yn | yes | Yes | |
| | yn | no | No | |
| | adm1 | n | North | |
| | adm1 | s | South | |
| | adm2 | n1 | Mill | n |
| | adm2 | s1 | Weir | s |
| settings | form_title | form_id |
|          | T          | t       |
"""


def test_a_list_that_is_empty_after_some_answers_is_doubted_only(gate: Gate) -> None:
    assert told(checked(CASCADE, gate=replace(gate, fills=40))) == [("sometimes-empty-list", "survey!E4")]


def test_an_empty_list_that_must_be_answered_stops_people(gate: Gate) -> None:
    form = CASCADE.replace("adm1=${adm1} | |", "adm1=${adm1} | yes |")

    assert told(checked(form, gate=replace(gate, fills=40))) == [("empty-list", "survey!E4")]


def test_questions_for_the_old_and_the_young_are_reached_by_a_day_of_birth(gate: Gate) -> None:
    row = (
        "| | date | seen | First day | ${consent}='yes' | . <= today() | | |\n"
        "| | calculate | years | | | | | int((today() - ${seen}) div 365.25) |\n"
        "| | text | old | Since when? | ${years} >= 60 | | | |\n"
        "| | text | young | Which? | ${years} < 1 | | | |"
    )

    assert found(row, gate) == []


def test_an_answer_of_a_pattern_that_another_question_asks_for_is_tried(gate: Gate) -> None:
    row = (
        "| | text | code | Code of the site | ${consent}='yes' | | | |\n"
        "| | text | why | Why? | regex(${code}, '[A-Z]{2}-[0-9]{4}') | | | |"
    )

    assert found(row, gate) == []


def test_a_note_that_stops_people_is_told_once(gate: Gate) -> None:
    form = FORM.replace("| calculation |", "| calculation | required |") + (
        "| | note | back | Go back | ${wells} > 5 | | | | yes |"
    )

    assert told(checked(form + YES_NO, gate=gate)) == [("blocking-note", "survey!H4")]
