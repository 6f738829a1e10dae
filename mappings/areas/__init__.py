"""Areas and sites: reads COD-AB lists, checks them, keeps p-codes resolvable, and answers where a submission lies."""

from mappings.areas.columns import Row
from mappings.areas.diff import AreaDiff, Change, diff
from mappings.areas.draft import AreaFiles, Draft, read_areas
from mappings.areas.findings import AreaError, Finding, Severity
from mappings.areas.geojson import feature_rows
from mappings.areas.kept import InUse
from mappings.areas.nil import is_nil, known, nil
from mappings.areas.registry import LEVELS, Area, AreaRegistry, Geometry, Site, build_registry

__all__ = [
    "LEVELS",
    "Area",
    "AreaDiff",
    "AreaError",
    "AreaFiles",
    "AreaRegistry",
    "Change",
    "Draft",
    "Finding",
    "Geometry",
    "InUse",
    "Row",
    "Severity",
    "Site",
    "build_registry",
    "diff",
    "feature_rows",
    "is_nil",
    "known",
    "nil",
    "read_areas",
]
