"""Puts a form on ODK Central: draft, files, publish; read back and compared; on any failure no draft is left behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from workers.net import NetError, Reply
from workers.servers.central.client import CentralClient, escaped, refused

_XML = {"Content-Type": "application/xml"}
_CSV = {"Content-Type": "text/csv"}
_GONE = frozenset({404})
_DECIDED_HERE = frozenset({400, 404, 409})
_WARNINGS, _VERSION_THERE = 400.16, 409.6


class PublishError(Exception):
    """A form that is not on the phones. The message says what to do; the server is as it was before."""


class UndecidedError(PublishError):
    """The server has warnings, and a person has not accepted them yet. `warnings` holds them in its own words."""

    def __init__(self, warnings: tuple[str, ...]) -> None:
        super().__init__(f"The server warns: {'; '.join(warnings)}. Deploy again and accept this, or correct the form")
        self.warnings = warnings


class Deployable(Protocol):
    """What of a built form goes to a server."""

    @property
    def form_id(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def xform(self) -> bytes: ...

    @property
    def media(self) -> Mapping[str, bytes]: ...


class _State(msgspec.Struct, rename="camel"):
    version: str | None = None
    draft_token: str | None = None
    published_at: str | None = None


class _File(msgspec.Struct):
    name: str


class _Problem(msgspec.Struct):
    code: float
    details: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Published:
    """`changed` is False when the server had this very version, with these very files, already."""

    form_id: str
    version: str
    changed: bool


class Publisher:
    """One project. The account needs the role Project Manager. Raises NetError and PublishError."""

    def __init__(self, client: CentralClient, project: int) -> None:
        self._client, self._project = client, project

    def publish(self, form: Deployable, *, accept_warnings: bool = False) -> Published:
        """The same form again changes nothing. A person's open draft is never thrown away."""
        state = self._state(form)
        if state and state.draft_token:
            raise PublishError(
                f"Somebody has a draft of {form.form_id} open on the server: publish or delete it there, then deploy"
            )
        if state and state.version == form.version:
            self._compare(form, self._path(form))
            return Published(form.form_id, form.version, changed=False)
        try:
            self._draft(form, is_new=state is None, accept_warnings=accept_warnings)
            self._upload(form)
            self._compare(form, f"{self._path(form)}/draft")
            self._make_public(form)
        except (NetError, PublishError):
            self._undo(form, is_new=state is None)
            raise
        self._compare(form, self._path(form))
        return Published(form.form_id, form.version, changed=True)

    def _path(self, form: Deployable) -> str:
        return f"projects/{self._project}/forms/{escaped(form.form_id)}"

    def _state(self, form: Deployable) -> _State | None:
        reply = self._client.ask(self._path(form), accept=_GONE)
        return None if reply.status == 404 else msgspec.json.decode(reply.body, type=_State)

    def _draft(self, form: Deployable, *, is_new: bool, accept_warnings: bool) -> None:
        path = f"projects/{self._project}/forms" if is_new else f"{self._path(form)}/draft"
        params = {"ignoreWarnings": "true"} if accept_warnings else {}
        reply = self._post(path, form.xform, _XML, params)
        if reply.status < 300:
            return
        problem = _problem(reply)
        if problem.code == _WARNINGS:
            raise UndecidedError(_words(problem.details.get("warnings", {})))
        raise PublishError(f"The server does not take the form (code {problem.code}): `fieldveil form check` it")

    def _upload(self, form: Deployable) -> None:
        """Files go to a draft only: published without them, lists are empty on the phones and nobody is told."""
        wanted = {one.name for one in self._client.json(f"{self._path(form)}/draft/attachments", list[_File])}
        if wanted != set(form.media):
            names = ", ".join(sorted(wanted ^ set(form.media)))
            raise PublishError(f"The form and its files do not belong together ({names}): build the form again")
        for name, content in sorted(form.media.items()):
            path = f"{self._path(form)}/draft/attachments/{escaped(name)}"
            reply = self._post(path, content, _CSV, {})
            if reply.status >= 300:
                raise refused(path, reply)

    def _make_public(self, form: Deployable) -> None:
        """When the answer is lost, the server is asked what became of it."""
        try:
            reply = self._post(f"{self._path(form)}/draft/publish", b"", {}, {})
        except NetError:
            state = self._state(form)
            if state is None or state.version != form.version or not state.published_at:
                raise
            return
        if reply.status >= 300 and _problem(reply).code == _VERSION_THERE:
            raise PublishError(
                f"The server had a {form.form_id} {form.version} before: build the form again for a new version"
            )
        if reply.status >= 300:
            raise refused(f"{self._path(form)}/draft/publish", reply)

    def _compare(self, form: Deployable, path: str) -> None:
        """What phones will get is what was built, byte for byte."""
        if self._client.ask(f"{path}.xml").body != form.xform:
            raise PublishError(
                f"The server has another form under {form.form_id} {form.version}: somebody changed it there. "
                f"Build a new version and deploy that"
            )
        for name, content in sorted(form.media.items()):
            found = self._client.ask(f"{path}/attachments/{escaped(name)}", accept=_GONE)
            if found.status == 404 or found.body != content:
                raise PublishError(f"The file {name} on the server is not the one that belongs to {form.version}")

    def _undo(self, form: Deployable, *, is_new: bool) -> None:
        """Leaves the server as it was: a form that was never published goes as a whole."""
        state = self._state(form) if is_new else None
        if state is not None and state.published_at:
            return
        path = self._path(form) if is_new else f"{self._path(form)}/draft"
        self._client.ask(path, method="DELETE", accept=_GONE)

    def _post(self, path: str, body: bytes, headers: Mapping[str, str], params: Mapping[str, str]) -> Reply:
        return self._client.ask(path, method="POST", params=params, headers=headers, body=body, accept=_DECIDED_HERE)


def _problem(reply: Reply) -> _Problem:
    try:
        return msgspec.json.decode(reply.body, type=_Problem)
    except msgspec.MsgspecError:
        return _Problem(float(reply.status))


def _words(warnings: Mapping[str, Any]) -> tuple[str, ...]:
    """They speak of the form only. A removed name: old answers drop out of the server's own exports."""
    spoken = [str(one) for one in warnings.get("xlsFormWarnings") or []]
    for one in warnings.get("workflowWarnings") or []:
        details = one.get("details")
        names = f" ({', '.join(map(str, details))})" if isinstance(details, list) else ""
        spoken.append(f"{one.get('type', 'unknown')}{names}")
    return tuple(spoken)
