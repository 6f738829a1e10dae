"""`fieldveil form translate` as it is typed, with the language packs of the settings."""

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from language_packs import UKRAINIAN, write_pack
from typed_commands import Typed, terminal


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    with terminal(capsys, "form", "translate") as command:
        yield command


def test_the_four_languages_are_whole_and_unread(typed: Typed) -> None:
    code, out, _ = typed("status", "--json")

    found = json.loads(out)
    assert code == 0
    assert [one["language"] for one in found] == ["fr", "es", "ar"]
    assert {one["standing"]["missing"] for one in found} == {0}
    assert {one["standing"]["reviewed"] for one in found} == {0}
    assert all("placeholders" not in one["doubts"] and "scripts" not in one["doubts"] for one in found)


def test_a_language_is_begun_sent_out_looked_at_and_is_a_draft(typed: Typed, tmp_path: Path) -> None:
    packs, book, page = str(tmp_path / "packs"), str(tmp_path / "prs.xlsx"), str(tmp_path / "prs.html")
    facts = ("--name", "Dari", "--native", "دری", "--script", "arabic", "--right-to-left")

    assert typed("start", "prs", *facts, "--packs", packs)[0] == 0
    assert typed("export", "prs", book, "--packs", packs)[0] == 0
    assert typed("preview", "prs", "--out", page, "--packs", packs)[0] == 0
    code, _, err = typed("status", "--packs", packs)

    assert openpyxl.load_workbook(book)["safety"].sheet_view.rightToLeft
    assert '<html lang="prs" dir="rtl">' in Path(page).read_text("utf-8")
    assert code == 1
    assert "prs is a draft that no form can have" in err


def test_an_import_shows_first_and_writes_when_it_is_told_to(typed: Typed, tmp_path: Path) -> None:
    packs, file = write_pack(tmp_path / "packs", "uk", UKRAINIAN), tmp_path / "uk.xlsx"
    typed("export", "uk", str(file), "--packs", str(packs))
    book = openpyxl.load_workbook(file)
    row = next(row for row in book["recall"].iter_rows(min_row=2) if row[0].value == "recall/P1M")
    row[3].value = "за місяць"
    book.save(file)
    before = (packs / "uk" / "texts.yaml").read_text("utf-8")

    shown = typed("import", str(file), "--packs", str(packs))
    unchanged = (packs / "uk" / "texts.yaml").read_text("utf-8")
    written = typed("import", str(file), "--packs", str(packs), "--apply")

    assert shown[0] == written[0] == 0
    assert "recall/P1M: text:" in shown[1]
    assert "Nothing was changed" in shown[2]
    assert unchanged == before
    assert "recall/P1M: за місяць\n" in (packs / "uk" / "texts.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status", "--language", "en"), "English is what the others are translated from"),
        (("export", "xx", "xx.xlsx"), "There is no language 'xx'"),
        (("start", "fr", "--name", "F", "--native", "F", "--script", "LATIN"), "is there already"),
        (("start", "zz9", "--name", "F", "--native", "F", "--script", "LATIN"), "two or three small letters"),
    ],
)
def test_what_cannot_be_is_said_with_a_remedy(typed: Typed, words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    code, _, err = typed(*words, "--packs", str(tmp_path))

    assert code != 0
    assert told in err
