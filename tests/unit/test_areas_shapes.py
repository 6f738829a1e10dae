"""Polygons: read from GeoJSON, held to their form, to their area and to their parent."""

import json
import sys
from typing import Any

import pytest
from areas_table import THREE_LEVELS, draft, rows, said

from mappings.areas import AreaError, AreaFiles, Draft, InUse, feature_rows, read_areas

NORTH = "| ADM1_EN | ADM1_PCODE |\n| North | XA01 |"


def square(left: float, low: float, size: float = 1.0) -> list[list[float]]:
    """A ring that runs leftwards round its square, as RFC 7946 asks."""
    right, top = left + size, low + size
    return [[left, low], [right, low], [right, top], [left, top], [left, low]]


def feature(pcode: str, *rings: list[list[float]], level: int = 1, **geometry: Any) -> dict[str, Any]:
    drawn = {"type": "Polygon", "coordinates": list(rings)} | geometry
    return {"type": "Feature", "properties": {f"ADM{level}_PCODE": pcode, "ADM1_EN": "North"}, "geometry": drawn}


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def with_shapes(*features: Any, areas: str = NORTH) -> Draft:
    return draft(areas, shapes={"adm.geojson": collection(*features)})


def test_a_polygon_is_kept_under_its_p_code() -> None:
    found = with_shapes(feature("XA01", square(0, 0)))

    assert found.errors == ()
    assert found.shapes == {"XA01": {"type": "Polygon", "coordinates": [square(0, 0)]}}


def test_rings_are_turned_as_rfc_7946_asks() -> None:
    found = with_shapes(feature("XA01", square(0, 0, 9)[::-1], square(1, 1)))

    assert found.shapes["XA01"]["coordinates"] == [square(0, 0, 9), square(1, 1)[::-1]]


def test_heights_are_dropped_and_coordinates_rounded() -> None:
    ring = [[x + 0.12345678, y, 417.5] for x, y in square(0, 0)]

    found = with_shapes(feature("XA01", ring))

    assert found.shapes["XA01"]["coordinates"][0][0] == [0.123457, 0.0]


def test_islands_are_a_multipolygon() -> None:
    found = with_shapes(feature("XA01", type="MultiPolygon", coordinates=[[square(0, 0)], [square(3, 3)]]))

    assert found.errors == ()
    assert len(found.shapes["XA01"]["coordinates"]) == 2


def test_the_deepest_p_code_of_a_feature_is_its_own() -> None:
    drawn = feature("XA01", square(0, 0))
    drawn["properties"] = {"ADM0_PCODE": "XA", "ADM1_PCODE": "XA01", "ADM2_PCODE": None}

    assert list(with_shapes(drawn).shapes) == ["XA01"]


@pytest.mark.parametrize("level", [0, 4])
def test_outlines_of_the_country_and_of_level_4_are_read_past(level: int) -> None:
    found = with_shapes(feature("XA01", square(0, 0)), feature("XA", square(0, 0), level=level))

    assert found.errors == ()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "not JSON: broken at line 1, column 1"),
        (b'{"type": "FeatureCollection", "features": [', "not JSON: broken at line 1"),
        (b"\xff\xfe{", "not UTF-8 text"),
        (b"[]", "not a FeatureCollection"),
        (b'{"type": "Feature"}', "not a FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": 7}', "not a FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "JSON that no GeoJSON writer makes"),
        (b"[" * 200_000, "JSON that no GeoJSON writer makes"),
    ],
)
def test_a_broken_file_is_one_clear_error(data: bytes, what: str) -> None:
    found = draft(NORTH, shapes={"adm.geojson": data})

    assert found.registry is None
    assert f"error: adm.geojson: {what}" in said(found)


@pytest.mark.parametrize("item", [None, 7, {}, {"properties": 7}, {"properties": {"ADM1_EN": "North"}}])
def test_a_feature_without_p_code_is_an_error(item: object) -> None:
    assert "adm.geojson, feature 1: no p-code in its properties" in said(with_shapes(item))


@pytest.mark.parametrize(
    ("geometry", "what"),
    [
        (None, "has no geometry"),
        ({"type": "Point", "coordinates": [1, 2]}, "is neither a Polygon nor a MultiPolygon"),
        ({"type": "Polygon", "coordinates": []}, "has no coordinates"),
        ({"type": "Polygon", "coordinates": [[]]}, "has no coordinates"),
        ({"type": "Polygon", "coordinates": [square(0, 0)[:-1]]}, "has a ring that is not closed"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "has a ring that is not closed"),
        ({"type": "Polygon", "coordinates": [[["0", "0"]] * 4]}, "has a coordinate that is not a pair of numbers"),
        ({"type": "Polygon", "coordinates": [[[True, 0]] * 4]}, "has a coordinate that is not a pair of numbers"),
        ({"type": "Polygon", "coordinates": [square(5e5, 2e6)]}, "is not in degrees of longitude and latitude"),
        ({"type": "MultiPolygon", "coordinates": [square(0, 0)]}, "has no coordinates"),
    ],
)
def test_a_geometry_of_another_form_is_named(geometry: object, what: str) -> None:
    drawn = feature("XA01") | {"geometry": geometry}

    assert f"adm.geojson, feature 1: polygon XA01 {what}" in said(with_shapes(drawn))


def test_a_polygon_that_crosses_itself_is_an_error_with_a_way_to_repair_it() -> None:
    bow_tie = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]

    found = with_shapes(feature("XA01", bow_tie))

    assert "feature 1: polygon XA01 is not valid: self-intersection. Repair it in a GIS" in said(found)


def test_a_repair_that_changes_next_to_nothing_is_said_to_be_safe() -> None:
    spike = [[0, 0], [4, 0], [4, 4], [2, 4], [2, 5], [2, 4], [0, 4], [0, 0]]
    touching = [[0, 0], [4, 0], [4, 4], [2, 0], [0, 4], [0, 0]]

    assert "that changes its surface by 0.0% only" in said(with_shapes(feature("XA01", touching)))
    assert "is not valid" in said(with_shapes(feature("XA01", spike)))


def test_a_polygon_without_area_is_an_error() -> None:
    found = with_shapes(feature("XA01", square(0, 0)), feature("XA09", square(2, 0)))

    assert "feature 2: polygon XA09 belongs to no area of level 1" in said(found)


def test_with_an_error_no_polygon_is_handed_on() -> None:
    found = with_shapes(feature("XA01", square(0, 0)), feature("XA09", square(2, 0)))

    assert found.registry is None
    assert found.shapes == {}


def test_a_polygon_of_another_level_is_an_error() -> None:
    assert "polygon XA01 belongs to no area of level 2" in said(with_shapes(feature("XA01", square(0, 0), level=2)))


def test_a_second_polygon_of_an_area_is_an_error() -> None:
    found = with_shapes(feature("XA01", square(0, 0)), feature("XA01", square(2, 0)))

    assert "feature 2: area XA01 has a second polygon (adm.geojson, feature 1)" in said(found)


def test_a_polygon_outside_its_parent_is_an_error() -> None:
    found = with_shapes(
        feature("XA01", square(0, 0, 4)), feature("XA0101", square(3, 3, 4), level=2), areas=THREE_LEVELS
    )

    assert "error: adm.geojson, feature 2: 94% of polygon XA0101 lies outside its parent XA01" in said(found)


def test_a_polygon_a_little_outside_its_parent_is_only_remarked() -> None:
    found = with_shapes(
        feature("XA01", square(0, 0, 4)), feature("XA0101", square(2.2, 1, 2), level=2), areas=THREE_LEVELS
    )

    assert found.errors == ()
    assert "warning: adm.geojson, feature 2: 10% of polygon XA0101 lies outside its parent XA01" in said(found)


def test_a_border_drawn_twice_is_no_finding() -> None:
    found = with_shapes(
        feature("XA01", square(0, 0, 4)), feature("XA0101", square(2.01, 1, 2), level=2), areas=THREE_LEVELS
    )

    assert "lies outside" not in said(found)


def test_missing_polygons_are_counted_by_level() -> None:
    found = with_shapes(feature("XA01", square(0, 0)), areas=THREE_LEVELS)

    assert found.errors == ()
    assert "areas of level 1 without polygon, of 2: 1 (XA02)" in said(found)
    assert "areas of level 3 without polygon, of 4: 4 (XA010101, XA010102, XA010201, XA020101)." in said(found)


def test_a_map_that_would_be_slow_is_remarked() -> None:
    steps = 70_000
    ring = [[10 * number / steps, 0] for number in range(steps)] + [[10, 5], [0, 0]]

    assert "the polygons of level 1 have 70,002 points" in said(with_shapes(feature("XA01", ring)))


def test_areas_can_be_imported_from_geojson_alone() -> None:
    data = collection(feature("XA01", square(0, 0)))

    found = read_areas(
        AreaFiles({"adm.geojson": feature_rows(data, "adm.geojson")}, shapes={"adm.geojson": data}),
        label="Test country",
    )

    assert found.accept().areas["XA01"].names == {"en": "North"}
    assert list(found.shapes) == ["XA01"]


def test_the_rows_of_a_broken_geojson_are_an_error() -> None:
    with pytest.raises(AreaError, match=r"adm\.geojson: not JSON"):
        feature_rows(b"{", "adm.geojson")


def test_another_polygon_makes_another_version() -> None:
    one = with_shapes(feature("XA01", square(0, 0))).accept()
    other = with_shapes(feature("XA01", square(0, 0, 2))).accept()

    assert one.content_sha256 != other.content_sha256
    assert one.areas == other.areas


def test_polygons_in_use_are_kept_when_none_are_handed_in() -> None:
    first = with_shapes(feature("XA01", square(0, 0)))

    again = draft(NORTH, in_use=InUse(first.accept(), first.shapes))

    assert again.accept() == first.accept()
    assert "no polygons handed in, 1 of 1 kept" in said(again)


def test_the_polygon_of_an_area_that_moved_is_not_kept() -> None:
    first = with_shapes(feature("XA0102", square(0, 0), level=2), areas=THREE_LEVELS)
    moved = THREE_LEVELS.replace("North   | شمال    | XA01       | Idra", "South   | جنوب    | XA02       | Idra")

    again = draft(moved, in_use=InUse(first.accept(), first.shapes))

    assert again.shapes == {}
    assert "no polygons handed in, 0 of 1 kept" in said(again)


def test_without_shapely_polygons_are_refused_and_lists_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mappings.areas.shapes", None)

    assert "polygons need shapely, which is not installed" in said(with_shapes(feature("XA01", square(0, 0))))
    assert read_areas(AreaFiles({"a.csv": {"a": rows(NORTH)}}), label="x").errors == ()
