"""Talks to one KoBoToolbox as one account: a token on every request, every answer read whole before use."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from backend.store.servers import Server
from mappings.kobo import KoboListing, kobo_listing
from mappings.xform import UnreadableError
from workers.context import Context
from workers.net import Limits, NetError, Reply, Session, open_session
from workers.servers.central.client import reach
from workers.servers.credentials import Credentials, Safe
from workers.servers.turns import Turns

_GARBLED_TRIES = 3
_SHOWN_PIECES = 4
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
# Whole bodies are at most a thousand rows; the server itself gives up after two minutes.
_USUAL = Limits(read_seconds=130.0)
_Kind = TypeVar("_Kind")


class GarbledError(NetError):
    """An answer with a good status that is not what was asked for. Asking again may help."""


class KoboClient:
    """Paths are relative to the address of the server. Raises NetError, whose words hold no answer of the server."""

    def __init__(self, http: Session) -> None:
        self._http = http

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> Reply:
        """A good answer, or one whose status is in `accept`. Only GET is tried again when the server is busy."""
        # Without this header an unknown form is answered by a page of HTML.
        reply = self._http.send(method, path, headers={"Accept": "application/json", **(headers or {})}, body=body)
        if not 200 <= reply.status < 300 and reply.status not in accept:
            raise refused(path, reply)
        return reply

    def json(self, path: str, kind: type[_Kind], **asked: Any) -> _Kind:
        return self.understood(lambda: parsed(self.ask(path, **asked).body, kind))

    def listing(self, path: str) -> KoboListing:
        return self.understood(lambda: _listing(self.ask(path).body))

    def close(self) -> None:
        self._http.close()

    def understood(self, ask: Callable[[], _Kind]) -> _Kind:
        """Asks again when an answer came cut off, or as the page of a proxy: both arrive with status 200."""
        for _ in range(_GARBLED_TRIES - 1):
            try:
                return ask()
            except GarbledError:
                continue
        return ask()


def parsed(body: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        raise GarbledError("The server's answer broke off, or is not what KoBoToolbox answers") from None


def _listing(body: bytes) -> KoboListing:
    try:
        return kobo_listing(body)
    except UnreadableError:
        raise GarbledError("The server's list of answers broke off, or is not one of KoBoToolbox") from None


def refused(path: str, reply: Reply) -> NetError:
    """KoBo's own message can quote what it was sent, so only its status is taken over."""
    # Deeper pieces of the path, and all options, can name submissions.
    place = "/".join(path.partition("?")[0].split("/")[:_SHOWN_PIECES])
    return NetError(f"{place} answered {reply.status}", reply.status not in _PASSING, reply.status)


def open_client(
    context: Context, server: Server, limits: Limits = _USUAL, entered: Credentials | None = None
) -> KoboClient:
    """Asks nothing yet; `entered` is another account, for this time only. Raises NetError for a forbidden address."""
    known = entered or Safe(context.settings).open_credentials(server)
    headers = {"Authorization": f"Token {known.secret}"}
    allowed, turns = reach(context.settings), Turns(context.settings.home, server.server_id)
    return KoboClient(open_session(server.url, reach=allowed, limits=limits, headers=headers, turn=turns.one))
