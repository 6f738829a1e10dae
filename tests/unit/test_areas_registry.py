"""The tree itself: walks, former p-codes, "not in the list", and where a submission lies."""

from itertools import chain

import pytest
from areas_table import SITES, as_rows, draft, trees
from hypothesis import given

from mappings.areas import (
    Area,
    AreaRegistry,
    Place,
    Site,
    build_registry,
    is_nil,
    known,
    nil,
    place,
    read_areas,
)

ALIASES = "| old_pcode | pcode |\n| OLD1 | XA01 |\n| OLD0101 | XA0101 |"


@pytest.fixture(scope="module")
def registry() -> AreaRegistry:
    return draft(sites=SITES, aliases=ALIASES).accept()


# ---- walks -----------------------------------------------------------------------------------------------------------


def test_ancestors_go_up_to_level_1(registry: AreaRegistry) -> None:
    assert registry.ancestors("XA010102") == ("XA0101", "XA01")
    assert registry.ancestors("XA01") == ()


def test_an_area_is_coarsened_to_a_level(registry: AreaRegistry) -> None:
    assert [registry.at_level("XA010102", level) for level in (1, 2, 3)] == ["XA01", "XA0101", "XA010102"]
    assert registry.at_level("XA01", 2) is None


def test_children_of_nothing_are_level_1(registry: AreaRegistry) -> None:
    assert registry.children(None) == ("XA01", "XA02")
    assert registry.children("XA010101") == ()


def test_a_scope_reaches_down_and_keeps_the_path_to_it(registry: AreaRegistry) -> None:
    assert registry.reach({"XA0101"}) == {"XA01", "XA0101", "XA010101", "XA010102"}
    assert registry.reach({"XA020101"}) == {"XA02", "XA0201", "XA020101"}


def test_a_scope_of_unknown_areas_is_refused(registry: AreaRegistry) -> None:
    with pytest.raises(KeyError, match="XZ99"):
        registry.reach({"XZ99", "XA01"})


def test_a_former_p_code_resolves_to_the_one_of_today(registry: AreaRegistry) -> None:
    assert registry.resolve("OLD1") == "XA01"
    assert registry.resolve("XA01") == "XA01"
    assert registry.resolve("XZ99") is None


def test_languages_are_those_of_the_names(registry: AreaRegistry) -> None:
    assert registry.languages == ("ar", "en")


def test_the_order_of_the_input_does_not_change_the_version(registry: AreaRegistry) -> None:
    again = build_registry(
        reversed(registry.areas.values()),
        label="Another label",
        sites=reversed(registry.sites.values()),
        aliases=dict(reversed(registry.aliases.items())),
    )

    assert again.content_sha256 == registry.content_sha256
    assert again.version == registry.content_sha256[:12]


def test_another_alias_makes_another_version(registry: AreaRegistry) -> None:
    other = build_registry(registry.areas.values(), label="x", sites=registry.sites.values())

    assert other.content_sha256 != registry.content_sha256


@pytest.mark.parametrize(
    ("areas", "sites", "aliases"),
    [
        ([Area("A", 2, None, {"en": "a"})], [], {}),
        ([Area("A", 1, "A", {"en": "a"})], [], {}),
        ([Area("A", 1, None, {"en": "a"}), Area("B", 3, "A", {"en": "b"})], [], {}),
        ([Area("A", 0, None, {"en": "a"})], [], {}),
        ([Area("A", 1, None, {"en": "a"})], [Site("S", "A", {"en": "s"}, "urban")], {}),
        ([Area("A", 1, None, {"en": "a"})], [Site("S", "B", {"en": "s"}, "urban")], {}),
        ([Area("A", 1, None, {"en": "a"})], [], {"A": "A"}),
        ([Area("A", 1, None, {"en": "a"})], [], {"OLD": "B"}),
    ],
)
def test_a_tree_that_does_not_hold_together_cannot_be_built(
    areas: list[Area], sites: list[Site], aliases: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="not"):
        build_registry(areas, label="x", sites=sites, aliases=aliases)


# ---- not in the list -------------------------------------------------------------------------------------------------


def test_not_in_the_list_is_null_in_the_store() -> None:
    assert nil("XA01") == "XA01-NIL"
    assert is_nil(nil(nil("XA01")))
    assert known("XA01-NIL") is None
    assert known("XA01") == "XA01"


# ---- where a submission lies -----------------------------------------------------------------------------------------


def test_a_place_that_fits_is_kept_whole(registry: AreaRegistry) -> None:
    assert place(registry, "XA01", "XA0101", "XA010101", "XA-S1") == Place("XA01", "XA0101", "XA010101", "XA-S1")


def test_former_p_codes_are_replaced_on_the_way(registry: AreaRegistry) -> None:
    assert place(registry, "OLD1", "OLD0101", "OLD0101-NIL", "OLD0101-NIL-NIL") == Place(
        "XA01", "XA0101", not_listed=("adm3", "site")
    )


def test_not_in_the_list_is_null_and_counted_at_each_level(registry: AreaRegistry) -> None:
    assert place(registry, "XA01", "XA01-NIL", "XA01-NIL-NIL", "XA01-NIL-NIL-NIL") == Place(
        "XA01", not_listed=("adm2", "adm3", "site")
    )
    assert place(registry, "XA01", "XA0101", "XA010101", "XA010101-NIL") == Place(
        "XA01", "XA0101", "XA010101", not_listed=("site",)
    )


def test_what_was_not_asked_is_null_and_not_counted(registry: AreaRegistry) -> None:
    assert place(registry, "XA01", "XA0101") == Place("XA01", "XA0101")
    assert place(registry, "XA01") == Place("XA01")


@pytest.mark.parametrize("adm1", ["", "XZ99", "XA0101", "XA01-NIL"])
def test_without_a_level_1_nothing_is_kept(registry: AreaRegistry, adm1: str) -> None:
    assert place(registry, adm1, "XA0101") == Place(None, misfit="adm1")


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        (("XA01", "XA0201"), Place("XA01", misfit="adm2")),
        (("XA01", "XZ99"), Place("XA01", misfit="adm2")),
        (("XA01", "XA010101"), Place("XA01", misfit="adm2")),
        (("XA01", "XA02-NIL"), Place("XA01", misfit="adm2")),
        (("XA01", "XA01-NIL-NIL"), Place("XA01", misfit="adm2")),
        (("XA01", "XA0101", "XA010201", "XA-S1"), Place("XA01", "XA0101", misfit="adm3")),
        (("XA01", "XA01-NIL", "XA010101"), Place("XA01", not_listed=("adm2",), misfit="adm3")),
        (("XA01", "", "XA010101"), Place("XA01", misfit="adm3")),
        (("XA01", "", "XA0101"), Place("XA01", misfit="adm3")),
        (("XA01", "", "XA01-NIL"), Place("XA01", misfit="adm3")),
        (("XA01", "XA0101", "XA010102", "XA-S1"), Place("XA01", "XA0101", "XA010102", misfit="site")),
        (("XA01", "XA0101", "", "XA-S1"), Place("XA01", "XA0101", misfit="site")),
        (("XA01", "XA0101", "XA0101-NIL", "XA-S1"), Place("XA01", "XA0101", not_listed=("adm3",), misfit="site")),
    ],
)
def test_what_does_not_lie_below_the_answer_above_is_a_misfit(
    registry: AreaRegistry, answers: tuple[str, ...], kept: Place
) -> None:
    assert place(registry, *answers) == kept


def test_a_site_without_level_3_is_offered_below_not_in_the_list() -> None:
    sites = "| site_code | name_en | ADM2_PCODE | site_type |\n| S1 | Camp | XA0101 | urban |"
    registry = draft(sites=sites).accept()

    assert registry.offered_under("S1") == "XA0101-NIL"
    assert place(registry, "XA01", "XA0101", "XA0101-NIL", "S1") == Place(
        "XA01", "XA0101", site="S1", not_listed=("adm3",)
    )


# ---- any tree --------------------------------------------------------------------------------------------------------


@given(trees())
def test_any_tree_comes_back_from_its_rows(registry: AreaRegistry) -> None:
    assert read_areas(as_rows(registry), label=registry.label).accept() == registry


@given(trees())
def test_every_answer_that_a_form_offers_fits(registry: AreaRegistry) -> None:
    def offered(parent: str) -> list[str]:
        return [*registry.children(parent), nil(parent)]

    for adm1 in registry.children(None):
        for adm2 in offered(adm1):
            for adm3 in offered(adm2):
                sites = [code for code in registry.sites if registry.offered_under(code) == adm3]
                for site in chain(sites, [nil(adm3)]):
                    found = place(registry, adm1, adm2, adm3, site)

                    assert found == Place(
                        adm1,
                        known(adm2),
                        known(adm3),
                        known(site),
                        tuple(
                            step
                            for step, code in zip(("adm2", "adm3", "site"), (adm2, adm3, site), strict=True)
                            if is_nil(code)
                        ),
                    )
