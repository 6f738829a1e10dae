"""Gates beyond consent, in the mapping language and in strip, each guard tried alone.

1. A step may ask for any answer, or for any of some; nothing and blank never open it.
2. Such a step may read what `about` reads too: from a letter, from KoBo and from Central. No other path is read twice.
3. A form that keeps only counters stores nothing, whatever is in it.
4. The recipe of each kind has exactly the gate of its kind.
"""

from datetime import date
from typing import Any

import msgspec
import pytest
from kind_forms import form_of
from small_form import DEPLOYED, KEYS, MAPPING, PLACES, RECEIVED, apply, ids, raw

from mappings.central import central_page
from mappings.decode import Decoder
from mappings.language import About, FormMapping, GateStep, check, dump, load
from mappings.model import Outcome, RawSubmission, Stripped
from mappings.strip import Setting, Strip

SOURCES = ("DTM-R12", "REG-2025")
DESK = msgspec.structs.replace(
    MAPPING,
    gate=(GateStep("src/ref", "*", "refused", SOURCES),),
    about=(*MAPPING.about, About("source", "src/ref", SOURCES)),
    source_kind="secondary",
)
SAFETY = msgspec.structs.replace(MAPPING, gate=(), rules=(), about=(), fixed_method="", keeps="counters")


def strip(mapping: FormMapping, found: RawSubmission) -> Stripped:
    return Strip(mapping, Setting(KEYS, PLACES, DEPLOYED))(found, RECEIVED)


@pytest.mark.parametrize(
    ("step", "answer", "opens"),
    [
        (GateStep("a", "yes", "refused"), "yes", True),
        (GateStep("a", "yes", "refused"), "no", False),
        (GateStep("a", "yes", "refused"), None, False),
        (GateStep("a", "*", "refused"), "anything", True),
        (GateStep("a", "*", "refused"), "", False),
        (GateStep("a", "*", "refused"), None, False),
        (GateStep("a", "*", "refused", SOURCES), "DTM-R12", True),
        (GateStep("a", "*", "refused", SOURCES), "DTM-R12 REG-2025", False),
        (GateStep("a", "*", "refused", SOURCES), "my cousin", False),
        (GateStep("a", "*", "refused", SOURCES), "*", False),
        (GateStep("a", "*", "refused", SOURCES), None, False),
    ],
)
def test_1_a_step_opens_for_what_it_names_and_for_nothing_else(step: GateStep, answer: Any, opens: bool) -> None:
    assert step.opens(answer) is opens


def test_2_the_source_opens_the_gate_and_is_kept() -> None:
    read = strip(DESK, raw(DESK, src__ref="REG-2025"))

    assert read.clean is not None
    names = {number: key for key, number in ids(DESK).items()}
    kept = [names[number] for number in apply(DESK)(read.clean).row.e]
    assert [key.code for key in kept if key.kind == "source"] == ["REG-2025"]


@pytest.mark.parametrize("answer", [None, "", "*", "my cousin"])
def test_2_without_a_known_source_nothing_is_kept(answer: str | None) -> None:
    read = strip(DESK, raw(DESK, src__ref=answer))

    assert (read.outcome, read.clean, read.sighting.kinds) == (Outcome.REFUSED, None, ("received", "refused"))


def test_2_a_letter_and_central_are_read_alike() -> None:
    xml = b'<data id="small" version="v1"><who><adm1>XA01</adm1></who><src><ref>DTM-R12</ref></src></data>'
    letter = Decoder(DESK).letter(xml, root="uuid:1", instance="", version="v1", received="")
    row = b'{"__id":"uuid:1","__system":{"submissionDate":"2026-04-10"},"who":{"adm1":"XA01"},"src":{"ref":"DTM-R12"}}'
    central = Decoder(DESK).central_row(central_page(b'{"value":[' + row + b"]}")[0])

    assert central is not None
    assert [strip(DESK, found).outcome for found in (letter, central)] == [Outcome.STORED] * 2


def test_2_the_mapping_is_whole_and_reads_back() -> None:
    assert list(check(DESK)) == []
    assert load(dump(DESK)) == DESK


def test_2_no_other_answer_is_read_twice() -> None:
    twice = msgspec.structs.replace(DESK, gate=(GateStep("src/ref", "DTM-R12", "refused"),))

    assert [finding for finding in check(twice) if "used twice" in finding] != []


def test_3_a_form_that_keeps_counters_needs_no_gate_and_reads_back() -> None:
    assert list(check(SAFETY)) == []
    assert load(dump(SAFETY)) == SAFETY


def test_3_a_form_that_keeps_answers_needs_one() -> None:
    open_to_all = msgspec.structs.replace(MAPPING, gate=())

    assert [finding for finding in check(open_to_all) if finding.startswith("gate is empty")] != []


@pytest.mark.parametrize("more", [{"rules": MAPPING.rules}, {"about": MAPPING.about}])
def test_3_a_form_that_keeps_counters_has_no_rules(more: dict[str, Any]) -> None:
    assert "keeps only counters and has rules" in "\n".join(check(msgspec.structs.replace(SAFETY, **more)))


def test_3_of_a_form_that_keeps_counters_nothing_is_stored() -> None:
    read = strip(SAFETY, raw(SAFETY, clo__distress="yes", clo__safe="no", clo__talk="yes", who__adm1="my cousin"))

    assert (read.outcome, read.clean, read.rejects) == (Outcome.COUNTED, None, ())
    assert read.sighting[:3] == (RECEIVED, date(2026, 4, 9).strftime("%Y-%m"), "")
    assert read.sighting.kinds == ("received", "distress", "disclosure_action:none")
    assert read.sighting.note is not None


def test_3_a_gate_that_is_closed_closes_it_too() -> None:
    guarded = msgspec.structs.replace(SAFETY, gate=(GateStep("con/given", "yes", "refused"),))

    read = strip(guarded, raw(guarded, con__given="no"))

    assert (read.outcome, read.sighting.kinds) == (Outcome.REFUSED, ("received", "refused"))


PEOPLE = [
    *(f"saf_{name} yes stopped_safety" for name in ("trained", "card", "private", "adult", "role")),
    "con_understood yes not_understood",
    "con_given yes refused",
]


@pytest.mark.parametrize(
    ("kind", "gate"),
    [
        ("site_ki", PEOPLE),
        ("group", PEOPLE),
        ("expert", PEOPLE),
        ("site_observation", PEOPLE[:3]),
        ("provider_monthly", ["prv_consent yes refused", "prv_totals yes refused"]),
        ("desk_structural", ["src_ref * refused"]),
        ("cte_safety", []),
    ],
)
def test_4_each_kind_has_exactly_its_gate(kind: str, gate: list[str]) -> None:
    """Written out here, so that a condition lost from a kind is not lost from its test too."""
    steps = form_of(kind).mapping.gate

    assert [f"{step.path.rpartition('/')[2]} {step.value} {step.otherwise}" for step in steps] == gate
