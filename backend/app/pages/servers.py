"""Form servers: how each stands, and for those who manage them new ones, tests, new credentials, removal.

Whatever needs a server or a key is done by a worker. Credentials are sealed before anything else is done with them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from backend.access import Permission
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.app.words import word
from backend.server_credentials import MOST_CHARACTERS, seal_for_worker
from backend.store import letter_keys, server_requests, servers
from backend.store.audit import Audit
from backend.store.conditions import Condition, conditions
from backend.store.engine import reading, transaction
from backend.store.form_list import real_forms
from backend.store.server_requests import Action, ServerRequest
from backend.store.servers import ServerInUseError, ServerLine
from backend.troubles import TROUBLES
from backend.wake import wake

blueprint = Blueprint("servers", __name__)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MOST_URL = 300
# A test takes seconds; after this long nobody seems to be at work.
_SHOULD_TAKE = timedelta(seconds=40)


@dataclass(frozen=True, slots=True)
class Card:
    """One server, or with `line` None what became of the wish to add one. `forms` are ours on it."""

    server_id: str
    line: ServerLine | None
    request: ServerRequest | None
    forms: Sequence[Condition]
    now: datetime

    @property
    def is_asking(self) -> bool:
        return self.request is not None and self.request.is_open

    @property
    def is_slow(self) -> bool:
        return self.request is not None and self.request.is_open and self.now - self.request.asked_at > _SHOULD_TAKE

    @property
    def rests(self) -> bool:
        return self.line is not None and self.line.rests(self.now)

    @property
    def trouble(self) -> str:
        """A code for what went wrong with the last wish, else with the last test."""
        if self.request is not None and self.request.problem:
            return self.request.problem
        finding = self.line.finding if self.line else None
        return str(finding["problem"]) if finding else ""


@blueprint.get("/servers")
@open_to(Permission.SEE_SERVERS)
def show() -> ResponseReturnValue:
    return render_template("servers.html", cards=_cards())


@blueprint.get("/servers/<server_id>/status")
@open_to(Permission.SEE_SERVERS)
def status(server_id: str) -> ResponseReturnValue:
    """Asked for every other second while a worker is at it; when it is done the whole page is loaded anew."""
    card = next((card for card in _cards() if card.server_id == server_id), None)
    if card is None:
        abort(404)
    answer: Response = make_response(render_template("parts/server_status.html", card=card))
    if not card.is_asking:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/servers")
@open_to(Permission.MANAGE_SERVERS)
def add() -> ResponseReturnValue:
    server_id, url = request.form.get("name", "").strip(), request.form.get("url", "").strip().rstrip("/")
    with reading(state().engine) as session:
        is_taken = any(line.server_id == server_id for line in servers.list_servers(session))
    if is_taken:
        flash(word(TROUBLES, "server_taken"), "error")
    elif not _ID.fullmatch(server_id):
        flash(word(TROUBLES, "server_name"), "error")
    elif not _is_plain(url):
        flash(word(TROUBLES, "server_address"), "error")
    else:
        _ask_with_credentials(Action.ADD, server_id, url)
    return redirect(url_for("servers.show"), 303)


@blueprint.post("/servers/<server_id>/credentials")
@open_to(Permission.MANAGE_SERVERS)
def rotate(server_id: str) -> ResponseReturnValue:
    _ask_with_credentials(Action.ROTATE, server_id, _line(server_id).url)
    return redirect(url_for("servers.show"), 303)


@blueprint.post("/servers/<server_id>/test")
@open_to(Permission.MANAGE_SERVERS)
def test(server_id: str) -> ResponseReturnValue:
    wanted = _new(Action.TEST, server_id, _line(server_id).url)
    with transaction(state().engine) as session:
        _ask(session, wanted)
    return redirect(url_for("servers.show"), 303)


@blueprint.post("/servers/<server_id>/remove")
@open_to(Permission.MANAGE_SERVERS)
def remove(server_id: str) -> ResponseReturnValue:
    _line(server_id)
    try:
        with transaction(state().engine) as session:
            servers.remove_server(session, server_id, Audit(viewer().name, "server.removed", server_id))
            server_requests.forget(session, server_id)
    except ServerInUseError:
        flash(
            _("Forms are pulled from this server. Take them off it first: fieldveil server disconnect FORM."), "error"
        )
    else:
        flash(
            _("The server and its credentials are removed here. End the account or token on the server, too."),
            "success",
        )
    return redirect(url_for("servers.show"), 303)


# ---- asking a worker -------------------------------------------------------------------------------------------------


def _ask_with_credentials(action: Action, server_id: str, url: str) -> None:
    account, secret = request.form.get("account", "").strip(), request.form.get("secret", "").strip()
    if not 0 < len(account) <= MOST_CHARACTERS or not 0 < len(secret) <= MOST_CHARACTERS:
        flash(_("Enter the account, and its password or token."), "error")
        return
    wanted = _new(action, server_id, url)
    with transaction(state().engine) as session:
        key = letter_keys.sealing_key(session, wanted.asked_at.date())
        if key is None:
            flash(_("No worker has made its keys yet, so nothing can be sealed for it. Start a worker first."), "error")
            return
        sealed = seal_for_worker(key.public_key, wanted, account, secret)
        _ask(session, wanted, key_id=key.key_id, sealed=sealed)


def _ask(session: Session, wanted: ServerRequest, *, key_id: str | None = None, sealed: bytes | None = None) -> None:
    audit = Audit(wanted.actor, f"server.{wanted.action}_asked", wanted.server_id)
    server_requests.ask(session, wanted, audit, key_id=key_id, sealed=sealed)
    wake(session, "servers.carry_out", wanted.request_id)


def _new(action: Action, server_id: str, url: str) -> ServerRequest:
    return ServerRequest(uuid4().hex, server_id, action, url, viewer().name, datetime.now(UTC))


def _is_plain(url: str) -> bool:
    """A worker judges whether it may be asked. What would put a password into the database is refused here."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(url) <= _MOST_URL
    return is_address and parts.username is None and parts.password is None and not parts.query and not parts.fragment


# ---- what is shown ---------------------------------------------------------------------------------------------------


def _line(server_id: str) -> ServerLine:
    with reading(state().engine) as session:
        found = next((line for line in servers.list_servers(session) if line.server_id == server_id), None)
    return found or abort(404)


def _cards() -> list[Card]:
    now = datetime.now(UTC)
    with reading(state().engine) as session:
        lines = {line.server_id: line for line in servers.list_servers(session)}
        asked = {one.server_id: one for one in server_requests.newest(session)}
        names = [form.form_id for form in real_forms(session)]
        found = conditions(session, names, now, state().settings.pull_every_seconds)
    return [
        Card(name, lines.get(name), asked.get(name), [one for one in found if one.server == name], now)
        for name in sorted({*lines, *asked})
        if name in lines or asked[name].action is Action.ADD
    ]
