"""App users of ODK Central: the right of one phone to fetch and send certain forms of one project."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from workers.net import NetError
from workers.servers.central.client import CentralClient, escaped
from workers.servers.replies import parsed

_JSON = {"Content-Type": "application/json"}


class _Made(msgspec.Struct):
    id: int
    token: str


class AppUser(msgspec.Struct, rename="camel"):
    """`token` is None when it was revoked."""

    id: int
    display_name: str
    token: str | None = msgspec.field(default=None)

    def __repr__(self) -> str:
        return f"AppUser({self.id})"


class _Assigned(msgspec.Struct):
    id: int


class _Role(msgspec.Struct, rename="camel"):
    actor_id: int


@dataclass(frozen=True, slots=True)
class CentralPhone:
    """`path` follows the address of the server and holds the token: it goes into one QR code and nowhere else."""

    app_user_id: int
    path: str = field(repr=False)


def add_phone(client: CentralClient, project: int, label: str, forms: Sequence[str]) -> CentralPhone:
    """An app user who may use exactly these forms; nobody is left behind when one cannot be assigned."""
    body = msgspec.json.encode({"displayName": label})
    path = f"projects/{project}/app-users"
    # Once only: asked again after an answer that broke off, it would be a second user.
    made = parsed(client.ask(path, method="POST", headers=_JSON, body=body).body, _Made)
    try:
        for form_id in forms:
            client.ask(f"projects/{project}/forms/{escaped(form_id)}/assignments/app-user/{made.id}", method="POST")
    except NetError:
        client.ask(f"{path}/{made.id}", method="DELETE")
        raise
    return CentralPhone(made.id, f"/v1/key/{made.token}/projects/{project}")


def keep_phone(client: CentralClient, project: int, label: str, forms: Sequence[str]) -> CentralPhone:
    """The app user of this name with these forms added, or a new one. Two of one name would be one too many.

    One with a role in the project is a program's: whoever has its QR code could read every answer.
    """
    known = [one for one in list_phones(client, project) if one.display_name == label]
    if known:
        programs = {one.actor_id for one in client.json(f"projects/{project}/assignments", list[_Role])}
        known = [one for one in known if one.id not in programs]
    if not known:
        return add_phone(client, project, label, forms)
    phone = known[0]
    for form_id in forms:
        if phone.id not in assigned(client, project, form_id):
            client.ask(f"projects/{project}/forms/{escaped(form_id)}/assignments/app-user/{phone.id}", method="POST")
    return CentralPhone(phone.id, f"/v1/key/{phone.token}/projects/{project}")


def list_phones(client: CentralClient, project: int) -> list[AppUser]:
    """Those that can still send."""
    return [one for one in client.json(f"projects/{project}/app-users", list[AppUser]) if one.token]


def assigned(client: CentralClient, project: int, form_id: str) -> frozenset[int]:
    """The app users that may use the form."""
    path = f"projects/{project}/forms/{escaped(form_id)}/assignments/app-user"
    return frozenset(one.id for one in client.json(path, list[_Assigned]))


def remove_phone(client: CentralClient, project: int, app_user_id: int) -> None:
    """Its token is worth nothing from now on; what it sent stays."""
    client.ask(f"projects/{project}/app-users/{app_user_id}", method="DELETE")
