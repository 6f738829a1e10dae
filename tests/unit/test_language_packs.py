"""A language that nobody thought of when the program was written, from a folder alone."""

from pathlib import Path

import pytest
from brief_tables import faults, loaded
from form_tables import YES_NO, checked, told
from language_packs import DARI, UKRAINIAN, write_pack

from forms.brief import Brief
from forms.build import BuiltForm, build
from forms.catalogue import CatalogueError, load, load_own, packs
from forms.catalogue.files import write_whole
from forms.paper import paper
from forms.sheets import read_tables
from forms.translation.folder import find_pack
from forms.translation.preview import preview
from forms.xlsform import FormError
from mappings.areas.demo import load as dorvania

SHOWN = "Українська (uk)"
FEW = ["CTE-COM-001", "CTE-COM-012"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("languages")
    write_pack(made, "uk", UKRAINIAN)
    return write_pack(made, "prs", DARI)


@pytest.fixture(scope="module")
def form(folder: Path) -> BuiltForm:
    return built(folder, "uk", "en")


def brief(*languages: str) -> Brief:
    return loaded({"languages": list(languages), "indicators": [{"indicator": one} for one in FEW]})


def built(folder: Path, *languages: str) -> BuiltForm:
    with packs.using(folder):
        return build(brief(*languages), load(), dorvania())


def changed(folder: Path, tmp_path: Path, file: str, old: str, new: str) -> Path:
    """The same packs with one edit in a file of one of them."""
    for path in folder.rglob("*.yaml"):
        write_whole(tmp_path / path.relative_to(folder), path.read_text("utf-8"))
    text = (tmp_path / file).read_text("utf-8")
    assert old in text
    write_whole(tmp_path / file, text.replace(old, new, 1))
    return tmp_path


def test_a_form_is_built_and_checked_in_a_language_that_came_as_files_alone(form: BuiltForm) -> None:
    tables = read_tables(form.xlsx, "form.xlsx")

    assert tables["settings"][0]["default_language"] == SHOWN
    assert all(row[f"label::{SHOWN}"] for row in tables["choices"])
    assert [row["name"] for row in tables["survey"] if row["label::English (en)"] and not row[f"label::{SHOWN}"]] == []
    assert f'<translation lang="{SHOWN}" default="true()">'.encode() in form.xform


def test_the_officer_is_told_that_nobody_has_read_the_texts(form: BuiltForm) -> None:
    assert any(note.startswith(f"Texts not reviewed by a native speaker: {SHOWN}.") for note in form.notes)


def test_without_its_pack_the_language_is_unknown_and_the_refusal_names_the_field(folder: Path) -> None:
    assert any("languages" in fault for fault in faults({"languages": ["uk"]}))
    assert load().languages == load_own().languages


def test_a_text_that_is_missing_stops_the_build_with_a_list(tmp_path: Path) -> None:
    lost = ("questions/CTE-COM-012", "choices/yn/yes", "words/title_consent", "recall/P3M")
    write_pack(tmp_path, "uk", UKRAINIAN, without=(*lost, "questions/CTE-COM-055"))

    with pytest.raises(FormError) as error:
        built(tmp_path, "en", "uk")

    line = next(line for line in str(error.value).splitlines() if SHOWN in line)
    # A question that the form does not ask need not be translated.
    assert sorted(line.partition("without a text: ")[2].split(", ")) == sorted(lost)


def test_english_is_shown_instead_only_where_the_pack_says_so_and_it_is_marked(tmp_path: Path) -> None:
    write_pack(tmp_path, "uk", UKRAINIAN | {"missing": "english"}, without=("questions/CTE-COM-001",))

    form = built(tmp_path, "uk")

    label = form.questionnaire.question("cte_com_001").label
    english = load().indicator("CTE-COM-001").question["en"].replace("{r}", "")
    assert label is not None
    assert label["uk"].startswith(f"[English] {english[:20]}")
    assert any("1 texts are shown in English" in note for note in form.notes)


def test_consent_is_never_shown_in_another_language(tmp_path: Path) -> None:
    lost = ("items/MOD-CON/con_script", "choices/yn/yes")
    write_pack(tmp_path, "uk", UKRAINIAN | {"missing": "english"}, without=lost)

    with pytest.raises(FormError, match=r"2 without a text.*") as error:
        built(tmp_path, "uk")

    assert all(key in str(error.value) for key in lost)


def test_a_language_without_safety_words_is_a_draft_that_no_form_can_have(folder: Path, tmp_path: Path) -> None:
    made = changed(folder, tmp_path, "uk/safety.yaml", "victim:", "informer:")

    assert find_pack(made, "uk").lacks == ("victim",)
    with packs.using(made):
        assert "uk" not in load().languages
        assert "prs" in load().languages


def test_words_of_the_pack_must_not_stand_in_its_questions(folder: Path, tmp_path: Path) -> None:
    victim = find_pack(folder, "uk").safety["victim"]["words"][0]  # type: ignore[index]
    made = changed(folder, tmp_path, "uk/texts.yaml", "questions/CTE-COM-001: ", f"questions/CTE-COM-001: {victim} ")

    with packs.using(made), pytest.raises(CatalogueError, match=r"CTE-COM-001: the question in 'uk' holds"):
        load()


def test_the_checks_find_an_identifier_question_in_the_words_of_the_pack(folder: Path) -> None:
    name = find_pack(folder, "uk").safety["name"]["words"][0]  # type: ignore[index]
    table = f"""
| survey |
| | type | name | label::{SHOWN} |
| | text | q1 | {name}? |
"""
    with packs.using(folder):
        found = [code for code, _ in told(checked(table + YES_NO.replace("label", f"label::{SHOWN}")))]

    assert "asks-name" in found


def test_a_placeholder_that_a_pack_lost_is_a_fault_of_the_catalogue(folder: Path, tmp_path: Path) -> None:
    made = changed(folder, tmp_path, "uk/texts.yaml", " {minutes}", "")

    with packs.using(made), pytest.raises(CatalogueError, match=r"MOD-CON: con_script: the languages differ in"):
        load()


def test_a_page_in_a_new_language_runs_its_way(folder: Path) -> None:
    form = built(folder, "prs", "uk")
    with packs.using(folder):
        pages = [paper(form.questionnaire, language) for language in ("prs", "uk")]

    assert b'<html lang="prs" dir="rtl">' in pages[0]
    assert b'<html lang="uk" dir="ltr">' in pages[1]
    assert form.media["adm2.csv"].count("متن".encode()) > 0


def test_a_preview_shows_where_a_text_is_missing_before_anything_can_be_built(tmp_path: Path) -> None:
    write_pack(tmp_path, "prs", DARI, without=("words/title_who",))

    page = preview(find_pack(tmp_path, "prs")).decode()

    assert '<html lang="prs" dir="rtl">' in page
    assert "⟦no text: words/title_who⟧" in page
    assert "prs" not in packs.known()


def test_a_pack_may_put_better_words_into_a_language_of_the_catalogue(tmp_path: Path) -> None:
    write_whole(tmp_path / "fr" / "texts.yaml", "words/title_who: Vous-même\nchoices/yn/yes: Oui-da\n")

    with packs.using(tmp_path):
        assert {choice.name: choice.label["fr"] for choice in load().choices("yn")}["yes"] == "Oui-da"
    assert {choice.name: choice.label["fr"] for choice in load().choices("yn")}["yes"] == "Oui"


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("en/texts.yaml", "words/title_who: x\n", "English is what the others are translated from"),
        ("fr/language.yaml", "name: French\nnative: F\ndirection: ltr\nscript: LATIN\n", "Leave only texts.yaml"),
        ("uk/language.yaml", "name: Ukrainian\nnative: У\ndirection: up\nscript: CYRILLIC\n", "Write one of: ltr, rtl"),
        ("uk/language.yaml", "name: Ukrainian\nnative: У\ndirection: ltr\nscript: cyr\n", "Write it like LATIN"),
        ("ukr1/language.yaml", "name: U\nnative: У\ndirection: ltr\nscript: CYRILLIC\n", "two or three small letters"),
        ("uk/language.yaml", "name: U\nnative: У (x)\ndirection: ltr\nscript: CYRILLIC\n", "holds a bracket"),
        ("uk/texts.yaml", "a: [\n", "is not readable YAML"),
        ("fr/reviews.yaml", "words/title_who:\n  role: Officer\n", "a review needs 'role' and 'on'"),
    ],
)
def test_a_pack_that_is_not_right_is_refused_with_its_remedy(file: str, text: str, fault: str, tmp_path: Path) -> None:
    write_whole(tmp_path / file, text)

    with pytest.raises(CatalogueError) as error:
        packs.use(tmp_path)

    assert fault in str(error.value)
    assert packs.active() == {}


def test_other_words_in_a_pack_make_another_version_of_the_form(form: BuiltForm, folder: Path, tmp_path: Path) -> None:
    made = changed(folder, tmp_path, "uk/texts.yaml", "words/title_who: ", "words/title_who: слово ")

    assert built(folder, "uk", "en").version == form.version
    assert built(made, "uk", "en").version != form.version
