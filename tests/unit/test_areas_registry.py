"""The tree itself: walks, former p-codes, "not in the list", and where a submission lies."""

from itertools import chain

import pytest
from areas_table import SITES, as_rows, draft, trees
from hypothesis import given

from mappings.areas import (
    Area,
    AreaRegistry,
    Site,
    build_registry,
    is_nil,
    known,
    nil,
    read_areas,
)
from mappings.language import Interview
from mappings.locate import Locate
from mappings.model import Reject
from mappings.privacy.pseudonym import Keys
from workers.reading import places_of

ALIASES = "| old_pcode | pcode |\n| OLD1 | XA01 |\n| OLD0101 | XA0101 |"


@pytest.fixture(scope="module")
def registry() -> AreaRegistry:
    return draft(sites=SITES, aliases=ALIASES).accept()


# ---- walks -----------------------------------------------------------------------------------------------------------


def test_ancestors_go_up_to_level_1(registry: AreaRegistry) -> None:
    assert registry.ancestors("XA010102") == ("XA0101", "XA01")
    assert registry.ancestors("XA01") == ()


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


# ---- any tree --------------------------------------------------------------------------------------------------------


@given(trees())
def test_any_tree_comes_back_from_its_rows(registry: AreaRegistry) -> None:
    assert read_areas(as_rows(registry), label=registry.label).accept() == registry


@given(trees())
def test_every_answer_that_a_form_offers_fits(registry: AreaRegistry) -> None:
    def offered(parent: str) -> list[str]:
        return [*registry.children(parent), nil(parent)]

    keys = Keys(b"r" * 32, b"c" * 32)
    locate = Locate(Interview(adm1="a", adm2="b", adm3="c", site="d"), places_of(registry, registry), keys)
    for adm1 in registry.children(None):
        for adm2 in offered(adm1):
            for adm3 in offered(adm2):
                sites = [code for code in registry.sites if registry.offered_under(code) == adm3]
                for site in chain(sites, [nil(adm3)]):
                    rejects: list[Reject] = []
                    found = locate((adm1, adm2, adm3, site), rejects)

                    steps = zip(("adm2", "adm3", "site"), (adm2, adm3, site), strict=True)
                    assert rejects == []
                    assert found[:3] == (adm1, known(adm2), known(adm3))
                    assert (found.site_key is None) == is_nil(site)
                    assert found.nil == tuple(f"nil:{step}" for step, code in steps if is_nil(code))
