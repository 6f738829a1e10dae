"""From files to a version of the area list: reads everything, judges everything, and only then builds it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from mappings.areas.check import check_areas, check_code, check_names, missing_languages
from mappings.areas.findings import AreaError, Finding, Severity, Source, error
from mappings.areas.kept import InUse, kept_aliases, kept_areas, kept_shapes, kept_sites
from mappings.areas.read import AreaRows, Tables, read_alias_rows, read_area_rows
from mappings.areas.registry import AreaRegistry, Geometry, build_registry
from mappings.areas.sites import SiteRows, check_sites, read_site_rows

MAX_LABEL = 120


@dataclass(frozen=True, slots=True)
class AreaFiles:
    """What was handed in, by file name: tables as rows, polygons as bytes."""

    areas: Tables = field(default_factory=dict)
    sites: Tables = field(default_factory=dict)
    aliases: Tables = field(default_factory=dict)
    shapes: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that may be imported, unless there are errors."""

    registry: AreaRegistry | None
    shapes: Mapping[str, Geometry]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)

    def accept(self) -> AreaRegistry:
        """The registry; raises AreaError with all errors when it must not be used."""
        if self.registry is None:
            raise AreaError(self.errors)
        return self.registry


def read_areas(
    files: AreaFiles, *, label: str, in_use: InUse | None = None, site_types: Set[str] | None = None
) -> Draft:
    """`site_types` are the codes of the catalogue's list, which this floor cannot know."""
    rows = read_area_rows(files.areas) if files.areas or not in_use else kept_areas(in_use)
    read_alias_rows(files.aliases, rows)
    aliases, findings = kept_aliases(rows, in_use)
    sites = read_site_rows(files.sites) if files.sites or not in_use else kept_sites(in_use, aliases)
    shapes, shape_findings = _shapes(files.shapes, rows, in_use)
    findings = [*rows.findings, *check_areas(rows), *findings, *sites.findings, *_check_sites(sites, rows, site_types)]
    findings += [*shape_findings, *_check_label(label)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Draft(None, {}, tuple(findings))
    registry = build_registry(
        (unit.area for unit in rows.units.values()),
        label=label,
        sites=(site for site, _ in sites.sites.values()),
        aliases=aliases,
        shapes=shapes,
    )
    return Draft(registry, shapes, tuple(findings))


def _check_label(label: str) -> list[Finding]:
    if 0 < len(label) <= MAX_LABEL:
        return []
    return [error(Source("label"), f"it has {len(label)} characters", f"Give a name of 1 to {MAX_LABEL} characters")]


def _check_sites(found: SiteRows, rows: AreaRows, site_types: Set[str] | None) -> list[Finding]:
    findings = check_sites(found, rows.units, site_types)
    for code, (site, source) in found.sites.items():
        findings += check_code("site code", code, source) + check_code("site_type", site.site_type, source)
        findings += check_names(f"site {code}", site.names, source)
    named = [(code, site.names, source) for code, (site, source) in found.sites.items()]
    return findings + missing_languages("sites", named)


def _shapes(
    files: Mapping[str, bytes], rows: AreaRows, in_use: InUse | None
) -> tuple[Mapping[str, Geometry], list[Finding]]:
    if not files:
        return kept_shapes(in_use, rows.units) if in_use else ({}, [])
    try:
        # Imported here since shapely is an optional extra: area lists without polygons do without it.
        from mappings.areas.shapes import read_shapes
    except ImportError:
        remedy = "Install the extra 'geo' (make setup does), or leave the polygons out"
        return {}, [error(Source(next(iter(files))), "polygons need shapely, which is not installed", remedy)]
    found = read_shapes(files, rows.units)
    return found.shapes, found.findings
