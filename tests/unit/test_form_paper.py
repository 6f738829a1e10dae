"""The form on paper: what the phone asks, in the same words and order, for a pencil.

1. Every question that the phone puts is there once, numbered, with all its answers, in one language.
2. When a question is asked is said in words, by number.
3. It is one page that needs nothing else; Arabic runs from right to left.
4. Nobody is invited to write what identifies somebody; nothing hidden is printed, and no code is promised.
5. Its signs, its kind and its places are explained on it.
"""

import re
from collections import Counter
from dataclasses import replace
from html import unescape

import pytest
from kind_forms import EVERY_KIND, form_of

from forms.conditions import in_words, labels_of
from forms.paper import PaperError, paper
from forms.practice import practice_questionnaire
from forms.questionnaire import Question, QuestionType
from forms.questionnaire.words import word

ASKED = {QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE, QuestionType.INTEGER, QuestionType.DECIMAL}


def text(kind: str = "site_ki", language: str = "en") -> str:
    return unescape(paper(form_of(kind).questionnaire, language).decode())


def asked(kind: str) -> list[Question]:
    return [question for question in form_of(kind).questionnaire.questions if question.type in ASKED]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_every_question_is_there_once_with_a_number(kind: str) -> None:
    numbered = re.findall(r'<p class="label"><b>(\d+)</b> (.*?)(?: <span class="needed">\*</span>)?</p>', text(kind))

    labels = [question.label["en"] for question in asked(kind) if question.label]
    assert numbered == [(str(number), label) for number, label in enumerate(labels, start=1)]


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_1_all_answers_are_printed_in_the_language_of_the_page(language: str) -> None:
    form, page = form_of("site_ki").questionnaire, text("site_ki", language)
    lists = dict(form.choices)
    printed = {one.list_name for one in asked("site_ki") if one.list_name and one.name != "ctx_enum"}

    missing = [
        answer.code for name in printed for answer in lists[name] if f" {answer.label[language]}</li>" not in page
    ]
    assert missing == []


def test_2_conditions_are_said_by_number() -> None:
    page = text()
    number = {label: number for number, label in re.findall(r"<b>(\d+)</b> (.*?) <span", page)}
    offers = next(one.label["en"] for one in asked("site_ki") if one.name == "cte_com_012" and one.label)

    assert f"{number[offers]} is answered, and not with “Not heard of”, “Don’t know”, “Prefer not to answer”" in page
    assert "${" not in page


def test_2_no_condition_of_our_forms_is_left_in_the_words_of_machines() -> None:
    raw = [
        question.name
        for kind in EVERY_KIND
        for question in form_of(kind).questionnaire.questions
        if question.name != "t0" and "$" in in_words(question.condition, "en", str, labels_of({}))
    ]

    assert raw == []


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", ""),
        ("${a}='yes'", "a is “yes”"),
        ("${a} != ''", "a is answered"),
        ("${a} != '' and ${a} != 'x' and ${a} != 'y'", "a is answered, and not with “x”, “y”"),
        ("${a} != '' and not(selected(${a}, 'x'))", "a is answered, and not with “x”"),
        ("${a}='no' or ${b}='no'", "a is “no” or b is “no”"),
        ("${a}='1' and ${b}='2' or ${c}='3'", "${a}='1' and ${b}='2' or ${c}='3'"),
        ("count-selected(${a}) > 2", "count-selected(${a}) > 2"),
    ],
)
def test_2_a_condition_in_words(condition: str, said: str) -> None:
    assert in_words(condition, "en", str, labels_of({})) == said


def test_3_the_page_needs_nothing_else() -> None:
    page = text()

    assert re.findall(r"(?:src|href)=|@import|url\(|<script", page) == []
    assert "@page" in page


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr"), ("fr", "ltr")])
def test_3_arabic_runs_from_right_to_left(language: str, direction: str) -> None:
    assert f'<html lang="{language}" dir="{direction}">' in text("group", language)


def test_3_a_language_that_the_form_does_not_have_is_refused() -> None:
    only = replace(form_of("site_ki").questionnaire, languages=("en", "fr"))

    with pytest.raises(PaperError, match=r"no text in 'ar'\. Print it in one of: en, fr"):
        paper(only, "ar")


def test_3_the_same_form_gives_the_same_bytes() -> None:
    assert paper(form_of("group").questionnaire, "ar") == paper(form_of("group").questionnaire, "ar")


def test_4_nothing_hidden_is_printed_and_no_names_are_wanted() -> None:
    page = text()

    assert [name for name in ("decimal-date-time", "digest", "fv_version", "<span style") if name in page] == []
    assert page.index("Write no names") < page.index("<section>")
    assert "then destroy it" in page


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_4_a_sheet_promises_no_code_that_only_a_phone_can_make(kind: str, language: str) -> None:
    questions, page = form_of(kind).questionnaire.questions, text(kind, language)
    script = next((one.label[language] for one in questions if one.name == "con_script" and one.label), None)
    notes = [one.label[language] for one in questions if one.name == "clo_code_note" and one.label]
    warning = word("paper_no_code")[language]

    assert [note for note in notes if note.partition("${")[0] in page] == []
    assert page.count(warning) == len(notes)
    if notes:
        assert script
        assert page.index(warning) < page.index(script)


def test_4_a_title_that_is_coloured_for_phones_is_plain_on_paper() -> None:
    page = paper(practice_questionnaire(form_of("site_ki").questionnaire), "en").decode()

    assert "PRACTICE · You and your area" in page
    assert "color:" not in page.partition("</style>")[2]


def test_4_what_an_officer_wrote_is_text_and_no_markup() -> None:
    form = replace(form_of("site_ki").questionnaire, title="North & <South>")

    assert ">North &amp; </h1>" in paper(form, "en").decode()


# ---- 5: a sheet explains itself --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_5_signs_and_the_kind_of_form_are_said_in_the_language_of_the_page(kind: str, language: str) -> None:
    head = text(kind, language).partition("</header>")[0]

    assert word("paper_needed")[language] in head
    assert word(f"paper_{kind}")[language] in head


def test_5_a_condition_of_neighbours_is_said_once_and_what_is_more_at_the_question() -> None:
    page = text()
    said = re.findall(r'<p class="when">(.*?)</p>', page)
    runs = [one for one in said if re.match(r"\d+-\d+: ", one)]

    assert runs
    assert len(said) < sum(bool(one.condition) for one in asked("site_ki"))
    assert page.count('<div class="run">') == len(runs)
    assert max(Counter(said).values()) <= len(form_of("site_ki").questionnaire.sections)
    assert page.count("<div") == page.count("</div>")


def test_5_places_are_printed_behind_the_questions_when_they_are_few() -> None:
    form = form_of("site_ki")
    few = b"name,label,parent\nXD0604,North <mill>,XD06\n"

    page = paper(form.questionnaire, "en", files={**form.media, "adm2.csv": few}).decode()

    appendix = page.partition('<section class="lists">')[2]
    assert "<li>XD0604 <bdi>North &lt;mill&gt;</bdi></li>" in appendix


def test_5_places_stand_below_the_place_they_lie_in_and_not_in_the_list_is_said_in_one_language() -> None:
    form = form_of("site_ki")
    places = {
        "adm2.csv": "name,label,parent\nXD0604,Mill,XD06\nXD06-NIL,Not in the list · Pas dans la liste,XD06\n",
        "adm3.csv": "name,label,parent\nXD060401,Quarter,XD0604\nXD06-NIL-NIL,Not in the list,XD06-NIL\n",
    }
    region = next(
        answer.label["fr"] for _, found in form.questionnaire.choices for answer in found if answer.code == "XD06"
    )

    page = paper(form.questionnaire, "fr", files={name: content.encode() for name, content in places.items()}).decode()

    appendix = page.partition('<section class="lists">')[2]
    assert re.findall("<h4><bdi>(.*?)</bdi></h4>", appendix) == [region, "Mill"]
    assert "<li>XD06-NIL <bdi>Pas dans la liste</bdi></li>" in appendix
    assert "XD06-NIL-NIL" not in appendix


def test_5_long_lists_and_lists_that_are_not_there_are_pointed_to() -> None:
    form = form_of("site_ki")
    many = "name,label,parent\n" + "".join(f"X{number},Mill {number},XD06\n" for number in range(301))

    long = paper(form.questionnaire, "fr", files={"adm2.csv": many.encode()}).decode()

    assert "Cette liste compte 301 entrées" in long
    assert word("paper_list_elsewhere")["fr"] in long
