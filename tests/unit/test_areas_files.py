"""Files as a person hands them in, from their bytes to a list."""

import re
from pathlib import Path

import pytest

from forms.area_files import open_area_files
from forms.sheets import Table, write_tables
from mappings.areas import AreaError, AreaFiles, demo, read_areas

AREAS = b"ADM1_EN,ADM1_PCODE\nNorth,XA01\n"
GEOJSON = (
    b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"ADM1_EN": "North", "ADM1_PCODE":'
    b' "XA01"}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}]}'
)


def opened(areas: dict[str, bytes], **others: dict[str, bytes]) -> AreaFiles:
    return open_area_files(areas, **({"sites": {}, "aliases": {}, "shapes": {}} | others))


def test_the_files_of_the_demo_country_give_the_demo_country() -> None:
    files = opened(
        {demo.AREAS: demo.demo_file(demo.AREAS)},
        sites={demo.SITES: demo.demo_file(demo.SITES)},
        shapes={name: demo.demo_file(name) for name in demo.SHAPES},
    )

    assert read_areas(files, label=demo.LABEL).accept() == demo.load()


def test_a_workbook_gives_its_sheets() -> None:
    book = write_tables({"adm1": Table(("ADM1_EN", "ADM1_PCODE"), [{"ADM1_EN": "North", "ADM1_PCODE": "XA01"}])})

    assert read_areas(opened({"cod.xlsx": book}), label="x").accept().areas["XA01"].names == {"en": "North"}


@pytest.mark.parametrize("name", ["adm1.geojson", "ADM1.JSON"])
def test_geojson_among_the_areas_gives_areas_and_polygons(name: str) -> None:
    found = read_areas(opened({name: GEOJSON}), label="x")

    assert found.accept().areas["XA01"].names == {"en": "North"}
    assert list(found.shapes) == ["XA01"]


def test_former_p_codes_come_from_a_file_of_their_own() -> None:
    files = opened({"areas.csv": AREAS}, aliases={"old.csv": b"old_pcode,pcode\nOLD,XA01\n"})

    assert read_areas(files, label="x").accept().resolve("OLD") == "XA01"


def test_every_unreadable_file_is_named_at_once() -> None:
    with pytest.raises(AreaError) as refused:
        opened({"areas.xlsx": b"no workbook", "adm1.geojson": b"{"}, sites={"sites.csv": b"a,a\n1,2\n"})

    assert [str(finding.source) for finding in refused.value.findings] == [
        "areas.xlsx",
        "adm1.geojson",
        "sites.csv, sheet 'sites', row 1",
    ]


@pytest.mark.parametrize("name", ["borders.zip", "borders.SHP", "borders.gpkg"])
def test_a_file_of_a_gis_is_named_with_the_format_that_is_read(name: str) -> None:
    with pytest.raises(AreaError, match="Export it there as GeoJSON"):
        open_area_files({}, sites={}, aliases={}, shapes={name: b"PK"})


def test_the_examples_of_the_documentation_can_be_imported() -> None:
    text = (Path(__file__).parents[2] / "docs" / "areas.md").read_text(encoding="utf-8")
    shown = {name: body.encode() for name, body in re.findall(r"```csv (\S+)\n(.*?)```", text, re.DOTALL)}

    files = opened(
        {"areas.csv": shown["areas.csv"]},
        sites={"sites.csv": shown["sites.csv"]},
        aliases={"aliases.csv": shown["aliases.csv"]},
    )

    assert read_areas(files, label="x").findings == ()
