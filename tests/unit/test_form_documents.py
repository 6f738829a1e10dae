"""docs/brief.md and docs/mapping.md: their examples work, and they name every field there is."""

import re
from dataclasses import fields as fields_of
from pathlib import Path

import msgspec
import pytest

from forms.brief import Purpose, Survey, load_brief
from forms.brief.source import TABLES
from mappings import language
from mappings.language import About, AskedIf, Coded, Disagg, FormMapping, GateStep, Interview, Rule

DOCS = Path(__file__).resolve().parents[2] / "docs"
BRIEF = (DOCS / "brief.md").read_text(encoding="utf-8")
MAPPING = (DOCS / "mapping.md").read_text(encoding="utf-8")


def example(page: str, kind: str) -> str:
    found = re.search(rf"^```yaml {kind}\n(.*?)^```", page, flags=re.M | re.S)
    assert found is not None
    return found[1]


def test_the_example_of_a_brief_is_taken() -> None:
    brief = load_brief(example(BRIEF, "brief").encode(), "brief.md")

    assert brief.languages == ("fr", "ar")


def test_the_example_of_a_mapping_is_taken() -> None:
    mapping = language.load(example(MAPPING, "mapping"), name="mapping.md")

    assert [rule.indicator for rule in mapping.rules] == ["CTE-COM-012", "CTE-COM-013"]


def test_the_page_on_briefs_names_every_field_and_list() -> None:
    names = [f"survey.{field.name}" for field in fields_of(Survey)] + [
        f"purpose.{field.name}" for field in fields_of(Purpose)
    ]

    assert [name for name in names if f"`{name}`" not in BRIEF] == []
    assert [name for table, columns in TABLES.items() for name in (table, *columns) if f"`{name}`" not in BRIEF] == []


@pytest.mark.parametrize("part", [FormMapping, GateStep, Interview, Coded, Rule, AskedIf, Disagg, About])
def test_the_page_on_mappings_names_every_field(part: type[msgspec.Struct]) -> None:
    assert [name for name in part.__struct_fields__ if f"`{name}`" not in MAPPING] == []
