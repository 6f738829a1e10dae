"""A translator's workbook: out, changed as people change it, and back."""

import io
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from language_packs import DARI, UKRAINIAN, write_pack

from forms.archive import SheetError
from forms.catalogue import load, packs
from forms.catalogue.packs import NEEDED, Pack, Review, fingerprint
from forms.sheets import ROW, Table, read_tables, write_tables
from forms.translation.folder import find_pack, start_pack
from forms.translation.folder import write_pack as save_pack
from forms.translation.status import Standing, progress
from forms.translation.strings import Kind, strings
from forms.translation.taking import Taken, TranslationError, language_of, read_workbook
from forms.translation.workbook import to_workbook

TODAY = date(2026, 11, 22)
TITLE = "words/title_who"
FRENCH, UKRAINIAN_COLUMN = "Français (fr)", "Українська (uk)"
Edit = tuple[str, str, str, str]
"""Sheet, key, column, new cell."""


def french(**changes: object) -> Pack:
    return replace(find_pack(Path("nowhere"), "fr"), **changes)  # type: ignore[arg-type]


@cache
def _french_tables() -> dict[str, list[dict[str, str]]]:
    return read_tables(to_workbook("fr", french()), "fr.xlsx")


def edited(pack: Pack, *edits: Edit) -> bytes:
    """Only the rows that are edited: a translator may delete the others."""
    plain = pack.code == "fr" and not pack.texts and not pack.reviews
    tables = _french_tables() if plain else read_tables(to_workbook(pack.code, pack), "fr.xlsx")
    kept: dict[str, dict[str, dict[str, str]]] = {name: {} for name in tables}
    for sheet, key, column, cell in edits:
        row = kept[sheet].get(key) or dict(next(row for row in tables[sheet] if row["key"] == key))
        kept[sheet][key] = row | {column: cell}
    return _book({name: list(kept[name].values()) if name in set(Kind) else rows for name, rows in tables.items()})


def _book(tables: dict[str, list[dict[str, str]]]) -> bytes:
    filled = {
        name: [{key: cell for key, cell in row.items() if key != ROW} for row in rows] for name, rows in tables.items()
    }
    return write_tables({name: Table(list(rows[0]), rows) for name, rows in filled.items() if rows})


def taken(pack: Pack, *edits: Edit) -> Taken:
    return read_workbook(edited(pack, *edits), "fr.xlsx", pack, TODAY)


def refused(pack: Pack, *edits: Edit) -> str:
    with pytest.raises(TranslationError) as error:
        taken(pack, *edits)
    return str(error.value)


def standing(pack: Pack, key: str = TITLE) -> Standing:
    return next(one.standing for one in progress(pack.code, pack).judged if one.string.key == key)


READ = ("words", TITLE, "state", "reviewed")
ROLE = ("words", TITLE, "read by (role)", "Protection officer")
DAY = ("words", TITLE, "read on", "2026-11-20")
OTHER_WORDS = ("words", TITLE, FRENCH, "Vous-même et votre zone")


def test_a_workbook_that_nobody_changed_changes_nothing() -> None:
    found = read_workbook(to_workbook("fr", french()), "fr.xlsx", french(), TODAY)

    assert (found.changes, found.conflicts) == ((), ())


def test_the_same_language_gives_the_same_bytes_and_says_which_it_is() -> None:
    data = to_workbook("fr", french())

    assert data == to_workbook("fr", french())
    assert language_of(data, "fr.xlsx") == "fr"


def test_a_row_tells_where_the_text_is_shown_and_what_other_languages_say() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_workbook("fr", french())))
    header, *rows = book["questions"].iter_rows(values_only=True)
    row = dict(zip(header, next(row for row in rows if row[0] == "questions/CTE-COM-012"), strict=True))

    question = load().indicator("CTE-COM-012").question
    assert [row[name] for name in ("English (en)", FRENCH, "Español (es)", "العربية (ar)")] == [
        question[language] for language in ("en", "fr", "es", "ar")
    ]
    assert "Unfamiliar people making offers" in str(row["where"])
    assert int(str(row["at most"])) > len(question["en"])


def test_hashes_are_hidden_and_the_sheets_of_arabic_run_from_right_to_left() -> None:
    arabic = openpyxl.load_workbook(io.BytesIO(to_workbook("ar", find_pack(Path("nowhere"), "ar"))))
    french_book = openpyxl.load_workbook(io.BytesIO(to_workbook("fr", french())))

    assert arabic["questions"].sheet_view.rightToLeft
    assert not french_book["questions"].sheet_view.rightToLeft
    hidden = [one for one in french_book["questions"].column_dimensions.values() if one.hidden]
    header = [cell.value for cell in french_book["questions"][1]]
    assert [header[one.min - 1 : one.max] for one in hidden] == [["english_was", "text_was"]]


def test_other_words_are_shown_before_they_are_taken_and_stand_unread_afterwards(tmp_path: Path) -> None:
    found = taken(french(), OTHER_WORDS)
    save_pack(tmp_path, found.pack)

    assert [str(change) for change in found.changes] == [
        f"{TITLE}: text: Vous et votre zone -> Vous-même et votre zone"
    ]
    back = find_pack(tmp_path, "fr")
    assert back == found.pack
    assert standing(back) is Standing.UNREVIEWED


def test_who_has_read_a_text_is_kept_with_role_and_day(tmp_path: Path) -> None:
    found = taken(french(), READ, ROLE, DAY)
    save_pack(tmp_path, found.pack)

    back = find_pack(tmp_path, "fr")
    assert standing(back) is Standing.REVIEWED
    assert (back.reviews[TITLE].role, back.reviews[TITLE].on) == ("Protection officer", date(2026, 11, 20))


def test_a_reading_does_not_outlive_its_text() -> None:
    read = taken(french(), READ, ROLE, DAY).pack

    again = taken(read, OTHER_WORDS).pack

    assert standing(again) is Standing.UNREVIEWED
    assert again.reviews[TITLE].on is None


def test_a_text_needs_work_when_its_english_changed_and_is_read_again() -> None:
    read = taken(french(), READ, ROLE, DAY).pack
    old = replace(read.reviews[TITLE], english=fingerprint("You, and where you work"))
    pack = replace(read, reviews={TITLE: old})

    assert standing(pack) is Standing.NEEDS_WORK
    assert "was read before the English changed" in refused(pack, READ)
    again = taken(pack, READ, ("words", TITLE, "read on", "2026-11-22")).pack
    assert standing(again) is Standing.REVIEWED


def test_a_whole_entry_that_was_read_is_no_longer_called_unread_by_the_catalogue() -> None:
    keys = [one.key for one in strings() if one.key.startswith("choices/yn/")]
    edits = [("choices", key, column, cell) for key in keys for _, _, column, cell in (READ, ROLE, DAY)]
    pack = taken(french(), *edits).pack

    with packs.trying(pack):
        assert "choices yn" not in load().unreviewed("fr")
        assert "choices yn" in load().unreviewed("es")
    half = replace(pack, reviews={**pack.reviews, keys[0]: replace(pack.reviews[keys[0]], text="other")})
    with packs.trying(half):
        assert "choices yn" in load().unreviewed("fr")


@pytest.mark.parametrize("column", ["english_was", "text_was"])
def test_a_row_that_is_older_than_the_texts_here_is_left_out_and_named(column: str) -> None:
    found = taken(french(), OTHER_WORDS, ("words", TITLE, column, "000000000000"))

    assert found.changes == ()
    assert [conflict.partition(":")[0] for conflict in found.conflicts] == [TITLE]
    assert found.pack.texts == {}


@pytest.mark.parametrize(
    ("edits", "fault"),
    [
        (
            [("questions", "questions/CTE-COM-012", FRENCH, "Combien ?")],
            "sheet 'questions', row 2: CTE-COM-012: the question in fr does not say the recall period (rule 8)",
        ),
        (
            [("questions", "questions/CTE-COM-012", FRENCH, "Y a-t-il des victimes {r} ?")],
            "sheet 'questions', row 2: CTE-COM-012: the question in 'fr' holds 'victimes'",
        ),
        (
            [("words", "words/hint_at_most", FRENCH, "Au plus cinq.")],
            "words/hint_at_most: other placeholders than in English. It has: {n}.",
        ),
        ([("words", TITLE, FRENCH, "Вы и место")], f"{TITLE}: the text in 'fr' is not in the script of that language"),
        ([("words", TITLE, FRENCH, "")], f"{TITLE}: the text was emptied"),
        ([("words", TITLE, "key", "words/title_whom")], "there is no string 'words/title_whom'"),
        (
            [("words", TITLE, "key", "words/title_you"), ("words", "words/title_you", "comment", "twice")],
            "words/title_you stands twice",
        ),
        ([READ], "'read by (role)' is not a role"),
        ([READ, ("words", TITLE, "read by (role)", "Dr. Amina"), DAY], "is not a role"),
        ([READ, ROLE, ("words", TITLE, "read on", "2027-01-01")], "'read on' lies in the future"),
        ([READ, ROLE, ("words", TITLE, "read on", "last week")], "'read on' is not a day"),
        ([("words", TITLE, "state", "fine")], "'state' has a word that is not known"),
        ([("words", TITLE, "comment", "x" * 301)], "the comment is longer than one line"),
    ],
)
def test_what_cannot_be_taken_is_named_by_sheet_and_row(edits: list[Edit], fault: str) -> None:
    assert fault in refused(french(), *edits)


def test_a_file_that_is_no_workbook_of_a_language_is_refused() -> None:
    with pytest.raises(SheetError):
        language_of(b"PK\x03\x04 broken", "uk.xlsx")
    with pytest.raises(TranslationError, match="does not say which language"):
        language_of(b"what,value\n", "about.csv")


def test_a_new_language_goes_from_nothing_to_a_form_by_its_workbook_alone(tmp_path: Path) -> None:
    start_pack(tmp_path / "new", "uk", dict(UKRAINIAN))
    write_pack(tmp_path / "known", "uk", UKRAINIAN)
    whole, empty = find_pack(tmp_path / "known", "uk"), find_pack(tmp_path / "new", "uk")
    tables = read_tables(to_workbook("uk", empty), "uk.xlsx")
    for row in (row for kind in Kind for row in tables[kind]):
        row[UKRAINIAN_COLUMN] = whole.texts[row["key"]]
    for row in tables["safety"]:
        if row["column"] == "words" and row["kind"] in NEEDED:
            row[UKRAINIAN_COLUMN] = f"слово{row[ROW]}; слово слово{row[ROW]}"

    found = read_workbook(_book(tables), "uk.xlsx", empty, TODAY)
    save_pack(tmp_path / "new", found.pack)

    assert empty.lacks
    assert len(found.changes) == len(whole.texts) + len(NEEDED)
    with packs.using(tmp_path / "new"):
        assert load().languages[-1] == "uk"
        assert dict(load().choice_list("yn").review)["uk"] == "unreviewed"


def test_a_sheet_without_its_hidden_columns_is_refused() -> None:
    tables = {name: [dict(row) for row in rows] for name, rows in _french_tables().items()}
    for row in tables["recall"]:
        del row["text_was"]

    with pytest.raises(TranslationError, match="sheet 'recall': has no column 'text_was'"):
        read_workbook(_book(tables), "fr.xlsx", french(), TODAY)


def test_a_language_that_is_there_is_not_begun_again(tmp_path: Path) -> None:
    start_pack(tmp_path, "prs", dict(DARI))

    for code in ("prs", "fr"):
        with pytest.raises(TranslationError, match="is there already"):
            start_pack(tmp_path, code, dict(DARI))
    with pytest.raises(TranslationError, match="There is no language 'ps'"):
        find_pack(tmp_path, "ps")


def test_what_nobody_said_anything_about_is_as_the_catalogue_says() -> None:
    pack = french(reviews={TITLE: Review(comment="Shown on the first screen")})

    assert standing(pack) is Standing.UNREVIEWED
    assert taken(pack).changes == ()
