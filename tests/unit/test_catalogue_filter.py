"""Filtering the catalogue: each filter narrows, an unknown value counts as none, and the matrix counts what is left."""

import pytest
from werkzeug.datastructures import MultiDict

from backend.app import catalogue_terms as terms
from backend.app.catalogue_filter import Filter, matrix, read_filter
from forms.catalogue import load
from forms.catalogue.terms import FieldDefault, Level, Method, PimCategory, ResponseType, Theme, Tier
from forms.kinds import KINDS


def _found(**wanted: str) -> set[str]:
    chosen = Filter(**wanted)
    return {one.id for one in load().indicators if chosen.wants(one, "ar")}


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("level", "household"),
        ("theme", "recruitment"),
        ("pim", "protection_monitoring"),
        ("tier", "core"),
        ("sensitivity", "3"),
        ("kind", "expert"),
        ("words", "offers"),
    ],
)
def test_each_filter_narrows_the_list_without_emptying_it(wanted: str, value: str) -> None:
    assert set() < _found(**{wanted: value}) < _found()


def test_filters_add_up() -> None:
    assert _found(level="community", tier="core") == _found(level="community") & _found(tier="core")


def test_words_are_found_in_the_question_of_the_readers_language() -> None:
    arabic = load().indicator("CTE-COM-013").question["ar"].split()[1]

    assert "CTE-COM-013" in _found(words=arabic)


def test_a_value_nobody_knows_counts_as_none() -> None:
    given: MultiDict[str, str] = MultiDict({"level": "<script>", "tier": "core"})

    assert read_filter(given).chosen == {"tier": "core"}


def test_a_form_that_asks_nothing_is_no_filter() -> None:
    assert read_filter(MultiDict({"kind": "cte_safety"})).chosen == {}


def test_the_matrix_counts_every_indicator_once() -> None:
    cells = matrix(load().indicators, {"CTE-COM-013"})

    assert sum(there for there, _ in cells.values()) == len(load().indicators)
    assert cells["recruitment", "community"][1] == 1


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (terms.LEVELS, Level),
        (terms.THEMES, Theme),
        (terms.TIERS, Tier),
        (terms.PIM_CATEGORIES, PimCategory),
        (terms.METHODS, Method),
        (terms.FIELD_DEFAULTS, FieldDefault),
        (terms.RESPONSE_TYPES, ResponseType),
        (terms.KINDS, KINDS),
    ],
)
def test_every_code_has_a_word(words: dict[str, str], codes: object) -> None:
    assert list(words) == [str(code) for code in codes]  # type: ignore[attr-defined]


def test_every_principle_is_worded_as_the_brief_words_it() -> None:
    assert {str(principle): text for principle, text in terms.PRINCIPLES.items()} == {
        str(principle): str(principle)
        for principle in type(next(iter(terms.PRINCIPLES)))  # type: ignore[attr-defined]
    }
