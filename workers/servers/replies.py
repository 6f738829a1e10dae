"""What an answer of either kind of server is worth: understood, asked for again, or told as a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from workers.net import PASSING, NetError, Reply, asked_wait

_GARBLED_TRIES = 3
_SHOWN_PIECES = 5
_Kind = TypeVar("_Kind")


class GarbledError(NetError):
    """An answer with a good status that is not what was asked for. Asking again may help."""


def parsed(body: bytes, kind: type[_Kind]) -> _Kind:
    """Raises GarbledError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise GarbledError("The server's answer broke off, or is not what such a server answers") from None


def understood(ask: Callable[[], _Kind]) -> _Kind:
    """Asks again when an answer came cut off, or as the page of a proxy: both arrive with status 200."""
    for _ in range(_GARBLED_TRIES - 1):
        try:
            return ask()
        except GarbledError:
            continue
    return ask()


def server_time(reply: Reply) -> datetime:
    """Its own clock: ours may run ahead of it."""
    try:
        return parsedate_to_datetime(reply.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def refused(path: str, reply: Reply, code: str = "") -> NetError:
    """The server's own message can quote what it was sent, so only its status, and its `code`, is taken over."""
    # Deeper pieces of the path, and all options, can name submissions.
    place = "/".join(path.partition("?")[0].split("/")[:_SHOWN_PIECES])
    said = f"{reply.status}{f' (code {code})' if code else ''}"
    return NetError(f"{place} answered {said}", reply.status not in PASSING, reply.status, asked_wait(reply))
