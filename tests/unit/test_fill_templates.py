"""Recorded forms for machines without Java: replayed with a new id, day and code, refused for any other form."""

import gzip
import re
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from forms.engine import Ending, Plan, Templates, TemplatesRefusedError
from forms.engine.fingerprint import fingerprint
from forms.engine.rewrite import rewrite
from forms.engine.templates import Recording, Template

PLAN = Plan(today=date(2026, 3, 4))
XFORM, MEDIA = b"<form/>", {"adm2.csv": b"pcode\nZZ01\n"}
FULL = (
    '<?xml version="1.0"?><data xmlns:orx="http://openrosa.org/xforms" id="f"><ctx_date>2020-01-01</ctx_date>'
    "<con_given>yes</con_given><clo_code>0a1b2c3d</clo_code><q_minutes>21</q_minutes>"
    "<orx:meta><orx:instanceID>uuid:old</orx:instanceID></orx:meta></data>"
)
REFUSED = FULL.replace("<clo_code>0a1b2c3d</clo_code>", "").replace(">yes<", ">no<")


def recording() -> bytes:
    templates = (
        Template(FULL, Ending.COMPLETE, ("/data/con_given",), ()),
        Template(REFUSED, Ending.REFUSED, ("/data/con_given",), ()),
    )
    whole = Recording(fingerprint(XFORM, MEDIA), ("ctx_date",), ("clo_code",), templates)
    return gzip.compress(msgspec.json.encode(whole), mtime=0)


def test_a_replay_has_the_day_of_the_plan_and_an_id_and_a_code_of_its_seed() -> None:
    templates = Templates(recording(), XFORM, MEDIA)

    fills = templates.fill_many(range(30), PLAN.with_forced(con_given="yes"))

    assert {one.answers["/data/ctx_date"] for one in fills} == {"2026-03-04"}
    assert len({one.instance_id for one in fills}) == 30
    assert len({one.answers["/data/clo_code"] for one in fills}) == 30
    assert all(re.fullmatch("[0-9a-f]{8}", one.answers["/data/clo_code"]) for one in fills)
    assert {one.answers["/data/q_minutes"] for one in fills} == {"21"}


def test_a_code_that_the_engine_left_out_is_not_put_in() -> None:
    filled = Templates(recording(), XFORM, MEDIA).fill(1, PLAN.with_forced(con_given="no"))

    assert filled.ending is Ending.REFUSED
    assert b"clo_code" not in filled.xml


def test_the_same_seed_replays_the_same_bytes_and_all_templates_occur() -> None:
    templates = Templates(recording(), XFORM, MEDIA)

    fills = templates.fill_many(range(30), PLAN)

    assert fills == templates.fill_many(range(30), PLAN)
    assert {one.ending for one in fills} == {Ending.COMPLETE, Ending.REFUSED}
    assert fills[0].xml != templates.fill(0, replace(PLAN, salt="other")).xml


def test_forced_answers_that_were_not_recorded_are_refused() -> None:
    with pytest.raises(TemplatesRefusedError, match="con_given"):
        Templates(recording(), XFORM, MEDIA).fill(1, PLAN.with_forced(con_given="maybe"))


@pytest.mark.parametrize(
    ("xform", "media"),
    [
        (b"<form />", MEDIA),
        (XFORM, {}),
        (XFORM, {"adm2.csv": b"pcode\nZZ02\n"}),
        (XFORM, {"adm3.csv": MEDIA["adm2.csv"]}),
    ],
    ids=["form", "no-media", "media", "name"],
)
def test_templates_of_another_form_are_refused(xform: bytes, media: dict[str, bytes]) -> None:
    with pytest.raises(TemplatesRefusedError, match="another version"):
        Templates(recording(), xform, media)


@pytest.mark.parametrize(
    "data",
    [b"", b"nonsense", recording()[:40], gzip.compress(b"[]", mtime=0), gzip.compress(b'{"form": 1}', mtime=0)],
    ids=["empty", "nonsense", "cut off", "a list", "without parts"],
)
def test_a_damaged_recording_is_refused(data: bytes) -> None:
    with pytest.raises(TemplatesRefusedError, match="cannot be read"):
        Templates(data, XFORM, MEDIA)


# ---- rewriting -------------------------------------------------------------------------------------------------------


def test_rewriting_changes_one_leaf_and_no_other_byte() -> None:
    assert rewrite(FULL.encode(), {"q_minutes": "7"}) == FULL.replace(">21<", ">7<").encode()


def test_rewriting_finds_leaves_with_prefixes_and_attributes_and_escapes_the_value() -> None:
    xml = b'<a><o:b c="1">x</o:b><bb>x</bb></a>'

    assert rewrite(xml, {"b": r"<\1 & ب>"}) == r'<a><o:b c="1">&lt;\1 &amp; ب&gt;</o:b><bb>x</bb></a>'.encode()


@pytest.mark.parametrize("xml", [b"<a><b/></a>", b"<a><b></b></a>", b"<a><b /><c>x</c></a>", b"<a><b><c>x</c></b></a>"])
def test_rewriting_fills_nothing_that_is_empty_or_holds_others(xml: bytes) -> None:
    assert rewrite(xml, {"b": "new"}) == xml
