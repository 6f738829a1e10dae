"""A version that was published by hand: what of our mapping reads it, and what must keep it from being read.

1. What nobody touched is read as in ours. 2. What is added is never read. 3. What is gone or another question is left
out, and said. 4. Another name is the same question only where somebody says so. 5. A gate that is not ours, in
structure, in order or in its answers, lets nothing in. 6. Other words of consent need a decision. 7. Whatever somebody
changes, the mapping reads nothing that ours does not read, and is a mapping that can be used.
"""

import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kind_forms import EVERY_KIND, form_of

from forms.adoption import Adoption, Obstacle, adopt
from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.checks.survey import Survey, understand
from forms.checks.workbook import read_workbook, workbook_of
from forms.demo import brief
from forms.diff import Aliases, stakes
from forms.sheets import Table, read_tables
from mappings.areas import demo as dorvania
from mappings.language import check, paths

Tables = dict[str, list[dict[str, str]]]
QUESTION, INDICATOR = "cte_com_008", "CTE-COM-008"
BUILT: BuiltForm = build(brief(), load(), dorvania.load())
TABLES: Tables = {
    name: [{key: text for key, text in row.items() if key and text} for row in rows]
    for name, rows in read_tables(BUILT.xlsx, "form.xlsx").items()
}


def survey_of(tables: Tables) -> Survey:
    made = {name: Table(list(dict.fromkeys(key for row in rows for key in row)), rows) for name, rows in tables.items()}
    return understand(workbook_of("form", made, BUILT.media), {})


STANDARD = survey_of(TABLES)
STAKES = stakes(STANDARD, mapping=BUILT.mapping, catalogue=load())


@pytest.fixture
def tables() -> Tables:
    return copy.deepcopy(TABLES)


def adopted(tables: Tables, aliases: Aliases | None = None, accepted: tuple[str, ...] = ()) -> Adoption:
    edited = survey_of(tables)
    return adopt(STANDARD, edited, BUILT.mapping, version="by-hand", stakes=STAKES, aliases=aliases, accepted=accepted)


def row_of(tables: Tables, name: str) -> dict[str, str]:
    return next(row for row in tables["survey"] if row.get("name") == name)


def list_of(tables: Tables, name: str) -> str:
    return row_of(tables, name)["type"].split()[1]


def move(tables: Tables, name: str, place: int) -> None:
    row = row_of(tables, name)
    tables["survey"].remove(row)
    tables["survey"].insert(place, row)


def obstacles(found: Adoption) -> set[Obstacle]:
    assert (found.mapping is None) == bool(found.obstacles)
    return {one.obstacle for one in found.obstacles}


# ---- 1 to 4: what is read --------------------------------------------------------------------------------------------


def test_1_what_nobody_touched_is_read_as_ours(tables: Tables) -> None:
    found = adopted(tables)

    assert found.reads_like(BUILT.mapping)
    assert found.mapping is not None
    assert found.mapping.form_version == "by-hand"


def test_1_other_words_and_another_group_leave_every_answer_what_it_was(tables: Tables) -> None:
    row_of(tables, QUESTION)["label::English (en)"] = "Which groups look after people here?"
    row_of(tables, "community_2")["name"] = "renamed_group"

    found = adopted(tables)

    assert found.mapping is not None
    [rule] = [rule for rule in found.mapping.rules if rule.indicator == INDICATOR]
    assert (rule.path, rule.comparability) == (f"community/renamed_group/{QUESTION}", 1.0)
    assert not found.reads_like(BUILT.mapping)


def test_2_an_added_question_and_an_added_choice_are_never_read(tables: Tables) -> None:
    tables["survey"].append({"type": "text", "name": "informant_name", "label::English (en)": "Name?"})
    tables["choices"].append({"list_name": list_of(tables, QUESTION), "name": "militia", "label::English (en)": "M"})

    found = adopted(tables)

    assert found.mapping is not None
    [rule] = [rule for rule in found.mapping.rules if rule.indicator == INDICATOR]
    assert "militia" not in rule.codes
    assert rule.comparability == 0.85
    assert not any("informant_name" in path for path in paths(found.mapping))
    assert found.ignored == ("informant_name", f"{list_of(tables, QUESTION)}:militia")


def test_3_what_is_gone_is_left_out_with_its_reason(tables: Tables) -> None:
    tables["survey"].remove(row_of(tables, QUESTION))
    row_of(tables, "cte_com_010")["type"] = "text"
    tables["survey"].remove(row_of(tables, "clo_code"))

    found = adopted(tables)

    assert found.mapping is not None
    assert not {INDICATOR, "CTE-COM-010"} & {rule.indicator for rule in found.mapping.rules}
    assert found.mapping.interview.withdrawal_code == ""
    assert {one.question for one in found.left} == {QUESTION, "cte_com_010", "clo_code"}


def test_3_a_choice_that_is_gone_is_offered_no_more(tables: Tables) -> None:
    name = list_of(tables, QUESTION)
    tables["choices"] = [row for row in tables["choices"] if (row["list_name"], row["name"]) != (name, "watch")]

    found = adopted(tables)

    assert found.mapping is not None
    [rule] = [rule for rule in found.mapping.rules if rule.indicator == INDICATOR]
    assert "watch" not in rule.codes
    assert rule.comparability == 0.7


def test_3_a_question_asked_of_other_people_says_nothing_of_who_was_not_asked(tables: Tables) -> None:
    [rule] = [rule for rule in BUILT.mapping.rules if rule.asked_if][:1]
    row_of(tables, rule.path.rpartition("/")[2])["relevant"] = "${con_given} = 'yes'"

    found = adopted(tables)

    assert found.mapping is not None
    [heir] = [one for one in found.mapping.rules if one.path == rule.path]
    assert heir.asked_if == ()
    assert heir.comparability < rule.comparability


def test_4_a_renamed_question_is_read_when_somebody_says_so_and_not_before(tables: Tables) -> None:
    row_of(tables, QUESTION)["name"] = "own_name"
    for row in tables["survey"]:
        row.update({key: text.replace(f"${{{QUESTION}}}", "${own_name}") for key, text in row.items()})

    silent, said = adopted(tables), adopted(tables, Aliases({QUESTION: "own_name"}))

    assert QUESTION in {one.question for one in silent.left}
    assert said.mapping is not None
    assert [rule.path for rule in said.mapping.rules if rule.indicator == INDICATOR] == [
        "community/community_2/own_name"
    ]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_a_form_of_every_kind_that_nobody_touched_is_read_as_ours(kind: str) -> None:
    form = form_of(kind)
    survey = understand(read_workbook(form.xlsx, "form.xlsx", form.media), {})
    found = stakes(survey, mapping=form.mapping, catalogue=load())

    assert adopt(survey, survey, form.mapping, version="by-hand", stakes=found).reads_like(form.mapping)


# ---- 5 and 6: the gate -----------------------------------------------------------------------------------------------


def without_consent(tables: Tables) -> None:
    tables["survey"].remove(row_of(tables, "con_given"))


def consent_given_by_default(tables: Tables) -> None:
    row_of(tables, "con_given")["default"] = "yes"


def consent_as_text(tables: Tables) -> None:
    row_of(tables, "con_given")["type"] = "text"


def yes_means_no(tables: Tables) -> None:
    name = list_of(tables, "con_given")
    yes, no = (
        next(row for row in tables["choices"] if (row["list_name"], row["name"]) == (name, code))
        for code in ("yes", "no")
    )
    yes["label::English (en)"], no["label::English (en)"] = no["label::English (en)"], yes["label::English (en)"]


def consent_cannot_be_given(tables: Tables) -> None:
    name = list_of(tables, "con_given")
    tables["choices"] = [row for row in tables["choices"] if (row["list_name"], row["name"]) != (name, "yes")]


def asked_without_consent(tables: Tables) -> None:
    group = next(row for row in tables["survey"] if row.get("name") == "community")
    group.pop("relevant", None)


def asked_outside_the_group_that_waits(tables: Tables) -> None:
    tables["survey"].append(row_of(tables, QUESTION))
    tables["survey"].remove(row_of(tables, QUESTION))


def consent_at_the_end(tables: Tables) -> None:
    move(tables, "con_given", len(tables["survey"]))


@pytest.mark.parametrize(
    "change",
    [
        without_consent,
        consent_given_by_default,
        consent_as_text,
        yes_means_no,
        consent_cannot_be_given,
        asked_without_consent,
        asked_outside_the_group_that_waits,
        consent_at_the_end,
    ],
)
def test_5_a_gate_that_is_not_ours_lets_nothing_in(change: Callable[[Tables], None], tables: Tables) -> None:
    change(tables)

    found = adopted(tables)

    assert Obstacle.GATE in obstacles(found)
    assert not found.reads_like(BUILT.mapping)


def test_5_no_decision_makes_another_gate_right(tables: Tables) -> None:
    without_consent(tables)
    every = tuple(one.key for one in adopted(tables).conformance.diff.changes)

    assert Obstacle.GATE in obstacles(adopted(tables, accepted=every))


def test_6_other_words_of_consent_need_a_decision(tables: Tables) -> None:
    row_of(tables, "con_given")["label::English (en)"] = "You want to take part, don't you?"

    found = adopted(tables)
    decided = adopted(tables, accepted=tuple(one.key for one in found.obstacles))

    assert obstacles(found) == {Obstacle.GATE_WORDS}
    assert decided.mapping is not None


@pytest.mark.parametrize("kind", ["", "text"])
def test_an_answer_that_cannot_be_placed_is_not_read(kind: str, tables: Tables) -> None:
    row_of(tables, "ctx_adm1")["type"] = kind

    assert Obstacle.AREA in obstacles(adopted(tables))


# ---- 7: whatever somebody does ---------------------------------------------------------------------------------------

_NAMES = [row["name"] for row in TABLES["survey"] if row.get("name")]
_COLUMNS = ["type", "name", "relevant", "required", "calculation", "constraint", "default"]
_TEXTS = ["", "text", "integer", "yes", "note", "${con_given} = 'yes'", "true()", "own_name", "begin_repeat"]


@given(st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_COLUMNS), st.sampled_from(_TEXTS)), max_size=4))
@settings(max_examples=40, deadline=None)
def test_7_whatever_somebody_changes_nothing_more_is_read(changes: list[tuple[str, str, str]]) -> None:
    tables = copy.deepcopy(TABLES)
    for name, column, text in changes:
        for row in (row for row in tables["survey"] if row.get("name") == name):
            row[column] = text
    tables["survey"] = [{key: text for key, text in row.items() if text} for row in tables["survey"]]

    found = adopted(tables)

    if found.mapping is not None:
        names = {path.rpartition("/")[2] for path in paths(BUILT.mapping)}
        assert {path.rpartition("/")[2] for path in paths(found.mapping)} <= names
        assert not list(check(found.mapping))
        assert [step.value for step in found.mapping.gate] == [step.value for step in BUILT.mapping.gate]
        known = {rule.indicator: set(rule.codes) for rule in BUILT.mapping.rules}
        assert all(set(rule.codes) <= known[rule.indicator] for rule in found.mapping.rules)
