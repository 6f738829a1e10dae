"""The XML of a filled form from somebody who means harm: refused, or read at once and in little memory.

1. What a small body must not swell to.
2. No DTD, in any encoding, wherever it hides.
3. What is read is what another reader reads.
"""

from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.xform import Slots, UnreadableError, read_answers

SLOTS = Slots.of(("a", "g/b"), (("r", ("r/x",)),))
DTD = '<?xml version="1.0" encoding="{}"?>{}<!DOCTYPE d [<!ENTITY e "boo">]><d><a>&e;</a></d>'
FILLER = f"<!--{'x' * 5_000}-->"


def names(count: int) -> bytes:
    return b"".join(b"<a%x/>" % number for number in range(count))


@pytest.mark.parametrize(
    "xml",
    [
        b'<d xmlns="' + b"u" * 100_000 + b'">' + names(10_000) + b"</d>",
        b"<d xmlns='" + b"u" * 100_000 + b"'>" + names(10_000) + b"</d>",
        b'<d xmlns = "' + b"u" * 100_000 + b'">' + names(10_000) + b"</d>",
        b'<d xmlns:p="' + b"&#117;" * 100_000 + b'" ' + b" ".join(b'p:a%x=""' % n for n in range(10_000)) + b"/>",
        ('<?xml version="1.0" encoding="utf-16"?><d xmlns="' + "u" * 400 + '"/>').encode("utf-16"),
        b"<d " + b" ".join(b'xmlns:a%x="u"' % number for number in range(200)) + b"/>",
        b"<d " + b" ".join(b'a%x=""' % number for number in range(100_000)) + b"/>",
        b"<d>" + b"<a/>" * 200_000 + b"</d>",
    ],
    ids=["space", "quoted", "spaced", "references", "wide", "many-spaces", "attributes", "elements"],
)
def test_1_a_body_that_swells_is_refused(xml: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_answers(xml, SLOTS)


def test_1_a_form_as_deep_as_allowed_is_read_and_forgotten() -> None:
    xml = b"<d><a>1</a>" + b"<g>" * 90_000 + b"</g>" * 90_000 + b"</d>"

    assert read_answers(xml, SLOTS)[0] == ["1", None]


@pytest.mark.parametrize(
    "text", ['xmlns="' + "u" * 400 + '"', "xmlns xmlns", "it's <![CDATA[ xmlns='x' ]]>"], ids=["long", "bare", "cdata"]
)
def test_1_an_answer_that_speaks_of_xml_is_an_answer(text: str) -> None:
    assert read_answers(f'<d xmlns="http://x"><a>{text}</a></d>'.encode(), SLOTS)[0][0]


@pytest.mark.parametrize("filler", ["", FILLER], ids=["first", "late"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "cp1252", "cp037", "utf-7", "shift_jis", "utf-32"])
def test_2_a_dtd_is_refused_in_any_encoding(encoding: str, filler: str) -> None:
    with pytest.raises(UnreadableError):
        read_answers(DTD.format(encoding, filler).encode(encoding), SLOTS)


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=20)


@given(LETTERS, LETTERS, st.lists(LETTERS, max_size=4), st.sampled_from(["utf-8", "utf-16"]), st.booleans())
def test_3_another_reader_reads_the_same(a: str, b: str, rows: list[str], encoding: str, prefixed: bool) -> None:
    document = minidom.Document()
    root = document.appendChild(document.createElement("d"))
    root.setAttribute("xmlns:p", "http://openrosa.org/xforms")
    group = document.createElement("g")
    for parent, name, text in ((root, "a", a), (group, "b", b)):
        leaf = parent.appendChild(document.createElement(f"p:{name}" if prefixed else name))
        leaf.appendChild(document.createTextNode(text))
    root.appendChild(group)
    for text in rows:
        row = root.appendChild(document.createElement("r"))
        row.appendChild(document.createElement("x")).appendChild(document.createTextNode(text))

    found = read_answers(document.toxml(encoding=encoding), SLOTS)

    assert found == ([a.strip() or None, b.strip() or None], [[[text.strip() or None] for text in rows]])
