"""The search for identifiers finds what is planted: a search that finds nothing would prove nothing."""

import base64
import gzip
import io
import json
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest

from workers.demo.canary_search import Find, Search
from workers.phone.canary import Canaries

CANARIES = Canaries(7)
SEARCH = Search(CANARIES.values())
NAMES = ["xml.respondent_name", "xml.respondent_name_arabic", "xml.respondent_phone"]


def _html(text: str) -> bytes:
    return "".join(f"&#{ord(letter)};" for letter in text).encode()


def _zip(text: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/file.xml", f"{text} " * 5)
    return target.getvalue()


WRITTEN = {
    "plain": str.encode,
    "json": lambda text: json.dumps({"name": text}).encode(),
    "json in capitals": lambda text: json.dumps(text).upper().replace("\\U", "\\u").encode(),
    "url": lambda text: quote(text).encode(),
    "url in small letters": lambda text: quote(text).lower().encode(),
    "html": _html,
    "html in hex": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "hex in capitals": lambda text: text.encode().hex().upper().encode(),
    "utf-16": lambda text: text.encode("utf-16-le"),
    "utf-16, other order": lambda text: text.encode("utf-16-be"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, one byte on": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64, two bytes on": lambda text: base64.b64encode(b"xy" + text.encode() + b"more"),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(text.encode()),
    "small letters": lambda text: text.lower().encode(),
    "a header read as latin-1": lambda text: text.encode().decode("latin-1").encode(),
    "bytes of python": lambda text: repr(text.encode()).encode(),
    "gzip": lambda text: gzip.compress(text.encode() * 9),
    "zlib": lambda text: zlib.compress(text.encode() * 9),
    "zip": _zip,
    "gzip in gzip": lambda text: gzip.compress(gzip.compress(text.encode() * 9)),
    "base64 in json in zlib": lambda text: zlib.compress(json.dumps(base64.b64encode(text.encode()).decode()).encode()),
}


@pytest.mark.parametrize("writing", WRITTEN)
@pytest.mark.parametrize("place", NAMES)
def test_an_identifier_is_found_however_it_is_written(place: str, writing: str) -> None:
    data = b"\x00some bytes before " + WRITTEN[writing](CANARIES.text(place)) + b" and after\xff"

    found = SEARCH.in_bytes(data, "here")

    assert {find.place for find in found} == {place}
    assert all(find.where.startswith("here") for find in found)


@pytest.mark.parametrize("place", CANARIES)
def test_every_identifier_of_the_list_is_found_and_named(place: str) -> None:
    found = SEARCH.in_bytes(CANARIES.text(place).encode(), "here")

    assert {find.place for find in found} == {place}


def test_the_core_alone_is_enough() -> None:
    assert SEARCH.in_bytes(CANARIES["xml.email"].core.encode(), "here") == [Find("xml.email", "utf-8", "here")]


def test_half_an_identifier_is_told_too() -> None:
    half = CANARIES["xml.email"].core[:-2].encode()

    assert SEARCH.in_bytes(half, "here") == [Find("part of one", "", "here")]


def test_other_text_is_not_taken_for_one() -> None:
    others = b"\n".join(canary.text.encode() for canary in Canaries(8).values())

    assert SEARCH.in_bytes(others + gzip.compress(others) + bytes(range(256)) * 100, "here") == []


def test_what_only_looks_compressed_does_no_harm() -> None:
    assert SEARCH.in_bytes(b"x\x9c" * 1000 + b"\x1f\x8b\x08" * 1000 + b"PK\x03\x04" * 1000, "here") == []


def test_a_folder_is_searched_with_its_names(tmp_path: Path) -> None:
    inner = tmp_path / "logs"
    inner.mkdir()
    (inner / "web.log").write_text(f"POST by {CANARIES.text('http.user_agent')}")
    (inner / CANARIES.text("multipart.file")).write_bytes(b"")
    (inner / "clean.log").write_text("POST 201")

    found = SEARCH.in_folder(tmp_path)

    assert {(find.place, find.where.split(" (")[0]) for find in found} == {
        ("http.user_agent", "logs/web.log"),
        ("multipart.file", f"logs/{CANARIES.text('multipart.file')}"),
    }


def test_a_find_does_not_quote_what_stands_around_it() -> None:
    [find] = SEARCH.in_bytes(f"Secret village {CANARIES.text('xml.email')}".encode(), "here")

    assert "village" not in repr(find)
    assert CANARIES["xml.email"].core not in repr(find)
