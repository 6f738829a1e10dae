"""A form edited by hand: what is still standard, what only in part, what no longer, and whether it may be read."""

from dataclasses import replace

import pytest

from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.checks.survey import Survey, understand
from forms.checks.workbook import workbook_of
from forms.conformance import Conformance, Standing, conform
from forms.demo import brief
from forms.diff import Aliases, stakes
from forms.sheets import Table, read_tables
from mappings.areas import demo as dorvania

Rows = list[dict[str, str]]
INDICATOR = "cte_com_013"


@pytest.fixture(scope="module")
def built() -> BuiltForm:
    return build(brief(), load(), dorvania.load())


@pytest.fixture
def tables(built: BuiltForm) -> dict[str, Rows]:
    found = read_tables(built.xlsx, "form.xlsx")
    return {
        name: [{key: text for key, text in row.items() if key and text} for row in rows] for name, rows in found.items()
    }


def survey_of(name: str, tables: dict[str, Rows], built: BuiltForm) -> Survey:
    made = {
        title: Table(list(dict.fromkeys(key for row in rows for key in row)), rows) for title, rows in tables.items()
    }
    return understand(workbook_of(name, made, built.media), {})


def judged(built: BuiltForm, edited: dict[str, Rows], aliases: Aliases | None = None) -> Conformance:
    standard = survey_of("standard", {
        name: [{key: text for key, text in row.items() if key and text} for row in rows]
        for name, rows in read_tables(built.xlsx, "form.xlsx").items()
    }, built)  # fmt: skip
    found = stakes(standard, mapping=built.mapping, catalogue=load())
    return conform(standard, survey_of("edited", edited, built), built.mapping, stakes=found, aliases=aliases)


def row_of(tables: dict[str, Rows], name: str) -> dict[str, str]:
    return next(row for row in tables["survey"] if row.get("name") == name)


def standing(found: Conformance) -> tuple[Standing, float]:
    one = next(one for one in found.indicators if one.question == INDICATOR)
    return one.standing, one.score


def test_a_form_that_nobody_touched_is_all_standard(built: BuiltForm, tables: dict[str, Rows]) -> None:
    found = judged(built, tables)

    assert {one.standing for one in found.indicators} == {Standing.STANDARD}
    assert found.is_readable


def test_other_words_leave_an_indicator_comparable(built: BuiltForm, tables: dict[str, Rows]) -> None:
    row_of(tables, INDICATOR)["label::English (en)"] = "Which way do people here find work?"

    assert standing(judged(built, tables)) == (Standing.ADAPTED, 1.0)


def test_an_added_choice_lowers_the_score_and_another_type_ends_it(built: BuiltForm, tables: dict[str, Rows]) -> None:
    list_name = row_of(tables, INDICATOR)["type"].split()[1]
    tables["choices"].append({"list_name": list_name, "name": "new_one", "label::English (en)": "New"})
    adapted = standing(judged(built, tables))
    row_of(tables, INDICATOR)["type"] = "text"

    assert adapted == (Standing.ADAPTED, 0.85)
    assert standing(judged(built, tables)) == (Standing.BROKEN, 0.0)


def test_a_question_that_is_gone_is_missing_unless_its_rename_is_declared(
    built: BuiltForm, tables: dict[str, Rows]
) -> None:
    row_of(tables, INDICATOR)["name"] = "own_name"

    assert standing(judged(built, tables))[0] is Standing.MISSING
    assert standing(judged(built, tables, Aliases({INDICATOR: "own_name"})))[0] is Standing.ADAPTED


def test_a_question_of_their_own_is_named(built: BuiltForm, tables: dict[str, Rows]) -> None:
    tables["survey"].append({"type": "integer", "name": "own_count", "label::English (en)": "How many?"})

    assert judged(built, tables).added == ("own_count",)


def test_a_form_with_another_gate_is_not_readable(built: BuiltForm, tables: dict[str, Rows]) -> None:
    row_of(tables, "con_given").pop("required", None)
    row_of(tables, "con_given")["default"] = "yes"

    found = judged(built, tables)

    assert not found.is_readable
    assert "nothing that comes in with it is kept" in found.summary()


def test_the_report_is_the_same_for_programs(built: BuiltForm, tables: dict[str, Rows]) -> None:
    found = judged(built, tables)

    told = found.as_dict()["indicators"]

    assert isinstance(told, list)
    assert len(told) == len(built.mapping.rules)
    assert replace(found, added=("x",)).as_dict()["added"] == ["x"]
