"""Area files made to do harm: each is refused with words, and nothing of it reaches a terminal or a spreadsheet.

1. GeoJSON that is deep, huge in a number, or says a thing twice.
2. Names and codes that steer a terminal, turn the direction of text, or are formulas.
3. Sheets that are wide or swell when unpacked.
"""

import io
import json
import zipfile
from typing import Any

import pytest

from forms.area_files import open_area_files
from mappings.areas import AreaError, read_areas

HEADER = "ADM1_EN,ADM1_PCODE\n"


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(AreaError) as refused:
        read_areas(open_area_files({name: data}, sites={}, aliases={}, shapes={}), label="X").accept()
    return str(refused.value)


def collection(*points: Any, **properties: str) -> bytes:
    geometry = {"type": "Polygon", "coordinates": [list(points)]}
    named = {"ADM1_PCODE": "XA01", "ADM1_EN": "North"} | properties
    feature = {"type": "Feature", "properties": named, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"a":' * 100_000, "JSON that no GeoJSON writer makes"),
        (b"[" * 1_000_000, "JSON that no GeoJSON writer makes"),
        (b'{"type": NaN}', "JSON that no GeoJSON writer makes"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "JSON that no GeoJSON writer makes"),
        (b'{"type": "FeatureCollection", "features": [], "features": []}', "a field stands twice"),
        (collection([10**400, 1], [1, 1], [1, 2], [10**400, 1]), "not in degrees"),
        (collection(["1", 1], [1, 1], [1, 2], ["1", 1]), "not a pair of numbers"),
        (collection([1, 1]).replace(b"[1, 1]", b"[1e999, 1]"), "not in degrees"),
    ],
)
def test_1_geojson_that_no_gis_writes_is_refused(data: bytes, what: str) -> None:
    assert what in refusal("a.geojson", data)


@pytest.mark.parametrize("name", ["=1+1", '"=HYPERLINK(""http://x"")"', "@SUM(A1)", "+1", "-1+1"])
def test_2_a_name_that_is_a_formula_is_refused_and_not_repeated(name: str) -> None:
    said = refusal("a.csv", f"{HEADER}{name},XA01\n".encode())

    assert "a spreadsheet program takes for a formula" in said
    assert name.strip('"') not in said


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\u202e", "\u2066", "\u2028", "\x85"])
def test_2_a_sign_that_nobody_sees_is_left_out_of_names_and_shown_to_no_terminal(sign: str) -> None:
    data = f"{HEADER}Nor{sign}th,XA01\n".encode()
    named = read_areas(open_area_files({"a.csv": data}, sites={}, aliases={}, shapes={}), label="X").accept()
    in_code = refusal("a.csv", f"{HEADER}North,XA{sign}01\n".encode())

    assert sign not in named.areas["XA01"].names["en"]
    assert "holds other characters" in in_code
    assert sign not in in_code


def test_2_letters_of_scripts_that_join_stay() -> None:
    name = "می\u200cخواهم"
    draft = read_areas(
        open_area_files({"a.csv": f"{HEADER}{name},XA01\n".encode()}, sites={}, aliases={}, shapes={}), label="X"
    )

    assert draft.accept().areas["XA01"].names == {"en": name}


def test_2_a_code_that_is_a_formula_is_refused() -> None:
    assert "holds other characters" in refusal("a.csv", f"{HEADER}North,-A1\n".encode())


def test_3_a_million_columns_end_in_words_at_once() -> None:
    wide = ",".join(["ADM1_EN", "ADM1_PCODE", *(f"c{number}" for number in range(400_000))])

    assert "no area" in refusal("a.csv", f"{wide}\n,\n".encode())
    assert "two columns have the same header (x)" in refusal("a.csv", (b"x," * 500_000) + b"\nNorth,XA01\n")


def test_3_a_bomb_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(30 << 20))

    assert "unpacks to far more" in refusal("a.xlsx", target.getvalue())
