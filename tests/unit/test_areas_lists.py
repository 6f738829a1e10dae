"""The lists a phone gets: readable, in one order, and never empty.

1. adm2, adm3 and sites come as CSV with the columns that select_one_from_file reads by default.
2. A label holds at most two scripts; the same name is written once.
3. Below every answer there is at least "not in the list", in all languages of the form, and last.
4. The same registry and brief give the same bytes.
"""

import csv
import io
import time
from collections.abc import Sequence

import pytest
from areas_table import SITES, THREE_LEVELS, draft, trees
from hypothesis import given
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from forms.area_lists import AreaChoice, adm1_choices, csv_media, label, nil_label
from mappings.areas import Area, AreaRegistry, build_registry, demo, is_nil, nil

REGISTRY = draft(sites=SITES).accept()


def lines(data: bytes) -> list[tuple[str, str, str]]:
    header, *body = csv.reader(io.StringIO(data.decode(), newline=""))
    assert header == ["name", "label", "parent"]
    return [(name, text, parent) for name, text, parent in body]


def listed(
    name: str,
    *,
    registry: AreaRegistry = REGISTRY,
    languages: Sequence[str] = ("en",),
    scope: set[str] | None = None,
    sites: set[str] | None = None,
) -> list[tuple[str, str, str]]:
    return lines(csv_media(registry, languages, scope, sites=sites)[name])


# ---- 1 columns -------------------------------------------------------------------------------------------------------


def test_adm2_lists_areas_below_their_level_1() -> None:
    assert listed("adm2.csv") == [
        ("XA0101", "Halab", "XA01"),
        ("XA0102", "Idra", "XA01"),
        ("XA01-NIL", "Not in the list", "XA01"),
        ("XA0201", "Homar", "XA02"),
        ("XA02-NIL", "Not in the list", "XA02"),
    ]


def test_adm3_has_a_way_out_below_the_way_out() -> None:
    assert listed("adm3.csv")[-3:] == [
        ("XA020101", "Damel", "XA0201"),
        ("XA0201-NIL", "Not in the list", "XA0201"),
        ("XA02-NIL-NIL", "Not in the list", "XA02-NIL"),
    ]


def test_sites_are_listed_below_their_level_3() -> None:
    assert listed("sites.csv")[:3] == [
        ("XA-S1", "Azel camp", "XA010101"),
        ("XA010101-NIL", "Not in the list", "XA010101"),
        ("XA010102-NIL", "Not in the list", "XA010102"),
    ]


def test_a_site_without_level_3_is_listed_below_not_in_the_list() -> None:
    registry = draft(sites="| site_code | name_en | ADM2_PCODE | site_type |\n| S1 | Camp | XA0101 | urban |").accept()

    assert ("S1", "Camp", "XA0101-NIL") in listed("sites.csv", registry=registry)


def test_quotes_and_commas_in_a_name_survive() -> None:
    odd = Area("XA0101", 2, "XA01", {"en": 'The "Old", Well; 1'})
    registry = build_registry([Area("XA01", 1, None, {"en": "North"}), odd], label="x")

    assert listed("adm2.csv", registry=registry)[0] == ("XA0101", 'The "Old", Well; 1', "XA01")


def test_the_files_are_utf_8_without_a_mark_and_with_plain_line_ends() -> None:
    data = csv_media(REGISTRY, ["ar"])["adm2.csv"]

    assert data.startswith(b"name,label,parent\n")
    assert b"\r" not in data
    assert "حلب".encode() in data


def test_pyxform_takes_the_lists_as_a_cascade_without_a_warning() -> None:
    choices = [
        {"list_name": "adm1", "name": choice.name, "label::English (en)": choice.labels["en"]}
        for choice in adm1_choices(REGISTRY, ["en"])
    ]
    survey = [
        {"type": "select_one adm1", "name": "adm1", "label::English (en)": "Level 1"},
        *(
            {
                "type": f"select_one_from_file {file}",
                "name": name,
                "label::English (en)": name,
                "choice_filter": f"parent=${{{above}}}",
            }
            for file, name, above in (
                ("adm2.csv", "adm2", "adm1"),
                ("adm3.csv", "adm3", "adm2"),
                ("sites.csv", "site", "adm3"),
            )
        ),
    ]
    said: list[str] = []
    sheets = {"survey": survey, "choices": choices, "settings": [{"form_id": "areas", "form_title": "Areas"}]}

    xform = convert(sheets, warnings=said, validate=False, pretty_print=False).xform

    assert said == []
    assert "nodeset=\"instance('sites')/root/item[parent= /data/adm3 ]\"" in xform
    assert xform.count('<value ref="name"/>') == 4


# ---- 2 labels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "languages", "text"),
    [
        ({"en": "Halab", "ar": "حلب"}, ["en", "ar"], "Halab · حلب"),
        ({"en": "Halab", "ar": "حلب"}, ["ar", "en"], "حلب · Halab"),
        ({"en": "Halab", "fr": "Halab", "es": "Halab"}, ["en", "fr", "es"], "Halab"),
        ({"en": "Aleppo", "fr": "Alep", "ar": "حلب"}, ["fr", "en", "ar"], "Alep · حلب"),
        ({"en": "Aleppo", "fr": "Alep"}, ["en", "fr"], "Aleppo"),
        ({"en": "Halab", "am": "ሐለብ", "ar": "حلب"}, ["en", "ar", "am"], "Halab · حلب"),
        ({"fr": "Alep", "ar": "حلب"}, ["en", "ar"], "حلب"),
        ({"fr": "Alep"}, ["en", "ar"], "Alep"),
        ({"en": "Halab", "ar": "حلب"}, ["en"], "Halab"),
        ({"en": "7"}, ["en"], "7"),
    ],
)
def test_a_label_has_the_first_name_and_the_first_in_another_script(
    names: dict[str, str], languages: list[str], text: str
) -> None:
    assert label(names, languages) == text


def test_not_in_the_list_is_written_in_all_languages_of_the_form() -> None:
    assert nil_label(["fr", "ar"]) == "Pas dans la liste · غير موجود في القائمة"
    assert nil_label(["es"]) == "No está en la lista"


def test_a_language_of_its_own_gets_the_english_words_once() -> None:
    assert nil_label(["en", "sw"]) == "Not in the list"


def test_two_places_of_one_name_are_told_apart_by_their_codes() -> None:
    twins = THREE_LEVELS.replace("Barem   | بارم ", "Azel    | عزل  ")

    assert listed("adm3.csv", registry=draft(twins).accept())[:2] == [
        ("XA010101", "Azel (XA010101)", "XA0101"),
        ("XA010102", "Azel (XA010102)", "XA0101"),
    ]


def test_level_1_is_translated_and_ordered_by_the_first_language() -> None:
    assert adm1_choices(REGISTRY, ["ar", "en"]) == (
        AreaChoice("XA02", {"ar": "جنوب", "en": "South"}),
        AreaChoice("XA01", {"ar": "شمال", "en": "North"}),
    )


def test_level_1_without_a_name_in_a_language_borrows_one() -> None:
    assert adm1_choices(REGISTRY, ["fr", "ar"])[0].labels == {"fr": "جنوب", "ar": "جنوب"}
    assert adm1_choices(REGISTRY, ["fr"])[0].labels == {"fr": "جنوب"}


def test_accents_do_not_send_a_name_to_the_end() -> None:
    areas = [Area("XA01", 1, None, {"en": "North"})]
    areas += [Area(f"XA010{n}", 2, "XA01", {"fr": name}) for n, name in enumerate(["Zad", "élan", "Eba", "Ezi"])]

    found = listed("adm2.csv", registry=build_registry(areas, label="x"), languages=["fr"])

    assert [text for _, text, _ in found] == ["Eba", "élan", "Ezi", "Zad", "Pas dans la liste"]


# ---- 3 never empty ---------------------------------------------------------------------------------------------------


@given(trees(), st.lists(st.sampled_from(["en", "fr", "ar"]), min_size=1, unique=True))
def test_every_answer_has_at_least_not_in_the_list_below_it(registry: AreaRegistry, languages: list[str]) -> None:
    above = [choice.name for choice in adm1_choices(registry, languages)]

    for data in csv_media(registry, languages).values():
        rows = lines(data)

        assert {parent for _, _, parent in rows} == set(above)
        assert [name for name, _, _ in rows if is_nil(name)] == [nil(parent) for parent in above]
        assert _last_of_each(rows) == {parent: nil(parent) for parent in above}
        assert all(text for _, text, _ in rows)
        assert len({name for name, _, _ in rows}) == len(rows)
        above = [name for name, _, _ in rows]


def _last_of_each(rows: list[tuple[str, str, str]]) -> dict[str, str]:
    return {parent: name for name, _, parent in rows}


@given(trees())
def test_every_area_and_site_is_in_exactly_one_list(registry: AreaRegistry) -> None:
    media = csv_media(registry, ["en"])
    codes = [name for data in media.values() for name, _, _ in lines(data) if not is_nil(name)]

    below_level_1 = [area.pcode for area in registry.areas.values() if area.level > 1]

    assert sorted(codes) == sorted([*below_level_1, *registry.sites])


# ---- scope -----------------------------------------------------------------------------------------------------------


def test_a_scope_of_level_2_lists_its_path_and_what_lies_below() -> None:
    scope = {"XA0101"}

    assert [choice.name for choice in adm1_choices(REGISTRY, ["en"], scope)] == ["XA01"]
    assert [name for name, _, _ in listed("adm2.csv", scope=scope)] == ["XA0101", "XA01-NIL"]
    assert [name for name, _, _ in listed("adm3.csv", scope=scope)] == [
        *("XA010101", "XA010102", "XA0101-NIL"),
        "XA01-NIL-NIL",
    ]
    assert listed("sites.csv", scope=scope)[0][0] == "XA-S1"


def test_sites_can_be_narrowed() -> None:
    found = [name for name, _, _ in listed("sites.csv", sites={"XA-S2"}) if not is_nil(name)]

    assert found == ["XA-S2"]


def test_an_unknown_area_or_site_is_refused() -> None:
    with pytest.raises(KeyError, match="XZ99"):
        csv_media(REGISTRY, ["en"], {"XZ99"})
    with pytest.raises(KeyError, match="NO-SUCH"):
        csv_media(REGISTRY, ["en"], sites={"NO-SUCH"})


# ---- 4 same bytes, and fast ------------------------------------------------------------------------------------------


def test_the_same_areas_in_another_order_give_the_same_bytes() -> None:
    country = demo.load()
    shuffled = build_registry(
        reversed(country.areas.values()), label="x", sites=reversed(country.sites.values()), shapes={}
    )

    assert csv_media(shuffled, ["en", "ar"]) == csv_media(country, ["en", "ar"])


def test_fifty_thousand_areas_take_seconds() -> None:
    areas = [Area(f"B{i:02}", 1, None, {"en": f"n{i}", "ar": "حلب"}) for i in range(20)]
    areas += [Area(f"{top.pcode}{i:02}", 2, top.pcode, top.names) for top in areas[:20] for i in range(50)]
    areas += [Area(f"{mid.pcode}{i:02}", 3, mid.pcode, {"en": f"n{i}"}) for mid in areas[20:] for i in range(50)]
    registry = build_registry(areas, label="big")

    start = time.perf_counter()
    media = csv_media(registry, ["en", "ar"])

    assert time.perf_counter() - start < 10
    assert media["adm3.csv"].count(b"\n") == 1 + 50_000 + 1_000 + 20
