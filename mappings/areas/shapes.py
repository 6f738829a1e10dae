"""Judges the polygons of areas: valid, of a known area, inside their parent. The only module that uses shapely."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import shapely
import shapely.geometry

from mappings.areas.columns import columns
from mappings.areas.findings import FEATURES, AreaError, Finding, Source, error, sample, warning
from mappings.areas.geojson import Feature, polygon, read_features
from mappings.areas.read import Unit
from mappings.areas.registry import LEVELS, Geometry

Shapes = dict[str, Geometry]
_OUTSIDE_NOTED = 0.01
"""Share of an area outside its parent that is more than a border drawn twice."""
_OUTSIDE_WRONG = 0.5
"""Above this share the p-code or the parent is wrong, not the drawing."""
_MANY_POINTS = 60_000


@dataclass(frozen=True, slots=True)
class ShapeRows:
    shapes: Shapes = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_shapes(files: Mapping[str, bytes], units: Mapping[str, Unit]) -> ShapeRows:
    """Polygons by p-code; one that cannot be used is a finding, and is left out."""
    found = ShapeRows()
    for file, data in files.items():
        try:
            features = read_features(data, file)
        except AreaError as broken:
            found.findings.extend(broken.findings)
            continue
        for feature in features:
            _read_feature(found, feature, Source(file, FEATURES, int(feature.row[""])), units)
    _check_all(found, units)
    return found


def _read_feature(found: ShapeRows, feature: Feature, source: Source, units: Mapping[str, Unit]) -> None:
    names = columns(feature.row)
    codes = {level: names.pcode(feature.row, level) for level in names.pcodes}
    deepest = max((level for level, code in codes.items() if code), default=None)
    if deepest is None:
        found.findings.append(error(source, "no p-code in its properties", "Add a property such as ADM2_PCODE"))
        return
    if deepest not in LEVELS:
        return
    pcode = codes[deepest]
    shape = polygon(feature.geometry)
    if pcode not in units or units[pcode].area.level != deepest:
        what = f"polygon {pcode} belongs to no area of level {deepest}"
        found.findings.append(error(source, what, "Import the area as well, or take the polygon out"))
    elif pcode in found.shapes:
        what = f"area {pcode} has a second polygon ({found.sources[pcode]})"
        found.findings.append(error(source, what, "Join the parts into one MultiPolygon"))
    elif isinstance(shape, str):
        found.findings.append(error(source, f"polygon {pcode} {shape}", "Correct it in a GIS and export it again"))
    else:
        found.shapes[pcode] = shape
        found.sources[pcode] = source


def _check_all(found: ShapeRows, units: Mapping[str, Unit]) -> None:
    drawn = {pcode: shapely.geometry.shape(shape) for pcode, shape in found.shapes.items()}
    for pcode, shape in list(drawn.items()):
        if not shape.is_valid:
            found.findings.append(_invalid(pcode, shape, found.sources[pcode]))
            del drawn[pcode], found.shapes[pcode]
    found.findings.extend(_outside(drawn, found.sources, units))
    if found.sources:
        found.findings.extend(_missing(found, units))
        found.findings.extend(_heavy(drawn, units))


def _invalid(pcode: str, shape: shapely.Geometry, source: Source) -> Finding:
    repaired = shapely.make_valid(shape)
    change = abs(repaired.area - shape.area) / (shape.area or 1)
    reason = shapely.is_valid_reason(shape).split("[")[0].lower()
    remedy = "Repair it in a GIS ('fix geometries', 'make valid')"
    if change <= _OUTSIDE_NOTED and repaired.geom_type in {"Polygon", "MultiPolygon"}:
        remedy += f"; that changes its surface by {change:.1%} only"
    return error(source, f"polygon {pcode} is not valid: {reason}", remedy)


def _outside(
    drawn: Mapping[str, shapely.Geometry], sources: Mapping[str, Source], units: Mapping[str, Unit]
) -> list[Finding]:
    pairs = [(pcode, units[pcode].area.parent) for pcode in drawn]
    known = [(pcode, parent) for pcode, parent in pairs if parent and parent in drawn]
    if not known:
        return []
    inner, outer = [drawn[pcode] for pcode, _ in known], [drawn[parent] for _, parent in known]
    shares = shapely.area(shapely.difference(inner, outer)) / shapely.area(inner)
    findings = []
    for (pcode, parent), share in zip(known, shares, strict=True):
        if share > _OUTSIDE_NOTED:
            judge = error if share > _OUTSIDE_WRONG else warning
            what = f"{share:.0%} of polygon {pcode} lies outside its parent {parent}"
            findings.append(
                judge(sources[pcode], what, "Check its p-code, its parent, and that both maps are of one year")
            )
    return findings


def _missing(found: ShapeRows, units: Mapping[str, Unit]) -> list[Finding]:
    findings = []
    for level in LEVELS:
        pcodes = [pcode for pcode, unit in units.items() if unit.area.level == level]
        missing = [pcode for pcode in pcodes if pcode not in found.sources]
        if missing:
            what = f"areas of level {level} without polygon, of {len(pcodes)}: {sample(missing)}"
            findings.append(warning(Source("shapes"), what, "Add them; until then the map leaves these areas out"))
    return findings


def _heavy(drawn: Mapping[str, shapely.Geometry], units: Mapping[str, Unit]) -> list[Finding]:
    points: Counter[int] = Counter()
    for pcode, shape in drawn.items():
        points[units[pcode].area.level] += shapely.get_num_coordinates(shape)
    return [
        warning(
            Source("shapes"),
            f"the polygons of level {level} have {count:,} points, and maps of them will be slow",
            "Simplify them in a GIS, keeping shared borders shared",
        )
        for level, count in sorted(points.items())
        if count > _MANY_POINTS
    ]
