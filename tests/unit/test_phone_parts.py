"""The parts of the simulated phone that need no server and no engine: identifiers, misfits, deliveries, bodies."""

from collections import Counter
from dataclasses import replace
from datetime import date
from xml.etree.ElementTree import fromstring

import pytest
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from forms.catalogue import load
from forms.engine import Ending, Filled
from forms.engine.tendencies import repeatable
from mappings.xform import Slots, read_answers, read_envelope
from workers.phone.canary import Canaries
from workers.phone.deliveries import Attachment, Delivery, Reason, deliveries
from workers.phone.identifiers import with_identifiers
from workers.phone.interviews import HARMLESS, Habits, Interview, Survey, edited
from workers.phone.misfits import MISFITS, VERSION, misfitted
from workers.phone.multipart import MORE_FOLLOW, submission_body

CANARIES = Canaries(7)
NEVER = Habits(*[0.0] * len(Habits.__slots__))
ALWAYS = Habits(*[1.0] * len(Habits.__slots__))
ROOT = "uuid:00000000-0000-4000-8000-000000000001"
XML = f"""<?xml version='1.0' ?><data id="demo" version="1"><ctx_date>2026-11-02</ctx_date>\
<who><ctx_enum>E01</ctx_enum><ctx_org>ORG-A</ctx_org><ctx_adm1>XD01</ctx_adm1><ctx_adm2>XD0101</ctx_adm2></who>\
<context><ctx_adm3>XD010101</ctx_adm3><ctx_site>XD-S001</ctx_site><ctx_ki_group>leader</ctx_ki_group></context>\
<one><cte_com_001>camp</cte_com_001><cte_com_008>watch leaders</cte_com_008>\
<evi_basis_community>observed</evi_basis_community><evi_confidence_community>low</evi_confidence_community></one>\
<goodbye><clo_code>0a1b2c3d</clo_code><dis_action>none</dis_action></goodbye><q_minutes>15</q_minutes>\
<meta><instanceID>{ROOT}</instanceID></meta></data>""".encode()
FILLED = Filled("s", XML, Ending.COMPLETE, True, (), (), {}, ())
INTERVIEW = Interview(3, XML, ROOT, Ending.COMPLETE, "", wrong_clock=False)


def survey(habits: Habits = NEVER) -> Survey:
    return Survey(submissions=10, seed=7, today=date(2026, 11, 22), habits=habits)


def reasons(habits: Habits) -> list[Reason]:
    return [delivery.reason for delivery in deliveries(survey(habits), INTERVIEW, CANARIES)]


# ---- identifiers -----------------------------------------------------------------------------------------------------


def test_the_same_seed_has_the_same_identifiers_and_another_seed_others() -> None:
    cores = {canary.core for canary in CANARIES.values()}

    assert {canary.core for canary in Canaries(7).values()} == cores
    assert {canary.core for canary in Canaries(8).values()}.isdisjoint(cores)
    assert len(cores) == len(CANARIES)


def test_there_are_latin_arabic_and_number_identifiers_from_every_writer() -> None:
    writers = {place.split(".")[0] for place in CANARIES}
    scripts = {len({kind(letter) for letter in canary.core}) for canary in CANARIES.values()}

    assert writers == {"xml", "answer", "http", "multipart"}
    assert scripts == {1}


def kind(letter: str) -> str:
    return "number" if letter.isdigit() else "latin" if letter.isascii() else "arabic"


def test_every_identifier_for_the_xml_is_in_it() -> None:
    text = with_identifiers(XML, CANARIES).decode()

    assert [place for place in CANARIES if place.startswith("xml.") and CANARIES[place].core not in text] == []


def test_the_answers_are_the_same_with_identifiers_around_them() -> None:
    paths = ("who/ctx_enum", "one/cte_com_008", "q_minutes", "meta/instanceID")
    with_them = with_identifiers(XML, CANARIES)

    assert read_answers(with_them, Slots.of(paths, ())) == read_answers(XML, Slots.of(paths, ()))
    assert read_envelope(with_them) == read_envelope(XML)
    assert fromstring(with_them).get("id") == "demo"


def test_plain_xml_has_no_comment_and_no_instruction_and_all_other_identifiers() -> None:
    text = with_identifiers(XML, CANARIES, plain=True).decode()

    absent = {place for place in CANARIES if place.startswith("xml.") and CANARIES[place].core not in text}
    assert absent == {"xml.comment", "xml.comment_arabic", "xml.instruction"}
    assert "<!--" not in text
    assert "<?" not in text.removeprefix("<?xml")


def test_what_is_not_a_filled_form_is_not_touched() -> None:
    with pytest.raises(ValueError, match="no root or no meta"):
        with_identifiers(b"<data/>", CANARIES)


# ---- misfits ---------------------------------------------------------------------------------------------------------


def test_every_kind_of_misfit_comes_up_and_changes_one_place() -> None:
    seen = {}
    for number in range(400):
        xml, name = misfitted(FILLED, XML, CANARIES, repeatable(number))
        seen[name] = xml

    assert set(seen) == {misfit.name for misfit in MISFITS} | {VERSION}
    assert all(any(CANARIES[place].core in xml.decode() for place in CANARIES) for xml in seen.values())
    assert read_envelope(seen[VERSION]).version == CANARIES.text("answer.form_version")
    assert read_envelope(seen["region"]).version == "1"


def test_a_misfit_of_several_choices_keeps_what_was_chosen() -> None:
    found = [misfitted(FILLED, XML, CANARIES, repeatable(number)) for number in range(400)]
    texts = [xml.decode() for xml, name in found if name == "several_choices"]

    assert any(f"watch leaders {CANARIES.text('answer.one_word')}" in text for text in texts)


# ---- deliveries ------------------------------------------------------------------------------------------------------


def test_where_nothing_goes_wrong_an_interview_is_posted_once() -> None:
    assert list(deliveries(survey(), INTERVIEW, CANARIES)) == [Delivery(XML, Reason.FIRST)]


def test_everything_that_can_happen_happens_in_this_order() -> None:
    assert reasons(ALWAYS) == [
        Reason.CUT_OFF,
        *[Reason.FIRST] * 3,
        Reason.LOST_ANSWER,
        Reason.EDIT,
        Reason.EDIT,
        Reason.CONFLICT,
        Reason.DUPLICATE,
    ]


def test_a_split_upload_repeats_the_form_and_says_that_more_follow() -> None:
    habits = replace(NEVER, attachments=1.0, split=1.0)

    parts = list(deliveries(survey(habits), INTERVIEW, CANARIES))

    assert [part.more_follow for part in parts] == [True, True, False]
    assert [len(part.attachments) for part in parts] == [1, 1, 1]
    assert {part.xml for part in parts} == {XML}


def test_edits_form_a_chain_from_the_first_interview() -> None:
    habits = replace(NEVER, edit=1.0, edit_again=1.0)
    edits = [one.xml for one in deliveries(survey(habits), INTERVIEW, CANARIES) if one.reason is Reason.EDIT]
    first, second = map(read_envelope, edits)

    assert [xml.count(b"<deprecatedID>") for xml in edits] == [1, 1]
    assert (first.previous, second.previous) == (ROOT, first.instance)
    assert len({ROOT, first.instance, second.instance}) == 3


def test_a_conflict_has_the_same_id_and_other_content() -> None:
    *_, conflict = deliveries(survey(replace(NEVER, conflict=1.0)), INTERVIEW, CANARIES)

    assert read_envelope(conflict.xml).instance == ROOT
    assert conflict.xml != XML


def test_an_edit_changes_an_answer_that_nothing_depends_on() -> None:
    changed = {edited(XML, instance_id="uuid:2", edits=ROOT, rng=repeatable(number)) for number in range(50)}
    answers = {read_answers(xml, Slots.of(["one/evi_confidence_community"], ()))[0][0] for xml in changed}

    assert answers == {"low", "medium", "high"}


def test_harmless_answers_are_codes_of_the_catalogue() -> None:
    assert {value for _, value in HARMLESS} <= set(load().choice_list("confidence").names)


def test_shares_of_what_happens_are_about_the_rates() -> None:
    happened: Counter[Reason] = Counter()
    for number in range(2000):
        happened.update(one.reason for one in deliveries(survey(Habits()), replace(INTERVIEW, number=number), CANARIES))

    assert 50 <= happened[Reason.LOST_ANSWER] <= 110
    assert 20 <= happened[Reason.CUT_OFF] <= 60
    assert 4 <= happened[Reason.CONFLICT] <= 30


# ---- bodies ----------------------------------------------------------------------------------------------------------


def test_a_body_is_what_a_server_reads() -> None:
    photo = Attachment("صورة.jpg", "image/jpeg", b"\xff\xd8\r\n--not the boundary")
    body = submission_body(XML, "interview.xml", [photo], [(MORE_FOLLOW, "yes")], "0f0f")

    parts = _parts(body.content, "0f0f")

    assert body.content_type == "multipart/form-data; boundary=0f0f"
    assert parts == [
        ("xml_submission_file", "interview.xml", XML),
        ("صورة.jpg", "صورة.jpg", photo.content),
        (MORE_FOLLOW, None, b"yes"),
    ]


def _parts(content: bytes, boundary: str) -> list[tuple[str | None, str | None, bytes]]:
    decoder = MultipartDecoder(boundary.encode())
    decoder.receive_data(content)
    decoder.receive_data(None)
    heads: list[tuple[str | None, str | None]] = []
    bodies: list[bytearray] = []
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            heads.append((event.name, getattr(event, "filename", None)))
            bodies.append(bytearray())
        elif isinstance(event, Data):
            bodies[-1] += event.data
    return [(*head, bytes(body)) for head, body in zip(heads, bodies, strict=True)]
