"""The side of a fake ODK Central that takes forms: drafts, files, publishing, app users."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from fakes.central_store import Form, RefusedError, Version
from fakes.wire import Answer, Asked, json_answer

if TYPE_CHECKING:
    from fakes.fake_central import FakeCentral

_MODEL = "{http://www.w3.org/2002/xforms}"
_FILE = re.compile(rb"jr://(?:file-csv|file|images)/([^\"]+)")
# What a Project Manager may beside a viewer, as far as it is asked for here.
MANAGES = (
    "form.create",
    "form.update",
    "form.delete",
    "field_key.list",
    "field_key.create",
    "field_key.delete",
    "assignment.create",
    "assignment.list",
)
_DONE = {"success": True}
_TYPES = frozenset({"int", "decimal", "date", "time", "dateTime", "geopoint", "binary"})
_PHONES = {"GET": "field_key.list", "POST": "field_key.create", "DELETE": "field_key.delete"}


class Publishing:
    """`tokens`: of app users, by their id; a form knows which are assigned. `trash`: forms that were deleted."""

    def __init__(self, fake: "FakeCentral") -> None:
        self._fake = fake
        self.tokens: dict[int, str] = {}
        self.names: dict[int, str] = {}
        # App users that a program uses: their role in the project, by their id.
        self.roles: dict[int, int] = {}
        self.trash: list[Form] = []

    def create(self, asked: Asked, project: int, body: bytes) -> Answer:
        self._fake.need("form.create")
        version, name = _read(body)
        if asked.query.get("ignoreWarnings") != "true" and any(
            (form.project, form.name) == (project, name) for form in self.trash
        ):
            told = [{"type": "deletedFormExists", "details": {"xmlFormId": name}}]
            raise RefusedError(400.16, details={"warnings": {"workflowWarnings": told}})
        if (project, name) in self._fake.store.forms:
            raise RefusedError(409.3)
        form = Form(project, name, draft=version)
        self._fake.store.forms[project, name] = form
        return json_answer({"projectId": project, "xmlFormId": name, "version": version.name, "draftToken": "d" * 64})

    def of_form(self, asked: Asked, form: Form, rest: list[str], body: bytes) -> Answer:
        self._fake.need(_right(asked.method, rest[0]))
        match [asked.method, *rest]:
            case ["POST", "draft"]:
                return self._replace_draft(asked, form, body)
            case ["DELETE", "draft"]:
                self._draft(form)
                form.draft = None
                return json_answer(_DONE)
            case ["GET", "draft.xml"]:
                return self.xml(self._draft(form))
            case ["GET", "draft", "attachments"]:
                return json_answer([_file(name, content) for name, content in self._draft(form).files.items()])
            case ["GET", "draft", "attachments", name]:
                return _content(self._draft(form), name)
            case ["POST", "draft", "attachments", name]:
                return self._upload(form, name, body)
            case ["POST", "draft", "publish"]:
                return self._publish(form)
            case ["GET", *which]:
                return self._of_published(form, which)
            case ["POST", "assignments", "app-user", number]:
                form.assigned.add(int(number))
                return json_answer(_DONE)
        raise RefusedError(404.1)

    def _of_published(self, form: Form, which: list[str]) -> Answer:
        match which:
            case ["versions"]:
                told = [{"version": one.name, "publishedAt": "2026-04-11T08:00:00.000Z"} for one in form.versions]
                return json_answer(told[::-1])
            case ["versions", name] if name.endswith(".xlsx"):
                return _workbook(_version(form, name.removesuffix(".xlsx")))
            case ["versions", name] if name.endswith(".xml"):
                return self.xml(_version(form, name.removesuffix(".xml")))
            case ["versions", name, "attachments"]:
                return json_answer([_file(one, content) for one, content in _version(form, name).files.items()])
            case ["versions", name, "attachments", one]:
                return _content(_version(form, name), one)
            case ["versions", name, "fields"]:
                version = _version(form, name)
                return json_answer([{"path": f"/{path}", "type": kind} for path, kind in version.fields.items()])
            case ["attachments"]:
                return json_answer([_file(name, content) for name, content in form.published.files.items()])
            case ["assignments", "app-user"]:
                return json_answer([{"id": number, "type": "field_key"} for number in sorted(form.assigned)])
            case ["attachments", name]:
                return _content(form.published, name)
        raise RefusedError(404.1)

    def remove(self, form: Form) -> Answer:
        """Into the trash, also a form of which there was only a draft."""
        self._fake.need("form.delete")
        self.trash.append(self._fake.store.forms.pop((form.project, form.name)))
        return json_answer(_DONE)

    def xml(self, version: Version) -> Answer:
        return Answer(200, version.xml, {"Content-Type": "application/xml; charset=utf-8"})

    def app_users(self, asked: Asked, project: int, rest: list[str], body: bytes) -> Answer:
        if asked.path.endswith("/assignments"):
            self._fake.need("assignment.list")
            return json_answer([{"actorId": number, "roleId": role} for number, role in self.roles.items()])
        self._fake.need(_PHONES[asked.method])
        if asked.method == "POST" and not rest:
            number = len(self.tokens) + 14
            self.names[number] = json.loads(body)["displayName"]
            self.tokens[number] = hashlib.sha256(f"app {number}".encode()).hexdigest()
            made = {"projectId": project, "id": number, "type": "field_key", "token": self.tokens[number]}
            return json_answer({**made, "displayName": self.names[number]})
        if asked.method == "GET":
            return json_answer([self._app_user(number, project) for number in self.tokens])
        if asked.method == "DELETE" and self.tokens.pop(int(rest[0]), None):
            return json_answer(_DONE)
        raise RefusedError(404.1)

    def _app_user(self, number: int, project: int) -> dict[str, Any]:
        told = {"projectId": project, "id": number, "type": "field_key", "token": self.tokens[number]}
        return {**told, "displayName": self.names[number]}

    # ---- what a phone sees at /v1/key/TOKEN/projects/N ----

    def phone(self, asked: Asked) -> Answer:
        _, token, _, project, *rest = asked.path.removeprefix("/v1/").split("/")
        number = next((number for number, known in self.tokens.items() if known == token), None)
        if number is None:
            return _openrosa(403)
        if asked.headers.get("x-openrosa-version") != "1.0" and not asked.path.endswith(".xml"):
            return _openrosa(400)
        forms = self._fake.store.forms
        mine = {name: form for (of, name), form in forms.items() if of == int(project) and number in form.assigned}
        base = f"{self._fake.url}/v1/key/{token}/projects/{project}"
        match rest:
            case ["formList"]:
                return _xml(_form_list(base, mine))
            case ["forms", name] if name.removesuffix(".xml") in mine:
                return self.xml(mine[name.removesuffix(".xml")].published)
            case ["forms", name, "manifest"] if name in mine:
                return _xml(_manifest(f"{base}/forms/{name}", mine[name].published))
            case ["forms", name, "attachments", file] if name in mine:
                return _content(mine[name].published, file)
        return _openrosa(404)

    def _draft(self, form: Form) -> Version:
        if form.draft is None:
            raise RefusedError(404.1)
        return form.draft

    def _replace_draft(self, asked: Asked, form: Form, body: bytes) -> Answer:
        version, name = _read(body)
        if name != form.name:
            raise RefusedError(400.8)
        known = {path: kind for one in form.versions for path, kind in one.fields.items()}
        for path, kind in version.fields.items():
            if kind != "string" and known.get(path, kind) != kind:
                raise RefusedError(400.17, details={"path": f"/{path}", "type": known[path]})
        removed = sorted(set(form.versions[-1].fields) - set(version.fields)) if form.versions else []
        if removed and asked.query.get("ignoreWarnings") != "true":
            told = [{"type": "structureChanged", "details": [path.rpartition("/")[2] for path in removed]}]
            raise RefusedError(400.16, details={"warnings": {"workflowWarnings": told}})
        if form.versions:
            # Files of the same name are inherited from the version before.
            version.files = {one: form.versions[-1].files.get(one) for one in version.files}
        form.draft = version
        return json_answer(_DONE)

    def _upload(self, form: Form, name: str, body: bytes) -> Answer:
        draft = self._draft(form)
        if name not in draft.files:
            raise RefusedError(404.1)
        draft.files[name] = body
        return json_answer(_file(name, body))

    def _publish(self, form: Form) -> Answer:
        draft = self._draft(form)
        if draft.name in {version.name for version in form.versions}:
            # The draft stays behind, as on the real server.
            raise RefusedError(409.6)
        form.versions.append(draft)
        form.draft = None
        return json_answer(_DONE)


def _right(method: str, what: str) -> str:
    if method == "GET":
        return "form.read"
    return "assignment.create" if what == "assignments" else "form.update"


def _read(xform: bytes) -> tuple[Version, str]:
    try:
        root = ElementTree.fromstring(xform)
    except ElementTree.ParseError:
        raise RefusedError(400.2) from None
    instance = next(iter(root.iter(f"{_MODEL}instance")))[0]
    if not instance.get("id"):
        raise RefusedError(400.2)
    fields: dict[str, str] = {}
    _grow(instance, "", fields)
    fields |= {path: kind for path, kind in _kinds(root, f"/{_name(instance)}/") if path in fields}
    files: dict[str, bytes | None] = dict.fromkeys(name.decode() for name in _FILE.findall(xform))
    return Version(instance.get("version", ""), fields, xform, files), instance.get("id", "")


def _grow(node: Any, above: str, fields: dict[str, str]) -> None:
    for child in node:
        path = f"{above}/{_name(child)}".lstrip("/")
        fields[path] = "structure" if len(child) else "string"
        _grow(child, path, fields)


def _name(node: Any) -> str:
    return str(node.tag.rpartition("}")[2])


def _kinds(root: Any, above: str) -> Iterator[tuple[str, str]]:
    """What kind of field each is, by the form itself; choices are plain texts."""
    for bind in root.iter(f"{_MODEL}bind"):
        if bind.get("type") in _TYPES:
            yield bind.get("nodeset", "").removeprefix(above), bind.get("type")
    for repeat in root.iter(f"{_MODEL}repeat"):
        yield repeat.get("nodeset", "").removeprefix(above), "repeat"


def _file(name: str, content: bytes | None) -> dict[str, Any]:
    digest = None if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()
    return {"name": name, "type": "file", "hash": digest, "exists": content is not None}


def _form_list(base: str, forms: dict[str, Form]) -> str:
    entries = "".join(
        f"<xform><formID>{name}</formID><name>{name}</name><version>{form.published.name}</version>"
        f"<hash>md5:{form.published.hash}</hash><downloadUrl>{base}/forms/{name}.xml</downloadUrl>"
        f"<manifestUrl>{base}/forms/{name}/manifest</manifestUrl></xform>"
        for name, form in forms.items()
        if form.versions and form.state == "open"
    )
    return f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{entries}</xforms>'


def _manifest(base: str, version: Version) -> str:
    """A file that is lacking is simply not listed."""
    entries = "".join(
        f"<mediaFile><filename>{name}</filename><hash>md5:{_file(name, content)['hash']}</hash>"
        f"<downloadUrl>{base}/attachments/{name}</downloadUrl></mediaFile>"
        for name, content in version.files.items()
        if content is not None
    )
    return f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{entries}</manifest>'


def _openrosa(status: int) -> Answer:
    """To phones it speaks in XML also when it refuses."""
    said = '<message nature="error">refused</message>'
    content = f'<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">{said}</OpenRosaResponse>'
    return Answer(status, content.encode(), {"Content-Type": "text/xml; charset=utf-8"})


def _xml(text: str) -> Answer:
    return Answer(200, text.encode(), {"Content-Type": "text/xml; charset=utf-8"})


def _version(form: Form, name: str) -> Version:
    found = next((version for version in form.versions if version.name == name), None)
    if found is None:
        raise RefusedError(404.1)
    return found


def _workbook(version: Version) -> Answer:
    if not version.xlsx:
        raise RefusedError(404.1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Answer(200, version.xlsx, {"Content-Type": kind})


def _content(version: Version, name: str) -> Answer:
    content = version.files.get(name)
    if content is None:
        raise RefusedError(404.1)
    return Answer(200, content, {"Content-Type": "text/csv"})
