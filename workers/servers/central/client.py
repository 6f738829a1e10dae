"""Talks to one ODK Central: signs in once for all workers, again on 401, and reads every answer whole before use."""

import re
import threading
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from sqlalchemy import Engine

from backend.store import servers
from backend.store.engine import transaction
from backend.store.servers import Server
from workers.context import Context
from workers.net import Limits, NetError, Reply, Session, Trouble, open_session
from workers.reach import reach_of
from workers.servers.credentials import Credentials, Safe
from workers.servers.replies import parsed, refused, understood
from workers.servers.turns import Turns

_USUAL = Limits()
# Where people sign in by single sign-on the address may be missing, too.
_NO_PASSWORDS = "401.5"
_KEY = re.compile(r"[A-Za-z0-9!$]{64}")
_Kind = TypeVar("_Kind")


class SignIn:
    """The token of a server. Signing in costs the server half a second, so the token is kept for all workers.

    The key of an app user is such a token itself. It is all that a Central with single sign-on has for programs.
    """

    def __init__(self, engine: Engine, safe: Safe, server: Server, entered: Credentials | None = None) -> None:
        """`entered`: of another account, for this time only; neither it nor its token is kept."""
        self._engine, self._safe, self._server, self._entered = engine, safe, server, entered
        self._token = None if entered else safe.open_session(server)
        self._lock = threading.Lock()

    def token(self, http: Session, *, instead_of: str | None = None) -> str:
        """`instead_of` is one that the server no longer accepts: another thread may have replaced it already."""
        with self._lock:
            if self._token is None or self._token == instead_of:
                known = self._entered or self._safe.open_credentials(self._server)
                if _is_key(known):
                    self._token = _still_good(known.secret, instead_of)
                    return self._token
                self._token = self._ask(http, known)
                if self._entered:
                    return self._token
                with transaction(self._engine) as session:
                    sealed = self._safe.seal_session(self._server, self._token)
                    servers.keep_session(session, self._server.server_id, sealed)
            return self._token

    def _ask(self, http: Session, known: Credentials) -> str:
        body = msgspec.json.encode({"email": known.account, "password": known.secret})
        reply = http.send("POST", "v1/sessions", headers={"Content-Type": "application/json"}, body=body)
        if reply.status == 404 or _code(reply.body) == _NO_PASSWORDS:
            raise NetError("v1/sessions takes no passwords", permanent=True, trouble=Trouble.NO_PASSWORDS)
        if reply.status != 200:
            raise refusal_of("sessions", reply)
        token = parsed(reply.body, dict[str, Any]).get("token")
        if not isinstance(token, str):
            raise NetError("v1/sessions answered without a token: is this an ODK Central?", permanent=True)
        return token


def _is_key(known: Credentials) -> bool:
    """People have e-mail addresses; an app user has a name, and a key of this form."""
    return "@" not in known.account and _KEY.fullmatch(known.secret) is not None


def _still_good(key: str, refused: str | None) -> str:
    """There is nothing to renew a key with."""
    if key == refused:
        raise NetError("v1 takes the key of the app user no more", permanent=True, status=401)
    return key


class CentralClient:
    """Paths are relative to `/v1/`. Raises NetError, whose words hold no answer of the server."""

    def __init__(self, http: Session, sign_in: SignIn) -> None:
        self._http, self._sign_in = http, sign_in

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> Reply:
        """A good answer, or one whose status is in `accept`. Signs in again, once, when the token has run out."""
        token = self._sign_in.token(self._http)
        reply = self._send(method, path, params, headers, body, token)
        if reply.status == 401:
            token = self._sign_in.token(self._http, instead_of=token)
            reply = self._send(method, path, params, headers, body, token)
        if not 200 <= reply.status < 300 and reply.status not in accept:
            raise refusal_of(path, reply)
        return reply

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        token: str,
    ) -> Reply:
        allowed = {"Authorization": f"Bearer {token}", **(headers or {})}
        return self._http.send(method, f"v1/{path}", params=params, headers=allowed, body=body)

    def json(self, path: str, kind: type[_Kind], **asked: Any) -> _Kind:
        return understood(lambda: parsed(self.ask(path, **asked).body, kind))

    def close(self) -> None:
        self._http.close()


def refusal_of(path: str, reply: Reply) -> NetError:
    """Of a path below `/v1/`."""
    return refused(f"v1/{path}", reply, _code(reply.body))


def _code(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body, type=_Problem).code)
    except (msgspec.MsgspecError, RecursionError):
        return ""


class _Problem(msgspec.Struct):
    code: float


def escaped(name: str) -> str:
    """One piece of a path: an id of a submission may hold a slash."""
    return quote(name, safe="")


def open_client(
    context: Context, server: Server, limits: Limits = _USUAL, entered: Credentials | None = None
) -> CentralClient:
    """Asks nothing yet. Raises NetError for an address that must not be asked."""
    turns = Turns(context.settings.home, server.server_id)
    http = open_session(server.url, reach=reach_of(context.settings), limits=limits, turn=turns.one)
    return CentralClient(http, SignIn(context.engine, Safe(context.settings), server, entered))
