"""What the door reads of a submission, and what it refuses to read."""

from contextlib import suppress
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.letterbox.envelope import Envelope, read_envelope
from backend.letterbox.messages import Say
from backend.letterbox.refusal import Refusal


def _refused(xml: bytes) -> Say:
    with pytest.raises(Refusal) as refused:
        read_envelope(xml)
    return refused.value.say


def test_form_and_instance_are_read() -> None:
    xml = b'<data id="core" version="3"><meta><instanceID>uuid:1</instanceID></meta></data>'

    assert read_envelope(xml) == Envelope("core", "uuid:1", None)


def test_a_namespace_prefix_makes_no_difference() -> None:
    xml = (
        b'<data id="core" xmlns:orx="http://openrosa.org/xforms">'
        b"<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>"
    )

    assert read_envelope(xml) == Envelope("core", "uuid:1", None)


def test_an_edit_names_what_it_edits() -> None:
    xml = b'<d id="f"><meta><deprecatedID>uuid:1</deprecatedID><instanceID>uuid:2</instanceID></meta></d>'

    assert read_envelope(xml) == Envelope("f", "uuid:2", "uuid:1")


def test_a_form_that_edits_itself_is_no_edit() -> None:
    xml = b'<d id="f"><meta><deprecatedID>uuid:1</deprecatedID><instanceID>uuid:1</instanceID></meta></d>'

    assert read_envelope(xml).deprecated_id is None


def test_spaces_and_line_breaks_around_an_id_do_not_count() -> None:
    xml = b'<d id="f"><meta>\n <instanceID>\n uuid:1 \n</instanceID>\n</meta></d>'

    assert read_envelope(xml) == Envelope("f", "uuid:1", None)


def test_other_encodings_that_xml_allows_are_read() -> None:
    xml = '<?xml version="1.0" encoding="UTF-16"?><d id="f"><meta><instanceID>\u0661</instanceID></meta></d>'

    assert read_envelope(xml.encode("utf-16")).instance_id == "\u0661"


def test_an_answer_with_the_name_of_an_id_is_not_taken_for_it() -> None:
    xml = (
        b'<d id="f"><instanceID>answer</instanceID><group><meta><instanceID>answer</instanceID></meta></group>'
        b"<meta>loose<x>other</x><instanceID>uuid:1<y>inner</y></instanceID>loose</meta></d>"
    )

    assert read_envelope(xml).instance_id == "uuid:1"


@pytest.mark.parametrize(
    "xml",
    [
        b'<d id="f"><meta/></d>',
        b'<d id="f"/>',
        b'<d id="f"><meta><instanceID> </instanceID></meta></d>',
        b'<d id="f"><instanceID>uuid:1</instanceID></d>',
    ],
)
def test_without_an_instance_id_nothing_can_be_recognised_again(xml: bytes) -> None:
    assert _refused(xml) is Say.NO_INSTANCE_ID


@pytest.mark.parametrize("root", [b"<d>", b'<d id="">', b'<d id=" ">', b'<d ID="f">'])
def test_without_a_form_id_nobody_could_read_it(root: bytes) -> None:
    assert _refused(root + b"<meta><instanceID>uuid:1</instanceID></meta></d>") is Say.NO_FORM_ID


_META = b"<meta><instanceID>uuid:1</instanceID></meta>"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"name=Amina&phone=0944",
        b'{"id": "f"}',
        b'<d id="f">' + _META,
        b'<d id="f">' + _META + b"</d><d/>",
        b'<d id="f"><q>\x01</q>' + _META + b"</d>",
        b'<d id="f"><q>&#1;</q>' + _META + b"</d>",
        b'<d id="f"><q>\x00</q>' + _META + b"</d>",
        b'<d id="f"><q>\xff\xfe</q>' + _META + b"</d>",
        b'<d id="f"><q>&name;</q>' + _META + b"</d>",
        b'<?xml version="1.0" encoding="no-such-code"?><d id="f">' + _META + b"</d>",
        b'<?xml version="1.0" encoding="utf-7"?><d id="f">' + _META + b"</d>",
        b'<?xml version="1.0" encoding="base64"?><d id="f">' + _META + b"</d>",
    ],
)
def test_what_is_not_xml_is_refused(xml: bytes) -> None:
    assert _refused(xml) is Say.NOT_XML


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE d SYSTEM "http://localhost/d.dtd">',
        b'<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        b"<!DOCTYPE d>",
    ],
)
def test_a_document_type_is_refused_before_any_entity(doctype: bytes) -> None:
    assert _refused(doctype + b'<d id="f"><q>&a;</q>' + _META + b"</d>") is Say.NOT_XML


def _codecs() -> set[str]:
    """Every encoding of text that this Python knows, on this system."""
    found = {"utf-8-sig", "utf-16-le", "utf-16-be"}
    for name in aliases.values():
        with suppress(LookupError, UnicodeError):
            "<!DOCTYPE d>".encode(name)
            found.add(name)
    return found


@pytest.mark.parametrize("codec", sorted(_codecs()))
@pytest.mark.parametrize("declared", [True, False])
def test_no_encoding_hides_a_document_type(codec: str, declared: bool) -> None:
    head = f'<?xml version="1.0" encoding="{codec.replace("_", "-")}"?>' if declared else ""
    body = f'<d id="f">{_META.decode()}</d>'
    with_type = f"{head}<!DOCTYPE d>{body}"

    assert _refused(with_type.encode(codec)) is Say.NOT_XML
    assert _refused(with_type.encode("ascii")) is Say.NOT_XML
    if codec in {"utf_8", "utf_16", "latin_1", "ascii"} or (codec == "cp1256" and declared):
        assert read_envelope((head + body).encode(codec)).instance_id == "uuid:1"


@pytest.mark.parametrize("depth", [20, 5_000, 90_000])
def test_a_tower_of_elements_is_looked_past(depth: int) -> None:
    assert read_envelope(b'<d id="f">' + b"<a>" * depth + b"</a>" * depth + _META + b"</d>").instance_id == "uuid:1"


@pytest.mark.parametrize("many", [b"<a>" * 200_000 + b"</a>" * 200_000, b"<a/>" * 200_000], ids=["high", "wide"])
def test_more_elements_than_any_form_has_are_refused(many: bytes) -> None:
    assert _refused(b'<d id="f">' + many + _META + b"</d>") is Say.NOT_XML


def test_a_refusal_holds_nothing_of_what_was_sent() -> None:
    with pytest.raises(Refusal) as refused:
        read_envelope(b'<d id="f"><name>Amina 0944123456</name>')

    assert "Amina" not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@given(st.binary(max_size=300), st.integers(0, 120))
def test_damaged_xml_is_read_or_refused_and_nothing_else(noise: bytes, at: int) -> None:
    xml = b'<d id="f" version="1"><q>answer</q><meta><instanceID>uuid:1</instanceID></meta></d>'

    with suppress(Refusal):
        envelope = read_envelope(xml[:at] + noise + xml[at + len(noise) :])
        assert envelope.form_id
        assert envelope.instance_id
