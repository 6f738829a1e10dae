"""`fieldveil form print` and `form dictionary`, typed as an officer types them."""

from pathlib import Path

import pytest
from brief_tables import of_kind, written
from typed_commands import Typed

from forms.sheets import read_tables

pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    file = tmp_path / "brief.yaml"
    file.write_bytes(written(of_kind("group", languages=["fr", "ar"])))
    return file


def test_a_form_is_printed_in_each_of_its_languages(typed: Typed, brief: Path, tmp_path: Path) -> None:
    code, said, told = typed("form", "print", str(brief), "--out", str(tmp_path / "paper"))

    pages = {file.name: file.read_text("utf-8") for file in (tmp_path / "paper").iterdir()}
    assert code == 0
    assert set(pages) == {"t_group-fr.html", "t_group-ar.html"}
    assert '<html lang="ar" dir="rtl">' in pages["t_group-ar.html"]
    assert "t_group-fr.html" in said
    assert "native speaker" in told


def test_another_language_is_refused_by_name(typed: Typed, brief: Path, tmp_path: Path) -> None:
    code, _, told = typed("form", "print", str(brief), "--language", "en", "--out", str(tmp_path / "paper"))

    assert code == 1
    assert "The form has no text in 'en'. Print it in one of: fr, ar" in told


def test_the_data_dictionary_is_a_workbook(typed: Typed, brief: Path, tmp_path: Path) -> None:
    code, _, _ = typed("form", "dictionary", str(brief), "--out", str(tmp_path / "d.xlsx"))

    sheets = read_tables((tmp_path / "d.xlsx").read_bytes(), "d.xlsx")
    assert code == 0
    assert list(sheets) == ["form", "variables", "choices", "files", "indicators", "standard"]
    assert {row["indicator"] for row in sheets["variables"]} >= {"CTE-COM-012", "CTE-HHD-009"}


def test_a_brief_with_faults_is_not_printed(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "brief.yaml"
    file.write_bytes(written({"indicators": ["CTE-IND-001"]}))

    code, _, told = typed("form", "print", str(file), "--out", str(tmp_path / "paper"))

    assert code == 1
    assert "R2, no contact" in told
    assert not (tmp_path / "paper").exists()


def test_a_form_is_built_under_another_form_id(typed: Typed, brief: Path, tmp_path: Path) -> None:
    code, _, _ = typed("form", "build", str(brief), "--form-id", "t_north", "--out", str(tmp_path / "out"))

    settings = read_tables((tmp_path / "out" / "t_north.xlsx").read_bytes(), "f.xlsx")["settings"]
    assert code == 0
    assert settings[0]["form_id"] == "t_north"


def test_a_form_id_that_servers_would_not_take_is_refused(typed: Typed, brief: Path, tmp_path: Path) -> None:
    code, said, told = typed("form", "build", str(brief), "--form-id", "T North", "--out", str(tmp_path / "out"))

    assert code == 2
    assert "small letter" in said + told
    assert not (tmp_path / "out").exists()


def test_who_picks_indicators_by_hand_is_not_told_of_the_whole_core(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "brief.yaml"
    file.write_bytes(written(of_kind("site_ki")))
    picked = tmp_path / "picked.yaml"
    picked.write_bytes(written(of_kind("site_ki", indicators=[{"indicator": "CTE-COM-001"}])))

    whole = typed("form", "build", str(file), "--out", str(tmp_path / "whole"))[2]
    some = typed("form", "build", str(picked), "--out", str(tmp_path / "some"))[2]

    assert ("Up to tier core" in whole, "Up to tier" in some) == (True, False)
