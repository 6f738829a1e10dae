"""Reads an upload whole into memory and takes the one part that matters. Nothing of it ever becomes a file."""

from dataclasses import dataclass, field
from typing import IO
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder
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
    except (ClientDisconnected, OSError):
        raise Refusal(Say.INCOMPLETE) from None


def read_upload(environ: WSGIEnvironment, most: int) -> Upload:
    body = read_body(environ, most)
    kind, options = parse_options_header(environ.get("CONTENT_TYPE"))
    boundary = options.get("boundary", "")
    if kind.lower() != "multipart/form-data" or not boundary.isascii() or not boundary:
        raise Refusal(Say.NO_SUBMISSION)
    try:
        return _take(body, boundary.encode("ascii"))
    except RequestEntityTooLarge:
        raise Refusal(Say.TOO_LARGE) from None
    except ValueError:
        raise Refusal(Say.INCOMPLETE) from None


def _take(body: bytes, boundary: bytes) -> Upload:
    decoder = MultipartDecoder(boundary, max_parts=_MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    found: list[bytearray] = []
    attachments = 0
    wanted = False
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            wanted = event.name == XML_PART
            if wanted:
                found.append(bytearray())
            elif isinstance(event, File):
                # Our forms have no media: what comes along is counted and dropped here.
                attachments += 1
        elif isinstance(event, Data) and wanted:
            found[-1] += event.data
    if len(found) != 1:
        raise Refusal(Say.NO_SUBMISSION)
    return Upload(bytes(found[0]), attachments)
