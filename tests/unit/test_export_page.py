"""docs/export.md describes the file that the export writes, and its recipes read it."""

import csv
import re
from pathlib import Path

import export_page
import pytest

from backend.disclosure.export import columns


def test_the_table_of_columns_is_made_from_the_schema() -> None:
    """If not: python tests/unit/export_page.py"""
    assert export_page.PAGE.read_text(encoding="utf-8") == export_page.page()


def test_every_column_says_what_it_means_and_when_it_is_empty() -> None:
    assert [field.name for field in export_page.exported() if not (field.meaning and field.empty_when)] == []


def test_the_page_has_every_column_in_the_order_of_the_file() -> None:
    named = re.findall(r"^\| `(\w+)` \|", export_page.table(), flags=re.M)

    assert named == [*columns(), "sharing"]


def test_the_recipe_for_python_keeps_ages_and_months_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [field.name for field in export_page.exported()]
    said = {"disagg_age": "12-17", "period": "2026-04", "value_num": "7", "value_code": "none"}
    row = {**dict.fromkeys(names, ""), **said}
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, [field.hxl for field in export_page.exported()], list(row.values())])
    monkeypatch.chdir(tmp_path)
    recipe = export_page.PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]

    made: dict[str, object] = {}
    exec(recipe, made)  # noqa: S102 (the recipe of our own page)

    (read,) = made["answers"].to_dict("records")  # type: ignore[attr-defined]
    assert {**read, "value_num": str(int(read["value_num"]))} == row
