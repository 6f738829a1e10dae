# ruff: noqa: E501 - a table of a form is read as it stands
"""Forms with one mistake each, none of which pyxform or ODK Validate sees: the exact code and cell are told.

1. logic   2. choices   3. workbook   4. texts   5. files   6. servers   7. structure
"""

import pytest
from form_tables import YES_NO, checked, told

from forms.checks.report import Report

HEAD = """
| settings | form_title | form_id |
|          | T          | t       |
"""


def lint(table: str, **media: str) -> Report:
    return checked(table + HEAD, **media)


def found(table: str, **media: str) -> list[tuple[str, str]]:
    """Without consent, which these small forms need not ask for."""
    return [one for one in told(lint(table, **media)) if one[0] != "no-consent"]


# 1 ---- logic -------------------------------------------------------------------------------------------------------


SURVEY = "| survey |\n| | type | name | label | relevant | constraint |\n"


def test_a_path_to_a_question_that_is_not_there() -> None:
    form = SURVEY + "| | integer | wells | Wells | | |\n| | text | why | Why? | /data/well > 3 | |"

    assert found(form) == [("missing-path", "survey!D3")]


def test_a_relative_path_that_leaves_its_group() -> None:
    form = (
        SURVEY
        + """
| | begin_group | place | Place | | |
| | integer     | wells | Wells | | |
| | text        | why   | Why?  | ../../place/well > 3 | |
| | end_group   |       |       | | |
"""
    )

    assert found(form) == [("missing-path", "survey!D4")]


def test_relevance_on_a_choice_that_does_not_exist() -> None:
    form = SURVEY + "| | select_one yn | safe | Safe? | | |\n| | text | why | Why? | ${safe} = 'nope' | |"

    assert found(form + YES_NO) == [("unknown-choice", "survey!D3")]


def test_the_right_code_is_suggested() -> None:
    form = SURVEY + "| | select_one yn | safe | Safe? | | |\n| | text | why | Why? | selected(${safe}, 'Yes') | |"

    finding = lint(form + YES_NO).errors[0]

    assert (finding.place.cell, finding.advice) == ("survey!D3", "Write 'yes', if that is meant")


def test_an_empty_range_of_numbers() -> None:
    form = SURVEY + "| | integer | wells | Wells | | . > 10 and . < 5 |"

    assert found(form) == [("unsatisfiable", "survey!E2")]


def test_a_whole_number_between_two_neighbours() -> None:
    form = SURVEY + "| | integer | wells | Wells | | . > 4 and . < 5 |"

    assert found(form) == [("unsatisfiable", "survey!E2")]


def test_a_text_that_must_be_longer_than_it_may_be() -> None:
    form = SURVEY + "| | text | why | Why? | | string-length(.) > 20 and string-length(.) < 10 |"

    assert found(form) == [("unsatisfiable", "survey!E2")]


def test_more_answers_than_the_list_has() -> None:
    form = SURVEY + "| | select_multiple yn | safe | Safe? | | count-selected(.) >= 3 |"

    assert found(form + YES_NO) == [("unsatisfiable", "survey!E2")]


def test_dates_that_exclude_each_other() -> None:
    form = SURVEY + "| | date | day | Day | | . > date('2025-06-01') and . < date('2025-01-01') |"

    assert found(form) == [("unsatisfiable", "survey!E2")]


def test_a_number_compared_with_letters() -> None:
    form = SURVEY + "| | integer | wells | Wells | | . > 'x' |"

    assert found(form) == [("type-mismatch", "survey!E2")]


def test_a_date_compared_with_a_text() -> None:
    form = SURVEY + "| | date | day | Day | | . >= '2025-01-01' |"

    assert found(form) == [("type-mismatch", "survey!E2")]


def test_a_condition_that_two_answers_at_once_would_have_to_meet() -> None:
    form = SURVEY + "| | select_one yn | safe | Safe? | | |\n| | text | why | Why? | ${safe}='yes' and ${safe}='no' | |"

    assert found(form + YES_NO) == [("never-relevant", "survey!D3")]


def test_a_regular_expression_that_cannot_be_read() -> None:
    form = SURVEY + "| | text | code | Code | | regex(., '[A-Z{3}') |"

    assert found(form) == [("bad-regex", "survey!E2")]


def test_the_question_itself_in_its_constraint() -> None:
    form = SURVEY + "| | integer | wells | Wells | | ${wells} >= 0 |"

    assert found(form) == [("self-in-constraint", "survey!E2")]


def test_the_question_itself_in_its_condition() -> None:
    form = SURVEY + "| | integer | wells | Wells | ${wells} > 0 | |"

    assert found(form) == [("self-reference", "survey!D2")]


def test_a_name_without_its_sign() -> None:
    form = SURVEY + "| | integer | wells | Wells | | |\n| | text | why | Why? | wells > 3 | |"

    assert found(form) == [("bare-name", "survey!D3")]


def test_a_misspelt_answer_to_required() -> None:
    form = "| survey |\n| | type | name | label | required |\n| | integer | wells | Wells | yess |"

    assert found(form) == [("bare-name", "survey!D2")]


def test_a_name_that_no_question_has() -> None:
    form = SURVEY + "| | integer | wells | Wells | | |\n| | text | why | Why? | ${welss} > 3 | |"

    assert found(form) == [("unknown-name", "survey!D3")]


def test_brackets_that_do_not_match() -> None:
    form = SURVEY + "| | integer | wells | Wells | | |\n| | text | why | Why? | (${wells} > 3 | |"

    assert found(form) == [("bad-expression", "survey!D3")]


def test_a_function_that_does_not_exist_and_one_with_too_few_arguments() -> None:
    form = (
        SURVEY
        + "| | text | a | A | | |\n| | text | b | B | lenght(${a}) > 3 | |\n| | text | c | C | selected(${a}) | |"
    )

    assert found(form) == [("unknown-function", "survey!D3"), ("wrong-arguments", "survey!D4")]


def test_an_answer_in_a_repeat_used_from_outside() -> None:
    form = (
        SURVEY
        + """
| | begin_repeat | visit | Visit | | |
| | integer      | hours | Hours | | |
| | end_repeat   |       |       | | |
| | text         | why   | Why?  | ${hours} > 3 | |
"""
    )

    assert found(form) == [("repeat-from-outside", "survey!D5")]


def test_an_instance_that_is_no_list() -> None:
    form = (
        "| survey |\n| | type | name | label | calculation |\n| | calculate | n | | count(instance('yno')/root/item) |"
    )
    used = "\n| | select_one yn | safe | Safe? | |"

    assert found(form + used + YES_NO) == [("unknown-instance", "survey!D2")]


def test_an_index_into_what_is_no_repeat() -> None:
    form = """
| survey |
| | type         | name  | label | calculation |
| | begin_repeat | visit | Visit | |
| | begin_group  | times | Times | |
| | integer      | hours | Hours | |
| | end_group    |       |       | |
| | end_repeat   |       |       | |
| | calculate    | first |       | indexed-repeat(${hours}, ${times}, 1) |
"""

    assert found(form) == [("not-a-repeat", "survey!D7")]


# 2 ---- choices -----------------------------------------------------------------------------------------------------

CASCADE = """
| survey |
| | type | name | label | choice_filter |
| | select_one region | region | Region | |
| | select_one town | town | Town | FILTER |
| choices |
| | list_name | name | label | region |
| | region | north | North | |
| | region | south | South | |
| | town | a | Aville | north |
| | town | b | Beton | PARENT |
"""


def test_a_filter_on_a_column_that_does_not_exist() -> None:
    form = CASCADE.replace("FILTER", "regoin = ${region}").replace("PARENT", "south")

    assert found(form) == [("unknown-filter-column", "survey!D3")]


def test_a_choice_that_no_filter_lets_through() -> None:
    form = CASCADE.replace("FILTER", "region = ${region}").replace("PARENT", "soutH")

    assert found(form) == [("unreachable-choice", "choices!D5")]


def test_two_choices_that_read_the_same() -> None:
    form = CASCADE.replace("| FILTER |", "| |").replace("Beton", "Aville").replace("PARENT", "south")

    assert found(form) == [("duplicate-label", "choices!C4")]


def test_a_list_that_is_not_there_is_told_once() -> None:
    form = "| survey |\n| | type | name | label |\n| | select_one yesno | safe | Safe? |"

    assert found(form + YES_NO) == [("unknown-list", "survey!A2")]


def test_a_code_that_stands_twice_and_one_with_a_space() -> None:
    form = "| survey |\n| | type | name | label |\n| | select_multiple w | why | Why? |\n"
    lists = "| choices |\n| | list_name | name | label |\n| | w | a | A |\n| | w | a | B |\n| | w | c d | C |\n"

    assert found(form + lists) == [("duplicate-choice", "choices!B3"), ("code-with-space", "choices!B4")]


def test_a_filter_that_waits_for_a_code_which_does_not_exist() -> None:
    form = CASCADE.replace("FILTER", "${region} = 'nroth' or region = ${region}").replace("PARENT", "south")

    assert found(form) == [("unknown-choice", "survey!D3")]


# 3 ---- workbook ----------------------------------------------------------------------------------------------------


def test_a_misspelt_column() -> None:
    form = "| survey |\n| | type | name | label | relevent |\n| | integer | a | A | |\n| | text | b | B | ${a} > 3 |"

    assert found(form) == [("misspelt-column", "survey!D1")]


def test_a_setting_that_nobody_knows() -> None:
    form = "| survey |\n| | type | name | label |\n| | integer | a | A |\n| settings |\n| | form_titel | form_id |\n| | T | t |"

    assert [one for one in told(checked(form)) if one[0] != "no-consent"] == [("misspelt-setting", "settings!A1")]


def test_a_control_character_in_a_label() -> None:
    form = "| survey |\n| | type | name | label |\n| | integer | a | A_x000B_b |"

    assert found(form) == [("control-character", "survey!C2")]


def test_an_invisible_character_in_a_code() -> None:
    form = SURVEY + "| | select_one yn | safe | Safe? | | |"

    assert found(form + YES_NO.replace("| yes ", "| yes\u200b ")) == [("invisible-character", "choices!B2")]


def test_a_prefix_that_nobody_declares() -> None:
    form = "| survey |\n| | type | name | label | bind::ctie:pii |\n| | integer | a | A | none |"

    assert found(form) == [("undeclared-prefix", "survey!D1")]


def test_two_columns_with_one_header() -> None:
    form = "| survey |\n| | type | name | label | label |\n| | integer | a | A | B |"

    assert found(form) == [("duplicate-column", "survey!D1")]


# 4 ---- texts -------------------------------------------------------------------------------------------------------

TWO_LANGUAGES = """
| survey |
| | type | name | label::English (en) | label::Français (fr) |
| | integer | wells | Wells | Puits |
| | note | sum | There are ${wells}. | FRENCH |
"""


def test_a_translation_that_is_blank() -> None:
    assert found(TWO_LANGUAGES.replace("FRENCH", "")) == [("blank-translation", "survey!D3")]


def test_a_translation_that_shows_another_answer() -> None:
    assert found(TWO_LANGUAGES.replace("FRENCH", "Il y en a.")) == [("placeholders-differ", "survey!D3")]


def test_one_language_spelt_in_two_ways() -> None:
    form = TWO_LANGUAGES.replace("FRENCH", "Il y en a ${wells}.") + YES_NO.replace("label", "label::English(en)")

    assert ("similar-languages", "choices!C1") in found(form)


def test_a_default_language_without_a_column() -> None:
    form = TWO_LANGUAGES.replace("FRENCH", "Il y en a ${wells}.")
    settings = "| settings |\n| | form_title | form_id | default_language |\n| | T | t | French (fr) |"

    assert [one for one in told(checked(form + settings)) if one[0] != "no-consent"] == [
        ("missing-language", "settings!C2")
    ]


# 5 ---- files -------------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there() -> None:
    form = "| survey |\n| | type | name | label |\n| | select_one_from_file areas.csv | area | Area |"

    assert found(form) == [("missing-file", "survey!A2")]


def test_a_column_that_the_file_of_choices_does_not_have() -> None:
    form = """
| survey |
| | type | name | label | parameters |
| | select_one_from_file areas.csv | area | Area | value=pcode label=name_en |
"""

    assert found(form, areas="pcode,name\nA1,Aville\n") == [("missing-file-column", "survey!D2")]


def test_a_column_that_pulldata_does_not_find() -> None:
    form = """
| survey |
| | type | name | label | calculation |
| | text | area | Area | |
| | calculate | pop | | pulldata('areas', 'people', 'pcode', ${area}) |
"""

    assert found(form, areas="pcode,name\nA1,Aville\n") == [("missing-file-column", "survey!D3")]


def test_a_file_that_is_no_csv() -> None:
    form = "| survey |\n| | type | name | label |\n| | select_one_from_file areas.csv | area | Area |"

    assert found(form, areas="name;label\nA1;Aville\n") == [("bad-file", "survey!A2")]


# 6 ---- servers -----------------------------------------------------------------------------------------------------


def test_a_column_that_kobotoolbox_takes_for_a_language() -> None:
    form = "| survey |\n| | type | name | label | ctie:code |\n| | integer | a | A | x |"

    assert found(form) == [("kobo-language", "survey!D1")]


def test_a_path_from_the_root_which_has_another_name_on_kobotoolbox() -> None:
    form = SURVEY + "| | integer | wells | Wells | | |\n| | text | why | Why? | /data/wells > 3 | |"

    assert found(form) == [("absolute-path", "survey!D3")]


def test_one_name_in_two_groups() -> None:
    form = """
| survey |
| | type | name | label |
| | begin_group | a | A |
| | integer | wells | Wells |
| | end_group | | |
| | begin_group | b | B |
| | integer | wells | Wells |
| | end_group | | |
"""

    assert found(form) == [("duplicate-name", "survey!B6")]


def test_a_repeat_inside_a_repeat() -> None:
    form = """
| survey |
| | type | name | label |
| | begin_repeat | a | A |
| | begin_repeat | b | B |
| | integer | wells | Wells |
| | end_repeat | | |
| | end_repeat | | |
"""

    assert found(form) == [("nested-repeat", "survey!A3")]


# 7 ---- structure ---------------------------------------------------------------------------------------------------


def test_two_triggers_on_one_question() -> None:
    form = """
| survey |
| | type | name | label | trigger | calculation |
| | integer | a | A | | |
| | integer | b | B | | |
| | calculate | c | | ${a}, ${b} | now() |
"""

    assert found(form) == [("two-triggers", "survey!D4")]


def test_a_note_that_must_be_answered() -> None:
    form = "| survey |\n| | type | name | label | required |\n| | note | a | A | yes |\n| | integer | b | B | |"

    assert found(form) == [("required-note", "survey!D2")]


def default(kind: str, text: str) -> list[tuple[str, str]]:
    form = f"| survey |\n| | type | name | label | default |\n| | {kind} | a | A | {text} |"
    return found(form + YES_NO)


def test_defaults_that_do_not_fit_their_type() -> None:
    wrong = [("bad-default", "survey!D2")]

    assert default("integer", "many") == wrong
    assert default("date", "2025-02-30") == wrong
    assert default("date", "31/01/2025") == wrong
    assert default("select_one yn", "maybe") == wrong
    assert default("select_multiple yn", "yes maybe") == wrong
    assert default("time", "25:00") == wrong


def test_a_type_that_does_not_exist_is_told_once_with_the_one_that_is_meant() -> None:
    report = lint("| survey |\n| | type | name | label |\n| | intger | a | A |")

    assert [(str(one.code), one.place.cell) for one in report.errors] == [("unknown-type", "survey!A2")]
    assert "integer" in report.errors[0].advice


def test_what_only_pyxform_sees_comes_with_its_row() -> None:
    form = "| survey |\n| | type | name | label |\n| | begin_group | a | A |\n| | integer | b | B |"

    assert [one[0] for one in found(form)] == ["pyxform"]


def test_rows_below_a_long_gap_are_never_read() -> None:
    form = "| survey |\n| | type | name | label |\n| | integer | a | A |" + "\n| |" * 61 + "\n| | integer | b | B |"

    assert ("gap-in-rows", "survey!64") in found(form)


def test_cells_below_no_header() -> None:
    form = "| survey |\n| | type | name | label |\n| | integer | a | A | 5 |"

    assert found(form) == [("headless-column", "survey!D2")]


def test_a_second_row_of_settings() -> None:
    form = "| survey |\n| | type | name | label |\n| | integer | a | A |"

    assert [one for one in told(checked(form + HEAD + "| | U | u |")) if one[0] != "no-consent"] == [
        ("second-settings-row", "settings!3")
    ]


def test_a_question_with_nothing_to_read() -> None:
    assert ("no-label", "survey!B2") in found("| survey |\n| | type | name | label |\n| | integer | a | |")


def test_a_group_with_nothing_in_it() -> None:
    form = SURVEY + "| | begin_group | g | G | | |\n| | end_group | | | | |\n| | integer | a | A | | |"

    assert found(form) == [("empty-group", "survey!B2")]


def test_a_message_without_its_rule() -> None:
    form = "| survey |\n| | type | name | label | constraint_message |\n| | integer | a | A | Less! |"

    assert found(form) == [("idle-message", "survey!D2")]


def test_a_range_of_one_number() -> None:
    form = "| survey |\n| | type | name | label | parameters |\n| | range | a | A | start=5 end=5 step=1 |"

    assert ("bad-range", "survey!D2") in found(form)


def test_a_name_that_two_questions_have_in_an_expression() -> None:
    form = (
        SURVEY
        + "| | begin_group | g | G | | |\n| | integer | a | A | | |\n| | end_group | | | | |\n| | integer | a | A | | |\n"
        + "| | text | b | B | ${a} > 3 | |"
    )

    assert ("ambiguous-name", "survey!D6") in found(form)


def test_codes_of_a_file_that_stand_twice_or_are_blank() -> None:
    form = "| survey |\n| | type | name | label |\n| | select_one_from_file areas.csv | area | Area |"

    assert found(form, areas="name,label\nA,One\nA,Two\n") == [("duplicate-file-code", "survey!A2")]
    assert found(form, areas="name,label\n,One\nB,Two\n") == [("blank-file-code", "survey!A2")]


def test_names_that_servers_use_and_names_that_exports_break() -> None:
    assert found("| survey |\n| | type | name | label |\n| | integer | __version__ | A |") == [
        ("reserved-name", "survey!B2")
    ]
    assert found("| survey |\n| | type | name | label |\n| | integer | año | A |") == [("not-ascii-name", "survey!B2")]


@pytest.mark.parametrize(
    "name",
    [
        *("_attachments", "_geolocation", "_id", "_status", "_submission_time", "_submitted_by", "_uuid"),
        *("_validation_status", "_xform_id_string", "meta", "formhub"),
    ],
)
def test_a_question_is_not_called_like_what_kobo_writes_into_every_row(name: str) -> None:
    """An answer would stand where the server's own word stands: the review, the time, who sent it."""
    form = f"| survey |\n| | type | name | label |\n| | integer | {name} | A |"

    assert ("reserved-name", "survey!B2") in found(form)


def test_what_is_only_good_to_know_is_a_note() -> None:
    form = "| survey |\n| | type | name | label::Klingon | our_own |\n| | integer | a | A | x |\n"
    settings = "| settings |\n| | form_title | colour |\n| | T | red |"

    notes = {str(one.code) for one in checked(form + settings).notes}

    assert notes == {"language-code", "unknown-column", "unknown-setting", "no-form-id"}
