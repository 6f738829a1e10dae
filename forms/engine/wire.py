"""The lines between client and helper: one JSON object a line, a request on stdin, replies on stdout."""

from datetime import date

import msgspec

from forms.engine.plan import Plan
from forms.engine.records import Filled, FormInfo, Verdict


class Open(msgspec.Struct, frozen=True, tag="open"):
    xform: bytes
    media: str


class Fill(msgspec.Struct, frozen=True, tag="fill"):
    """`pool`: how many answers to draw for every question that may be varied."""

    seeds: tuple[str, ...]
    plan: Plan
    pool: int = 0


class Judge(msgspec.Struct, frozen=True, tag="judge"):
    """Finished forms to be read again on the day that they bear."""

    instances: tuple[bytes, ...]
    today: date


class Validate(msgspec.Struct, frozen=True, tag="validate"):
    xform: bytes


class Close(msgspec.Struct, frozen=True, tag="close"):
    pass


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    pyxform: str
    java: str


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    form: FormInfo


class Done(msgspec.Struct, frozen=True, tag="done"):
    """One filled form; a fill request is answered by as many as it has seeds."""

    filled: Filled


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    """One for each form to judge."""

    verdict: Verdict


class Validated(msgspec.Struct, frozen=True, tag="validated"):
    complaints: tuple[str, ...]


class Closed(msgspec.Struct, frozen=True, tag="closed"):
    pass


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The name of the error class, and its text."""

    error: str
    text: str


Request = Open | Fill | Judge | Validate | Close
Reply = Ready | Opened | Done | Judged | Validated | Closed | Failed

_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def request(line: bytes) -> Request:
    return _requests.decode(line)


def reply(line: bytes) -> Reply:
    return _replies.decode(line)


def line(message: Request | Reply) -> bytes:
    return msgspec.json.encode(message) + b"\n"
