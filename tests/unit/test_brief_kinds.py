"""A brief of every kind, written and read again as YAML and as a workbook, is the same brief."""

import pytest
from brief_tables import loaded, of_kind
from kind_forms import EVERY_KIND

from forms.brief import Brief, as_workbook, as_yaml, load_brief


@pytest.fixture(params=EVERY_KIND)
def brief(request: pytest.FixtureRequest) -> Brief:
    return loaded(of_kind(request.param))


def test_as_yaml_it_is_the_same(brief: Brief) -> None:
    assert load_brief(as_yaml(brief), "brief.yaml") == brief


def test_as_a_workbook_it_is_the_same(brief: Brief) -> None:
    assert load_brief(as_workbook(brief), "brief.xlsx") == brief


def test_what_was_brought_along_is_written_down_and_stays() -> None:
    brief = loaded({"indicators": ["CTE-COM-013"]})

    again = load_brief(as_yaml(brief), "brief.yaml")

    assert [(one.indicator, one.pulled_by) for one in again.indicators] == [("CTE-COM-012", ""), ("CTE-COM-013", "")]


def test_the_citation_of_a_source_may_be_left_out() -> None:
    brief = loaded(of_kind("desk_structural", sources=["DTM-R12"]))

    assert [(one.code, one.citation) for one in brief.sources] == [("DTM-R12", "DTM-R12")]
