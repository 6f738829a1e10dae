"""`fieldveil catalogue list` and `coverage`, narrowed down by every field that they can be narrowed down by."""

import json
from collections.abc import Iterator

import pytest
from typed_commands import Typed, terminal

from forms.catalogue import load


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    with terminal(capsys, "catalogue") as typing:
        yield typing


def listed(typed: Typed, *options: str) -> set[str]:
    return {one["indicator"] for one in json.loads(typed("list", *options, "--json")[1])}


@pytest.mark.parametrize(
    ("option", "field", "word"),
    [
        ("--level", "level", "household"),
        ("--theme", "theme", "recruitment"),
        ("--tier", "tier", "recommended"),
        ("--sensitivity", "sensitivity", "3"),
        ("--pim", "pim_category", "protection_monitoring"),
    ],
)
def test_an_option_narrows_the_list_down_by_its_field(typed: Typed, option: str, field: str, word: str) -> None:
    meant = {one.id for one in load().indicators if str(getattr(one, field)) == word}

    assert 0 < len(meant) < len(load().indicators)
    assert listed(typed, option, word) == meant


def test_all_options_hold_together(typed: Typed) -> None:
    found = listed(typed, "--respondent", "group", "--tier", "core", "--sensitivity", "2")

    assert "CTE-COM-008" in found
    assert found == listed(typed, "--respondent", "group") & listed(typed, "--tier", "core", "--sensitivity", "2")


def test_a_kind_of_respondent_leaves_out_what_it_may_not_be_asked(typed: Typed) -> None:
    found = listed(typed, "--respondent", "site_ki")

    assert "CTE-COM-004" in found
    assert "CTE-IND-001" not in found


def test_a_word_that_is_none_is_told_with_those_that_are(typed: Typed) -> None:
    code, _, err = typed("list", "--theme", "recruiting")

    assert code == 2
    assert "'recruitment'" in err


def test_coverage_counts_each_theme_at_each_level(typed: Typed) -> None:
    code, people, _ = typed("coverage", "--tier", "core")
    counts = json.loads(typed("coverage", "--json")[1])

    assert code == 0
    assert people.split("\n all")[1].split()[-1] == str(len(listed(typed, "--tier", "core")))
    assert counts["recruitment"] == {"individual": 1, "household": 2, "community": 7, "structural": 0}
    assert sum(map(sum, (row.values() for row in counts.values()))) == len(load().indicators)
