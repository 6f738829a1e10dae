"""`fieldveil overlay` and the commands that take one, typed as an officer types them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from brief_tables import written
from typed_commands import Typed

from forms.sheets import ROW, Table, read_tables, write_tables
from workers.cli.store import today

pytestmark = pytest.mark.usefixtures("installed")

RADIO = "LOC-XDV-ORGA-001"


@pytest.fixture
def country(typed: Typed, tmp_path: Path) -> Path:
    """The example, as YAML."""
    file = tmp_path / "country.yaml"
    assert typed("overlay", "template", file)[0] == 0
    return file


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    file = tmp_path / "brief.yaml"
    verified = str(today() - timedelta(days=1))
    changes = {"indicators": ["CTE-COM-014", RADIO], "languages": ["en"], "purpose.referral_verified_on": verified}
    file.write_bytes(written(changes))
    return file


def with_recall(workbook: bytes, period: str) -> bytes:
    """As somebody changes one cell."""
    sheets = read_tables(workbook, "a.xlsx")
    row = next(row for row in sheets["indicators"] if row["id"] == "CTE-COM-012")
    row["recall"] = period
    tables = {
        name: Table(
            [key for key in (rows[0] if rows else {"code": ""}) if key != ROW],
            [{key: text for key, text in one.items() if key != ROW} for one in rows],
        )
        for name, rows in sheets.items()
    }
    return write_tables(tables)


def test_a_check_says_what_is_left_to_compare(typed: Typed, country: Path) -> None:
    code, said, _ = typed("overlay", "check", country, "--json")

    found = json.loads(said)
    assert code == 0
    assert found["overlay"].startswith("XDV-ORGA-1-")
    assert {one["indicator"]: one["comparability"] for one in found["indicators"]} == {
        "CTE-COM-014": 1.0,
        "CTE-COM-027": 0.95,
        "CTE-STR-007": 0.95,
        RADIO: 0.0,
    }


def test_a_fault_is_told_with_place_rule_and_remedy(typed: Typed, country: Path) -> None:
    country.write_text(country.read_text("utf-8").replace("parent: construction", "parent: none"), "utf-8")

    code, _, told = typed("overlay", "check", country)

    assert code == 1
    assert "country.yaml, line " in told
    assert "labour_sector: brick_kiln: 'none' is nothing that an answer of 'labour_sector' can count as" in told
    assert "[R26, added answers: each counts as one standard answer, its parent]" in told


def test_a_workbook_changes_nothing_until_it_is_applied(typed: Typed, country: Path, tmp_path: Path) -> None:
    book, before = tmp_path / "country.xlsx", country.read_bytes()
    typed("overlay", "export", country, book)
    unchanged = typed("overlay", "import", book, country)
    book.write_bytes(with_recall(book.read_bytes(), "P6M"))

    shown = typed("overlay", "import", book, country)
    untouched = country.read_bytes() == before
    applied = typed("overlay", "import", book, country, "--apply")
    again = typed("overlay", "import", book, country)

    assert "No change." in unchanged[2]
    assert "indicators CTE-COM-012: added" in shown[1]
    assert "Nothing was changed" in shown[2]
    assert untouched
    assert "version 2" in applied[2]
    assert "look at each change twice" in again[2]


def test_a_form_is_built_in_the_words_of_the_country(typed: Typed, country: Path, brief: Path, tmp_path: Path) -> None:
    code, _, told = typed("form", "build", brief, "--overlay", country, "--out", tmp_path / "out")
    without = typed("form", "build", brief, "--out", tmp_path / "other")

    rows = read_tables((tmp_path / "out/demo_site_ki.xlsx").read_bytes(), "a.xlsx")["survey"]
    by_name = {row["name"]: row for row in rows}
    assert (code, without[0]) == (0, 1)
    assert "no such indicator" in without[2]
    assert "Overlay XDV-ORGA-1-" in told
    assert by_name["cte_com_014"]["hint::English (en)"].endswith(
        "Think of the weekly market too. Here, for example: notices at the bus station, calls on local radio"
    )
    assert by_name["fv_overlay"]["calculation"].startswith("'XDV-ORGA-1-")
    assert "overlay: XDV-ORGA-1-" in (tmp_path / "out/mapping.yaml").read_text("utf-8")


def test_the_same_brief_and_overlay_give_the_same_version_and_another_overlay_another(
    typed: Typed, country: Path, brief: Path, tmp_path: Path
) -> None:
    files = [tmp_path / name / "demo_site_ki.xml" for name in ("a", "b", "c")]
    for file in files[:2]:
        typed("form", "build", brief, "--overlay", country, "--out", file.parent)
    country.write_text(country.read_text("utf-8").replace("version: 1", "version: 2"), "utf-8")
    typed("form", "build", brief, "--overlay", country, "--out", files[2].parent)

    same, again, other = (file.read_bytes() for file in files)
    assert same == again
    assert same != other


def test_the_data_dictionary_says_what_an_answer_counts_as(
    typed: Typed, country: Path, brief: Path, tmp_path: Path
) -> None:
    brief.write_text(brief.read_text("utf-8").replace(f"- {RADIO}", f"- {RADIO}\n- CTE-COM-027"), "utf-8")

    code, _, told = typed("form", "dictionary", brief, "--overlay", country, "--out", tmp_path / "d.xlsx")

    assert code == 0, told
    sheets = read_tables((tmp_path / "d.xlsx").read_bytes(), "d.xlsx")
    counts_as = {row["code"]: row["counts_as"] for row in sheets["choices"] if row["list"] == "labour_sector"}
    scores = {row["indicator"]: row["comparability"] for row in sheets["variables"] if row["indicator"]}
    assert (counts_as["brick_kiln"], counts_as["mining"]) == ("construction", "mining")
    assert scores == {
        "CTE-COM-012": "1.00",
        "CTE-COM-014": "1.00",
        "CTE-COM-027": "0.95",
        RADIO: "0.00",
    }


def test_a_manifest_names_the_overlay_beside_it(typed: Typed, country: Path, brief: Path, tmp_path: Path) -> None:
    listed = tmp_path / "round.yaml"
    listed.write_text("deploy:\n  - {brief: brief.yaml, overlay: country.yaml}\n")
    missing = tmp_path / "missing.yaml"
    missing.write_text("deploy:\n  - {brief: brief.yaml, overlay: elsewhere.yaml}\n")

    code, said, told = typed("form", "deploy", "--manifest", listed, "--dry-run", "--json")
    refused = typed("form", "deploy", "--manifest", missing, "--dry-run", "--json")

    assert (code, json.loads(said)[0]["result"]) == (0, "would be created"), told
    assert refused[0] == 1
    assert "there is no file elsewhere.yaml beside the manifest" in refused[2]


def test_an_overlay_of_another_country_is_refused(typed: Typed, country: Path, brief: Path, tmp_path: Path) -> None:
    country.write_text(country.read_text("utf-8").replace("XDV", "XAA"), "utf-8")
    brief.write_text(brief.read_text("utf-8").replace(f"- {RADIO}\n", ""), "utf-8")

    code, _, told = typed("form", "build", brief, "--overlay", country, "--out", tmp_path / "out")

    assert code == 1
    assert "the overlay is of XAA, and the survey of XDV" in told


def test_sites_of_the_overlay_are_offered_where_the_brief_leaves_them_open(
    typed: Typed, country: Path, brief: Path, tmp_path: Path
) -> None:
    chosen = country.read_text("utf-8")
    country.write_text(f"{chosen}\nsites: [XD-S001, XD-S002]\n", "utf-8")
    typed("form", "build", brief, "--overlay", country, "--out", tmp_path / "two")
    country.write_text(f"{chosen}\nsites: [XD-S999]\n", "utf-8")

    refused = typed("form", "build", brief, "--overlay", country, "--out", tmp_path / "none")

    offered = (tmp_path / "two/media/sites.csv").read_text("utf-8")
    assert "XD-S001" in offered
    assert "XD-S003" not in offered
    assert "there is no site XD-S999 of the overlay" in refused[2]


def test_a_form_that_forgets_its_overlay_breaks_the_series_and_says_so(
    typed: Typed, country: Path, brief: Path
) -> None:
    brief.write_text(brief.read_text("utf-8").replace(f"- {RADIO}", "- CTE-COM-027"), "utf-8")
    first = typed("form", "deploy", brief, "--overlay", country, "--json")

    code, said, told = typed("form", "deploy", brief, "--json")

    assert json.loads(first[1])[0]["result"] == "created", first[2]
    assert code == 1
    assert "brick_kiln" in said + told
