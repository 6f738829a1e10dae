"""The tree itself: walks, former p-codes, "not in the list", and where a submission lies."""

from datetime import date
from itertools import chain

import pytest
from areas_table import SITES, draft
from hypothesis import given
from hypothesis import strategies as st

from mappings.areas import (
    Area,
    AreaFiles,
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

names = st.dictionaries(
    st.sampled_from(["en", "fr", "ar"]),
    st.text(st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0x6FF), min_size=1, max_size=12),
    min_size=1,
)
days = st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))


@st.composite
def trees(draw: st.DrawFn) -> AreaRegistry:
    areas = []
    parents: list[str | None] = [None]
    for level in (1, 2, 3):
        own = []
        for parent in parents:
            width = draw(st.integers(1 if level == 1 else 0, 3))
            codes = [f"{parent or 'X'}{number:02d}" for number in range(1, width + 1)]
            areas += [Area(code, level, parent, draw(names), draw(days)) for code in codes]
            own += codes
        parents = list(own)
    places = [area.pcode for area in areas if area.level > 1]
    count = draw(st.integers(0, 4)) if places else 0
    sites = [
        Site(f"S{number}", draw(st.sampled_from(places)), draw(names), "urban", draw(days)) for number in range(count)
    ]
    aliases = {f"OLD-{number}": draw(st.sampled_from(areas)).pcode for number in range(draw(st.integers(0, 3)))}
    return build_registry(areas, label="Any country", sites=sites, aliases=aliases)


def as_rows(registry: AreaRegistry) -> AreaFiles:
    """One sheet a level, as an owner of a list would publish it."""
    sheets = {
        f"adm{level}": [
            {
                "": str(number),
                f"ADM{level}_PCODE": area.pcode,
                "validOn": area.valid_from.isoformat() if area.valid_from else "",
            }
            | {f"ADM{level}_{language}": area.names.get(language, "") for language in ("EN", "FR", "AR")}
            | {f"ADM{level}_{language.upper()}": name for language, name in area.names.items()}
            | ({f"ADM{level - 1}_PCODE": area.parent} if area.parent else {})
            for number, area in enumerate(registry.level(level), start=2)
        ]
        for level in (1, 2, 3)
        if registry.level(level)
    }
    sites = [
        {"": str(number), "site_code": site.code, "site_type": site.site_type, "pcode": site.pcode}
        | {f"name_{language}": site.names.get(language, "") for language in ("en", "fr", "ar")}
        | {"valid_from": site.valid_from.isoformat() if site.valid_from else ""}
        for number, site in enumerate(registry.sites.values(), start=2)
    ]
    aliases = [
        {"": str(number), "old_pcode": former, "pcode": today}
        for number, (former, today) in enumerate(registry.aliases.items(), start=2)
    ]
    return AreaFiles(
        {"areas.xlsx": sheets},
        sites={"sites.csv": {"sites": sites}} if sites else {},
        aliases={"aliases.csv": {"aliases": aliases}} if aliases else {},
    )


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
