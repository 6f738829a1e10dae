"""What an overlay may change and what it may not (R26), and what is left to compare (R27).

1. What may not change is refused with the rule, the place and the remedy.
2. What an overlay adds keeps every rule of the catalogue.
3. Each adaptation lowers the comparability of its indicator, and of no other.
4. YAML and XLSX say the same; what differs between two states is shown entry by entry.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from overlay_tables import KILN, faults, local, overlay, written

from forms import demo
from forms.catalogue import load
from forms.overlay import (
    AdaptedIndicator,
    OverlayError,
    Rule,
    adapted,
    as_workbook,
    as_yaml,
    diff,
    label,
    load_overlay,
    raise_version,
)
from forms.overlay.source import is_stale
from forms.sheets import Table, read_tables, write_tables

ONE = {"id": "CTE-COM-012"}
QUESTION = {"en": "How often have strangers offered work to people here {r}?"}
CONSENT = "Read aloud: It takes {minutes} minutes. You may refuse."
LONG = " ".join(["Read aloud: We ask about life here.", "It takes {minutes} minutes."] + ["You may refuse."] * 16)


def of_indicator(**changes: Any) -> dict[str, Any]:
    return {"indicators": [ONE | changes]}


REFUSED = [
    (of_indicator(definition="Another one"), Rule.ONE_MEANING, "'definition' is the same in every country"),
    (of_indicator(response_type="integer"), Rule.ONE_MEANING, "'response_type'"),
    (of_indicator(unit="persons"), Rule.ONE_MEANING, "'unit'"),
    (of_indicator(version="2"), Rule.ONE_MEANING, "'version'"),
    (of_indicator(methods=["ki"]), Rule.ONE_MEANING, "'methods'"),
    (of_indicator(choices="extent"), Rule.STANDARD_ANSWERS, "'choices'"),
    (of_indicator(max_select="2"), Rule.STANDARD_ANSWERS, "'max_select'"),
    (of_indicator(field_default="yes"), Rule.NEVER, "'field_default'"),
    (of_indicator(min_release_geo="admin3"), Rule.FLOORS, "'min_release_geo'"),
    (of_indicator(min_release_period="month"), Rule.FLOORS, "'min_release_period'"),
    (of_indicator(sensitivity="2"), Rule.SENSITIVITY, "sensitivity 2 is below the standard's 3"),
    (of_indicator(recall="P2M"), Rule.RECALL, "'P2M' is no period of the catalogue"),
    ({"indicators": [{"id": "CTE-COM-043", "recall": "P3M"}]}, Rule.RECALL, "looks back over no period"),
    ({"indicators": [{"id": "CTE-COM-912", "recall": "P3M"}]}, Rule.ONE_MEANING, "there is no indicator CTE-COM-912"),
    ({"thresholds": "5"}, Rule.FLOORS, "'thresholds'"),
    ({"choices": [KILN | {"parent": ""}]}, Rule.PARENT, "has no parent"),
    ({"choices": [KILN | {"parent": "none"}]}, Rule.PARENT, "'none' is nothing that an answer"),
    ({"choices": [KILN | {"parent": "dk"}]}, Rule.PARENT, "'dk' is nothing that an answer"),
    ({"choices": [KILN | {"parent": "bricks"}]}, Rule.PARENT, "'bricks' is nothing that an answer"),
    ({"choices": [KILN | {"code": "mining"}]}, Rule.STANDARD_ANSWERS, "'mining' is a standard answer"),
    ({"choices": [KILN | {"exclusive": "true"}]}, Rule.STANDARD_ANSWERS, "'exclusive'"),
    ({"choices": [KILN | {"maps_to": "X:Y"}]}, Rule.STANDARD_ANSWERS, "'maps_to'"),
    ({"choices": [KILN | {"list": "frequency", "parent": "some"}]}, Rule.STANDARD_ANSWERS, "cannot be added to"),
    ({"choices": [KILN | {"list": "yn", "parent": "yes"}]}, Rule.GUARDED, "the same in every form"),
    ({"choices": [{"list": "yn", "code": "yes", "label": {"en": "Fine"}}]}, Rule.GUARDED, "the same in every form"),
    ({"items": [{"name": "saf_private", "label": {"en": "Is it quiet?"}}]}, Rule.GUARDED, "same words everywhere"),
    ({"items": [{"name": "con_given", "label": {"en": "Did they agree?"}}]}, Rule.GUARDED, "same words everywhere"),
    ({"items": [{"name": "con_script", "required": "true"}]}, Rule.GUARDED, "'required'"),
    ({"items": [{"name": "con_script", "label": {"en": LONG}}]}, Rule.GUARDED, "nobody confirmed"),
    (
        {"items": [{"name": "con_script", "label": {"en": CONSENT}, "confirmed_by": "Protection officer"}]},
        *(Rule.GUARDED, "makes 2 statements, and the standard"),
    ),
    ({"local_indicators": [local(id="CTE-COM-099")]}, Rule.NAMESPACE, "not in the namespace"),
    ({"local_indicators": [local(id="LOC-XAA-ORGA-001")]}, Rule.NAMESPACE, "not in the namespace"),
    ({"local_indicators": [local(id="LOC-XDV-ORGB-001")]}, Rule.NAMESPACE, "not in the namespace"),
    ({"local_indicators": [local(id="CTE-COM-012")]}, Rule.NAMESPACE, "is an indicator of the standard"),
    (
        {"local_choices": [{"list": "yn_dk", "code": "maybe", "label": {"en": "Maybe", "ar": "ربما"}}]},
        *(Rule.NAMESPACE, "'yn_dk' is a list of the standard"),
    ),
    ({"local_indicators": [local(definition="Whether ${cte_com_012}")]}, Rule.WORDS, "the definition holds a brace"),
    (of_indicator(hint={"en": "Ask the victim.", "ar": "اسألوا."}), Rule.WORDS, "the hint in 'en' holds 'victim'"),
    (of_indicator(examples={"en": "{r}", "ar": "مثال"}), Rule.WORDS, "holds a brace"),
]


@pytest.mark.parametrize(("changes", "rule", "what"), REFUSED)
def test_1_what_may_not_change_is_refused_by_its_rule(changes: dict[str, Any], rule: Rule, what: str) -> None:
    told = faults(written(**changes))

    assert [line for line in told if what in line and line.endswith(f"[{rule}]")], told
    assert all(line.startswith("country.yaml") for line in told)


def test_1_the_place_is_the_line_of_a_file_and_the_row_of_a_sheet() -> None:
    in_yaml = faults(written(**of_indicator(sensitivity="2")))
    head = [{"key": key, "value": value} for key, value in (("country", "XDV"), ("organisation", "ORGA"))]
    head += [{"key": "version", "value": "1"}, {"key": "catalogue", "value": "1.0.0"}]
    rows = [{"id": "CTE-COM-011"}, {"id": "CTE-COM-012", "sensitivity": "2"}]
    book = {"overlay": Table(("key", "value"), head), "indicators": Table(("id", "sensitivity"), rows)}

    in_sheet = faults(write_tables(book), "country.xlsx")

    assert in_yaml[0].startswith("country.yaml, line 9, CTE-COM-012: ")
    assert in_sheet[0].startswith("country.xlsx, sheet 'indicators', row 3, CTE-COM-012: ")


BROKEN = [
    (b"country: [", "opened and never closed"),
    (b"- a\n", "holds no fields"),
    (b"a: &x 1\nb: *x\n", "one part stands for another"),
    pytest.param(b"a: " + b"[" * 200_000, "one part stands inside another", id="many lists"),
    pytest.param(b"a: " + b"{b: " * 50_000, "one part stands inside another", id="many mappings"),
    ("country: ؟".encode("utf-16"), "not in UTF-8"),
    (b"PK\x03\x04nonsense", "workbook"),
    (written(country="Dorvania"), "'country' has another form than three capitals"),
    (written(organisation="ORG-A"), "'organisation' has another form"),
    (written(languages=["en", "uk-latn"]), "the catalogue has no language 'uk-latn'"),
    (written(colour="blue"), "the key 'colour' is not known"),
    (written(indicators="all"), "'indicators' is not a list"),
    (written(indicators=[ONE | {"colour": "blue"}]), "the key 'colour' is not known"),
    (written(indicators=[ONE | {"recall": "P6M"}, ONE | {"recall": "P1M"}]), "stands twice"),
    (written(indicators=[ONE | {"question": {"fr": "Quoi {r} ?"}}]), "a language that is not used here ('fr')"),
    (written(indicators=[ONE | {"hint": {"en": "Take your time."}}]), "'hint' has no text in 'ar'"),
    (written(choices=[KILN | {"label": {"en": "Brick kilns"}}]), "'label' has no text in 'ar'"),
    (written(choices=[{"list": "labour_sector", "code": "mining"}]), "changes nothing"),
    (written(choices=[KILN | {"list": "labour"}]), "there is no list 'labour' in the standard"),
    (written(items=[{"name": "con_scrip", "label": {"en": "Hello."}}]), "no module has a line 'con_scrip'"),
    (written(sites=[]), "sites is an empty list"),
    (written(local_indicators=[local(level=None)]), "'level' is missing"),
]


@pytest.mark.parametrize(("data", "what"), BROKEN)
def test_1_what_cannot_be_read_says_where_and_why(data: bytes, what: str) -> None:
    assert any(what in line for line in faults(data)), faults(data)


BY_THE_CATALOGUE = [
    (of_indicator(question={"en": "How often have strangers offered work here?"}), "rule 8"),
    (of_indicator(question={"en": "How often were victims of trafficking seen {r}?"}), "rule 3"),
    (of_indicator(sensitivity="4"), "rule 1"),
    (of_indicator(question={"ar": "Como {r}"}), "rule 18"),
    ({"choices": [KILN | {"label": {"en": "Sexual exploitation", "ar": "مصانع"}}]}, "rule 7"),
    ({"local_indicators": [local(level="individual")]}, "rule 1"),
    ({"local_indicators": [local(unit="persons")]}, "rule 5"),
    ({"local_indicators": [local(sensitivity="3", min_release_geo="admin3")]}, "rule 15"),
    ({"local_indicators": [local(choices="extra")]}, "rule 17"),
    ({"local_indicators": [local(response_type="text", choices=None)]}, "rule 11"),
    ({"local_indicators": [local(hxl="#indicator+cte_com_012+code")]}, "rule 26"),
    ({"choices": [KILN | {"label": {"en": "Construction", "ar": "مصانع الطوب"}}]}, "rule 29"),
]


@pytest.mark.parametrize(("changes", "rule"), BY_THE_CATALOGUE)
def test_2_what_an_overlay_says_keeps_the_rules_of_the_catalogue(changes: dict[str, Any], rule: str) -> None:
    told = faults(written(**changes))

    assert any(line.startswith("country.yaml, line ") and f"[catalogue, {rule}: " in line for line in told), told


def test_2_a_higher_sensitivity_makes_the_floors_coarser() -> None:
    asked = adapted(load(), overlay(indicators=[{"id": "CTE-COM-043", "sensitivity": "3"}])).indicator("CTE-COM-043")

    assert (asked.sensitivity, asked.min_release_geo, asked.min_release_period) == (3, "admin1", "quarter")


def test_2_a_local_indicator_is_no_coarser_than_it_says_and_never_finer_than_its_sensitivity() -> None:
    found = overlay(local_indicators=[local(sensitivity="2")]).local_indicators[0]

    assert (found.min_release_geo, found.min_release_period, found.hxl) == (
        *("admin2", "month"),
        "#indicator+loc_xdv_orga_001+code",
    )


def test_2_the_words_of_consent_may_change_when_somebody_compared_them() -> None:
    changed = overlay(items=[{"name": "con_script", "label": {"en": LONG}, "confirmed_by": "Protection officer"}])

    seen = adapted(load(), changed)

    item = next(one for one in seen.module("MOD-CON").items if one.name == "con_script")
    assert item.label is not None
    assert item.label["en"] == LONG
    assert "seen by: Protection officer" in seen.local.notes[0]


def test_2_the_standard_catalogue_stays_as_it_was() -> None:
    before = load().digest

    adapted(load(), demo.overlay())

    assert load().digest == before


SCORES = [
    (of_indicator(question=QUESTION), 1.0),
    (of_indicator(hint={"en": "Take your time.", "ar": "خذوا وقتكم."}), 1.0),
    (of_indicator(recall="P6M"), 0.5),
    (of_indicator(recall="P3M"), 1.0),
]


@pytest.mark.parametrize(("changes", "score"), SCORES)
def test_3_each_adaptation_has_its_cost(changes: dict[str, Any], score: float) -> None:
    local_view = adapted(load(), overlay(**changes)).local

    assert local_view.compared("CTE-COM-012").score == score
    assert set(local_view.adaptations) <= {"CTE-COM-012"}


def test_3_added_answers_count_for_each_indicator_with_the_list() -> None:
    second = KILN | {"code": "tile_works", "label": {"en": "Tile works", "ar": "مصانع البلاط"}}

    found = adapted(load(), overlay(choices=[KILN, second])).local

    assert {name: found.compared(name).score for name in found.adaptations} == {"CTE-COM-027": 0.9, "CTE-STR-007": 0.9}
    assert "(2 times)" in found.compared("CTE-COM-027").why


def test_3_asking_fewer_people_costs_more_than_guarding_more() -> None:
    stricter = overlay(
        indicators=[{"id": "CTE-COM-043", "sensitivity": "3"}, {"id": "CTE-COM-001", "sensitivity": "2"}]
    )

    found = adapted(load(), stricter).local

    assert [found.compared(name).score for name in ("CTE-COM-043", "CTE-COM-001")] == [0.85, 1.0]
    assert found.compared("CTE-COM-001").why == "it counts as more sensitive than in the standard"


def test_3_a_local_indicator_is_compared_with_nothing() -> None:
    found = adapted(load(), overlay(local_indicators=[local()])).local

    assert found.compared("LOC-XDV-ORGA-001").score == 0
    assert found.compared("LOC-XDV-ORGA-001").why == "local: in no standard"


def test_4_the_example_is_the_same_as_yaml_and_as_workbook() -> None:
    found = demo.overlay()

    assert load_overlay(as_yaml(found), "a.yaml", load()) == found
    assert load_overlay(as_workbook(found, load()), "a.xlsx", load()) == found
    assert as_workbook(found, load()) == as_workbook(found, load())


def test_4_everything_an_overlay_can_hold_comes_back() -> None:
    found = overlay(
        indicators=[ONE | {"question": QUESTION, "recall": "P6M", "sensitivity": "3"}],
        choices=[KILN, {"list": "labour_sector", "code": "mining", "label": {"ar": "المناجم"}}],
        items=[{"name": "con_script", "label": {"en": LONG}, "confirmed_by": "Protection officer"}],
        sites=["XD-S001", "XD-S002"],
        local_indicators=[local(choices="heard", sensitivity="3")],
        local_choices=[
            {"list": "heard", "code": code, "label": {"en": code, "ar": arabic}, "exclusive": "true"}
            for code, arabic in (("dk", "لا أعرف"), ("pna", "لا جواب"), ("none", "لا شيء"))
        ],
    )

    assert load_overlay(as_yaml(found), "a.yaml", load()) == found
    assert load_overlay(as_workbook(found, load()), "a.xlsx", load()) == found


def test_4_a_workbook_has_a_row_for_each_indicator_and_takes_only_what_was_filled_in() -> None:
    data = as_workbook(overlay(), load())

    rows = read_tables(data, "a.xlsx")["indicators"]
    assert len(rows) == len(load().indicators)
    assert rows[0]["standard"] == load().indicators[0].question["en"]
    assert load_overlay(data, "a.xlsx", load()).indicators == ()


def test_4_the_changes_are_told_entry_by_entry() -> None:
    old = overlay(choices=[KILN], sites=["XD-S001"])
    new = overlay(indicators=[ONE | {"recall": "P6M"}], choices=[KILN | {"parent": "manufacturing"}])

    assert [str(change) for change in diff(old, new)] == [
        "sites XD-S001: removed (no text)",
        "indicators CTE-COM-012: added (no text)",
        "choices labour_sector: brick_kiln: parent: construction -> manufacturing",
    ]


def test_4_another_content_gets_another_version_and_another_name() -> None:
    old = overlay()
    new = replace(old, indicators=(AdaptedIndicator(id="CTE-COM-012", recall="P6M"),))

    assert raise_version(old, new).version == 2
    assert raise_version(old, replace(new, version=7)).version == 7
    assert raise_version(old, old) == old
    assert label(old) != label(new)
    assert label(new).startswith("XDV-ORGA-1-")


def test_4_a_workbook_of_another_state_is_known() -> None:
    old, new = overlay(), overlay(sites=["XD-S001"])
    data = as_workbook(old, load())

    assert not is_stale(data, "a.xlsx", label(old))
    assert is_stale(data, "a.xlsx", label(new))


def test_the_example_of_the_page_is_a_good_overlay() -> None:
    page = (Path(__file__).parents[2] / "docs/overlay.md").read_text(encoding="utf-8")
    example = page.split("```yaml overlay\n")[1].split("```")[0]

    assert faults(example.encode()) == []


def test_the_refusal_on_the_page_is_the_one_that_is_told() -> None:
    page = (Path(__file__).parents[2] / "docs/overlay.md").read_text(encoding="utf-8")

    with pytest.raises(OverlayError) as told:
        load_overlay(written(**of_indicator(sensitivity="2")), "country.yaml", load())

    assert str(told.value) in page
