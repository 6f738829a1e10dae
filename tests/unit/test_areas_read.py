"""What the import reads out of tables, as people really have them."""

from datetime import date

import pytest
from areas_table import draft, rows, said

from mappings.areas import Area, AreaFiles, Draft, read_areas


def read(**sheets: str) -> Draft:
    return read_areas(
        AreaFiles({"cod.xlsx": {name: rows(text) for name, text in sheets.items()}}), label="Test country"
    )


def test_one_row_a_lowest_area_gives_all_three_levels() -> None:
    registry = draft().accept()

    assert [area.pcode for area in registry.level(1)] == ["XA01", "XA02"]
    assert registry.children("XA01") == ("XA0101", "XA0102")
    assert registry.areas["XA010102"] == Area(
        "XA010102", 3, "XA0101", {"ar": "بارم", "en": "Barem"}, valid_from=date(2024, 1, 31)
    )


def test_a_clean_list_gives_no_finding() -> None:
    assert said(draft()) == ""


def test_one_sheet_a_level_gives_the_same_as_one_row_a_lowest_area() -> None:
    found = read(
        adm0="""
            | ADM0_PCODE |
            | XA         |""",
        adm2="""
            | ADM2_EN | ADM2_AR | ADM2_PCODE | ADM1_PCODE | ADM0_PCODE | date       |
            | Halab   | حلب     | XA0101     | XA01       | XA         | 2024-01-31 |
            | Idra    | إدرا    | XA0102     | XA01       | XA         | 2024-01-31 |
            | Homar   | هومر    | XA0201     | XA02       | XA         | 2024-01-31 |""",
        adm3="""
            | ADM3_EN | ADM3_AR | ADM3_PCODE | ADM2_PCODE | date       |
            | Azel    | عزل     | XA010101   | XA0101     | 2024-01-31 |
            | Barem   | بارم    | XA010102   | XA0101     | 2024-01-31 |
            | Carun   | كارون   | XA010201   | XA0102     | 2024-01-31 |
            | Damel   | داميل   | XA020101   | XA0201     | 2024-01-31 |""",
        adm1="""
            | ADM1_EN | ADM1_AR | ADM1_PCODE | date       |
            | North   | شمال    | XA01       | 2024-01-31 |
            | South   | جنوب    | XA02       | 2024-01-31 |""",
    )

    assert found.findings == ()
    assert found.accept() == draft().accept()


def test_names_from_several_sheets_are_put_together() -> None:
    found = read(
        adm1="| ADM1_EN | ADM1_PCODE |\n| North | XA01 |",
        adm2="| ADM1_FR | ADM1_PCODE | ADM2_EN | ADM2_PCODE |\n| Nord | XA01 | Halab | XA0101 |",
    )

    assert found.accept().areas["XA01"].names == {"en": "North", "fr": "Nord"}


@pytest.mark.parametrize(
    ("name", "pcode", "language"),
    [
        ("ADM1_FR", "ADM1_PCODE", ""),
        ("adm1_fr", "adm1_pcode", ""),
        ("admin1Name_fr", "admin1Pcode", ""),
        (" Adm1_Fr ", "Adm1_Pcode", ""),
        ("adm1_name", "adm1_pcode", "lang"),
        ("adm1_name1", "adm1_pcode", "lang1"),
    ],
)
def test_the_column_names_of_all_generations_of_cod_ab_are_known(name: str, pcode: str, language: str) -> None:
    row = {name: "Nord", pcode: "XA01", "": "2"} | ({language: "fr"} if language else {})

    registry = read_areas(AreaFiles({"a.csv": {"a": [row]}}), label="Test country").accept()

    assert registry.areas["XA01"].names == {"fr": "Nord"}


@pytest.mark.parametrize("column", ["ADM1_REF", "ADM1ALT1EN", "ADM1_TYPE", "Shape_Area", "cod_version"])
def test_other_columns_are_no_names(column: str) -> None:
    found = read(a=f"| ADM1_EN | ADM1_PCODE | {column} |\n| North | XA01 | 7 |")

    assert found.accept().areas["XA01"].names == {"en": "North"}


def test_a_numbered_name_without_its_language_is_not_used() -> None:
    found = read(a="| adm1_name | adm1_name1 | adm1_pcode | lang | lang1 |\n| North | Nord | XA01 | en | |")

    assert found.accept().areas["XA01"].names == {"en": "North"}


def test_a_row_of_hxl_tags_is_no_area() -> None:
    found = read(a="| ADM1_EN | ADM1_PCODE |\n| #adm1+name+i_en | #adm1+code+v_pcode |\n| North | XA01 |")

    assert list(found.accept().areas) == ["XA01"]


def test_rows_that_have_ended_are_left_out_and_counted() -> None:
    found = read(
        a="""
            | ADM1_EN | ADM1_PCODE | validTo    |
            | North   | XA01       |            |
            | Gone    | XA09       | 2023-01-01 |"""
    )

    assert list(found.accept().areas) == ["XA01"]
    assert "rows left out since their valid-to is filled: 1" in said(found)


def test_level_four_is_read_past() -> None:
    found = read(
        a="""
            | ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE | ADM3_EN | ADM3_PCODE | ADM4_EN | ADM4_PCODE |
            | North   | XA01       | Halab   | XA0101     | Azel    | XA010101   | Qa      | XA01010101 |
            | North   | XA01       | Halab   | XA0101     | Azel    | XA010101   | Qe      | XA01010102 |"""
    )

    assert list(found.accept().areas) == ["XA01", "XA0101", "XA010101"]
    assert "levels below 3 are not read" in said(found)


def test_a_sheet_without_p_codes_is_left_out_and_named() -> None:
    found = read(a="| ADM1_EN | ADM1_PCODE |\n| North | XA01 |", readme="| note |\n| hello |")

    assert "cod.xlsx, sheet 'readme': left out" in said(found)
    assert found.errors == ()


def test_a_row_without_any_p_code_is_an_error() -> None:
    found = read(a="| ADM1_EN | ADM1_PCODE |\n| North | XA01 |\n| South | |")

    assert "sheet 'a', row 3: no p-code in the row" in said(found)


@pytest.mark.parametrize("text", ["2024-01-31", "2024/01/31", "2024-01-31T00:00:00", "2024-01-31 00:00:00", "20240131"])
def test_dates_are_understood_with_or_without_a_time(text: str) -> None:
    found = read(a=f"| ADM1_EN | ADM1_PCODE | validOn |\n| North | XA01 | {text} |")

    assert found.accept().areas["XA01"].valid_from == date(2024, 1, 31)


def test_a_date_that_is_not_understood_is_said_and_left_blank() -> None:
    found = read(a="| ADM1_EN | ADM1_PCODE | validOn |\n| North | XA01 | 31 Jan |")

    assert found.accept().areas["XA01"].valid_from is None
    assert "row 2: the date was not understood. Write it as 2024-01-31." in said(found)


def test_names_lose_invisible_characters_and_double_spaces() -> None:
    found = read(a="| ADM1_EN | ADM1_PCODE |\n| \u202eNor\u200bth   End\ufeff | XA01 |")

    assert found.accept().areas["XA01"].names == {"en": "North End"}


def test_names_keep_the_joiners_that_belong_to_the_spelling() -> None:
    found = read(a="| ADM1_FA | ADM1_PCODE |\n| می‌خوش | XA01 |")

    assert found.accept().areas["XA01"].names == {"fa": "می‌خوش"}


def test_a_composed_and_a_decomposed_letter_are_the_same_name() -> None:
    found = read(
        a="""
            | ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE |
            | \u00c9st | XA01       | Halab   | XA0101     |
            | E\u0301st | XA01      | Idra    | XA0102     |"""
    )

    assert found.accept().areas["XA01"].names == {"en": "\u00c9st"}


def test_sites_are_read_with_their_area_and_names() -> None:
    registry = draft(
        sites="""
            | site_code | name_en   | name_ar  | ADM2_PCODE | ADM3_PCODE | site_type    | valid_from |
            | XA-S1     | Azel camp | مخيم عزل | XA0101     | XA010101   | planned_site | 2025-03-01 |"""
    ).accept()

    site = registry.sites["XA-S1"]

    assert (site.pcode, site.site_type, site.valid_from) == ("XA010101", "planned_site", date(2025, 3, 1))
    assert site.names == {"ar": "مخيم عزل", "en": "Azel camp"}
    assert registry.sites_of("XA010101") == ("XA-S1",)


def test_an_old_p_code_column_of_the_area_list_makes_aliases() -> None:
    registry = read(
        a="""
            | ADM1_EN | ADM1_PCODE | old_pcode |
            | North   | XA01       | OLD1      |
            | South   | XA02       |           |"""
    ).accept()

    assert registry.resolve("OLD1") == "XA01"
    assert registry.aliases == {"OLD1": "XA01"}
