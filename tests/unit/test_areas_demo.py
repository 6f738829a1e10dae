"""Dorvania: the invented country that the demo, the documentation and many tests stand on."""

import json
from collections import Counter
from itertools import pairwise

import pytest
import shapely
from shapely.geometry import shape

from forms.questionnaire.words import word
from forms.sheets import read_tables
from mappings.areas import AreaFiles, AreaRegistry, demo, read_areas

LANGUAGES = ("ar", "en", "es", "fr")


@pytest.fixture(scope="module")
def registry() -> AreaRegistry:
    return demo.load()


def test_it_passes_its_own_import_without_a_remark() -> None:
    assert demo.draft().findings == ()


def test_the_general_spreadsheet_reader_reads_the_same(registry: AreaRegistry) -> None:
    files = AreaFiles(
        areas={demo.AREAS: read_tables(demo.demo_file(demo.AREAS), demo.AREAS)},
        sites={demo.SITES: read_tables(demo.demo_file(demo.SITES), demo.SITES)},
        shapes={name: demo.demo_file(name) for name in demo.SHAPES},
    )

    assert read_areas(files, label=demo.LABEL).accept() == registry


def test_it_has_three_levels_and_about_three_hundred_areas(registry: AreaRegistry) -> None:
    assert [len(registry.level(level)) for level in (1, 2, 3)] == [10, 50, 240]
    assert len(registry.sites) == 150


def test_every_area_and_site_has_a_name_in_all_four_languages(registry: AreaRegistry) -> None:
    named = [*registry.areas.values(), *registry.sites.values()]

    assert {tuple(sorted(item.names)) for item in named} == {LANGUAGES}
    assert tuple(sorted(word("area_not_in_list"))) == LANGUAGES


def test_arabic_names_are_in_arabic_script(registry: AreaRegistry) -> None:
    named = [*registry.areas.values(), *registry.sites.values()]

    assert all(name.isascii() is False and name[0] >= "\u0600" for name in (item.names["ar"] for item in named))


def test_no_two_areas_share_a_name(registry: AreaRegistry) -> None:
    names = Counter(area.names["en"] for area in registry.areas.values())

    assert names.most_common(1)[0][1] == 1


def test_its_codes_belong_to_no_country(registry: AreaRegistry) -> None:
    """ISO 3166-1 leaves XA to XZ to users for ever."""
    assert {pcode[:2] for pcode in registry.areas} == {"XD"}


def test_there_are_sites_of_every_kind(registry: AreaRegistry) -> None:
    kinds = Counter(site.site_type for site in registry.sites.values())

    assert set(kinds) == {
        *("planned_site", "self_settled", "collective_centre", "village", "urban"),
        *("transit", "border", "work_area", "other"),
    }
    assert min(kinds.values()) >= 2


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_polygons_of_a_level_tile_the_country(level: int, registry: AreaRegistry) -> None:
    drawn = demo.draft().shapes
    tiles = [shape(drawn[area.pcode]) for area in registry.level(level)]

    assert shapely.coverage_is_valid(tiles)
    assert shapely.coverage_union_all(tiles).geom_type == "Polygon"


def test_each_parent_is_exactly_the_union_of_its_children(registry: AreaRegistry) -> None:
    drawn = {pcode: shape(geometry) for pcode, geometry in demo.draft().shapes.items()}
    parents = [area.pcode for level in (1, 2) for area in registry.level(level)]

    joined = {pcode: shapely.union_all([drawn[child] for child in registry.children(pcode)]) for pcode in parents}

    assert [pcode for pcode in parents if not joined[pcode].equals(drawn[pcode])] == []


def test_its_map_is_small_and_lies_in_the_open_sea() -> None:
    files = [demo.demo_file(name) for name in demo.SHAPES]
    union = shapely.union_all([shape(geometry) for geometry in demo.draft().shapes.values()])

    assert sum(map(len, files)) < 400_000
    assert shapely.box(-20.5, -30.5, -14.5, -26).contains(union)


def test_rings_run_leftwards_in_the_files_themselves() -> None:
    features = [feature for name in demo.SHAPES for feature in json.loads(demo.demo_file(name))["features"]]
    rings = [ring for feature in features for ring in feature["geometry"]["coordinates"]]

    doubled = [sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in pairwise(ring)) for ring in rings]

    assert min(doubled) > 0
