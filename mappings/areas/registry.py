"""One version of a country's areas and sites, frozen. Forms, mapping, coverage and release floors use only this."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from mappings.areas.nil import nil

LEVELS = (1, 2, 3)
Geometry = Mapping[str, Any]
"""A GeoJSON Polygon or MultiPolygon, longitude before latitude."""


@dataclass(frozen=True, slots=True)
class Area:
    pcode: str
    level: int
    parent: str | None
    names: Mapping[str, str]
    """By two-letter language code; at least one."""
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Site:
    code: str
    pcode: str
    """The area it lies in: level 3, or level 2 where level 3 is not known."""
    names: Mapping[str, str]
    site_type: str
    valid_from: date | None = None


_Named = TypeVar("_Named", Area, Site)


@dataclass(frozen=True, slots=True)
class AreaRegistry:
    """Build it with `build_registry()`, which computes the fingerprint, or from the store, which kept it."""

    label: str
    areas: Mapping[str, Area]
    sites: Mapping[str, Site]
    aliases: Mapping[str, str]
    """Former p-code -> the p-code of today, without chains."""
    content_sha256: str
    """Covers areas, sites, aliases and polygons, but not the label: the same content is the same version."""
    _children: Mapping[str | None, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _sites_of: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_tree(self)
        children: dict[str | None, list[str]] = defaultdict(list)
        for pcode in sorted(self.areas):
            children[self.areas[pcode].parent].append(pcode)
        sites_of: dict[str, list[str]] = defaultdict(list)
        for code in sorted(self.sites):
            sites_of[self.sites[code].pcode].append(code)
        object.__setattr__(self, "_children", {parent: tuple(below) for parent, below in children.items()})
        object.__setattr__(self, "_sites_of", {pcode: tuple(codes) for pcode, codes in sites_of.items()})

    @property
    def version(self) -> str:
        """Short enough for a page or a file name."""
        return self.content_sha256[:12]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted({language for area in self.areas.values() for language in area.names}))

    def children(self, pcode: str | None) -> tuple[str, ...]:
        """The areas one level below; of None: all of level 1."""
        return self._children.get(pcode, ())

    def level(self, level: int) -> tuple[Area, ...]:
        return tuple(self.areas[pcode] for pcode in sorted(self.areas) if self.areas[pcode].level == level)

    def ancestors(self, pcode: str) -> tuple[str, ...]:
        """From the parent up to level 1."""
        found = []
        while (parent := self.areas[pcode].parent) is not None:
            found.append(parent)
            pcode = parent
        return tuple(found)

    def resolve(self, pcode: str) -> str | None:
        """The p-code of today for a present or former one; None if it was never known."""
        return pcode if pcode in self.areas else self.aliases.get(pcode)

    def sites_of(self, pcode: str) -> tuple[str, ...]:
        """The sites placed directly in this area."""
        return self._sites_of.get(pcode, ())

    def offered_under(self, site_code: str) -> str:
        """The level-3 answer below which a form lists the site; without level 3 it is the "not in the list"."""
        pcode = self.sites[site_code].pcode
        return pcode if self.areas[pcode].level == LEVELS[-1] else nil(pcode)

    def reach(self, scope: Set[str]) -> frozenset[str]:
        """The areas of a scope with all that lies below them, and the path down to them."""
        unknown = sorted(pcode for pcode in scope if pcode not in self.areas)
        if unknown:
            raise KeyError(f"no such area in '{self.label}': {', '.join(unknown)}")
        found = set(scope)
        for level in LEVELS:
            found.update(area.pcode for area in self.level(level) if area.parent in found)
        return frozenset(found.union(*(self.ancestors(pcode) for pcode in scope)))


def build_registry(
    areas: Iterable[Area],
    *,
    label: str,
    sites: Iterable[Site] = (),
    aliases: Mapping[str, str] | None = None,
    shapes: Mapping[str, Geometry] | None = None,
) -> AreaRegistry:
    """Sorted and fingerprinted, so that the order of the input never matters."""
    ordered = {area.pcode: _tidy(area) for area in sorted(areas, key=lambda area: (area.level, area.pcode))}
    placed = {site.code: _tidy(site) for site in sorted(sites, key=lambda site: site.code)}
    former = dict(sorted((aliases or {}).items()))
    content = {
        "areas": [[area.pcode, area.level, area.parent, area.names, area.valid_from] for area in ordered.values()],
        "sites": [[site.code, site.pcode, site.site_type, site.names, site.valid_from] for site in placed.values()],
        "aliases": former,
        "shapes": shapes or {},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=date.isoformat)
    return AreaRegistry(label, ordered, placed, former, hashlib.sha256(text.encode()).hexdigest())


def _tidy(item: _Named) -> _Named:
    return replace(item, names=dict(sorted(item.names.items())))


def _check_tree(candidate: AreaRegistry) -> None:
    """The last line of defence: the import has already said all this with file and row."""
    for area in candidate.areas.values():
        parent = candidate.areas.get(area.parent) if area.parent else None
        if (parent.level if parent else 0) != area.level - 1 or area.level not in LEVELS:
            raise ValueError(f"area {area.pcode}: its parent is not one level above it")
    for site in candidate.sites.values():
        if site.pcode not in candidate.areas or candidate.areas[site.pcode].level == 1:
            raise ValueError(f"site {site.code}: its area is not known, or is of level 1")
    for former, today in candidate.aliases.items():
        if former in candidate.areas or today not in candidate.areas:
            raise ValueError(f"alias {former}: it is still in use, or its area of today is not known")
