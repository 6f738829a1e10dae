"""Talks to one KoBoToolbox as one account: a token on every request, every answer read whole before use."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from backend.store.servers import Server
from mappings.kobo import KoboListing, kobo_listing
from mappings.xform import UnreadableError
from workers.context import Context
from workers.net import Limits, Reply, Session, open_session
from workers.reach import reach_of
from workers.servers.credentials import Credentials, Safe
from workers.servers.replies import GarbledError, parsed, refused, understood
from workers.servers.turns import Turns

# Whole bodies are at most a thousand rows; the server itself gives up after two minutes.
_USUAL = Limits(read_seconds=130.0)
_Kind = TypeVar("_Kind")


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
        return understood(lambda: parsed(self.ask(path, **asked).body, kind))

    def listing(self, path: str) -> KoboListing:
        return understood(lambda: _listing(self.ask(path).body))

    def account(self) -> str:
        """The name of who asks; '' for a stranger, to whom the list of forms is no refusal but an empty list."""
        return self.json("me/", _Me).username or ""

    def close(self) -> None:
        self._http.close()


class _Me(msgspec.Struct):
    username: str | None = None


def _listing(body: bytes) -> KoboListing:
    try:
        return kobo_listing(body)
    except UnreadableError:
        raise GarbledError("The server's list of answers broke off, or is not one of KoBoToolbox") from None


def open_client(
    context: Context, server: Server, limits: Limits = _USUAL, entered: Credentials | None = None
) -> KoboClient:
    """Asks nothing yet; `entered` is another account, for this time only. Raises NetError for a forbidden address."""
    known = entered or Safe(context.settings).open_credentials(server)
    headers = {"Authorization": f"Token {known.secret}"}
    allowed, turns = reach_of(context.settings), Turns(context.settings.home, server.server_id)
    return KoboClient(open_session(server.url, reach=allowed, limits=limits, headers=headers, turn=turns.one))
