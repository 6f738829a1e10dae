"""The managing side of a fake KoBoToolbox: imports, drafts, deployments, files, permissions, and what phones see."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple

from fakes.kobo_content import content_of
from fakes.wire import Answer, Asked, json_answer

PHONES_TEXT = "text/xml; charset=utf-8"
_MEDIA = frozenset({"text/csv", "application/xml", "application/zip", "application/geo+json"})


@dataclass(frozen=True)
class Workbook:
    """What KoBo makes of an uploaded file."""

    own: str
    languages: tuple[str | None, ...]
    xform: bytes
    rows: int = 12
    form: str = "small"
    content: dict[str, Any] = field(default_factory=dict)


@dataclass
class Project:
    """`is_block`: a piece of a library, which cannot be deployed. `deployed_files`: as they were at the deployment."""

    uid: str
    name: str
    versions: dict[str, Workbook] = field(default_factory=dict)
    deployed: str | None = None
    active: bool = False
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    deployed_files: dict[str, bytes] = field(default_factory=dict)
    on_phones: dict[str, bytes] = field(default_factory=dict)
    waiting: int = 0
    hooks: dict[str, Any] = field(default_factory=dict)
    deployments: list[str] = field(default_factory=list)
    grants: list[tuple[str, str]] = field(default_factory=lambda: [("im_officer", "manage_asset")])
    is_block: bool = False
    shown: str | None = None
    settling: int = 0

    @property
    def draft(self) -> str:
        return list(self.versions)[-1]


class KoboProjects:
    """`books`: what uploads are understood as. `refuses`: steps that fail. `lag`: looks until phones have the files.

    `settles`: looks at a project until it tells what was deployed. `live` is told of every deployment; `presets` are
    permissions that each new project comes with.
    """

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self.books: dict[bytes, Workbook] = {}
        self.imports: dict[str, Any] = {}
        self.refuses: set[str] = set()
        self.presets: list[tuple[str, str]] = []
        self.live: Callable[[Project], None] = lambda _project: None
        self.lag = 1
        self.settles = 0
        self.url = ""
        self._numbers = 0

    def answer(self, asked: Asked, body: bytes) -> Answer | None:
        """None: not the business of this side."""
        pieces = asked.path.strip("/").split("/")
        if asked.method != "GET":
            self.changed(asked)
        if pieces[:3] == ["api", "v2", "imports"]:
            return json_answer(self.imports[pieces[3]]) if len(pieces) > 3 else self._import(asked, body)
        if pieces[:3] == ["api", "v2", "assets"] and pieces[3:4] and pieces[3] in self.projects:
            return self._of_project(self.projects[pieces[3]], pieces[4:], asked, body)
        if pieces[0] in {"formList", "form", "manifest", "media"}:
            return self._phone(pieces)
        return None

    def changed(self, asked: Asked) -> None:
        """For tests that count what was changed."""

    def _new(self, letter: str) -> str:
        self._numbers += 1
        return f"{letter}{self._numbers:021}"

    def _import(self, asked: Asked, body: bytes) -> Answer:
        fields = {name: part.content for name, part in _parts(asked, body).items()}
        number, book = self._new("i"), self.books.get(fields["file"])
        into = fields.get("destination", b"").decode()
        if book is None or "import" in self.refuses:
            self.imports[number] = _failed(number, "XlsFormatException")
        elif into and "/" not in into:
            # A destination is a whole address.
            self.imports[number] = _failed(number, "Resolver404")
        else:
            project = self._target(fields, into.rstrip("/").rpartition("/")[2])
            # The same file again is another version all the same.
            project.versions[self._new("v")] = replace(book, content=content_of(fields["file"]))
            made = {"updated" if into else "created": [{"uid": project.uid, "kind": "asset"}]}
            self.imports[number] = {"uid": number, "status": "complete", "messages": made}
        url = f"{self.url}/api/v2/imports/{number}/"
        return json_answer({"uid": number, "url": url, "status": "processing"}, 201)

    def _target(self, fields: dict[str, bytes], into: str) -> Project:
        """Without a word about the library a new one is a block of it."""
        if into:
            return self.projects[into]
        made = Project(self._new("a"), fields["name"].decode(), is_block=fields.get("library") != b"false")
        made.grants += self.presets
        self.projects[made.uid] = made
        return made

    def _of_project(self, project: Project, pieces: list[str], asked: Asked, body: bytes) -> Answer | None:
        match asked.method, pieces:
            case "GET", []:
                return json_answer(self._shown(project))
            case "PATCH", []:
                project.versions[self._new("v")] = Workbook(**_revived(json.loads(body)["content"]["book"]))
                return json_answer(self._shown(project))
            case "DELETE", []:
                del self.projects[project.uid]
                return Answer(204)
            case "GET", ["versions", version] if version in project.versions:
                return json_answer({"uid": version, "content": _content(project.versions[version])})
            case _, ["deployment"]:
                return self._deploy(project, asked, json.loads(body))
            case _, ["permission-assignments", *rest]:
                return self._permissions(project, rest, asked, body)
            case "GET", ["hooks"]:
                return json_answer({"results": [{"uid": uid, **hook} for uid, hook in project.hooks.items()]})
            case _, ["hooks", *rest]:
                return self._ring(project, rest, json.loads(body))
            case _, ["files", *rest]:
                return self._files(project, rest, asked, body)
        return None

    def listed(self) -> list[Any]:
        return [self._shown(project) for project in reversed(self.projects.values())]

    def _shown(self, project: Project) -> Any:
        book = project.versions[project.draft]
        told = project.shown if project.settling > 0 else project.deployed
        project.settling -= 1
        files = [_file(uid, name, content) for uid, (name, content) in project.files.items()]
        return {
            "uid": project.uid,
            "url": f"{self.url}/api/v2/assets/{project.uid}/",
            "name": project.name,
            "version_id": project.draft,
            "deployed_version_id": told,
            "deployed_versions": {
                "count": len(project.deployments),
                "results": [{"uid": one, "date_deployed": "2026-05-04T08:00:00.0Z"} for one in project.deployments],
            },
            "has_deployment": project.deployed is not None,
            "deployment__active": project.active,
            "files": files,
            "effective_permissions": [{"codename": "view_submissions"}, {"codename": "manage_asset"}],
            "summary": {"row_count": book.rows, "languages": list(book.languages)},
            "content": _content(book),
        }

    def _deploy(self, project: Project, asked: Asked, wanted: Any) -> Answer:
        if "deployment" in self.refuses:
            return json_answer({"error": "There has been a problem trying to replace ${nope}"}, 400)
        if asked.method == "POST" and project.deployed:
            return json_answer({"detail": "Use PATCH to update an existing deployment"}, 405)
        if project.is_block or wanted.get("version_id", project.draft) != project.draft:
            return json_answer({"error": "Server Error (500)"}, 500)
        project.active = wanted.get("active", False)
        if asked.method == "POST" or "version_id" in wanted:
            self._redeploy(project)
        if project.active:
            self.live(project)
        told = {"backend": "openrosa", "active": project.active, "version_id": project.deployed}
        return json_answer({**told, "asset": self._shown(project)})

    def _redeploy(self, project: Project) -> None:
        """Without a version in it a request only archives, or takes out of the archive."""
        project.shown, project.settling = project.deployed, self.settles
        project.deployed, project.waiting = project.draft, self.lag
        project.deployed_files = dict(project.files.values())
        if project.draft not in project.deployments:
            project.deployments.insert(0, project.draft)

    def _ring(self, project: Project, rest: list[str], wanted: Any) -> Answer:
        if not wanted.get("endpoint", "http").startswith("http"):
            return json_answer({"endpoint": ["Invalid scheme"]}, 400)
        uid = rest[0] if rest else self._new("h")
        project.hooks[uid] = {**project.hooks.get(uid, {}), **wanted}
        return json_answer({"uid": uid, **project.hooks[uid]}, 200 if rest else 201)

    def _permissions(self, project: Project, rest: list[str], asked: Asked, body: bytes) -> Answer:
        if asked.method == "DELETE" and "permissions" in self.refuses:
            return Answer(204)
        if asked.method == "DELETE":
            del project.grants[int(rest[0].removeprefix("p"))]
            return Answer(204)
        if asked.method == "POST":
            grant = json.loads(body)
            names = [grant[key].rstrip("/").rpartition("/")[2] for key in ("user", "permission")]
            if names[0] == "nobody":
                return json_answer({"user": ["Invalid hyperlink - Object does not exist."]}, 400)
            project.grants.append((names[0], names[1]))
            here = f"{self.url}/api/v2/assets/{project.uid}/permission-assignments"
            return json_answer({"url": f"{here}/p{len(project.grants) - 1}/", **grant}, 201)
        base = f"{self.url}/api/v2"
        here = f"{base}/assets/{project.uid}/permission-assignments"
        return json_answer(
            [
                {"url": f"{here}/p{n}/", "user": f"{base}/users/{u}/", "permission": f"{base}/permissions/{p}/"}
                for n, (u, p) in enumerate(project.grants)
            ]
        )

    def _files(self, project: Project, rest: list[str], asked: Asked, body: bytes) -> Answer:
        if asked.method == "GET":
            return Answer(200, project.files[rest[0]][1], {"Content-Type": "text/csv"})
        if asked.method == "DELETE":
            del project.files[rest[0]]
            return Answer(204)
        parts = _parts(asked, body)
        if "metadata" not in parts:
            return Answer(500, b"<h1>Server Error (500)</h1>", {"Content-Type": "text/html"})
        name = json.loads(parts["metadata"].content)["filename"]
        if "files" in self.refuses or name in {known for known, _ in project.files.values()}:
            return json_answer({"content": ["File already exists"]}, 400)
        if parts["content"].kind not in _MEDIA:
            return json_answer({"content": ["Only `text/csv` and other MIME types are allowed"]}, 400)
        uid = self._new("f")
        project.files[uid] = (name, parts["content"].content)
        return json_answer(_file(uid, name, parts["content"].content), 201)

    # ---- what phones see ----

    def _phone(self, pieces: list[str]) -> Answer:
        if pieces[0] == "formList":
            live = [project for project in self.projects.values() if project.active]
            entries = "".join(
                f"<xform><formID>{one.uid}</formID><downloadUrl>{self.url}/form/{one.uid}</downloadUrl>"
                f"<manifestUrl>{self.url}/manifest/{one.uid}</manifestUrl></xform>"
                for one in live
            )
            return _xml(f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{entries}</xforms>'.encode())
        project = self.projects[pieces[1]]
        if pieces[0] == "form":
            return _xml(project.versions[project.deployed or ""].xform)
        if pieces[0] == "manifest":
            return self._manifest(project)
        content = b"name\n" if "downloads" in self.refuses else project.on_phones[pieces[2]]
        return Answer(200, content, {"Content-Type": "text/csv"})

    def _manifest(self, project: Project) -> Answer:
        """The files of the last deployment come to the phones' side in the background."""
        project.waiting -= 1
        if project.waiting < 0:
            project.on_phones = dict(project.deployed_files)
        entries = "".join(
            f"<mediaFile><filename>{name}</filename><hash>{_md5(content)}</hash>"
            f"<downloadUrl>{self.url}/media/{project.uid}/{name}</downloadUrl></mediaFile>"
            for name, content in project.on_phones.items()
        )
        return _xml(f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{entries}</manifest>'.encode())


def _content(book: Workbook) -> Any:
    lines = [
        {"type": "calculate", "name": "fv_form", "calculation": f"'{book.form}'"},
        {"type": "calculate", "name": "fv_version", "calculation": f"'{book.own}'"},
    ]
    kept: dict[str, Any] = {
        "own": book.own,
        "languages": list(book.languages),
        "xform": book.xform.decode(),
        "rows": book.rows,
    }
    kept |= {"form": book.form, "content": book.content}
    return {"survey": lines, "settings": {}, **book.content, "book": kept}


def _revived(kept: Any) -> dict[str, Any]:
    return {**kept, "languages": tuple(kept["languages"]), "xform": kept["xform"].encode()}


def _file(uid: str, name: str, content: bytes) -> Any:
    return {"uid": uid, "file_type": "form_media", "metadata": {"filename": name, "hash": _md5(content)}}


def _failed(number: str, kind: str) -> Any:
    return {"uid": number, "status": "error", "messages": {"error": "quoted", "error_type": kind}}


class Part(NamedTuple):
    kind: str
    content: bytes


def _parts(asked: Asked, body: bytes) -> dict[str, Part]:
    return parts_of(asked.headers["content-type"], body)


def parts_of(kind: str, body: bytes) -> dict[str, Part]:
    """Of a body of several parts, by their names."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found = {}
    for part in message.iter_parts():
        name = re.search(r'name="([^"]*)"', str(part["Content-Disposition"]))
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        found[name[1] if name else ""] = Part(part.get_content_type(), content)
    return found


def _md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def _xml(content: bytes) -> Answer:
    return Answer(200, content, {"Content-Type": PHONES_TEXT})
