"""The managing side of a fake KoBoToolbox: imports, drafts, deployments, files, permissions, and what phones see."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from fakes.kobo_content import content_of
from fakes.wire import Answer, Asked, json_answer

PHONES_TEXT = "text/xml; charset=utf-8"


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
    uid: str
    name: str
    versions: dict[str, Workbook] = field(default_factory=dict)
    deployed: str | None = None
    active: bool = False
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    on_phones: dict[str, bytes] = field(default_factory=dict)
    waiting: int = 0
    hooks: dict[str, Any] = field(default_factory=dict)
    deployments: list[str] = field(default_factory=list)
    grants: list[tuple[str, str]] = field(default_factory=lambda: [("im_officer", "manage_asset")])

    @property
    def draft(self) -> str:
        return list(self.versions)[-1]


class KoboProjects:
    """`books`: what uploads are understood as. `refuses`: steps that fail. `lag`: looks until phones have the files.

    `live` is told of every deployment; `presets` are permissions that each new project comes with.
    """

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self.books: dict[bytes, Workbook] = {}
        self.imports: dict[str, Any] = {}
        self.refuses: set[str] = set()
        self.presets: list[tuple[str, str]] = []
        self.live: Callable[[Project], None] = lambda _project: None
        self.lag = 1
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
        fields = _fields(asked, body)
        number, book = self._new("i"), self.books.get(fields["file"])
        if fields.get("library") != b"false" or book is None or "import" in self.refuses:
            self.imports[number] = {
                "uid": number,
                "status": "error",
                "messages": {"error": "quoted", "error_type": "X"},
            }
            return json_answer({"uid": number, "status": "processing"}, 201)
        into = fields.get("destination", b"").decode().rstrip("/").rpartition("/")[2]
        kind = "updated" if into else "created"
        made = Project(self._new("a"), fields["name"].decode()) if not into else None
        if made:
            made.grants += self.presets
        project = made or self.projects[into]
        self.projects[project.uid] = project
        # The same file again is another version all the same.
        project.versions[self._new("v")] = replace(book, content=content_of(fields["file"]))
        self.imports[number] = {"uid": number, "status": "complete", "messages": {kind: [{"uid": project.uid}]}}
        return json_answer({"uid": number, "status": "processing"}, 201)

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
                project.hooks[rest[0] if rest else self._new("h")] = json.loads(body)
                return json_answer({}, 201)
            case _, ["files", *rest]:
                return self._files(project, rest, asked, body)
        return None

    def listed(self) -> list[Any]:
        return [self._shown(project) for project in self.projects.values()]

    def _shown(self, project: Project) -> Any:
        book = project.versions[project.draft]
        files = [
            {"uid": uid, "file_type": "form_media", "metadata": {"filename": name, "hash": _md5(content)}}
            for uid, (name, content) in project.files.items()
        ]
        return {
            "uid": project.uid,
            "url": f"{self.url}/api/v2/assets/{project.uid}/",
            "name": project.name,
            "version_id": project.draft,
            "deployed_version_id": project.deployed,
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
        if wanted.get("version_id", project.draft) != project.draft:
            return json_answer({"error": "Server Error (500)"}, 500)
        project.deployed, project.active, project.waiting = project.draft, wanted.get("active", False), self.lag
        if project.draft not in project.deployments:
            project.deployments.insert(0, project.draft)
        if project.active:
            self.live(project)
        return json_answer({"active": project.active})

    def _permissions(self, project: Project, rest: list[str], asked: Asked, body: bytes) -> Answer:
        if asked.method == "DELETE":
            del project.grants[int(rest[0].removeprefix("p"))]
            return Answer(204)
        if asked.method == "POST":
            grant = json.loads(body)
            names = [grant[key].rstrip("/").rpartition("/")[2] for key in ("user", "permission")]
            if names[0] == "nobody":
                return json_answer({"user": ["Invalid hyperlink - Object does not exist."]}, 400)
            project.grants.append((names[0], names[1]))
            return json_answer(grant, 201)
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
        fields = _fields(asked, body)
        name = json.loads(fields["metadata"])["filename"]
        if "files" in self.refuses or name in {known for known, _ in project.files.values()}:
            return json_answer({"content": ["File already exists"]}, 400)
        project.files[self._new("f")] = (name, fields["content"])
        return json_answer({}, 201)

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
        return Answer(200, project.on_phones[pieces[2]], {"Content-Type": "text/csv"})

    def _manifest(self, project: Project) -> Answer:
        """The files come to the phones' side in the background."""
        project.waiting -= 1
        if project.waiting < 0:
            project.on_phones = dict(project.files.values())
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


def _fields(asked: Asked, body: bytes) -> dict[str, bytes]:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    found = {}
    for part in message.iter_parts():
        name = re.search(r'name="([^"]*)"', str(part["Content-Disposition"]))
        payload = part.get_payload(decode=True)
        found[name[1] if name else ""] = payload if isinstance(payload, bytes) else b""
    return found


def _md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def _xml(content: bytes) -> Answer:
    return Answer(200, content, {"Content-Type": PHONES_TEXT})
