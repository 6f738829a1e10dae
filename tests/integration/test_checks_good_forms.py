# ruff: noqa: E501 - a table of a form is read as it stands
"""Good forms of different make, in which nothing is wrong: a lint with false alarms gets switched off."""

from collections.abc import Iterator

import pytest
from engine_forms import needs_engine
from form_tables import YES_NO, checked

from forms.checks import Gate
from forms.checks.report import Report
from forms.engine import Engine

SETTINGS = """
| settings | form_title | form_id | version |
|          | T          | t       | 1       |
"""
CONSENT = "| | select_one yn | consent | Do you agree to take part? |"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(60) as running:
        yield running


@pytest.fixture(params=["read", pytest.param("filled", marks=needs_engine)])
def gate(request: pytest.FixtureRequest) -> Gate | None:
    """Every form twice: only read, and filled by the engine as well."""
    return Gate(fills=10, engine=request.getfixturevalue("engine")) if request.param == "filled" else None


def clean(report: Report) -> str:
    """Everything that was said, for the message of a failing test."""
    return "\n".join(map(str, report.findings))


def test_repeats_with_a_count_of_their_own_and_sums(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | repeat_count | calculation | constraint | required |
| | select_one yn | consent | Do you agree to take part? | | | | | yes |
| | begin_group | main | Main | ${consent} = 'yes' | | | | |
| | integer | visits | How many visits were there? | | | | . >= 0 and . <= 20 | yes |
| | begin_repeat | visit | Visit | ${visits} > 0 | ${visits} | | | |
| | calculate | number | | | | position(..) | | |
| | integer | hours | Hours of visit ${number} | | | | . >= 0 and . < 24 | |
| | end_repeat | | | | | | | |
| | calculate | total | | | | sum(${hours}) | | |
| | calculate | first | | | | indexed-repeat(${hours}, ${visit}, 1) | | |
| | calculate | busy | | | | count(${visit}[./hours > 5]) | | |
| | calculate | list | | | | join(', ', ${hours}) | | |
| | note | sum | ${total} hours, first ${first}, busy ${busy}: ${list} | ${total} > 0 | | | | |
| | end_group | | | | | | | |
"""
    assert clean(checked(form + YES_NO + SETTINGS, gate=gate)) == ""


def test_a_cascade_of_three_levels_inside_the_form(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | choice_filter | appearance |
| | select_one yn | consent | Do you agree to take part? | | | |
| | select_one adm1 | adm1 | Region | ${consent} = 'yes' | | minimal |
| | select_one adm2 | adm2 | District | ${consent} = 'yes' | adm1 = ${adm1} | minimal |
| | select_one adm3 | adm3 | Village | ${consent} = 'yes' | adm1=${adm1} and adm2=${adm2} | |
| | calculate | shown | | | | |
| choices |
| | list_name | name | label | adm1 | adm2 |
| | yn | yes | Yes | | |
| | yn | no | No | | |
| | adm1 | n | North | | |
| | adm1 | s | South | | |
| | adm2 | n1 | Upper | n | |
| | adm2 | s1 | Lower | s | |
| | adm3 | n11 | Mill | n | n1 |
| | adm3 | s11 | Mill | s | s1 |
""".replace("| | calculate | shown | | | | |\n", "")

    assert clean(checked(form + SETTINGS, gate=gate)) == ""


def test_choices_and_figures_from_files_beside_the_form(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | choice_filter | parameters | calculation |
| | select_one yn | consent | Do you agree to take part? | | | | |
| | select_one_from_file adm2.csv | adm2 | District | ${consent}='yes' | parent='N' | value=pcode label=title | |
| | select_multiple_from_file adm2.csv | others | Other districts | ${consent}='yes' | pcode != ${adm2} | value=pcode label=title | |
| | calculate | people | | | | | pulldata('adm2', 'people', 'pcode', ${adm2}) |
| | calculate | title | | | | | instance('adm2')/root/item[pcode = ${adm2}]/title |
| | calculate | same | | | | | instance('adm2')/root/item[pcode=current()/../adm2]/people |
| | note | told | ${title}: ${people} people (${same}) | ${adm2} = 'N1' | | | |
"""
    adm2 = "pcode,title,parent,people\nN1,Upper,N,20\nN2,Lower,N,30\n"

    assert clean(checked(form + YES_NO + SETTINGS, gate=gate, adm2=adm2)) == ""


def test_several_languages_under_old_and_odd_headers(gate: Gate | None) -> None:
    form = """
| survey |
| | Type | Name | Label::English (en) | label::Español (es) | Label::العربية (ar) | constraint_message::English (en) | constraint_message::Español (es) | constraint_message::العربية (ar) | Relevance | Constraint |
| | select one yn | consent | Do you agree? | ¿Está de acuerdo? | هل توافق؟ | | | | | |
| | int | wells | Wells | Pozos | آبار | At most 9 | Máximo 9 | تسعة كحد أقصى | ${consent}='yes' | .<=9 |
| | note | end | You said ${wells}. | Dijo ${wells}. | قلت ${wells}. | | | | ${wells}!='' | |
| choices |
| | list name | name | label::English (en) | label::Español (es) | label::العربية (ar) |
| | yn | yes | Yes | Sí | نعم |
| | yn | no | No | No | لا |
| settings |
| | form_title | form_id | version | default_language |
| | T | t | 1 | Español (es) |
"""
    assert clean(checked(form, gate=gate)) == ""


def test_single_colons_between_column_and_language(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label:English (en) | label:French (fr) | relevant |
| | select_one yn | consent | Do you agree? | Êtes-vous d'accord ? | |
| | integer | wells | Wells | Puits | ${consent}='yes' |
| choices |
| | list_name | name | label:English (en) | label:French (fr) |
| | yn | yes | Yes | Oui |
| | yn | no | No | Non |
"""
    assert clean(checked(form + SETTINGS, gate=gate)) == ""


def test_ranks_ranges_and_guards_of_several_answers(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | constraint | constraint_message | parameters | default |
| | select_one yn | consent | Do you agree to take part? | | | | | |
| | select_multiple risk | risks | Which risks? | ${consent}='yes' | not(selected(., 'none') and count-selected(.) > 1) and count-selected(.) <= 3 | None stands alone | | |
| | rank risk | order | In which order? | ${consent}='yes' and not(selected(${risks}, 'none')) and ${risks} != '' | | | | |
| | range | sure | How sure are you? | ${consent}='yes' | | | start=0 end=10 step=2 | 4 |
| | text | other | Which other? | selected(${risks}, 'other') | string-length(.) <= 100 | Shorter, please | | |
| | calculate | how_many | | | | | | |
| | note | shown | ${how_many} risks | ${how_many} > 1 | | | | |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| | risk | road | Road |
| | risk | border | Border |
| | risk | other | Other |
| | risk | none | None |
""".replace("| | calculate | how_many | | | | | | |", "").replace(
        "| | note | shown | ${how_many} risks | ${how_many} > 1 | | | | |", ""
    )

    assert clean(checked(form + SETTINGS, gate=gate)) == ""


def test_groups_in_groups_and_paths_relative_to_them(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | appearance | calculation |
| | select_one yn | consent | Do you agree to take part? | | | |
| | begin group | outer | Outer | ${consent} = 'yes' | | |
| | integer | wells | Wells | | | |
| | begin group | inner | Inner | ../wells > 3 | field-list | |
| | integer | dry | Dry wells | . != '' or ../../wells >= 0 | | |
| | text | why | Why are they dry? | ../dry > 0 and current()/../../wells > 1 | multiline | |
| | end group | | | | | |
| | end group | | | | | |
| | calculate | wet | | | | ${wells} - ${dry} |
| | note | sum | ${wet} wells have water | ${wet} > 0 | | |
""".replace(". != '' or ", "")

    assert clean(checked(form + YES_NO + SETTINGS, gate=gate)) == ""


def test_or_other_labels_of_answers_and_triggers(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | calculation | trigger |
| | today | today | | | | |
| | select_one yn | consent | Do you agree to take part? | | | |
| | select_one kind or_other | kind | What kind of place is it? | ${consent}='yes' | | |
| | text | why | Why another kind? | ${kind} = 'other' | | |
| | calculate | said | | | jr:choice-name(${consent}, '${consent}') | |
| | calculate | once_only | | | once(random()) | |
| | calculate | at | | | format-date(today(), '%Y-%m') | ${kind} |
| | calculate | safe | | | if(${kind} = 'camp' or ../kind_other != '', 'a', coalesce(${why}, '-')) | |
| | note | told | ${said} ${at} ${safe} ${once_only} | ${said} != '' | | |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| | kind | camp | Camp |
| | kind | town | Town |
"""
    assert clean(checked(form + SETTINGS, gate=gate)) == ""


def test_a_list_of_people_that_was_made_in_a_repeat(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | choice_filter | calculation |
| | select_one yn | consent | Do you agree to take part? | | | |
| | begin_repeat | trip | Trip | ${consent}='yes' | | |
| | text | road | Which road was taken? | | | |
| | integer | days | How many days? | | | |
| | calculate | before | | | | indexed-repeat(${days}, ${trip}, position(..) - 1) |
| | end_repeat | | | | | |
| | select_one ${road} | longest | Which was the longest? | ${consent}='yes' | days > 1 | |
| | calculate | most | | | | max(${days}) |
| | note | told | ${longest} ${most} | ${most} > 2 | | |
"""
    assert clean(checked(form + YES_NO + SETTINGS, gate=gate)) == ""


def test_limits_that_depend_on_other_answers_and_on_today(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant | constraint | default | required | read_only |
| | select_one yn | consent | Do you agree to take part? | | | no | true() | |
| | date | from | From which day? | ${consent}='yes' | . <= today() and . >= date('2020-01-01') | | yes | |
| | date | until | Until which day? | ${consent}='yes' | . >= ${from} and . <= today() + 30 | today() | ${from} != '' | |
| | integer | adults | Adults | ${consent}='yes' | . >= 0 and (. mod 1 = 0) | 0 | | |
| | decimal | share | Share | ${consent}='yes' | . > 0 and . < 1 | 0.5 | | |
| | time | start_time | Start of the day | ${consent}='yes' | . != '' | 08:00 | | |
| | text | code | Code on the wall | ${consent}='yes' | regex(., '^[A-Z]{2}-[0-9]{3}$') or regex(., '\\\\p{L}+') | | | |
| | integer | both | Adults again | ${consent}='yes' and (${adults} > 5 or ${adults} = '') | . >= ${adults} | | | |
"""
    assert clean(checked(form + YES_NO + SETTINGS, gate=gate)) == ""


def test_questions_about_places_and_services_that_hold_the_word_name(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label | relevant |
| | select_one yn | consent | Do you agree to take part? | |
| | text | site_name | Name of the site | ${consent}='yes' |
| | text | office_phone | Telephone number of the service office | ${consent}='yes' |
| | integer | with_phone | How many people have a phone number? | ${consent}='yes' |
| | text | three | Can you name three risks on the road? | ${consent}='yes' |
| | text | measures | What is done to address the problem? | ${consent}='yes' |
| | text | provider | What is the name of the organisation that gives the service? | ${consent}='yes' |
"""
    assert clean(checked(form + YES_NO + SETTINGS, gate=gate)) == ""


def test_the_same_questions_in_french_spanish_and_arabic(gate: Gate | None) -> None:
    form = """
| survey |
| | type | name | label::Français (fr) | label::Español (es) | label::العربية (ar) | relevant |
| | select_one yn | consent | Acceptez-vous ? | ¿Acepta? | هل توافق؟ | |
| | text | site | Nom du site | Nombre del sitio | اسم الموقع | ${consent}='yes' |
| | text | why | Qui s'adresse au centre ? | ¿En dirección a qué pueblo? | إلى أي قرية؟ | ${consent}='yes' |
| choices |
| | list_name | name | label::Français (fr) | label::Español (es) | label::العربية (ar) |
| | yn | yes | Oui | Sí | نعم |
| | yn | no | Non | No | لا |
"""
    assert clean(checked(form + SETTINGS, gate=gate)) == ""


def test_lists_that_are_searched_in_a_file_and_columns_beside_the_right_ones() -> None:
    form = """
| survey |
| | type | name | label | appearance | relevant | hint | hint_en | Notes |
| | select_one yn | consent | Do you agree to take part? | | | | | |
| | select_one t | town | Town | minimal autocomplete | ${consent}='yes' | Look | Look | x |
| | text | why | Why? | | ${town} = 'a' or ${town} = '1' | | | |
| choices |
| | list_name | name | label | order |
| | yn | yes | Yes | 1 |
| | yn | no | No | 2 |
| | t | a | A | |
| | t | 01 | B | |
"""
    report = checked(form.replace("${town} = '1'", "${town} = 1") + SETTINGS)

    assert [str(one.code) for one in report.findings] == ["unknown-column"]


def test_a_workbook_with_sheets_and_columns_of_its_makers() -> None:
    form = """
| survey |
| | type | name | label | relevant | note_for_team | hxl | bind::ex:pii |
| | select_one yn | consent | Do you agree to take part? | | check | | |
| | integer | wells | Wells | ${consent}='yes' | | #indicator+wells | none |
| settings |
| | form_title | form_id | version | namespaces |
| | T | t | 1 | ex="https://example.org/ex" |
| ideas |
| | anything |
| | at all |
"""
    assert clean(checked(form + YES_NO)) == ""


@pytest.mark.parametrize(
    "pattern", ["[0-9]{8}", r"(\+|00)\d{1,3}", "[A-Za-z]+", r"\p{Lu}\w*", "[a-z&&[^b]]", "(?i)yes"]
)
def test_patterns_of_the_engine_are_understood(pattern: str) -> None:
    form = "| survey |\n| | type | name | label | constraint |\n" + CONSENT + " |\n"

    report = checked(form + f"| | text | code | Code | regex(., '{pattern.replace('|', chr(92) + 'p')}') |" + YES_NO)

    assert [one for one in report.errors if str(one.code) == "bad-regex"] == []
