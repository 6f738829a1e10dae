"""Opens the files of an area import: spreadsheets and GeoJSON by their names, every unreadable one named at once."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from forms.archive import SheetError
from forms.sheets import read_tables
from mappings.areas import AreaError, AreaFiles, Finding, Row, feature_rows
from mappings.areas.findings import Source, error

Files = Mapping[str, bytes]
"""File name -> content."""
_GEOJSON = {".geojson", ".json"}
_OF_A_GIS = {".zip", ".shp", ".dbf", ".gpkg", ".kml", ".kmz", ".gdb"}
_Tables = dict[str, Mapping[str, Sequence[Row]]]


def open_area_files(areas: Files, *, sites: Files, aliases: Files, shapes: Files) -> AreaFiles:
    """A GeoJSON file among `areas` gives both the areas and their polygons. Raises AreaError."""
    problems = [
        error(Source(name), "a file of a GIS that is not read", "Export it there as GeoJSON (WGS 84)")
        for name in (*areas, *sites, *aliases, *shapes)
        if PurePath(name).suffix.lower() in _OF_A_GIS
    ]
    if problems:
        raise AreaError(problems)
    maps = {name: data for name, data in areas.items() if PurePath(name).suffix.lower() in _GEOJSON}
    tables = {name: data for name, data in areas.items() if name not in maps}
    opened = AreaFiles(
        areas=_open(tables, read_tables, problems) | _open(maps, feature_rows, problems),
        sites=_open(sites, read_tables, problems),
        aliases=_open(aliases, read_tables, problems),
        shapes={**maps, **shapes},
    )
    if problems:
        raise AreaError(problems)
    return opened


def _open(files: Files, read: Callable[[bytes, str], Mapping[str, Sequence[Row]]], problems: list[Finding]) -> _Tables:
    tables: _Tables = {}
    for name, data in files.items():
        try:
            tables[name] = read(data, name)
        except SheetError as broken:
            problems.append(error(Source(name, broken.sheet, broken.row), broken.what, broken.remedy))
        except AreaError as broken:
            problems.extend(broken.findings)
    return tables
