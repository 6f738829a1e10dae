"""Opening what servers send: allow-listed keys only, one bad row is one bad row, and errors tell nothing."""

import gzip
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_form import FULL, MAPPING, kobo
from small_letters import xml

from mappings.central import central_page
from mappings.decode import Decoder
from mappings.drift import row_names
from mappings.kobo import kobo_listing
from mappings.model import RawSubmission
from mappings.xform import UnreadableError, read_envelope

CANARY = "AMINA-SECRET أمينة"
DECODER = Decoder(MAPPING)


def letter(document: bytes) -> RawSubmission:
    return DECODER.letter(document, root="", instance="uuid:1", version="v1", received="")


def page(*rows: object) -> bytes:
    return msgspec.json.encode({"results": rows})


def values(raw: RawSubmission | None) -> tuple[object, ...]:
    assert raw is not None
    return msgspec.structs.astuple(raw)


def test_a_key_that_the_mapping_does_not_name_is_never_read() -> None:
    row = FULL | {"who/name": CANARY, "_geolocation": [1, {"deep": CANARY}], "_attachments": [{"filename": CANARY}]}

    assert CANARY not in repr(values(next(DECODER.kobo_page(page(row)))))


def test_both_dialects_give_the_same_answers() -> None:
    from_kobo = values(next(DECODER.kobo_page(kobo())))[4:]
    from_phone = values(letter(xml("uuid:1")))[4:]

    assert _plain(from_kobo) == _plain(from_phone)


def _plain(cells: tuple[object, ...]) -> list[object]:
    return [tuple(map(values, cell)) if isinstance(cell, tuple) else cell for cell in cells]


@pytest.mark.parametrize("shape", [["list"], {"an": "object"}])
def test_one_impossible_row_does_not_cost_the_page(shape: object) -> None:
    rows = DECODER.kobo_page(page(FULL, FULL | {"rec/how_often": shape}, FULL))

    assert [row is None for row in rows] == [False, True, False]


DEEP = b"[" * 5_000 + b"]" * 5_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b'{"results": 3}',
        b'{"results": [{"a": 1}',
        b"\xff\xfe{",
        pytest.param(b'{"results": [{"a": %s}]}' % DEEP, id="deep"),
    ],
)
def test_a_reply_that_is_no_page_is_refused_without_a_word_of_it(body: bytes) -> None:
    with pytest.raises(UnreadableError) as refusal:
        DECODER.kobo_page(body)

    assert str(refusal.value) == ""
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (kobo_listing, b'{"count": 1, "results": [{"_id": 1, "a": %s}]}'),
        (central_page, b'{"value": [{"__id": "a", "__system": {"submissionDate": ""}, "a": %s}]}'),
        (row_names, b'{"a": %s}'),
    ],
)
def test_what_is_nested_too_deep_is_unreadable_everywhere(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(body % DEEP)


def test_a_repeat_keeps_its_rows_apart() -> None:
    rows = values(letter(xml("uuid:1")))[-1]

    assert [values(row) for row in rows] == [("a", "3"), ("b", "4")]  # type: ignore[union-attr]


def test_an_empty_answer_is_no_answer() -> None:
    assert values(letter(xml("uuid:1", today="  ")))[4:].count(None) == 1


def test_the_envelope_names_form_version_and_instances() -> None:
    envelope = read_envelope(xml("uuid:2", previous="uuid:1"))

    assert (envelope.form_id, envelope.version, envelope.instance, envelope.previous) == (
        "small",
        "v1",
        "uuid:2",
        "uuid:1",
    )


def test_a_prefix_does_not_hide_the_instance_id() -> None:
    document = (
        b'<d xmlns:orx="http://openrosa.org/xforms" id="f"><orx:meta><orx:instanceID>u</orx:instanceID></orx:meta></d>'
    )

    assert read_envelope(document).instance == "u"


BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d id="f">&b;</d>'
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d id="f"><a>&x;</a></d>'


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<d><open>",
        BOMB,
        OUTSIDE,
        b"<d>" + b"<a/>" * 200_000 + b"</d>",
        b'<?xml version="1.0" encoding="klingon"?><d/>',
        gzip.compress(b"<d/>", mtime=0),
        b"<d>\x00</d>",
        b"<d/><d/>",
    ],
    ids=["empty", "text", "cut off", "bomb", "outside", "many", "encoding", "gzip", "zero byte", "two roots"],
)
def test_what_is_no_form_is_refused_without_a_word_of_it(document: bytes) -> None:
    with pytest.raises(UnreadableError) as refusal:
        read_envelope(document)

    assert str(refusal.value) == ""
    assert refusal.value.__cause__ is None


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_open_or_be_refused(document: bytes) -> None:
    try:
        letter(document)
    except UnreadableError:
        return


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40))
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    raw = letter(xml("uuid:1", **{"rec/how_often": text}))

    assert text.strip() in ("", *values(raw)) or text.strip() == ""
