"""The forms on a server that its account can see, and which of them is read here as which form of ours."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import msgspec

from backend.store import connections
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.servers import Server, ServerKind
from workers.context import Context
from workers.net import NetError
from workers.servers.breaker import refusal
from workers.servers.central.client import CentralClient
from workers.servers.central.client import open_client as open_central
from workers.servers.central.form import CentralForm
from workers.servers.kobo.client import open_client as open_kobo
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.listed import list_projects
from workers.servers.registry import require_server
from workers.servers.source import PullError


@dataclass(frozen=True, slots=True)
class ServerForm:
    """`server_form_id` is what `connect` takes, `form_id` our own form that is read from it."""

    server_form_id: str
    title: str
    state: str
    submissions: int | None
    form_id: str | None


def forms_on(context: Context, server_id: str) -> list[ServerForm]:
    """Asks the server. Raises PullError."""
    with reading(context.engine) as session:
        server = require_server(session, server_id)
        ours = connections.connected_forms(session, server_id)
    try:
        found = list(_kobo(context, server) if server.kind is ServerKind.KOBO else _central(context, server))
    except NetError as error:
        raise refusal(error, server_id) from None
    return [ServerForm(*one, form_id=ours.get(one[0])) for one in sorted(found)]


def connect(context: Context, server_id: str, server_form_id: str, form_id: str, *, actor: str) -> None:
    """Raises PullError for a form that cannot be read there, ConnectError for one that may not be connected."""
    if server_form_id not in {one.server_form_id for one in forms_on(context, server_id)}:
        raise PullError(
            "server_form_missing",
            f"Form {server_form_id} on {server_id}",
            f"`fieldveil server forms {server_id}` lists what the account sees.",
        )
    with reading(context.engine) as session:
        server = require_server(session, server_id)
    if _is_encrypted(context, server, server_form_id):
        raise PullError("encrypted", f"Form {server_form_id} on {server_id}")
    audit = Audit(actor, "form.connected", form_id, {"server": server_id})
    with transaction(context.engine) as session:
        connections.connect_form(session, form_id, server_id, server_form_id, audit)


def _is_encrypted(context: Context, server: Server, server_form_id: str) -> bool:
    try:
        if server.kind is ServerKind.KOBO:
            with closing(open_kobo(context, server)) as kobo:
                return KoboForm(kobo, server_form_id, None).state().is_encrypted
        with closing(open_central(context, server)) as central:
            return CentralForm(central, server_form_id).state().key_id is not None
    except NetError as error:
        raise refusal(error, server.server_id) from None


# ---- what each kind calls it -----------------------------------------------------------------------------------------

_Found = tuple[str, str, str, int | None]


class _Project(msgspec.Struct):
    id: int


class _CentralForm(msgspec.Struct, rename="camel"):
    xml_form_id: str
    name: str | None = None
    state: str = ""
    submissions: int | None = None


def _central(context: Context, server: Server) -> Iterator[_Found]:
    with closing(open_central(context, server)) as client:
        for project in client.json("projects", list[_Project]):
            for one in _forms_of_project(client, project.id):
                yield f"{project.id}/{one.xml_form_id}", one.name or one.xml_form_id, one.state, one.submissions


def _forms_of_project(client: CentralClient, project: int) -> list[_CentralForm]:
    # Without this header the numbers of submissions are missing.
    headers = {"X-Extended-Metadata": "true"}
    return client.json(f"projects/{project}/forms", list[_CentralForm], headers=headers)


def _kobo(context: Context, server: Server) -> Iterator[_Found]:
    with closing(open_kobo(context, server)) as client:
        for one in list_projects(client):
            state = "open" if one.deployment__active else "archived" if one.has_deployment else "draft"
            yield one.uid, one.name, state, one.deployment__submission_count
