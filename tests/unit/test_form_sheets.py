"""The rows of the XLSForm and the recipe come from one questionnaire.

1. Every text that is shown is there in every language of the brief.
2. Names, groups and references fit together; each screen is a field-list.
3. No type that could name, record, locate or time a person.
4. Form id, version and catalogue version come back in every submission.
5. The recipe reads exactly the paths of the form, by the same codes and conditions.
"""

import re
from dataclasses import replace
from enum import StrEnum, nonmember

import pytest

from forms.brief import Chosen
from forms.catalogue import load
from forms.demo import brief as demo_brief
from forms.questionnaire import Questionnaire
from forms.questionnaire.assemble import assemble
from forms.recipe import recipe
from forms.xlsform import LANGUAGES, REFUSED_TYPES, FormError, Sheets, check_type, sheets
from mappings.areas.demo import load as dorvania
from mappings.language import AskedIf, FormMapping, check, dump, paths
from mappings.language import load as load_mapping

SHOWN = ("label", "hint", "guidance_hint", "required_message", "constraint_message")
# Words that could tell a bystander what the form is about, or that ask for a person (catalogue rules 3 and 7).
FORBIDDEN = re.compile(r"victim|traffick|víctima|traite\b|trata de personas|الاتجار|ضحي|المخبر", re.IGNORECASE)


@pytest.fixture(scope="module")
def questionnaire() -> Questionnaire:
    fits = [found for found in load().indicators if found.is_field and "ki" in found.methods and found.sensitivity < 4]
    brief = replace(demo_brief(), indicators=tuple(Chosen(found.id, "no other source") for found in fits))
    return replace(assemble(brief, load(), dorvania()).questionnaire, version="v1")


@pytest.fixture(scope="module")
def rows(questionnaire: Questionnaire) -> Sheets:
    return sheets(questionnaire)


@pytest.fixture(scope="module")
def mapping(questionnaire: Questionnaire) -> FormMapping:
    return recipe(questionnaire)


def test_1_a_text_in_one_language_is_there_in_all(rows: Sheets) -> None:
    cells = [(row, column) for table in (rows.survey, rows.choices) for row in table.rows for column in SHOWN]
    filled = [sum(1 for language in LANGUAGES.values() if row.get(f"{column}::{language}")) for row, column in cells]

    assert set(filled) == {0, len(LANGUAGES)}


def test_1_every_visible_row_has_a_label(rows: Sheets) -> None:
    hidden = {"calculate", "end_group"}
    screens = {row["name"] for row in rows.survey.rows if re.search(r"_(\d+|guide|evidence)$", row.get("name", ""))}
    silent = [row["name"] for row in rows.survey.rows if row["type"] not in hidden and "label::English (en)" not in row]

    assert set(silent) - screens == set()
    assert [row["name"] for row in rows.choices.rows if "label::English (en)" not in row] == []


def test_1_only_the_languages_of_the_brief_are_there_and_the_first_is_the_default() -> None:
    brief = replace(demo_brief(), languages=("ar", "fr"))
    found = sheets(assemble(brief, load(), dorvania()).questionnaire)

    assert [column for column in found.choices.header if column.startswith("label")] == [
        *("label::العربية (ar)", "label::Français (fr)")
    ]
    assert found.settings.rows[0]["default_language"] == "العربية (ar)"


def test_1_a_definition_is_marked_as_english_in_the_other_languages(rows: Sheets) -> None:
    row = next(row for row in rows.survey.rows if row.get("name") == "cte_com_001")

    assert row["guidance_hint::Français (fr)"] == f"[English] {row['guidance_hint::English (en)']}"


def test_1_nothing_on_the_phone_gives_away_what_it_is_about(rows: Sheets) -> None:
    texts = [text for table in (rows.survey, rows.choices) for row in table.rows for text in row.values()]

    assert [text for text in texts if FORBIDDEN.search(text)] == []


def test_1_french_keeps_its_no_break_spaces_and_apostrophes(rows: Sheets) -> None:
    labels = {row["name"]: row.get("label::Français (fr)", "") for row in rows.survey.rows}

    assert labels["con_understood"].endswith("cet entretien\u00a0?")
    assert "’" in labels["ctx_enum"]
    assert rows.settings.rows[0]["clean_text_values"] == "no"


def test_2_groups_open_and_close_in_order(rows: Sheets) -> None:
    opened: list[str] = []
    for row in rows.survey.rows:
        if row["type"] == "begin_group":
            opened.append(row["name"])
        elif row["type"] == "end_group":
            assert opened.pop() == row["name"]

    assert opened == []


def test_2_every_question_of_the_phone_lies_in_a_field_list(rows: Sheets) -> None:
    appearances: list[str] = []
    outside = []
    for row in rows.survey.rows:
        if row["type"] == "begin_group":
            appearances.append(row.get("appearance", ""))
        elif row["type"] == "end_group":
            appearances.pop()
        elif "field-list" not in appearances:
            outside.append(row["name"])

    assert outside == ["ctx_date", "t0", "fv_form", "fv_version", "fv_catalogue"]


def test_2_every_reference_names_a_question(rows: Sheets) -> None:
    names = {row["name"] for row in rows.survey.rows}
    named = {name for row in rows.survey.rows for text in row.values() for name in re.findall(r"\$\{(\w+)\}", text)}

    assert named - names == set()
    assert len(named) > 10


def test_2_every_list_that_is_used_is_there_and_every_one_there_is_used(rows: Sheets) -> None:
    used = {row["type"].split()[1] for row in rows.survey.rows if re.match(r"select_(one|multiple) ", row["type"])}

    assert {row["list_name"] for row in rows.choices.rows} == used


def test_2_no_cell_is_an_empty_text(rows: Sheets) -> None:
    cells = [
        text for table in (rows.survey, rows.choices, rows.settings) for row in table.rows for text in row.values()
    ]

    assert [text for text in cells if not text.strip()] == []


@pytest.mark.parametrize("kind", sorted(REFUSED_TYPES))
def test_3_a_type_that_tells_of_a_person_is_refused_with_the_reason(kind: str) -> None:
    with pytest.raises(FormError, match=f"row 7: type '{kind}' is refused: it .*Remove the question"):
        check_type(kind, 7)


@pytest.mark.parametrize("kind", ["text", "date", "rank x", "begin_repeat", "select_one_external x", "hidden"])
def test_3_a_type_that_our_forms_do_not_have_is_refused(kind: str) -> None:
    with pytest.raises(FormError, match="is not one that our forms have"):
        check_type(kind, 7)


class Recording(StrEnum):
    """A type that somebody may add one day."""

    AUDIO = "audio"
    is_select = nonmember(False)


def test_3_a_questionnaire_with_such_a_type_never_becomes_a_sheet(questionnaire: Questionnaire) -> None:
    recorded = replace(questionnaire.head[0], type=Recording.AUDIO)  # type: ignore[arg-type]

    with pytest.raises(FormError, match="survey, row 2: type 'audio' is refused: it records people"):
        sheets(replace(questionnaire, head=(recorded,)))


def test_4_form_version_and_catalogue_travel_in_hidden_lines(rows: Sheets) -> None:
    hidden = {row["name"]: row for row in rows.survey.rows if row["name"].startswith("fv_")}

    assert {name: (row["type"], row["calculation"]) for name, row in hidden.items()} == {
        "fv_form": ("calculate", "'demo_site_ki'"),
        "fv_version": ("calculate", "'v1'"),
        "fv_catalogue": ("calculate", f"'{load().version}'"),
    }


def test_4_the_name_of_a_submission_is_left_to_the_phone(rows: Sheets) -> None:
    assert "instance_name" not in rows.settings.header
    assert rows.settings.rows[0]["style"] == "pages"


def test_5_the_recipe_is_readable_and_survives_its_file(mapping: FormMapping) -> None:
    assert list(check(mapping)) == []
    assert load_mapping(dump(mapping)) == mapping


def test_5_every_path_of_the_recipe_is_in_the_form(mapping: FormMapping, rows: Sheets) -> None:
    stack: list[str] = []
    in_form = set()
    for row in rows.survey.rows:
        if row["type"] == "begin_group":
            stack.append(row["name"])
        elif row["type"] == "end_group":
            stack.pop()
        else:
            in_form.add("/".join([*stack, row["name"]]))

    assert set(paths(mapping)) - in_form == set()


def test_5_every_question_with_an_answer_worth_keeping_is_read(
    mapping: FormMapping, questionnaire: Questionnaire
) -> None:
    unread = {name for name, path in questionnaire.paths.items() if path not in set(paths(mapping))}

    # Notes, and the start of the clock, which is never sent.
    assert unread == {"t0", "saf_stop", "con_script", "con_end", "dis_guide", "dis_guide_end", "clo_code_note"}


def test_5_the_gate_is_safety_then_understanding_then_consent(mapping: FormMapping) -> None:
    assert [(step.path, step.value, step.otherwise) for step in mapping.gate] == [
        ("safety/saf_trained", "yes", "stopped_safety"),
        ("safety/saf_card", "yes", "stopped_safety"),
        ("safety/saf_private", "yes", "stopped_safety"),
        ("safety/saf_adult", "yes", "stopped_safety"),
        ("safety/saf_role", "yes", "stopped_safety"),
        ("consent/con_understood", "yes", "not_understood"),
        ("consent/con_given", "yes", "refused"),
    ]


def test_5_a_rule_says_all_that_the_store_keeps_of_an_indicator(mapping: FormMapping) -> None:
    rule = next(found for found in mapping.rules if found.indicator == "CTE-COM-007")

    assert (rule.response, rule.level, rule.theme, rule.unit) == ("select_multiple", "community", "risk_factor", "site")
    assert (rule.recall, rule.sensitivity, rule.section, rule.max_select) == ("none", 3, "community", 5)
    assert rule.codes["dk"] == "dk"
    assert tuple(rule.codes) == load().choice_list("risk_group").names
    assert rule.exclusive == ("none", "dk", "pna")


def test_5_a_number_has_the_bounds_of_the_form(mapping: FormMapping) -> None:
    rule = next(found for found in mapping.rules if found.indicator == "CTE-COM-003")

    assert (rule.codes, rule.minimum, rule.maximum) == ({}, 0, 9_999_999)


def test_5_the_recipe_knows_when_a_question_was_not_asked(mapping: FormMapping) -> None:
    rule = next(found for found in mapping.rules if found.indicator == "CTE-COM-014")
    earlier = next(found for found in mapping.rules if found.indicator == "CTE-COM-012")

    assert rule.asked_if == (
        AskedIf("context/ctx_ki_group", ("economy", "authority")),
        AskedIf(earlier.path, ("none", "dk", "pna")),
    )


def test_5_conditions_of_form_and_recipe_are_the_same(mapping: FormMapping, rows: Sheets) -> None:
    relevant = {row["name"]: row.get("relevant", "") for row in rows.survey.rows}
    in_form = {name: set(re.findall(r"'(\w+)'", text)) for name, text in relevant.items() if name.startswith("cte_")}
    in_recipe = {
        rule.path.rpartition("/")[2]: {code for condition in rule.asked_if for code in condition.none_of}
        for rule in mapping.rules
    }

    assert in_form == in_recipe


def test_5_evidence_belongs_to_its_section_and_limits_to_the_interview(mapping: FormMapping) -> None:
    about = [(found.kind, found.section, found.multiple) for found in mapping.about]

    assert about[:2] == [("basis", "community", True), ("confidence", "community", False)]
    assert about[-1] == ("limitation", "", True)
    assert len(about) == 9


def test_5_the_kind_of_respondent_fixes_the_method(mapping: FormMapping) -> None:
    assert (mapping.fixed_method, mapping.interview.method) == ("ki", None)
