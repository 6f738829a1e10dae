"""What an import does not bring is kept from the version in use, so that new boundaries do not lose the sites."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mappings.areas.findings import Finding, Source, warning
from mappings.areas.read import AreaRows, Unit
from mappings.areas.registry import AreaRegistry, Geometry
from mappings.areas.sites import SiteRows

IN_USE = Source("version in use")


@dataclass(frozen=True, slots=True)
class InUse:
    """The version in use, with its polygons."""

    registry: AreaRegistry
    shapes: Mapping[str, Geometry] = field(default_factory=dict)


def kept_areas(in_use: InUse) -> AreaRows:
    rows = AreaRows()
    rows.units.update({area.pcode: Unit(area, IN_USE, is_own_row=True) for area in in_use.registry.areas.values()})
    rows.findings.append(_kept("areas", str(len(rows.units))))
    return rows


def kept_sites(in_use: InUse, aliases: Mapping[str, str]) -> SiteRows:
    found = SiteRows()
    for site in in_use.registry.sites.values():
        found.sites[site.code] = (replace(site, pcode=aliases.get(site.pcode, site.pcode)), IN_USE)
    if found.sites:
        found.findings.append(_kept("sites", str(len(found.sites))))
    return found


def kept_shapes(in_use: InUse, units: Mapping[str, Unit]) -> tuple[Mapping[str, Geometry], list[Finding]]:
    """Only where the area is still there under the same parent: else an old border would pass for the new one."""
    before = in_use.registry.areas
    shapes = {
        pcode: shape
        for pcode, shape in in_use.shapes.items()
        if pcode in units and units[pcode].area.parent == before[pcode].parent
    }
    return shapes, [_kept("polygons", f"{len(shapes)} of {len(in_use.shapes)}")] if in_use.shapes else []


def kept_aliases(rows: AreaRows, in_use: InUse | None) -> tuple[dict[str, str], list[Finding]]:
    """Former p-codes of this list and of all earlier ones, each pointing straight to an area of today."""
    stated = {former: today for former, (today, _) in rows.aliases.items()}
    aliases = {former: today for former, today in stated.items() if today in rows.units}
    lost = []
    for former, then in (in_use.registry.aliases if in_use else {}).items():
        today = then if then in rows.units else stated.get(then)
        if former in rows.units or former in aliases:
            continue
        if today in rows.units:
            aliases[former] = today
        else:
            lost.append(former)
    remedy = "Add a line old_pcode, pcode for it"
    return aliases, [warning(IN_USE, f"old p-code {former} leads nowhere now", remedy) for former in lost]


def _kept(kind: str, count: str) -> Finding:
    return warning(IN_USE, f"no {kind} handed in, {count} kept", "Nothing, if they have not changed")
