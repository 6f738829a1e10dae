"""Dorvania, an invented country for the demo and the tests: its files go through the same import as a real list."""

import csv
import io
from functools import cache
from importlib.resources import files

from mappings.areas.columns import Row
from mappings.areas.draft import AreaFiles, Draft, read_areas
from mappings.areas.registry import AreaRegistry

LABEL = "Dorvania (invented), 2024"
AREAS, SITES = "areas.csv", "sites.csv"
SHAPES = ("adm1.geojson", "adm2.geojson", "adm3.geojson")


def load() -> AreaRegistry:
    return draft().accept()


@cache
def draft() -> Draft:
    """With the polygons; read once, since nothing in it can change."""
    return read_areas(demo_files(), label=LABEL)


def demo_files() -> AreaFiles:
    return AreaFiles(
        areas={AREAS: {"areas": _rows(AREAS)}},
        sites={SITES: {"sites": _rows(SITES)}},
        shapes={name: demo_file(name) for name in SHAPES},
    )


def demo_file(name: str) -> bytes:
    return (files(__name__) / name).read_bytes()


def _rows(name: str) -> list[Row]:
    # The general reader of spreadsheets lives one floor up; our own two files need no more than this.
    lines = csv.DictReader(io.StringIO(demo_file(name).decode(), newline=""))
    return [row | {"": str(number)} for number, row in enumerate(lines, start=2)]
