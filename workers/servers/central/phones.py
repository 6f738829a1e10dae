"""App users of ODK Central: the right of one phone to fetch and send certain forms of one project."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from workers.net import NetError
from workers.servers.central.client import CentralClient, escaped, parsed

_JSON = {"Content-Type": "application/json"}


class _Made(msgspec.Struct):
    id: int
    token: str


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


def remove_phone(client: CentralClient, project: int, app_user_id: int) -> None:
    """Its token is worth nothing from now on; what it sent stays."""
    client.ask(f"projects/{project}/app-users/{app_user_id}", method="DELETE")
