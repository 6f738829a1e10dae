"""Reads sites: code, names, the area they lie in, and what kind of place each is."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from mappings.areas.columns import Columns, Row, clean, columns, day, row_number
from mappings.areas.findings import Finding, Source, error, sample, warning
from mappings.areas.read import Tables, Unit
from mappings.areas.registry import Site

_REQUIRED = ("site_code", "site_type")


@dataclass(frozen=True, slots=True)
class SiteRows:
    sites: dict[str, tuple[Site, Source]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_site_rows(tables: Tables) -> SiteRows:
    found = SiteRows()
    for file, sheets in tables.items():
        for sheet, rows in sheets.items():
            _read_sheet(found, Source(file, sheet), rows)
    return found


def check_sites(found: SiteRows, units: Mapping[str, Unit], site_types: Set[str] | None) -> list[Finding]:
    """`site_types` are the codes of the catalogue's list; without it any code is taken."""
    findings = []
    for site, source in found.sites.values():
        where = units.get(site.pcode)
        if where is None:
            what = f"site {site.code} lies in {site.pcode or 'no area'}, which is not in the area list"
            findings.append(error(source, what, "Correct the p-code, or import the area first"))
        elif where.area.level == 1:
            what = f"site {site.code} is placed at level 1 only"
            findings.append(error(source, what, "Give its ADM3_PCODE, or at least its ADM2_PCODE"))
        if site_types is not None and site.site_type not in site_types:
            what = f"site {site.code} has a site_type that the catalogue does not know"
            findings.append(error(source, what, f"Use one of {', '.join(sorted(site_types))}"))
    return findings + _loosely_placed(found, units)


def _loosely_placed(found: SiteRows, units: Mapping[str, Unit]) -> list[Finding]:
    has_level_3 = {unit.area.parent for unit in units.values() if unit.area.level == 3}
    loose = [(site, source) for site, source in found.sites.values() if site.pcode in has_level_3]
    loose = [(site, source) for site, source in loose if units[site.pcode].area.level == 2]
    if not loose:
        return []
    what = f"sites without level 3: {sample([site.code for site, _ in loose])}"
    remedy = "Give their ADM3_PCODE; until then forms list them only below 'not in the list' of level 3"
    return [warning(replace(loose[0][1], row=0), what, remedy)]


def _read_sheet(found: SiteRows, source: Source, rows: Sequence[Row]) -> None:
    names = columns(rows[0] if rows else ())
    missing = [name for name in _REQUIRED if name not in names.headers]
    if not {2, 3} & names.pcodes.keys() and "pcode" not in names.headers:
        missing.append("ADM3_PCODE")
    if missing:
        found.findings.append(
            error(source, f"columns missing: {', '.join(missing)}", "Add them; docs/areas.md shows an example")
        )
        return
    for row in rows:
        if not names.cell(row, "site_code").startswith("#"):
            _read_row(found, names, row, replace(source, row=row_number(row)))


def _read_row(found: SiteRows, names: Columns, row: Row, source: Source) -> None:
    code = names.cell(row, "site_code")
    if code in found.sites:
        what = f"site code {code} is used twice ({found.sites[code][1]})"
        found.findings.append(error(source, what, "Give each site a code of its own, for ever"))
        return
    dated = names.valid_from(row)
    valid_from = day(dated) if dated else None
    if dated and valid_from is None:
        found.findings.append(warning(source, "the date was not understood", "Write it as 2024-01-31"))
    pcode = next(filter(None, (names.pcode(row, level) for level in (3, 2, 1))), "")
    site = Site(
        code,
        pcode=pcode or names.cell(row, "pcode"),
        names={language: text for language, header in names.site_names.items() if (text := clean(row.get(header, "")))},
        site_type=names.cell(row, "site_type"),
        valid_from=valid_from,
    )
    found.sites[code] = (site, source)
