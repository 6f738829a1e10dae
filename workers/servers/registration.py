"""Servers as a user has them: register, test, give new credentials, remove. Credentials go in and never come out."""

import re
from contextlib import closing
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy.exc import IntegrityError

from backend.store import servers
from backend.store.audit import Audit, record
from backend.store.connections import NOWHERE
from backend.store.engine import reading, transaction
from backend.store.servers import Server, ServerKind
from backend.troubles import told
from workers.context import Context
from workers.net import PASSING, Limits, NetError, Session, open_session
from workers.reach import reach_of
from workers.servers.breaker import refusal
from workers.servers.central import probe as central_probe
from workers.servers.central.client import open_client
from workers.servers.credentials import Credentials, Safe
from workers.servers.kobo import client as kobo_client
from workers.servers.kobo import probe as kobo_probe
from workers.servers.probe import Finding, Use
from workers.servers.registry import LETTERBOX, require_server

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# A person waits for the answer.
_PATIENCE = Limits(read_seconds=20.0, seconds=60.0, tries=2)


class RegistrationError(Exception):
    """A server that cannot be registered so. `code` is stable; its sentence is the one that the pages show."""

    def __init__(self, code: str, more: str = "") -> None:
        super().__init__(told(code, more=more))
        self.code = code


@dataclass(frozen=True, slots=True)
class Registration:
    server_id: str
    url: str
    credentials: Credentials


def register(context: Context, wanted: Registration, *, today: date, actor: str) -> Finding:
    """Finds out what kind of server it is, keeps it, and tests it. One that fails the test is kept all the same."""
    server_id, url = wanted.server_id, wanted.url.strip().rstrip("/")
    if not _ID.fullmatch(server_id) or server_id in (LETTERBOX, NOWHERE):
        raise RegistrationError("server_name", f"The name {LETTERBOX} is ours.")
    kind = _detect(context, url)
    sealed = Safe(context.settings).seal_credentials(server_id, url, wanted.credentials)
    new = Server(server_id, kind, url, sealed, None, 0, None)
    audit = Audit(actor, "server.added", server_id, {"kind": kind.value})
    try:
        with transaction(context.engine) as session:
            servers.add_server(session, new=new, added_on=today, audit=audit)
    except IntegrityError:
        raise RegistrationError("server_taken", f"`fieldveil server rotate {server_id}` changes them.") from None
    return check(context, server_id, actor=actor)


def check(context: Context, server_id: str, *, actor: str, use: Use = Use.PULL) -> Finding:
    """Asks the server now, also while it rests. What is found for the pull is kept for the pages."""
    with reading(context.engine) as session:
        server = require_server(session, server_id)
    finding = _probe(context, server, use)
    audit = Audit(actor, "server.tested", server_id, {"problem": finding.problem, "usable": finding.is_usable})
    with transaction(context.engine) as session:
        if finding.is_usable:
            servers.note_success(session, server_id)
        if use is Use.PULL:
            servers.keep_finding(session, server_id, finding.as_record(), audit)
        else:
            record(session, audit)
    return finding


def rotate(context: Context, server_id: str, credentials: Credentials, *, actor: str) -> Finding:
    """New credentials for the same server; the old ones and their sign-in are forgotten."""
    with transaction(context.engine) as session:
        server = require_server(session, server_id)
        sealed = Safe(context.settings).seal_credentials(server_id, server.url, credentials)
        servers.change_credentials(session, server_id, sealed, Audit(actor, "server.rotated", server_id))
    return check(context, server_id, actor=actor)


def remove(context: Context, server_id: str, *, actor: str) -> None:
    """Raises ServerInUseError while a form is on it."""
    with transaction(context.engine) as session:
        require_server(session, server_id)
        servers.remove_server(session, server_id, Audit(actor, "server.removed", server_id))


def _probe(context: Context, server: Server, use: Use) -> Finding:
    try:
        if server.kind is ServerKind.KOBO:
            with closing(kobo_client.open_client(context, server, _PATIENCE)) as kobo:
                return kobo_probe.probe(kobo, server.server_id, use)
        with closing(open_client(context, server, _PATIENCE)) as central:
            return central_probe.probe(central, server.server_id, use)
    except NetError as error:
        found = refusal(error, server.server_id)
        return Finding(found.code, str(found))


def _detect(context: Context, url: str) -> ServerKind:
    """By what each answers to a stranger."""
    try:
        with open_session(url, reach=reach_of(context.settings), limits=_PATIENCE) as http:
            if _says(http, "v1/sessions/restore", "code"):
                return ServerKind.CENTRAL
            if _says(http, "api/v2/environment/?format=json", "open_rosa_server"):
                return ServerKind.KOBO
    except NetError as error:
        code = error.trouble.value or ("server_address" if error.permanent else "server_silent")
        raise RegistrationError(code, f"({error})") from None
    raise RegistrationError("server_kind", "That is kf.…, and not kc.…, which is for phones.")


def _says(http: Session, path: str, key: str) -> bool:
    """Raises NetError when all that answers is a proxy whose server is down."""
    reply = http.send("GET", path, headers={"Accept": "application/json"})
    if reply.status in PASSING:
        raise NetError(f"it answered {reply.status}", status=reply.status)
    try:
        return key in msgspec.json.decode(reply.body, type=dict)
    except (msgspec.MsgspecError, RecursionError):
        return False
