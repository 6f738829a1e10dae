"""One KoBo project as the person who manages it sees it: its draft, its deployment, its files and who may send."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec

from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.form import Content
from workers.servers.kobo.listed import list_projects
from workers.servers.replies import parsed
from workers.servers.target import TargetError

_WAIT_SECONDS = 1.0
_MOST_WAITS = 120
_BAD_FORM = frozenset({400, 500})
_ADD = "add_submissions"
_ANONYMOUS = "AnonymousUser"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ProjectError(TargetError):
    """What KoBo does not take. The message says what and what to do, never what KoBo quoted."""


class _FileNote(msgspec.Struct):
    filename: str = ""
    hash: str = ""


class ProjectFile(msgspec.Struct):
    uid: str
    file_type: str = ""
    metadata: _FileNote = msgspec.field(default_factory=_FileNote)


class _Summary(msgspec.Struct):
    row_count: int = 0
    languages: list[str | None] = []


class Project(msgspec.Struct):
    """`version_id` is the draft, `deployed_version_id` what phones have."""

    uid: str
    url: str
    name: str = ""
    version_id: str = ""
    deployed_version_id: str | None = None
    has_deployment: bool = False
    deployment__active: bool = False
    files: list[ProjectFile] = []
    summary: _Summary = msgspec.field(default_factory=_Summary)
    content: Content = msgspec.field(default_factory=Content)

    @property
    def is_live(self) -> bool:
        """Phones have the draft, whole."""
        return self.deployment__active and self.deployed_version_id == self.version_id

    @property
    def has_stray_draft(self) -> bool:
        """Somebody changed the form in the form builder, and phones do not have it yet."""
        return self.deployed_version_id is not None and self.deployed_version_id != self.version_id

    def md5s(self) -> dict[str, str]:
        return {one.metadata.filename: one.metadata.hash for one in self.files if one.file_type == "form_media"}


class _Import(msgspec.Struct):
    uid: str = ""
    status: str = ""
    messages: dict[str, Any] = {}


class _Grant(msgspec.Struct):
    user: str
    permission: str
    url: str = ""


class _Hook(msgspec.Struct):
    uid: str
    endpoint: str = ""


class _Hooks(msgspec.Struct):
    results: list[_Hook]


@dataclass(frozen=True, slots=True)
class Doorbell:
    """Where the server rings for new interviews, and as whom. The password is shown to all who manage the project."""

    address: str
    form_id: str
    password: str = field(repr=False)


class Desk:
    """What can be done with projects. Every step is one request, but for the import, which takes a while."""

    def __init__(self, client: KoboClient, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._pause = client, pause

    def project(self, uid: str) -> Project:
        return self._client.json(_path(uid), Project)

    def find(self, name: str, form_id: str) -> str:
        """The uid of a project with this form in it, as a deploy that was cut off leaves one; '' without any."""
        named = (one.uid for one in list_projects(self._client) if one.name == name)
        return next((uid for uid in named if self.project(uid).content.own_form == form_id), "")

    def import_form(self, xlsx: bytes, name: str, into: Project | None) -> str:
        """The uid of the project. Without `library` set to false KoBo would make a block that cannot be deployed."""
        fields = {"name": name, "library": "false"} | ({"destination": into.url} if into else {})
        body, kind = multipart(fields, "file", "form.xlsx", XLSX, xlsx)
        # Once only: asked again after an answer that broke off, it would be a second project.
        reply = self._client.ask("api/v2/imports/", method="POST", headers={"Content-Type": kind}, body=body)
        started = parsed(reply.body, _Import)
        for _ in range(_MOST_WAITS):
            found = self._client.json(f"api/v2/imports/{quote(started.uid, safe='')}/", _Import)
            if found.status == "complete":
                made = found.messages.get("updated" if into else "created") or [{}]
                return into.uid if into else str(made[0].get("uid", ""))
            if found.status == "error":
                raise ProjectError("KoBo cannot import the form: check with `fieldveil form build` what it is made of")
            self._pause(_WAIT_SECONDS)
        raise ProjectError("KoBo has not imported the form after two minutes: its background work stands still")

    def put_file(self, project: Project, name: str, content: bytes) -> None:
        """Phones get it with the next deployment only."""
        for old in project.files:
            if old.metadata.filename == name:
                self._client.ask(f"{_path(project.uid)}files/{quote(old.uid, safe='')}/", method="DELETE")
        note = msgspec.json.encode({"filename": name}).decode()
        fields = {"file_type": "form_media", "description": name, "metadata": note}
        body, kind = multipart(fields, "content", name, "text/csv", content)
        self._client.ask(f"{_path(project.uid)}files/", method="POST", headers={"Content-Type": kind}, body=body)

    def read_file(self, project: Project, name: str) -> bytes:
        uids = [one.uid for one in project.files if one.metadata.filename == name]
        path = f"{_path(project.uid)}files/{quote(uids[0], safe='')}/content/"
        return self._client.ask(path, headers={"Accept": "*/*"}).body

    def remove_file(self, project: Project, name: str) -> None:
        for old in project.files:
            if old.metadata.filename == name:
                self._client.ask(f"{_path(project.uid)}files/{quote(old.uid, safe='')}/", method="DELETE")

    def deploy(self, project: Project) -> Project:
        """The draft goes to the phones; returns when the server says so. Without `active` it would be archived."""
        wanted: dict[str, Any] = {"active": True}
        if project.has_deployment:
            wanted["version_id"] = project.version_id
        reply = self._client.ask(
            f"{_path(project.uid)}deployment/",
            method="PATCH" if project.has_deployment else "POST",
            headers={"Content-Type": "application/json"},
            body=msgspec.json.encode(wanted),
            accept=_BAD_FORM,
        )
        if reply.status in _BAD_FORM:
            raise ProjectError(
                "KoBo cannot make a form for phones of it: its converter is stricter, or older, than ours"
            )
        for _ in range(_MOST_WAITS):
            found = self.project(project.uid)
            if found.is_live:
                return found
            self._pause(_WAIT_SECONDS)
        raise ProjectError("KoBo took the deployment and does not show it after two minutes")

    def archive(self, project: Project) -> None:
        self._change(f"{_path(project.uid)}deployment/", {"active": False})

    def delete(self, uid: str) -> None:
        self._client.ask(_path(uid), method="DELETE")

    def restore(self, project: Project, version: str) -> Project:
        """The content of an earlier version becomes the draft again, as a new version."""
        old = self._client.json(f"{_path(project.uid)}versions/{quote(version, safe='')}/", dict[str, Any])
        self._change(_path(project.uid), {"content": old["content"]})
        return self.project(project.uid)

    def senders(self, project: Project) -> frozenset[str]:
        """Accounts that may send interviews."""
        return frozenset(_last(one.user) for one in self._grants(project) if _last(one.permission) == _ADD)

    def _grants(self, project: Project) -> list[_Grant]:
        return self._client.json(f"{_path(project.uid)}permission-assignments/", list[_Grant])

    def let_send(self, project: Project, account: str) -> None:
        """One permission more. Never the bulk call: it takes away what it does not name."""
        server = project.url.partition("/assets/")[0]
        grant = {"user": f"{server}/users/{account}/", "permission": f"{server}/permissions/{_ADD}/"}
        reply = self._client.ask(
            f"{_path(project.uid)}permission-assignments/",
            method="POST",
            headers={"Content-Type": "application/json"},
            body=msgspec.json.encode(grant),
            accept=_BAD_FORM,
        )
        if reply.status in _BAD_FORM:
            raise ProjectError("KoBo does not know one of the accounts that are to send: look at how --sender is spelt")

    def refuse_strangers(self, project: Project) -> None:
        """A new project can come with this permission, where the account has it as a preset."""
        for one in self._grants(project):
            if _last(one.user) == _ANONYMOUS and _last(one.permission) == _ADD:
                path = f"{_path(project.uid)}permission-assignments/{quote(_last(one.url), safe='')}/"
                self._client.ask(path, method="DELETE")

    def install_doorbell(self, project: Project, bell: Doorbell) -> None:
        """One for our address, whatever was there for it. The server is told to send ids only; they are not read."""
        path = f"{_path(project.uid)}hooks/"
        settings = {
            "name": "Fieldveil",
            "endpoint": bell.address,
            "active": True,
            "export_type": "json",
            "subset_fields": ["_id", "meta/rootUuid"],
            "email_notification": False,
            "auth_level": "basic_auth",
            "settings": {"username": bell.form_id, "password": bell.password},
        }
        there = [hook for hook in self._client.json(path, _Hooks).results if hook.endpoint == bell.address]
        if there:
            self._change(f"{path}{quote(there[0].uid, safe='')}/", settings)
            return
        headers = {"Content-Type": "application/json"}
        self._client.ask(path, method="POST", headers=headers, body=msgspec.json.encode(settings))

    def _change(self, path: str, values: Mapping[str, Any]) -> None:
        headers = {"Content-Type": "application/json"}
        self._client.ask(path, method="PATCH", headers=headers, body=msgspec.json.encode(values))


def check_senders(senders: frozenset[str]) -> None:
    """Anybody who knows the address could fill the survey with invented answers."""
    if _ANONYMOUS in senders:
        raise ProjectError(
            "The project takes interviews from anybody without a name: switch off 'Allow submissions without a "
            "username and password' in its settings, and deploy again"
        )


def multipart(fields: Mapping[str, str], name: str, filename: str, kind: str, content: bytes) -> tuple[bytes, str]:
    """The body of a form with one file, and its content type."""
    mark = uuid.uuid4().hex
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in fields.items()]
    place = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
    parts.append(place.encode() + content)
    body = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()
    return body, f"multipart/form-data; boundary={mark}"


def _path(uid: str) -> str:
    return f"api/v2/assets/{quote(uid, safe='')}/"


def _last(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]
