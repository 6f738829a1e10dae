"""Reads an upload whole into memory and takes the one part that matters. Nothing of it ever becomes a file."""

from dataclasses import dataclass, field
from typing import IO
from wsgiref.types import WSGIEnvironment

from werkzeug.http import parse_options_header
from werkzeug.wsgi import get_content_length, get_input_stream

from backend.letterbox.messages import Say
from backend.letterbox.refusal import Refusal

XML_PART = "xml_submission_file"
_MOST_PARTS = 1000
_CHUNK = 1 << 16
# How much of a body that is too large is read and thrown away, so that the phone still hears why.
MOST_READ = 64_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    xml: bytes = field(repr=False)
    attachments: int


def read_body(environ: WSGIEnvironment, most: int) -> bytes:
    """A body without a length is read only where the server itself ends it (chunked transfer encoding)."""
    if "CONTENT_LENGTH" not in environ and "wsgi.input_terminated" not in environ:
        raise Refusal(Say.NO_LENGTH)
    stream, announced = get_input_stream(environ), get_content_length(environ)
    pieces: list[bytes] = []
    size = 0
    while piece := _read(stream):
        size += len(piece)
        if size > max(MOST_READ, most):
            break
        if size > most:
            pieces.clear()
        else:
            pieces.append(piece)
    if size > most:
        raise Refusal(Say.TOO_LARGE)
    # Some servers end the stream without a word when a phone loses its network.
    if announced is not None and size != announced:
        raise Refusal(Say.INCOMPLETE)
    return b"".join(pieces)


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(_CHUNK)
    except Exception:  # noqa: BLE001 (each web server has its own error for a phone that is cut off or sends nonsense)
        raise Refusal(Say.INCOMPLETE) from None


def read_upload(environ: WSGIEnvironment, most: int) -> Upload:
    body = read_body(environ, most)
    kind, options = parse_options_header(environ.get("CONTENT_TYPE"))
    boundary = options.get("boundary", "")
    if kind.lower() != "multipart/form-data" or not boundary.isascii() or not boundary:
        raise Refusal(Say.NO_SUBMISSION)
    return _take(_parts(body, b"\r\n--" + boundary.encode("ascii")))


def _parts(body: bytes, delimiter: bytes) -> list[bytes]:
    """Cuts a multipart body at its boundary, which by the rules stands nowhere inside a part.

    The decoder of Werkzeug compiles two patterns for each boundary, and phones choose a new one for each upload: that
    took longer than all the rest.
    """
    if body.count(delimiter) > _MOST_PARTS:
        raise Refusal(Say.TOO_LARGE)
    # The first boundary stands at the very beginning, without a line break before it.
    pieces = (b"\r\n" + body).split(delimiter)[1:]
    last = next((number for number, piece in enumerate(pieces) if piece.startswith(b"--")), None)
    if last is None:
        raise Refusal(Say.INCOMPLETE)
    return pieces[:last]


def _take(parts: list[bytes]) -> Upload:
    found: list[bytes] = []
    attachments = 0
    for part in parts:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            raise Refusal(Say.INCOMPLETE)
        name, has_filename = _named(head)
        if name == XML_PART:
            found.append(content)
        elif has_filename:
            # Our forms have no media: what comes along is counted and dropped here.
            attachments += 1
    if len(found) != 1:
        raise Refusal(Say.NO_SUBMISSION)
    return Upload(found[0], attachments)


def _named(head: bytes) -> tuple[str, bool]:
    """The name of a part, and whether it is a file."""
    for line in head.splitlines():
        header, _, value = line.partition(b":")
        if header.strip().lower() == b"content-disposition":
            _, options = parse_options_header(value.decode("utf-8", "replace"))
            return options.get("name", ""), "filename" in options
    return "", False
