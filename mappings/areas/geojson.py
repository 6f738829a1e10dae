"""Opens GeoJSON: the properties become table rows, the geometry is held to its form before any library sees it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mappings.areas.columns import Row
from mappings.areas.findings import FEATURES, AreaError, Source, error
from mappings.areas.registry import Geometry

MOST_BYTES = 200 * 1024 * 1024
_DECIMALS = 6
"""A tenth of a metre; more only fills the store."""
_SMALLEST_RING = 4


@dataclass(frozen=True, slots=True)
class Feature:
    row: Row
    geometry: object


class _GeometryError(ValueError):
    """What is wrong with a geometry; caught in `polygon`."""


class _TwiceError(Exception):
    """Caught in `read_features`."""


def read_features(data: bytes, file: str) -> list[Feature]:
    """Raises AreaError when the file as a whole cannot be read."""
    source = Source(file, FEATURES)
    if len(data) > MOST_BYTES:
        what = f"larger than {MOST_BYTES >> 20} MB"
        raise AreaError([error(source, what, "Simplify the polygons in a GIS, or split the file by level")])
    try:
        text = data.decode("utf-8-sig")
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise AreaError([error(source, "not UTF-8 text", "Export it again as GeoJSON (UTF-8)")]) from None
    except json.JSONDecodeError as problem:
        what = f"not JSON: broken at line {problem.lineno}, column {problem.colno}"
        raise AreaError([error(source, what, "Export it again; the file may have been cut off")]) from None
    except _TwiceError:
        raise AreaError([error(source, "a field stands twice in one object", "Export it again")]) from None
    except (ValueError, RecursionError):
        raise AreaError([error(source, "JSON that no GeoJSON writer makes", "Export it again")]) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise AreaError([error(source, "not a FeatureCollection", "Export the whole layer as GeoJSON")])
    return [_feature(number, item) for number, item in enumerate(features, start=1)]


def feature_rows(data: bytes, file: str) -> dict[str, list[Row]]:
    """The properties as the rows of one sheet, so that areas can be imported from GeoJSON alone."""
    rows = [feature.row for feature in read_features(data, file)]
    headers = dict.fromkeys(key for row in rows for key in row)
    return {FEATURES: [{header: row.get(header, "") for header in headers} for row in rows]}


def polygon(geometry: object) -> Geometry | str:
    """The geometry with longitude and latitude only, rounded, its rings turned as RFC 7946 asks; or what is wrong."""
    if not isinstance(geometry, Mapping):
        return "has no geometry"
    kind, content = geometry.get("type"), geometry.get("coordinates")
    try:
        if kind == "Polygon":
            return {"type": kind, "coordinates": _rings(content)}
        if kind == "MultiPolygon":
            return {"type": kind, "coordinates": [_rings(part) for part in _items(content)]}
    except _GeometryError as problem:
        return str(problem)
    return "is neither a Polygon nor a MultiPolygon"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The second would win in silence."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _feature(number: int, item: object) -> Feature:
    content = item if isinstance(item, dict) else {}
    properties = content.get("properties")
    row = {str(key): _text(value) for key, value in properties.items()} if isinstance(properties, dict) else {}
    return Feature(row | {"": str(number)}, content.get("geometry"))


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _items(content: object) -> list[Any]:
    if not isinstance(content, list) or not content:
        raise _GeometryError("has no coordinates")
    return content


def _rings(content: object) -> list[list[list[float]]]:
    outer, *holes = [_ring(ring) for ring in _items(content)]
    return [_turned(outer, leftwards=True), *(_turned(hole, leftwards=False) for hole in holes)]


def _ring(content: object) -> list[list[float]]:
    ring = [_position(item) for item in _items(content)]
    if len(ring) < _SMALLEST_RING or ring[0] != ring[-1]:
        raise _GeometryError("has a ring that is not closed")
    return ring


def _turned(ring: list[list[float]], *, leftwards: bool) -> list[list[float]]:
    """The surface has the sign of the ring's direction; measured from its first corner, to lose no digits."""
    left, low = ring[0]
    steps = pairwise(ring)
    twice = sum((x - left) * (next_y - low) - (next_x - left) * (y - low) for (x, y), (next_x, next_y) in steps)
    return ring if (twice > 0) is leftwards else ring[::-1]


def _position(item: object) -> list[float]:
    numbers = _items(item)[:2]
    if len(numbers) < 2 or not all(type(number) in (int, float) for number in numbers):
        raise _GeometryError("has a coordinate that is not a pair of numbers")
    longitude, latitude = numbers
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise _GeometryError("is not in degrees of longitude and latitude (WGS 84, EPSG:4326)")
    return [round(float(longitude), _DECIMALS), round(float(latitude), _DECIMALS)]
