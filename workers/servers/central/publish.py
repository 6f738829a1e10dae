"""Puts a form on ODK Central: draft, files, publish; read back and compared; on any failure no draft is left behind."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from forms.reissue import same_content
from workers.net import NetError, Reply
from workers.servers.central.client import CentralClient, escaped, refusal_of
from workers.servers.replies import parsed
from workers.servers.target import Package, TargetError, UndecidedError

_XML = {"Content-Type": "application/xml"}
_CSV = {"Content-Type": "text/csv"}
_ACCEPTED = {"ignoreWarnings": "true"}
_GONE = frozenset({404})
_DECIDED_HERE = frozenset({400, 404, 409})
_IN_TRASH = "deletedFormExists"
TRASHED = (
    "the server's trash holds a form of this id with its submissions, and they do not come back into a new one: to go "
    "on with that form, restore it there before the deploy"
)
_WORDS = {_IN_TRASH: TRASHED, "structureChanged": "questions of the version before are not in this one"}
_WARNINGS, _TYPE_CHANGED, _VERSION_THERE = 400.16, 400.17, 409.6


class PublishError(TargetError):
    """What Central does not take, or has otherwise than it should."""


class FormOnServer(msgspec.Struct, rename="camel"):
    """`version` is the published one; of a form that was never published it is the draft's."""

    version: str | None = None
    state: str = "open"
    draft_token: str | None = None
    published_at: str | None = None


class _File(msgspec.Struct):
    name: str
    exists: bool = True
    hash: str | None = None


class _Deleted(msgspec.Struct, rename="camel"):
    xml_form_id: str
    published_at: str | None = None


class _Version(msgspec.Struct):
    version: str | None = None


class _Problem(msgspec.Struct):
    code: float
    details: dict[str, Any] = {}


class Publisher:
    """One project. The account needs the role Project Manager. Raises NetError and TargetError."""

    def __init__(self, client: CentralClient, project: int) -> None:
        self._client, self._project = client, project

    def publish(self, form: Package, *, accept_warnings: bool = False) -> None:
        """The version must be new on the server. A person's open draft is never thrown away."""
        is_new = self.find(form) is None
        self._tidy(form)
        try:
            self._draft(form, is_new=is_new, accept_warnings=accept_warnings)
            self._upload(form)
            self._compare(form, f"{self._path(form)}/draft")
            self._make_public(form)
        except (NetError, TargetError):
            # Where this fails too, the next deploy knows the draft as ours, and takes it away.
            with suppress(NetError):
                self._undo(form, is_new=is_new)
            raise
        self._compare(form, self._path(form))

    def find(self, form: Package) -> FormOnServer | None:
        """None: nothing is published. Raises PublishError for a draft that no earlier deploy left behind."""
        found = self._state(form)
        if found is None:
            return None
        if found.draft_token and not self._is_own(form):
            raise PublishError(
                f"Somebody has a draft of {form.form_id} open on the server: publish or delete it there, then deploy"
            )
        return found if found.published_at else None

    def _is_own(self, form: Package) -> bool:
        draft = self._client.ask(f"{self._path(form)}/draft.xml").body
        return same_content(draft, form.xform, form.version)

    def _tidy(self, form: Package) -> None:
        """A deploy that was cut off cannot take its draft back any more: the next one does."""
        found = self._state(form)
        if found and found.draft_token:
            self._undo(form, is_new=not found.published_at)

    def versions(self, form: Package) -> frozenset[str]:
        """All that were ever published: the server takes none of them a second time."""
        found = self._client.json(f"{self._path(form)}/versions", list[_Version])
        return frozenset(one.version for one in found if one.version)

    def is_same(self, form: Package) -> bool:
        """Whether phones have this very form, with these very files."""
        try:
            self._compare(form, self._path(form))
        except PublishError:
            return False
        return True

    def was_deleted(self, form: Package) -> bool:
        """Whether phones had a form of this id that is in the trash. A draft that was taken back lies there, too."""
        path, params = f"projects/{self._project}/forms", {"deleted": "true"}
        found = self._client.json(path, list[_Deleted], params=params)
        return any(one.xml_form_id == form.form_id and one.published_at for one in found)

    def changed_files(self, form: Package) -> tuple[str, ...]:
        there = self._files(f"{self._path(form)}/attachments")
        return tuple(sorted(name for name, content in form.media.items() if there.get(name) != _md5(content)))

    def _path(self, form: Package) -> str:
        return f"projects/{self._project}/forms/{escaped(form.form_id)}"

    def _state(self, form: Package) -> FormOnServer | None:
        reply = self._client.ask(self._path(form), accept=_GONE)
        return None if reply.status == 404 else parsed(reply.body, FormOnServer)

    def _files(self, path: str) -> dict[str, str | None]:
        """What the form refers to, with the md5 of what is there; None for a file that is not."""
        found = self._client.json(path, list[_File])
        return {one.name: (one.hash or "") if one.exists else None for one in found}

    def _draft(self, form: Package, *, is_new: bool, accept_warnings: bool) -> None:
        path = f"projects/{self._project}/forms" if is_new else f"{self._path(form)}/draft"
        reply = self._post(path, form.xform, _XML, _ACCEPTED if accept_warnings else {})
        if is_new and _is_only_trash(reply) and not self.was_deleted(form):
            reply = self._post(path, form.xform, _XML, _ACCEPTED)
        if reply.status < 300:
            return
        problem = _problem(reply)
        if problem.code == _WARNINGS:
            raise UndecidedError(_words(problem.details.get("warnings", {})))
        if problem.code == _TYPE_CHANGED:
            raise PublishError("A question has another type than in the version before: the server wants a new name")
        raise PublishError(
            f"The server does not take the form (code {problem.code}): `fieldveil form check` its workbook"
        )

    def _upload(self, form: Package) -> None:
        """Files go to a draft only: published without them, lists are empty on the phones and nobody is told."""
        there = self._files(f"{self._path(form)}/draft/attachments")
        if set(there) != set(form.media):
            names = ", ".join(sorted(set(there) ^ set(form.media)))
            raise PublishError(f"The form and its files do not belong together ({names}): build the form again")
        for name, content in sorted(form.media.items()):
            if there[name] == _md5(content):
                continue
            path = f"{self._path(form)}/draft/attachments/{escaped(name)}"
            reply = self._post(path, content, _CSV, {})
            if reply.status >= 300:
                raise refusal_of(path, reply)

    def _make_public(self, form: Package) -> None:
        """When the answer is lost, the server is asked what became of it."""
        try:
            reply = self._post(f"{self._path(form)}/draft/publish", b"", {}, {})
        except NetError:
            state = self._state(form)
            if state is None or state.version != form.version or not state.published_at:
                raise
            return
        if reply.status >= 300 and _problem(reply).code == _VERSION_THERE:
            raise PublishError(f"Somebody published {form.form_id} {form.version} in this moment: deploy again")
        if reply.status >= 300:
            raise refusal_of(f"{self._path(form)}/draft/publish", reply)

    def _compare(self, form: Package, path: str) -> None:
        """What phones will get is what was built, byte for byte."""
        if self._client.ask(f"{path}.xml").body != form.xform:
            raise PublishError(
                f"The server has another form under {form.form_id} {form.version}: somebody changed it. Deploy again"
            )
        lacking = {name for name, there in self._files(f"{path}/attachments").items() if there is None}
        if lacking:
            raise PublishError(f"Phones would not get these files: {', '.join(sorted(lacking))}. Deploy again")
        for name, content in sorted(form.media.items()):
            found = self._client.ask(f"{path}/attachments/{escaped(name)}", accept=_GONE)
            if found.status == 404 or found.body != content:
                raise PublishError(f"The file {name} on the server is not the one that belongs to {form.version}")

    def _undo(self, form: Package, *, is_new: bool) -> None:
        """Leaves the server as it was: a form that was never published goes as a whole."""
        state = self._state(form) if is_new else None
        if state is not None and state.published_at:
            return
        path = self._path(form) if is_new else f"{self._path(form)}/draft"
        self._client.ask(path, method="DELETE", accept=_GONE)

    def _post(self, path: str, body: bytes, headers: Mapping[str, str], params: Mapping[str, str]) -> Reply:
        return self._client.ask(path, method="POST", params=params, headers=headers, body=body, accept=_DECIDED_HERE)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _problem(reply: Reply) -> _Problem:
    try:
        return msgspec.json.decode(reply.body, type=_Problem)
    except (msgspec.MsgspecError, RecursionError):
        return _Problem(float(reply.status))


def _is_only_trash(reply: Reply) -> bool:
    """Central warns so of a form of this id in its trash, and of nothing else."""
    problem = _problem(reply) if reply.status >= 300 else _Problem(0)
    told = problem.details.get("warnings", {}) if problem.code == _WARNINGS else {}
    kinds = {str(one.get("type")) for one in told.get("workflowWarnings") or []}
    return kinds == {_IN_TRASH} and not told.get("xlsFormWarnings")


def _words(warnings: Mapping[str, Any]) -> tuple[str, ...]:
    """They speak of the form only. A removed name: old answers drop out of the server's own exports."""
    spoken = [str(one) for one in warnings.get("xlsFormWarnings") or []]
    for one in warnings.get("workflowWarnings") or []:
        details = one.get("details")
        names = f" ({', '.join(map(str, details))})" if isinstance(details, list) else ""
        kind = str(one.get("type", "unknown"))
        spoken.append(f"{_WORDS.get(kind, kind)}{names}")
    return tuple(spoken)
