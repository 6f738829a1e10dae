"""What the IM officer sees before an import is applied."""

from areas_table import SITES, THREE_LEVELS, draft
from hypothesis import given
from hypothesis import strategies as st

from mappings.areas import Area, AreaDiff, AreaRegistry, Change, build_registry, diff

OLD = draft(sites=SITES).accept()


def compare(areas: str = THREE_LEVELS, *, sites: str = SITES, aliases: str = "") -> AreaDiff:
    return diff(OLD, draft(areas, sites=sites, aliases=aliases).accept())


def test_the_same_list_differs_in_nothing() -> None:
    assert compare().is_empty


def test_an_added_and_a_removed_area_are_named() -> None:
    found = compare(THREE_LEVELS.replace("Barem   | بارم    | XA010102", "Zulan   | زولان   | XA010103"))

    assert found.added == (Change("XA010103"),)
    assert found.removed == (Change("XA010102"),)
    assert found.suggested == ()


def test_a_new_name_is_shown_in_its_language() -> None:
    found = compare(THREE_LEVELS.replace("Barem  ", "Barema ").replace("بارم ", ""))

    assert found.renamed == (
        Change("XA010102", "بارم (ar)", "- (ar)"),
        Change("XA010102", "Barem (en)", "Barema (en)"),
    )


def test_an_area_under_another_parent_has_moved() -> None:
    found = compare(
        THREE_LEVELS.replace("North   | شمال    | XA01       | Idra", "South   | جنوب    | XA02       | Idra")
    )

    assert found.moved == (Change("XA0102", "XA01", "XA02"),)
    assert str(found.moved[0]) == "XA0102: XA01 -> XA02"


def test_a_changed_p_code_that_is_stated_is_an_alias_and_neither_added_nor_removed() -> None:
    renumbered = THREE_LEVELS.replace("XA010102", "XA010109")

    found = compare(renumbered, aliases="| old_pcode | pcode |\n| XA010102 | XA010109 |")

    assert found == AreaDiff(aliased=(Change("XA010102", "XA010102", "XA010109"),))


def test_the_children_of_a_changed_p_code_have_not_moved() -> None:
    renumbered = THREE_LEVELS.replace("XA0101 ", "XA0109 ")

    found = compare(renumbered, aliases="| old_pcode | pcode |\n| XA0101 | XA0109 |")

    assert found.moved == ()


def test_a_changed_p_code_that_is_not_stated_is_only_suggested() -> None:
    found = compare(THREE_LEVELS.replace("XA010102", "XA010109"))

    assert found.suggested == (Change("XA010102", "XA010102", "XA010109"),)
    assert found.aliased == ()
    assert found.added == (Change("XA010109"),)
    assert found.removed == (Change("XA010102"),)


def test_a_renumbered_branch_is_suggested_level_by_level() -> None:
    renumbered = THREE_LEVELS.replace("XA02", "XA09")

    found = compare(renumbered, sites=SITES.replace("XA02", "XA09"))

    assert [change.code for change in found.suggested] == ["XA02", "XA0201", "XA020101"]


def test_two_areas_of_one_name_are_not_guessed_at() -> None:
    renumbered = THREE_LEVELS.replace("Barem   | بارم ", "Azel    | عزل  ")
    old = draft(renumbered).accept()
    new = draft(renumbered.replace("XA010101", "XA010108").replace("XA010102", "XA010109")).accept()

    assert diff(old, new).suggested == ()


def test_one_area_that_may_have_become_two_is_not_guessed_at() -> None:
    split = THREE_LEVELS.replace("XA010101", "XA010108").replace(
        "Barem   | بارم    | XA010102", "Azel | عزل | XA010109"
    )

    assert compare(split, sites="").suggested == ()


def test_two_areas_that_may_have_become_one_are_not_guessed_at() -> None:
    twins = THREE_LEVELS.replace("Barem   | بارم ", "Azel    | عزل  ")
    joined = "\n".join(line for line in THREE_LEVELS.splitlines() if "XA010102" not in line)

    found = diff(draft(twins).accept(), draft(joined.replace("XA010101", "XA010109")).accept())

    assert found.suggested == ()


def test_a_name_under_another_parent_is_no_suggestion() -> None:
    elsewhere = THREE_LEVELS.replace(
        "Homar   | هومر    | XA0201     | Damel   | داميل   | XA020101",
        "Homar   | هومر    | XA0201     | Barem   | بارم    | XA020109",
    ).replace("Barem   | بارم    | XA010102", "Zulan   | زولان   | XA010102")

    assert compare(elsewhere, sites="").suggested == ()


def test_sites_added_removed_and_changed_are_named() -> None:
    found = compare(
        sites="""
            | site_code | name_en   | name_ar  | ADM3_PCODE | site_type |
            | XA-S1     | Azel site | مخيم عزل | XA010102   | urban     |
            | XA-S3     | New camp  | مخيم     | XA020101   | urban     |"""
    )

    assert found.sites_added == (Change("XA-S3"),)
    assert found.sites_removed == (Change("XA-S2"),)
    assert found.sites_changed == (
        Change("XA-S1", "XA010101", "XA010102"),
        Change("XA-S1", "planned_site", "urban"),
        Change("XA-S1", "Azel camp (en)", "Azel site (en)"),
    )


def test_a_site_in_a_renumbered_area_has_not_changed() -> None:
    found = compare(
        THREE_LEVELS.replace("XA010101", "XA010109"),
        sites=SITES.replace("XA010101", "XA010109"),
        aliases="| old_pcode | pcode |\n| XA010101 | XA010109 |",
    )

    assert found.sites_changed == ()


def test_every_part_of_the_difference_is_among_its_parts() -> None:
    assert set(compare().parts()) == {
        *("added", "removed", "renamed", "moved", "aliased", "suggested"),
        *("sites_added", "sites_removed", "sites_changed"),
    }


@st.composite
def flat(draw: st.DrawFn) -> AreaRegistry:
    codes = draw(st.sets(st.sampled_from("ABCDEF"), min_size=1))
    return build_registry(
        [Area(code, 1, None, {"en": draw(st.sampled_from(["x", "y", "z"]))}) for code in sorted(codes)], label="x"
    )


@given(flat(), flat())
def test_a_difference_is_empty_only_between_equal_lists(old: AreaRegistry, new: AreaRegistry) -> None:
    assert diff(old, new).is_empty is (old.content_sha256 == new.content_sha256)


@given(flat(), flat())
def test_backwards_what_was_added_is_removed(old: AreaRegistry, new: AreaRegistry) -> None:
    assert diff(old, new).added == diff(new, old).removed
