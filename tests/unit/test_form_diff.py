"""Two forms side by side: every kind of change is found once, with its grade.

1. The same form has no difference; spaces in a rule and another spelling of a language are none.
2. What ends a series of answers or lets answers be read wrongly is breaking.
3. What may colour answers is for review; the rest is harmless.
4. A declared rename is one change, also inside rules, lists and repeats.
5. The gate is never merely reviewed.
6. (the properties of all of this)
7. A reader sees old and new, and where each stands.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_form import MAPPING

from forms.build import build
from forms.catalogue import load
from forms.checks.survey import Survey, understand
from forms.checks.workbook import workbook_of
from forms.demo import brief
from forms.diff import Aliases, Change, Grade, Kind, Stakes, compare, stakes, twins
from forms.sheets import Table, read_tables
from mappings.areas import demo as dorvania

SURVEY = """
| type             | name      | label::English (en) | label::French (fr) | relevant                    | constraint |
| select_one yn    | con_given | May I go on?        | Puis-je continuer? |                             |            |
| begin group      | work      | Work                | Travail            | ${con_given} = 'yes'        |            |
| select_one kinds | offers    | Which offers?       | Quelles offres?    |                             |            |
| integer          | people    | How many?           | Combien?           | ${offers} != 'none'         | . >= 0     |
| end group        |           |                     |                    |                             |            |
| begin repeat     | member    | Member              | Membre             |                             |            |
| integer          | age       | Age                 | Âge                |                             |            |
| end repeat       |           |                     |                    |                             |            |
"""
CHOICES = """
| list_name | name  | label::English (en) | label::French (fr) |
| yn        | yes   | Yes                 | Oui                |
| yn        | no    | No                  | Non                |
| kinds     | farm  | Farm work           | Travail agricole   |
| kinds     | house | House work          | Travail domestique |
| kinds     | none  | None                | Aucune             |
"""
READ = Stakes(frozenset({"con_given", "offers", "people", "age"}), gate=frozenset({"con_given"}))


def form(
    survey: str = SURVEY, choices: str = CHOICES, version: str = "1", media: Mapping[str, bytes] | None = None
) -> Survey:
    settings = Table(("form_id", "version", "default_language"), [
        {"form_id": "f", "version": version, "default_language": "English (en)"}
    ])  # fmt: skip
    tables = {"survey": _table(survey), "choices": _table(choices), "settings": settings}
    return understand(workbook_of(f"v{version}", tables, media or {}), {})


def _table(markdown: str) -> Table:
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in markdown.strip().splitlines()]
    header, *body = lines
    return Table(header, [{title: cell for title, cell in zip(header, row, strict=False) if cell} for row in body])


def changed(survey: str = SURVEY, choices: str = CHOICES, aliases: Aliases | None = None) -> list[Change]:
    new = form(survey, choices, version="2")
    return list(compare(form(), new, aliases=aliases or Aliases(), stakes=READ).changes)


def told(changes: list[Change]) -> set[tuple[str, str, str]]:
    return {(one.kind.value, one.subject, one.grade.value) for one in changes}


# ---- 1 ---------------------------------------------------------------------------------------------------------------


def test_the_same_form_under_another_version_has_no_difference() -> None:
    assert changed() == []


def test_the_core_form_has_no_difference_to_itself_read_back_from_its_workbook() -> None:
    built = build(brief(), load(), dorvania.load())
    tables = {name: Table(list(rows[0]), rows) for name, rows in read_tables(built.xlsx, "form.xlsx").items()}
    one = understand(workbook_of("a", {name: _plain(table) for name, table in tables.items()}, built.media), {})

    found = compare(one, one, stakes=stakes(one, mapping=built.mapping, catalogue=load()))

    assert found.changes == ()


def _plain(table: Table) -> Table:
    header = list(dict.fromkeys(key for row in table.rows for key in row if key))
    return Table(header, [{key: text for key, text in row.items() if key and text} for row in table.rows])


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("${con_given} = 'yes'", "${con_given}='yes'"),
        ("${offers} != 'none'", "  ${ offers }   !=  'none'"),
        ("label::French (fr)", "label::Français (fr)"),
    ],
)
def test_another_spelling_of_the_same_is_no_difference(was: str, is_now: str) -> None:
    assert changed(SURVEY.replace(was, is_now)) == []


def test_spaces_inside_a_quoted_answer_do_count() -> None:
    new = SURVEY.replace("!= 'none'", "!= 'no ne'")

    assert told(changed(new)) == {("relevant", "people", "review")}


# ---- 2 and 3 ---------------------------------------------------------------------------------------------------------


def _without(line: str, text: str = SURVEY) -> str:
    return "\n".join(one for one in text.strip().splitlines() if line not in one)


@pytest.mark.parametrize(
    ("survey", "expected"),
    [
        (_without("| people"), {("question_removed", "people", "breaking")}),
        (SURVEY.replace("| integer          | people", "| text | people"), {("type", "people", "breaking")}),
        (SURVEY.replace("select_one kinds", "select_multiple kinds"), {("type", "offers", "breaking")}),
        (SURVEY.replace("begin repeat", "begin group").replace("end repeat", "end group"),
         {("repeat", "member", "breaking"), ("repeat", "age", "breaking")}),
        (SURVEY.replace("How many?", "How many people?"), {("label", "people", "review")}),
        (SURVEY.replace("How many?", "How many"), {("label", "people", "harmless")}),
        (SURVEY.replace("| Work ", "| Jobs "), {("label", "work", "harmless")}),
        (SURVEY.replace(". >= 0", ". >= 1"), {("constraint", "people", "review")}),
        (SURVEY.replace("${offers} != 'none'", ""), {("relevant", "people", "review")}),
        (SURVEY + "| text | extra | More | Plus | | |\n", {("question_added", "extra", "review")}),
        (SURVEY + "| note | bye | Bye | Au revoir | | |\n", {("question_added", "bye", "harmless")}),
        (SURVEY.replace("| constraint |", "| appearance |").replace(". >= 0     |", "w1 |"),
         {("constraint", "people", "review"), ("appearance", "people", "harmless")}),
    ],
)  # fmt: skip
def test_a_change_of_a_question_has_its_grade(survey: str, expected: set[tuple[str, str, str]]) -> None:
    assert told(changed(survey)) == expected


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (_without("| farm", CHOICES), {("choice_removed", "kinds:farm", "breaking")}),
        (CHOICES + "| kinds | sea | Sea work | Mer |\n", {("choice_added", "kinds:sea", "review")}),
        (CHOICES.replace("Farm work", "Field work"), {("choice_label", "kinds:farm", "review")}),
        (CHOICES.replace("Farm work", "FARM WORK"), {("choice_label", "kinds:farm", "harmless")}),
        ("\n".join([*CHOICES.strip().splitlines()[:3], *reversed(CHOICES.strip().splitlines()[3:])]),
         {("choice_order", "kinds", "harmless")}),
    ],
)  # fmt: skip
def test_a_change_of_a_choice_has_its_grade(choices: str, expected: set[tuple[str, str, str]]) -> None:
    assert told(changed(choices=choices)) == expected


def test_a_question_asked_at_another_place_is_for_review() -> None:
    lines = SURVEY.strip().splitlines()
    lines[3], lines[4] = lines[4], lines[3]

    assert [one.kind for one in changed("\n".join(lines))] == [Kind.ORDER]


def test_a_question_in_another_group_keeps_its_answers() -> None:
    assert ("group", "people", "harmless") in told(changed(SURVEY.replace("| work ", "| jobs ")))


def test_a_question_moved_into_a_repeat_is_breaking() -> None:
    lines = SURVEY.strip().splitlines()
    lines.insert(6, lines.pop(4))

    assert ("repeat", "people", "breaking") in told(changed("\n".join(lines)))


def test_what_nobody_reads_is_reviewed_when_it_goes() -> None:
    new = form(_without("| age"), version="2")

    found = compare(form(), new, stakes=Stakes(frozenset({"offers"})))

    assert ("question_removed", "age", "review") in told(list(found.changes))


def test_choices_of_places_and_staff_may_change() -> None:
    new = form(choices=_without("| farm", CHOICES), version="2")

    found = compare(form(), new, stakes=Stakes(None, local=frozenset({"offers"})))

    assert {one.grade for one in found.changes} == {Grade.HARMLESS}


@pytest.mark.parametrize(
    ("was", "is_now", "told_as"),
    [
        ("", ". >= 0", "constraint is new"),
        (". >= 0", "", "constraint is gone"),
        (". >= 0", ". >= 1", "constraint is another"),
    ],
)
def test_a_rule_that_comes_goes_or_changes_is_told_so(was: str, is_now: str, told_as: str) -> None:
    old, new = form(SURVEY.replace(". >= 0", was)), form(SURVEY.replace(". >= 0", is_now), version="2")

    (change,) = compare(old, new, stakes=READ).changes

    assert (change.subject, str(change.what)) == ("people", told_as)


def test_a_mapping_tells_which_questions_are_places_staff_and_gate() -> None:
    found = stakes(form(), mapping=MAPPING)

    assert found.local == {"enum", "org", "adm1", "adm2", "adm3", "site"}
    assert {"given", "private"} <= found.gate
    assert {"people", "how_often"} <= (found.read or set())


def test_a_setting_that_comes_or_goes_is_told() -> None:
    plain, other = form(version="2"), form(version="2")
    other = replace(other, settings={**other.settings, "style": "pages"})

    assert told(list(compare(form(), other).changes)) == {("setting", "style", "harmless")}
    assert ("setting", "style", "harmless") in told(list(compare(other, plain).changes))


def test_a_form_with_other_content_and_the_same_version_is_breaking() -> None:
    found = compare(form(), form(SURVEY.replace("How many?", "How much?")))

    assert [one.kind for one in found.breaking] == [Kind.VERSION_KEPT]


def test_a_language_that_goes_is_for_review_and_a_new_one_is_not() -> None:
    new = form(SURVEY.replace("French (fr)", "Arabic (ar)"), CHOICES.replace("French (fr)", "Arabic (ar)"), version="2")

    found = told(list(compare(form(), new).changes))

    assert ("language_removed", "French (fr)", "review") in found
    assert ("language_added", "Arabic (ar)", "harmless") in found


@pytest.mark.parametrize(
    ("content", "grade", "what"),
    [
        (b"name,label\na,A\nb,B\nc,C\n", Grade.HARMLESS, "1 rows are new, 0 are gone"),
        (b"name,label\na,A\n", Grade.REVIEW, "0 rows are new, 1 are gone"),
        (b"name\na\nb\n", Grade.BREAKING, "the columns are gone: label"),
    ],
)
def test_a_file_beside_the_form_is_compared_by_its_codes(content: bytes, grade: Grade, what: str) -> None:
    old, new = form(media={"x.csv": b"name,label\na,A\nb,B\n"}), form(version="2", media={"x.csv": content})

    [change] = compare(old, new).changes

    assert (change.grade, change.what) == (grade, what)


def test_labels_that_slipped_to_another_code_are_breaking() -> None:
    slipped = CHOICES.replace("farm  | Farm work ", "farm  | House work").replace(
        "house | House work", "house | Farm work "
    )

    found = changed(choices=slipped)

    assert told(found) == {("choice_meaning", "kinds:farm", "breaking"), ("choice_meaning", "kinds:house", "breaking")}
    assert str(found[0].what) == "its label is the one that house had (en)"


def test_a_label_that_slips_in_one_language_only_is_breaking_too() -> None:
    found = changed(choices=CHOICES.replace("Travail agricole  ", "Travail domestique"))

    assert told(found) == {("choice_meaning", "kinds:farm", "breaking")}


def test_questions_that_ask_what_another_asked_are_breaking() -> None:
    slipped = SURVEY.replace("people    | How many?", "people    | Age      ").replace(
        "age       | Age      ", "age       | How many?"
    )

    assert told(changed(slipped)) == {("meaning", "people", "breaking"), ("meaning", "age", "breaking")}


def test_a_question_may_be_worded_like_one_that_keeps_its_words() -> None:
    assert told(changed(SURVEY.replace("people    | How many?", "people    | Age      "))) == {
        ("label", "people", "review")
    }


# ---- 4 ---------------------------------------------------------------------------------------------------------------


def test_a_rename_that_is_declared_is_one_change_also_inside_rules() -> None:
    renamed = SURVEY.replace("| offers ", "| offered ").replace("${offers}", "${offered}")

    found = changed(renamed, aliases=Aliases({"offers": "offered"}))

    assert told(found) == {("question_renamed", "offers", "review")}


def test_a_rename_inside_a_repeat_is_found_too() -> None:
    found = changed(SURVEY.replace("| age ", "| years "), aliases=Aliases({"age": "years"}))

    assert told(found) == {("question_renamed", "age", "review")}


def test_a_rename_that_nobody_declared_is_suggested() -> None:
    new = form(SURVEY.replace("| age ", "| years "), version="2")

    assert twins(form(), new) == {"age": "years"}
    assert any("years looks the same" in one.what for one in compare(form(), new).changes)


def test_a_renamed_choice_goes_on() -> None:
    found = changed(choices=CHOICES.replace("farm", "field"), aliases=Aliases({}, {"kinds": {"farm": "field"}}))

    assert ("choice_renamed", "kinds:farm", "review") in told(found)
    assert all(one.grade is not Grade.BREAKING for one in found)


# ---- 5 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "survey",
    [
        _without("| con_given"),
        SURVEY.replace("${con_given} = 'yes'", ""),
        SURVEY.replace("| select_one yn    | con_given", "| text | con_given"),
        SURVEY.replace("Puis-je continuer? |                             |", "Puis-je continuer? | 1 = 2 |"),
    ],
)
def test_a_change_of_the_gate_is_breaking(survey: str) -> None:
    assert ("gate", "breaking") in {(one.kind.value, one.grade.value) for one in changed(survey)}


def test_other_words_of_consent_are_reviewed() -> None:
    assert told(changed(SURVEY.replace("May I go on?", "Shall I go on?"))) == {("label", "con_given", "review")}


# ---- properties ------------------------------------------------------------------------------------------------------

_ROWS = st.lists(st.sampled_from(SURVEY.strip().splitlines()[1:2] + SURVEY.strip().splitlines()[3:5]), unique=True)


@given(_ROWS, _ROWS)
def test_a_question_is_never_lost_between_two_forms(before: list[str], after: list[str]) -> None:
    header = SURVEY.strip().splitlines()[0]
    old, new = (form("\n".join([header, *rows]), version=one) for one, rows in (("1", before), ("2", after)))

    found = compare(old, new)

    kinds = {(one.kind, one.subject) for one in found.changes}
    gone = {item.name for item in old.items} - {item.name for item in new.items}
    added = {item.name for item in new.items} - {item.name for item in old.items}
    assert gone == {name for kind, name in kinds if kind is Kind.QUESTION_REMOVED}
    assert added == {name for kind, name in kinds if kind is Kind.QUESTION_ADDED}


# ---- 7: what a reader sees -------------------------------------------------------------------------------------------


def lines(survey: str = SURVEY, choices: str = CHOICES) -> str:
    return "\n".join(compare(form(), form(survey, choices, version="2"), stakes=READ).lines())


def test_old_and_new_words_stand_below_the_change() -> None:
    told = lines(SURVEY.replace("How many?", "How many people?"))

    assert "    - How many?\n    + How many people?" in told


def test_old_and_new_rule_stand_below_the_change() -> None:
    told = lines(SURVEY.replace("${offers} != 'none'", ""))

    assert "    - ${offers} != 'none'\n    + (nothing)" in told


def test_of_long_words_the_part_that_differs_is_shown() -> None:
    old = form(SURVEY.replace("How many?", "Please count again. " * 20 + "How many?"))
    new = form(SURVEY.replace("How many?", "Please count again. " * 20 + "How many men?"), version="2")

    (change,) = compare(old, new, stakes=READ).changes

    assert list(change.texts()) == [
        "- …Please count again. Please count again. How many?",
        "+ …Please count again. Please count again. How many men?",
    ]


def test_both_cells_are_named_when_a_row_has_moved() -> None:
    first = "| note | hello | Hello | Salut | | |\n"
    head, row, rest = SURVEY.partition("| integer          | people")
    told = lines((head + first + row + rest).replace("How many?", "How many people?"))

    (line,) = (one for one in told.splitlines() if "has other words" in one)
    new, old = re.findall(r"survey!C(\d+)", line)
    assert int(new) == int(old) + 1
    assert f"survey!C{new} (was survey!C{old})" in line


def test_what_is_gone_is_named_by_its_cell_in_the_old_form() -> None:
    told = lines(_without("| people"))

    assert re.search(r"breaking: survey!\d+ of the old form, people: the question is gone", told)
    assert "    - How many?" in told
    assert "(nothing)" not in told


SCRIPT = """
| type | name       | label::English (en)             | label::French (fr)              |
| note | con_script | It takes about # minutes, at 2. | Cela prend # minutes, à 2 voix. |
"""


def test_minutes_that_are_worked_out_are_no_other_words() -> None:
    before, after = form(SCRIPT.replace("#", "12")), form(SCRIPT.replace("#", "15"), version="2")
    worked_out = replace(READ, computed=frozenset({"con_script"}))

    changes = compare(before, after, stakes=worked_out).changes
    other = compare(before, form(SCRIPT.replace("#", "15 more"), version="2"), stakes=worked_out)

    assert {one.grade for one in changes} == {Grade.HARMLESS}
    assert all("number of minutes" in one.what for one in changes)
    assert {one.grade for one in other.changes} == {Grade.REVIEW}


def test_the_consent_script_of_the_catalogue_tells_such_minutes() -> None:
    built = build(brief(), load(), dorvania.load())
    rows = {name: list(table) for name, table in read_tables(built.xlsx, "form.xlsx").items()}
    tables = {name: _plain(Table(list(table[0]), table)) for name, table in rows.items()}

    assert stakes(understand(workbook_of("a", tables, {}), {}), catalogue=load()).computed == {"con_script"}


def test_a_note_that_is_gone_ends_no_series() -> None:
    old = form(SURVEY + "| note | bye | Bye | Au revoir | | |\n")

    (change,) = compare(old, form(version="2"), stakes=READ).changes

    assert (change.kind.value, change.grade) == ("note_removed", Grade.REVIEW)
