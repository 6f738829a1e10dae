"""What changed between forms, and what of a form is still standard, as an IM officer types it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook
from typed_commands import Typed

from forms.brief import as_yaml
from forms.demo import brief
from workers.cli.store import today

pytestmark = pytest.mark.usefixtures("installed")

FORM = "demo_site_ki"
DROPPED = "CTE-COM-013"


@pytest.fixture
def deployed(typed: Typed, tmp_path: Path) -> Path:
    """The demo's form on phones; the path is that of its brief."""
    file = tmp_path / "brief.yaml"
    file.write_bytes(_brief())
    assert typed("form", "deploy", str(file))[0] == 0
    return file


def _brief(*, without: str = "") -> bytes:
    made = brief()
    chosen = tuple(one for one in made.indicators if one.indicator != without)
    verified = replace(made.purpose, referral_verified_on=today() - timedelta(days=1))
    return as_yaml(replace(made, purpose=verified, indicators=chosen))


def _built(typed: Typed, folder: Path, *, without: str = "") -> Path:
    file = folder / "other.yaml"
    file.write_bytes(_brief(without=without))
    assert typed("form", "build", str(file), "--out", str(folder / "out"))[0] == 0
    return folder / "out" / f"{FORM}.xlsx"


def test_a_form_on_phones_equals_the_one_built_again(typed: Typed, deployed: Path, tmp_path: Path) -> None:
    code, out, _ = typed("form", "diff", FORM, str(_built(typed, tmp_path)))

    assert (code, out.strip()[-14:]) == (0, "no difference.")


def test_a_dropped_indicator_breaks_and_a_migration_is_written_for_it(
    typed: Typed, deployed: Path, tmp_path: Path
) -> None:
    new, migration = _built(typed, tmp_path, without=DROPPED), tmp_path / "migration.yaml"

    code, out, err = typed("form", "diff", FORM, str(new), "--migration", str(migration), "--json")

    found = json.loads(out)
    written = yaml.safe_load(migration.read_text())
    assert (code, found["breaking"]) == (1, 1)
    assert [one["key"] for one in found["changes"] if one["grade"] == "breaking"] == ["question_removed cte_com_013"]
    assert written["accepted"] == [{"change": "question_removed cte_com_013", "reason": "?"}]
    assert "Replace every '?'" in err


def test_a_breaking_form_goes_to_phones_only_with_a_migration(typed: Typed, deployed: Path, tmp_path: Path) -> None:
    new, migration = _built(typed, tmp_path, without=DROPPED), tmp_path / "migration.yaml"
    deployed.write_bytes(_brief(without=DROPPED))

    refused = typed("form", "deploy", str(deployed))
    typed("form", "diff", FORM, str(new), "--migration", str(migration))
    unfilled = typed("form", "deploy", str(deployed), "--migration", str(migration))
    migration.write_text(migration.read_text().replace("'?'", "Not asked in this country"))
    done = typed("form", "deploy", str(deployed), "--migration", str(migration))

    assert refused[0] == 1
    assert "question_removed cte_com_013" in refused[1] + refused[2]
    assert unfilled[0] == 1
    assert done[0] == 0
    assert typed("form", "diff", FORM, str(new))[0] == 0


def test_a_form_edited_by_hand_is_judged_indicator_by_indicator(typed: Typed, deployed: Path, tmp_path: Path) -> None:
    edited = _built(typed, tmp_path)
    book = load_workbook(edited)
    survey = book["survey"]
    header = [cell.value for cell in survey[1]]
    row = next(row for row in survey.iter_rows(min_row=2) if row[header.index("name")].value == "cte_com_013")
    row[header.index("type")].value = "text"
    book.save(edited)

    code, out, _ = typed("form", "conform", str(edited), "--of", FORM, "--json")

    broken = [one["indicator"] for one in json.loads(out)["indicators"] if one["standing"] == "broken"]
    assert (code, broken) == (1, [DROPPED])
    assert "1 broken" in typed("form", "conform", str(edited), "--of", FORM)[1]


def test_a_name_that_is_neither_file_nor_form_is_told(typed: Typed) -> None:
    assert "There is no form nothing" in typed("form", "diff", "nothing", "nothing")[2]
    assert "There is no file nothing.xlsx" in typed("form", "diff", "nothing.xlsx", "nothing")[2]
