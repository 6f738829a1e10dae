"""What the import refuses and what it only remarks: each finding says where, what, and what to do."""

import pytest
from areas_table import SITES, THREE_LEVELS, draft, said

from mappings.areas import AreaError, AreaFiles, InUse, read_areas

NORTH = "| ADM1_EN | ADM1_PCODE |\n| North | XA01 |"


def level_2(pcode: str = "XA0101", parent: str = "XA01", name: str = "Halab") -> str:
    return f"| ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE |\n| North | {parent} | {name} | {pcode} |"


def test_all_errors_are_told_at_once_with_file_sheet_and_row() -> None:
    found = draft(
        """
        | ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE |
        | North   | XA01       | Halab   | XA 0101    |
        | North   | XA01       |         | XA0102     |
        | North   | XA01       | Idra    | XA01-NIL   |"""
    )

    with pytest.raises(AreaError) as refused:
        found.accept()

    assert [str(finding.source) for finding in refused.value.findings] == [
        "areas.csv, sheet 'areas', row 2",
        "areas.csv, sheet 'areas', row 3",
        "areas.csv, sheet 'areas', row 4",
    ]
    assert str(refused.value).count("\n") == 2


def test_a_finding_says_where_what_and_what_to_do() -> None:
    found = draft(level_2("XA01-NIL"))

    assert str(found.errors[0]) == (
        "error: areas.csv, sheet 'areas', row 2: p-code XA01-NIL ends in -NIL, which means 'not in the list'."
        " Use another code."
    )


def test_with_an_error_there_is_no_registry() -> None:
    assert draft(level_2("XA01-NIL")).registry is None


@pytest.mark.parametrize("pcode", ["XA 01", "XÄ01", "XA/01", "حلب", "XA'01", 'XA"01', "XA,01", "<XA>", "XA\u202e01"])
def test_other_characters_in_a_p_code_are_refused(pcode: str) -> None:
    assert "holds other characters than" in said(draft(level_2(pcode)))


@pytest.mark.parametrize("pcode", ["XA01-NIL", "XA01-nil", "XA01-NIL-NIL", "-NIL"])
def test_the_ending_of_not_in_the_list_is_reserved(pcode: str) -> None:
    assert "means 'not in the list'" in said(draft(level_2(pcode)))


def test_a_code_leaves_room_for_three_times_not_in_the_list() -> None:
    assert draft(level_2("XA01" + "0" * 24)).errors == ()
    assert "more than 28 characters" in said(draft(level_2("XA01" + "0" * 25)))


def test_the_same_area_in_two_rows_is_an_error() -> None:
    found = draft(THREE_LEVELS + "| North | شمال | XA01 | Halab | حلب | XA0101 | Azel | عزل | XA010101 | 2024-01-31 |")

    assert "row 6: p-code XA010101 stands in two rows (areas.csv, sheet 'areas', row 2)" in said(found)


def test_an_area_with_two_names_is_an_error() -> None:
    found = draft(
        THREE_LEVELS.replace("| North   | شمال    | XA01       | Idra", "| Nord    | شمال    | XA01       | Idra")
    )

    assert "row 4: p-code XA01 has two names in 'en' (areas.csv, sheet 'areas', row 2)" in said(found)


def test_an_area_with_two_parents_is_an_error() -> None:
    found = draft(
        THREE_LEVELS.replace("XA02       | Homar   | هومر    | XA0201", "XA02       | Halab   | حلب     | XA0101")
    )

    assert "row 5: p-code XA0101 lies in XA01 and in XA02" in said(found)


def test_an_area_above_itself_is_an_error() -> None:
    found = draft(
        """
        | ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE |
        | North   | XA01       | Halab   | XA02       |
        | Halab   | XA02       | North   | XA01       |"""
    )

    assert "p-code XA02 is used at level 2 and at level 1" in said(found)
    assert "p-code XA01 is used at level 1 and at level 2" in said(found)


def test_a_p_code_for_two_levels_of_one_row_is_an_error() -> None:
    assert "p-code XA01 is used at level 1 and at level 2" in said(draft(level_2("XA01")))


def test_an_area_without_parent_is_an_error() -> None:
    found = draft(level_2(parent=""))

    assert "area XA0101 of level 2 has no parent. Fill in ADM1_PCODE in its row." in said(found)


def test_a_parent_that_is_two_levels_up_is_an_error() -> None:
    found = draft(
        """
        | ADM1_EN | ADM1_PCODE | ADM3_EN | ADM3_PCODE |
        | North   | XA01       | Azel    | XA010101   |"""
    )

    assert "area XA010101 of level 3 has no parent. Fill in ADM2_PCODE in its row." in said(found)


def test_an_area_without_any_name_is_an_error() -> None:
    assert "row 2: area XA0101 has no name in any language" in said(draft(level_2(name="")))


def test_a_parent_that_is_described_nowhere_is_an_error() -> None:
    found = draft(
        """
        | ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE |
        | North   | XA01       |         |            |
        |         | XA10       | Halab   | XA0101     |"""
    )

    assert "row 3: area XA10 is named as a parent and described nowhere. Correct the p-code" in said(found)


def test_a_parent_of_another_level_is_an_error() -> None:
    found = draft(
        """
        | ADM1_EN | ADM1_PCODE | ADM2_EN | ADM2_PCODE |
        | North   | XA01       | Halab   | XA0101     |
        | Halab   | XA0101     | Idra    | XA0102     |"""
    )

    assert "row 3: area XA0102: its parent XA0101 is not an area of level 1" in said(found)


def test_a_name_longer_than_a_name_is_an_error() -> None:
    assert draft(level_2(name="x" * 200)).errors == ()
    assert "area XA0101 has a name of more than 200 characters" in said(draft(level_2(name="x" * 201)))


def test_a_list_without_level_1_is_an_error() -> None:
    assert "no area of level 1" in said(draft("| ADM2_EN | ADM2_PCODE |\n| Halab | XA0101 |"))


def test_a_list_without_areas_says_what_its_first_row_must_hold() -> None:
    assert "no areas: it has no column such as ADM1_PCODE. Write the names" in said(
        draft("| name | code |\n| Halab | X |")
    )
    assert "no areas: it holds no rows. Write the names" in said(draft("| ADM1_EN | ADM1_PCODE |"))


def test_a_language_that_some_lack_is_counted_once() -> None:
    found = draft(THREE_LEVELS.replace("بارم", "").replace("كارون", ""))

    assert found.errors == ()
    assert [str(finding) for finding in found.warnings] == [
        "warning: areas.csv, sheet 'areas': areas without a name in 'ar': 2 (XA010102, XA010201)."
        " Fill them in; until then forms show a name in another language."
    ]


def test_a_p_code_that_does_not_begin_with_its_parents_is_only_remarked() -> None:
    found = draft(THREE_LEVELS.replace("XA010201", "XB010201"))

    assert found.errors == ()
    assert "p-codes of level 3 that do not begin with their parent's: 1 (XB010201)" in said(found)


def test_an_area_with_nothing_below_it_is_only_remarked() -> None:
    found = draft(NORTH)

    assert found.errors == ()
    assert "areas of level 1 with no area below them: 1 (XA01)" in said(found)


def test_a_label_is_needed_and_fits_the_store() -> None:
    files = AreaFiles({"a.csv": {"a": [{"ADM1_EN": "North", "ADM1_PCODE": "XA01", "": "2"}]}})

    assert "label: it has 0 characters" in said(read_areas(files, label=""))
    assert "label: it has 121 characters" in said(read_areas(files, label="x" * 121))


# ---- sites -----------------------------------------------------------------------------------------------------------


def test_a_site_in_an_unknown_area_is_an_error() -> None:
    found = draft(sites=SITES.replace("XA010101", "XA019999"))

    assert "sites.csv, sheet 'sites', row 2: site XA-S1 lies in XA019999, which is not in the area list" in said(found)


def test_a_site_code_is_used_once() -> None:
    found = draft(sites=SITES.replace("XA-S2", "XA-S1"))

    assert "row 3: site code XA-S1 is used twice (sites.csv, sheet 'sites', row 2)" in said(found)


def test_a_site_type_comes_from_the_catalogue() -> None:
    found = draft(sites=SITES.replace("urban", "town"))

    assert (
        "row 3: site XA-S2 has a site_type that the catalogue does not know. Use one of planned_site, urban."
        in said(found)
    )


@pytest.mark.parametrize("code", ["", "XA S1", "XA-S1-NIL"])
def test_a_site_code_follows_the_rules_of_p_codes(code: str) -> None:
    assert "site code" in said(draft(sites=SITES.replace("XA-S1", code)))


def test_a_site_has_a_name() -> None:
    found = draft(sites=SITES.replace("Old market", "").replace("السوق", ""))

    assert "site XA-S2 has no name in any language" in said(found)


def test_a_site_at_level_1_is_an_error() -> None:
    found = draft(sites="| site_code | name_en | ADM1_PCODE | ADM2_PCODE | site_type |\n| S1 | Camp | XA01 | | urban |")

    assert "site S1 is placed at level 1 only" in said(found)


def test_a_site_at_level_2_is_remarked_where_level_3_exists() -> None:
    found = draft(
        sites="| site_code | name_en | name_ar | ADM2_PCODE | site_type |\n| S1 | Camp | مخيم | XA0101 | urban |"
    )

    assert found.errors == ()
    assert (
        "sites without level 3: 1 (S1). Give their ADM3_PCODE; until then forms list them only below 'not in the list'"
        in said(found)
    )


def test_a_date_of_a_site_that_is_not_understood_is_remarked() -> None:
    found = draft(
        sites="| site_code | name_en | pcode | site_type | valid_from |\n| S1 | Camp | XA010101 | urban | soon |"
    )

    assert "sites.csv, sheet 'sites', row 2: the date was not understood" in said(found)
    assert found.accept().sites["S1"].valid_from is None


def test_hxl_tags_below_the_header_of_the_sites_are_no_site() -> None:
    found = draft(
        sites=SITES.replace("| XA-S1 ", "| #loc+code | #loc+name | #loc | #adm3+code | #loc+type |\n | XA-S1 ")
    )

    assert list(found.accept().sites) == ["XA-S1", "XA-S2"]


@pytest.mark.parametrize("column", ["site_code", "site_type", "ADM3_PCODE"])
def test_a_missing_column_of_the_sites_is_named(column: str) -> None:
    found = draft(sites=SITES.replace(column, "x"))

    assert f"sheet 'sites': columns missing: {column}" in said(found)


# ---- former p-codes --------------------------------------------------------------------------------------------------


def test_a_former_p_code_that_is_still_in_use_is_an_error() -> None:
    found = draft(aliases="| old_pcode | pcode |\n| XA0101 | XA0102 |")

    assert "aliases.csv, sheet 'aliases', row 2: old p-code XA0101 is still an area of this list" in said(found)


def test_a_former_p_code_points_to_an_area_of_the_list() -> None:
    found = draft(aliases="| old_pcode | pcode |\n| OLD | XA0999 |")

    assert "old p-code OLD points to XA0999, which is not in this list" in said(found)


def test_a_former_p_code_points_to_one_area() -> None:
    found = draft(aliases="| old_pcode | pcode |\n| OLD | XA0101 |\n| OLD | XA0102 |")

    assert "row 3: old p-code OLD points to XA0101 and to XA0102" in said(found)


def test_a_file_of_former_p_codes_needs_its_two_columns() -> None:
    found = draft(aliases="| old | new |\n| OLD | XA0101 |")

    assert "columns old_pcode and pcode are missing" in said(found)


def test_former_p_codes_of_earlier_versions_live_on_without_chains() -> None:
    first = draft(aliases="| old_pcode | pcode |\n| OLD | XA0102 |").accept()
    renumbered = THREE_LEVELS.replace("XA0102 ", "XA0108 ").replace("XA010201", "XA010801")

    second = draft(
        renumbered, aliases="| old_pcode | pcode |\n| XA0102 | XA0108 |\n| XA010201 | XA010801 |", in_use=InUse(first)
    ).accept()

    assert second.resolve("OLD") == "XA0108"
    assert second.aliases == {"OLD": "XA0108", "XA0102": "XA0108", "XA010201": "XA010801"}


def test_a_former_p_code_that_leads_nowhere_now_is_remarked() -> None:
    first = draft(aliases="| old_pcode | pcode |\n| OLD | XA0102 |").accept()
    without = "\n".join(line for line in THREE_LEVELS.splitlines() if "XA0102" not in line)

    found = draft(without, in_use=InUse(first))

    assert "old p-code OLD leads nowhere now" in said(found)
    assert found.accept().aliases == {}


def test_a_former_p_code_may_be_stated_anew() -> None:
    first = draft(aliases="| old_pcode | pcode |\n| OLD | XA0102 |").accept()

    second = draft(aliases="| old_pcode | pcode |\n| OLD | XA0101 |", in_use=InUse(first)).accept()

    assert second.resolve("OLD") == "XA0101"


# ---- what is not handed in again -------------------------------------------------------------------------------------


def test_new_boundaries_keep_the_sites_in_use() -> None:
    in_use = InUse(draft(sites=SITES).accept())

    found = draft(in_use=in_use)

    assert found.accept() == in_use.registry
    assert "version in use: no sites handed in, 2 kept" in said(found)


def test_new_sites_keep_the_areas_in_use() -> None:
    in_use = InUse(draft().accept())

    found = draft("", sites=SITES, in_use=in_use)

    assert found.accept() == draft(sites=SITES).accept()
    assert "version in use: no areas handed in, 9 kept" in said(found)


def test_a_kept_site_follows_its_area_to_the_new_p_code() -> None:
    in_use = InUse(draft(sites=SITES).accept())
    renumbered = THREE_LEVELS.replace("XA010101", "XA010199")

    registry = draft(renumbered, aliases="| old_pcode | pcode |\n| XA010101 | XA010199 |", in_use=in_use).accept()

    assert registry.sites["XA-S1"].pcode == "XA010199"


def test_a_kept_site_whose_area_is_gone_is_an_error() -> None:
    in_use = InUse(draft(sites=SITES).accept())

    found = draft(THREE_LEVELS.replace("XA010101", "XA010199"), in_use=in_use)

    assert "version in use: site XA-S1 lies in XA010101, which is not in the area list" in said(found)
