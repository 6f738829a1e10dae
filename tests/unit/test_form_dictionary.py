"""The data dictionary says of each variable what the form and the recipe say.

1. Every question of the form is a variable, with its path, its list and its texts in all languages.
2. Each indicator has its code, HXL tag and sensitivity; each answer that is kept has its place in the standard.
3. What is dropped says so; the recipe reads exactly what is said to be kept.
4. The same form gives the same bytes.
"""

from functools import cache

import pytest
from kind_forms import EVERY_KIND, form_of

from forms.catalogue import load
from forms.dictionary import dictionary
from forms.sheets import read_tables
from mappings.language import paths
from mappings.schema import fields

Rows = list[dict[str, str]]


@cache
def sheets(kind: str) -> dict[str, Rows]:
    return read_tables(dictionary(form_of(kind), load()), "dictionary.xlsx")


def variables(kind: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in sheets(kind)["variables"]}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_every_question_is_a_variable(kind: str) -> None:
    form = form_of(kind).questionnaire

    assert {name: row["path"] for name, row in variables(kind).items()} == form.paths
    assert {row["list"] for row in sheets(kind)["choices"]} == {name for name, _ in form.choices}


def test_1_texts_are_there_in_all_languages() -> None:
    row = variables("site_ki")["cte_com_012"]

    assert [row[f"label::{name}"][:4] for name in ("English (en)", "Français (fr)", "Español (es)")] == [
        *("How ", "À qu", "¿Con")
    ]
    assert row["label::العربية (ar)"]


def test_1_long_lists_name_their_file() -> None:
    assert [row["file"] for row in sheets("expert")["files"]] == ["adm2.csv"]
    assert sheets("cte_safety")["files"] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_2_indicators_carry_their_tag_and_sensitivity(kind: str) -> None:
    asked = {one.question_name: one for one in load().indicators}

    for name, row in variables(kind).items():
        if row["indicator"]:
            entry = asked[name]
            assert (row["indicator"], row["hxl"], row["sensitivity"]) == (entry.id, entry.hxl, str(entry.sensitivity))
            assert row["standard_field"].startswith("observation.value_")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_2_every_target_is_a_field_of_the_standard(kind: str) -> None:
    known = {
        f"{table}.{field.name}"
        for table in ("submission", "observation", "counter", "inbox")
        for field in fields(table)
    }
    targets = {row["standard_field"] for row in variables(kind).values()} - {
        "",
        "not kept",
        "counter.disclosure_action",
    }

    assert {target for target in targets if target not in known} <= {"counter.distress"}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_3_what_the_recipe_reads_and_what_is_said_to_be_kept_are_the_same(kind: str) -> None:
    form = form_of(kind)
    gates = {step.path for step in form.mapping.gate}
    kept = {row["path"] for row in variables(kind).values() if row["standard_field"] not in {"", "not kept"}}

    assert kept - gates == set(paths(form.mapping)) - gates


def test_3_the_start_of_the_clock_is_said_not_to_be_kept() -> None:
    assert variables("site_ki")["t0"]["standard_field"] == "not kept"


def test_3_when_a_question_is_asked_is_said_in_words_and_as_the_phone_reads_it() -> None:
    row = variables("group")["cte_com_013"]

    assert row["asked_when"].startswith("con_given is “Yes, agrees freely” and ctx_ki_group is answered, and not with")
    assert row["relevance"].startswith("${con_given}='yes' and ${ctx_ki_group} != ''")


def test_4_the_same_form_gives_the_same_bytes() -> None:
    assert dictionary(form_of("expert"), load()) == dictionary(form_of("expert"), load())
