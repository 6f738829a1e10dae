"""How the door takes the one part it wants out of an upload."""

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.letterbox.messages import Say
from backend.letterbox.refusal import Refusal
from backend.letterbox.upload import read_body, read_upload

LIMIT = 1_000_000


def _environ(body: bytes, *, length: int | None = None, ended: bool = True, kind: str = "") -> Any:
    environ: Any = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(length or len(body))}
    environ["CONTENT_TYPE"] = kind or "multipart/form-data; boundary=XX"
    if ended:
        environ["wsgi.input_terminated"] = True
    return environ


def _part(name: str, content: bytes, *, filename: str = "a.xml") -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    return f'--XX\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


def _refused(environ: Any, limit: int = LIMIT) -> Say:
    with pytest.raises(Refusal) as refused:
        read_upload(environ, limit)
    return refused.value.say


def test_the_xml_is_taken_byte_for_byte() -> None:
    xml = b"<d>\r\n--X\n\n\xd8\xb3</d>\r\n"

    assert read_upload(_environ(_part("xml_submission_file", xml) + b"--XX--\r\n"), LIMIT).xml == xml


def test_the_xml_may_come_as_a_plain_field() -> None:
    body = _part("xml_submission_file", b"<d/>", filename="") + b"--XX--"

    assert read_upload(_environ(body), LIMIT).xml == b"<d/>"


def test_attachments_are_counted_and_dropped() -> None:
    body = (
        _part("photo.jpg", b"\xff\xd8" * 1000, filename="photo.jpg")
        + _part("xml_submission_file", b"<d/>")
        + _part("audit.csv", b"who,when", filename="audit.csv")
        + _part("*isIncomplete*", b"yes", filename="")
        + b"--XX--\r\n"
    )

    upload = read_upload(_environ(body), LIMIT)

    assert (upload.xml, upload.attachments) == (b"<d/>", 2)


def test_what_it_holds_is_not_shown() -> None:
    assert "Amina" not in repr(read_upload(_environ(_part("xml_submission_file", b"Amina") + b"--XX--"), LIMIT))


@pytest.mark.parametrize(
    "kind",
    [
        "text/xml",
        "multipart/form-data",
        'multipart/form-data; boundary=""',
        "multipart/form-data; boundary=\u0661",
        "x",
    ],
)
def test_no_multipart_is_no_submission(kind: str) -> None:
    body = _part("xml_submission_file", b"<d/>") + b"--XX--"

    assert _refused(_environ(body, kind=kind)) is Say.NO_SUBMISSION


@pytest.mark.parametrize("parts", [[], ["photo"], ["xml_submission_file", "xml_submission_file"]])
def test_there_must_be_one_filled_form_in_it(parts: list[str]) -> None:
    body = b"".join(_part(name, b"<d/>") for name in parts) + (b"--XX--\r\n" if parts else b"--XX--")

    assert _refused(_environ(body)) is Say.NO_SUBMISSION


@pytest.mark.parametrize("end", [b"", b"--XX", b"--X"])
def test_an_upload_without_its_end_is_incomplete(end: bytes) -> None:
    assert _refused(_environ(_part("xml_submission_file", b"<d/>") + end)) is Say.INCOMPLETE


def test_fewer_bytes_than_announced_are_incomplete() -> None:
    body = _part("xml_submission_file", b"<d/>") + b"--XX--"

    assert _refused(_environ(body, length=len(body) + 10)) is Say.INCOMPLETE
    assert _refused(_environ(body, length=len(body) + 10, ended=False)) is Say.INCOMPLETE


def test_one_byte_too_many_is_too_large_and_the_rest_is_read_away() -> None:
    environ = _environ(b"x" * (LIMIT + 1))

    assert _refused(environ) is Say.TOO_LARGE
    assert environ["wsgi.input"].read() == b""
    assert read_body(_environ(b"x" * LIMIT), LIMIT) == b"x" * LIMIT


def test_a_body_that_never_ends_is_not_read_for_ever() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"x" * size

    stream = Endless()
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_TYPE": "multipart/form-data; boundary=XX"}

    assert _refused(environ) is Say.TOO_LARGE
    assert stream.taken < 65_000_000


def test_a_body_without_length_is_taken_only_from_a_server_that_ends_it() -> None:
    body = _part("xml_submission_file", b"<d/>") + b"--XX--"
    chunked, unknown = _environ(body), _environ(body, ended=False)
    del chunked["CONTENT_LENGTH"], unknown["CONTENT_LENGTH"]

    assert read_upload(chunked, LIMIT).xml == b"<d/>"
    assert _refused(unknown) is Say.NO_LENGTH


def test_a_thousand_attachments_are_enough() -> None:
    body = _part("a", b"") * 1001 + _part("xml_submission_file", b"<d/>") + b"--XX--"

    assert _refused(_environ(body)) is Say.TOO_LARGE


@pytest.mark.parametrize("kind", [ConnectionResetError, ValueError])
def test_a_connection_that_breaks_is_incomplete(kind: type[Exception]) -> None:
    class Broken(io.RawIOBase):
        def read(self, _size: int = -1) -> bytes:
            raise kind("Amina was here")

    environ = _environ(b"")
    environ["wsgi.input"] = Broken()

    with pytest.raises(Refusal) as refused:
        read_upload(environ, LIMIT)
    assert refused.value.say is Say.INCOMPLETE
    assert refused.value.__suppress_context__


@given(st.binary(max_size=60), st.integers(0, 200))
def test_a_damaged_upload_is_read_or_refused_and_nothing_else(noise: bytes, at: int) -> None:
    body = _part("a.jpg", b"\xff") + _part("xml_submission_file", b"<d/>") + b"--XX--\r\n"

    with suppress(Refusal):
        upload = read_upload(_environ(body[:at] + noise + body[at + len(noise) :]), LIMIT)
        assert isinstance(upload.xml, bytes)
