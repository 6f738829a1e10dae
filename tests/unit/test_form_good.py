"""What every good form has, on the rows of all kinds; the numbers are those of the list that forms are held to.

1. Consent or its stand-in comes before everything about the community.
2. What stands alone is refused beside others; every rule has a message in every language.
3. Definitions are guidance hints; a question says its period.
4. Screens are field lists; below the first level, places come from files.
5. No question identifies, records or locates somebody; no free text is asked.
6. Form, form version and catalogue version travel as answers.
7. Names are unique in the whole form, and none is one that servers use themselves.
8. No column is one that KoBoToolbox takes for a language.
9. No text cell of a language is blank where another language has one.
"""

import re
from functools import cache

import pytest
from kind_forms import EVERY_KIND, form_of

from forms.kinds import KINDS
from forms.sheets import read_tables
from forms.xlsform import LANGUAGES, REFUSED_TYPES

Rows = list[dict[str, str]]
TRANSLATED = ("label", "hint", "guidance_hint", "required_message", "constraint_message")
RESERVED = {"meta", "data", "instanceID", "instanceName", "formhub", "start", "end", "deviceid", "username"}
QUESTIONS = ("select_one", "select_multiple", "integer", "decimal", "select_one_from_file")


@cache
def sheets(kind: str) -> dict[str, Rows]:
    return read_tables(form_of(kind).xlsx, "form.xlsx")


def survey(kind: str) -> Rows:
    return sheets(kind)["survey"]


def texts(row: dict[str, str], column: str) -> list[str]:
    return [row.get(f"{column}::{name}", "") for name in LANGUAGES.values()]


def depth_of(kind: str) -> dict[str, list[str]]:
    """Question -> the conditions of the groups it lies in."""
    found: dict[str, list[str]] = {}
    stack: list[str] = []
    for row in survey(kind):
        if row["type"] == "begin_group":
            stack.append(row["relevant"])
        elif row["type"] == "end_group":
            stack.pop()
        else:
            found[row["name"]] = [*stack, row["relevant"]]
    return found


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if KINDS[kind].keeps_answers])
def test_1_everything_about_the_community_waits_for_the_gate(kind: str) -> None:
    conditions = {name: found for name, found in depth_of(kind).items() if name.startswith(("cte_", "evi_"))}

    assert len(conditions) > 2
    assert [name for name, found in conditions.items() if KINDS[kind].open not in found] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_the_gate_itself_is_asked_and_required_before(kind: str) -> None:
    rows = [row["name"] for row in survey(kind)]
    required = {row["name"] for row in survey(kind) if row["required"] == "yes"}
    gates = [gate.item for gate in KINDS[kind].gates]
    first = next((number for number, name in enumerate(rows) if name.startswith("cte_")), len(rows))

    assert set(gates) <= required & set(rows[:first])


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_2_what_stands_alone_is_guarded(kind: str) -> None:
    exclusive = dict(form_of(kind).questionnaire.exclusive)
    several = [row for row in survey(kind) if row["type"].startswith("select_multiple")]

    unguarded = [
        (row["name"], code)
        for row in several
        for code in exclusive[row["type"].split()[1]]
        if f"not(selected(., '{code}') and count-selected(.) > 1)" not in row["constraint"]
    ]
    assert unguarded == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_2_every_rule_has_its_message_in_every_language(kind: str) -> None:
    silent = [
        (row["name"], rule)
        for row in survey(kind)
        for rule in ("constraint", "required")
        if row.get(rule) and row["type"] != "begin_group" and not all(texts(row, f"{rule}_message"))
    ]

    assert silent == []


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if KINDS[kind].keeps_answers])
def test_3_definitions_are_guidance(kind: str) -> None:
    rows = [row for row in survey(kind) if row["name"].startswith("cte_")]

    assert [row["name"] for row in rows if not all(texts(row, "guidance_hint"))] == []


@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if KINDS[kind].keeps_answers])
def test_3_a_question_says_its_period_itself_or_in_the_hint(kind: str) -> None:
    form = form_of(kind).questionnaire
    periods = {one.name: one.indicator.recall for one in form.questions if one.indicator}
    months = {"P1M": "30 days", "P3M": "3 months", "P6M": "6 months", "P12M": "12 months", "since_crisis": "crisis"}
    rows = {row["name"]: texts(row, "label")[0] + texts(row, "hint")[0] for row in survey(kind)}

    assert [name for name, period in periods.items() if period != "none" and months[period] not in rows[name]] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_4_every_question_lies_on_a_screen(kind: str) -> None:
    stack: list[str] = []
    loose = []
    for row in survey(kind):
        if row["type"] == "begin_group":
            stack.append(row["appearance"])
        elif row["type"] == "end_group":
            stack.pop()
        elif row["type"].split()[0] in (*QUESTIONS, "note") and stack[-1:] != ["field-list"]:
            loose.append(row["name"])

    assert loose == []
    assert sheets(kind)["settings"][0]["style"] == "pages"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_4_places_below_the_first_level_come_from_files(kind: str) -> None:
    rows = {row["name"]: row for row in survey(kind)}
    below = [rows[name] for name in ("ctx_adm2", "ctx_adm3", "ctx_site") if name in rows]

    assert [row["name"] for row in below if not row["type"].startswith("select_one_from_file")] == []
    assert [row["choice_filter"][:8] for row in below] == ["parent=$"] * len(below)
    assert {row["type"].split()[1] for row in below} == set(form_of(kind).media)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_5_nothing_identifies_records_or_locates(kind: str) -> None:
    types = {row["type"].split()[0] for row in survey(kind)}

    assert types & (set(REFUSED_TYPES) | {"text", "date", "time", "dateTime", "range"}) == set()
    assert "instance_name" not in sheets(kind)["settings"][0]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_6_versions_travel_as_answers(kind: str) -> None:
    form = form_of(kind)
    values = {row["name"]: row["calculation"] for row in survey(kind) if row["name"].startswith("fv_")}

    assert values == {
        "fv_form": f"'{form.form_id}'",
        "fv_version": f"'{form.version}'",
        "fv_catalogue": f"'{form.mapping.catalogue_version}'",
    }


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_7_names_are_unique_and_taken_by_no_server(kind: str) -> None:
    names = [row["name"] for row in survey(kind) if row["type"] != "end_group" and row["name"]]

    assert sorted(name for name in names if names.count(name) > 1) == []
    assert [name for name in names if name in RESERVED or not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_8_only_the_languages_are_columns_of_languages(kind: str) -> None:
    allowed = {f"{column}::{name}" for column in TRANSLATED for name in LANGUAGES.values()}
    columns = {column for rows in sheets(kind).values() for row in rows for column in row}

    assert {column for column in columns if ":" in column} <= allowed


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_9_no_language_is_left_out_of_a_row(kind: str) -> None:
    rows = [*survey(kind), *sheets(kind)["choices"]]
    halves = [row["name"] for row in rows for column in TRANSLATED if len(set(map(bool, texts(row, column)))) > 1]

    assert halves == []
