"""A fake ODK Central: answers as the recordings do, and fails on demand."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from fakes.central_publishing import Publishing
from fakes.central_query import age, filtered, moment, picked, selected
from fakes.central_rows import odata
from fakes.central_store import CentralStore, Form, RefusedError, Submission
from fakes.wire import Answer, Asked, FakeServer, json_answer, running

EMAIL, PASSWORD = "viewer@example.org", "a-long-password"
# nginx in front of it takes no more.
_LONGEST_LINE = 8_000
VIEWER = ("form.list", "form.read", "project.read", "submission.list", "submission.read")


class FakeCentral(FakeServer):
    """Without `own_tags` it is a Central before 2026.1, without `filters_ids` before 2025.3, without `filters_deleted`
    before 2024.3, without `deletes` before 2024.2. Without `etags` something between it and us takes every tag away.
    """

    def __init__(self) -> None:
        super().__init__()
        self.store = CentralStore()
        self.verbs: tuple[str, ...] = VIEWER
        self.tokens: set[str] = set()
        self.logins = 0
        self.password = PASSWORD
        # People sign in by single sign-on: nobody by a password.
        self.single_sign_on = False
        # Accounts beside the registered one: their password, and what they may do.
        self.others: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._others_tokens: dict[str, str] = {}
        self._acting = ""
        # Projects without a form in them yet.
        self.projects = {1}
        self.etags = self.own_tags = self.filters_ids = self.filters_deleted = self.deletes = self.selects = True
        self.publishing = Publishing(self)

    def expire_logins(self) -> None:
        self.tokens.clear()

    def clock(self) -> datetime:
        return self.store.clock

    # ---- the routes ----

    def answer(self, asked: Asked, body: bytes) -> Answer:
        if len(asked.line) > _LONGEST_LINE:
            return Answer(414, b"<html>nginx</html>", {"Content-Type": "text/html"})
        with self.store.lock:
            try:
                return self.publishing.phone(asked) if "/v1/key/" in asked.path else self._routed(asked, body)
            except RefusedError as error:
                return json_answer({"message": "refused", "code": error.code, **error.details}, error.status)

    def answer_expired(self, asked: Asked, body: bytes) -> Answer:
        self.expire_logins()
        return self.answer(asked, body)

    def _routed(self, asked: Asked, body: bytes) -> Answer:
        pieces = [unquote(piece) for piece in asked.path.strip("/").split("/")]
        if pieces[:1] != ["v1"]:
            raise RefusedError(404.2)
        if pieces[1:] == ["sessions"]:
            return self._sign_in(body)
        self._check_token(asked)
        match pieces[1:]:
            case ["sessions", "current"] if asked.method == "DELETE":
                self.tokens.discard(asked.headers["authorization"].removeprefix("Bearer "))
                return json_answer({"success": True})
            case ["users", "current"]:
                return json_answer({"id": 5, "type": "user", "email": EMAIL, "displayName": "Viewer", "createdAt": _T0})
            case ["projects", *which]:
                return self._of_projects(asked, which, body)
        raise RefusedError(404.1)

    def _of_projects(self, asked: Asked, which: list[str], body: bytes) -> Answer:
        match which:
            case []:
                return json_answer([self._project(number) for number in sorted({key[0] for key in self.store.forms})])
            case [number] if int(number) not in {*self.projects, *(key[0] for key in self.store.forms)}:
                raise RefusedError(404.1)
            case [number]:
                return json_answer(self._shown(asked, int(number)))
            case [number, "app-users" | "assignments", *rest]:
                return self.publishing.app_users(asked, int(number), rest, body)
            case [number, "forms"] if asked.method == "POST":
                return self.publishing.create(asked, int(number), body)
            case [number, "forms"] if asked.query.get("deleted") == "true":
                return json_answer([_form(form) for form in self.publishing.trash if form.project == int(number)])
            case [number, "forms"]:
                mine = [form for key, form in self.store.forms.items() if key[0] == int(number)]
                extended = asked.headers.get("x-extended-metadata") == "true"
                return json_answer([_form(form) | (_extended(form) if extended else {}) for form in mine])
            case [number, "forms", name, *rest]:
                return self._of_form(asked, int(number), name, rest, body)
        raise RefusedError(404.1)

    def _of_form(self, asked: Asked, project: int, name: str, rest: list[str], body: bytes) -> Answer:
        if name.endswith(".svc"):
            return self._odata(asked, self.store.form(project, name.removesuffix(".svc")), rest)
        if name.endswith(".xml") and not rest:
            return self.publishing.xml(self.store.form(project, name.removesuffix(".xml")).published)
        form = self.store.form(project, name)
        if rest and rest[0] in {"draft", "draft.xml", "attachments", "assignments", "versions"}:
            return self.publishing.of_form(asked, form, rest, body)
        match [asked.method, *rest]:
            case ["DELETE"]:
                return self.publishing.remove(form)
            case ["GET"]:
                return json_answer(_form(form))
            case ["GET", "fields"]:
                return json_answer([_field(path, kind) for path, kind in form.published.fields.items()])
            case [_, "submissions", *which]:
                return self._submissions(asked, form, which, body)
        raise RefusedError(404.1)

    def _submissions(self, asked: Asked, form: Form, which: list[str], body: bytes) -> Answer:
        match [asked.method, *which]:
            case ["GET"] | ["HEAD"]:
                return self._list(asked, form)
            case ["POST"]:
                return json_answer(_listed(self.store.post(form, body))["currentVersion"])
            case ["GET", one]:
                return _one(form, one)
            case ["DELETE", one] if self.deletes:
                self.need("submission.delete")
                self.store.delete(form, one)
                return json_answer({"success": True})
            case ["POST", one, "restore"] if self.deletes:
                self.store.restore(form, one)
                return json_answer({"success": True})
            case ["PATCH", one]:
                self.store.review(form, one, json.loads(body)["reviewState"])
                told = _listed(form.submissions[one])
                return json_answer({key: told[key] for key in _HEAD})
        raise RefusedError(404.1)

    # ---- signing in ----

    def _sign_in(self, body: bytes) -> Answer:
        if self.single_sign_on:
            raise RefusedError(404.1)
        try:
            given = json.loads(body)
        except ValueError:
            raise RefusedError(400.1) from None
        if "email" not in given or "password" not in given:
            raise RefusedError(400.3)
        account, password = given["email"], given["password"]
        if password != (self.password if account == EMAIL else self.others.get(account, ("",))[0] or None):
            raise RefusedError(401.2)
        self.logins += 1
        token = hashlib.sha256(str(self.logins).encode()).hexdigest()
        if account != EMAIL:
            self._others_tokens[token] = account
        self.tokens.add(token)
        return json_answer({"token": token, "csrf": "c", "expiresAt": "2026-11-23T02:02:39.283Z", "createdAt": _T0})

    def make_key(self, name: str, verbs: tuple[str, ...]) -> str:
        """Of an app user with a role: it opens what a session opens, and no signing in comes before it."""
        key = hashlib.sha256(name.encode()).hexdigest()
        self.others[name] = ("", verbs)
        self._others_tokens[key] = name
        self.tokens.add(key)
        return key

    def _check_token(self, asked: Asked) -> None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise RefusedError(401.2)
        self._acting = self._others_tokens.get(token, EMAIL)

    @property
    def _rights(self) -> tuple[str, ...]:
        """Of the account that asks just now."""
        told = self.verbs if self._acting == EMAIL else self.others[self._acting][1]
        return told if self.deletes else tuple(verb for verb in told if verb != "submission.delete")

    def need(self, verb: str) -> None:
        if verb not in self._rights:
            raise RefusedError(403.1)

    def _shown(self, asked: Asked, number: int) -> dict[str, Any]:
        """Of a single project its rights are told to those who ask for more with a header."""
        found = self._project(number)
        if asked.headers.get("x-extended-metadata") != "true":
            del found["verbs"]
        return found

    def _project(self, number: int) -> dict[str, Any]:
        keys = [form.key_id for key, form in self.store.forms.items() if key[0] == number]
        key = next((key for key in keys if key), None)
        return {"id": number, "name": "Lab", "archived": None, "keyId": key, "verbs": list(self._rights)}

    # ---- the list and the answers ----

    def _list(self, asked: Asked, form: Form) -> Answer:
        self.need("submission.list")
        # Both came with 2025.3. Before, the word was not understood, and no error.
        wants_trash = asked.query.get("deleted") == "true" and self.filters_ids
        rows = form.trashed() if wants_trash else form.live()
        start = int(asked.query.get("offset", "0"))
        rows = rows[start : start + int(asked.query["limit"])] if "limit" in asked.query else rows[start:]
        if not self.own_tags:
            return self._tagged_by_text(asked, json_answer([_listed(one) for one in rows]))
        return self._tagged(asked, rows, lambda: [_listed(one) for one in rows])

    def _tagged(self, asked: Asked, rows: list[Submission], content: Callable[[], Any]) -> Answer:
        """The tag is of the rows' events alone: neither a new version nor other options change it."""
        if not self.etags or not self.own_tags:
            return json_answer(content())
        digest = hashlib.md5(str([one.event for one in rows]).encode(), usedforsecurity=False).hexdigest()
        tag = f'W/"eventhash:{digest}"'
        if asked.headers.get("if-none-match") in {tag, tag.removeprefix("W/")}:
            return Answer(304, b"", {"ETag": tag})
        answer = json_answer(content())
        answer.headers["ETag"] = tag
        return answer

    def _tagged_by_text(self, asked: Asked, answer: Answer) -> Answer:
        """Before 2026.1 the web framework tags what is not streamed, the list and no OData: by length and hash."""
        if not self.etags:
            return answer
        answer.headers["ETag"] = tag = text_tag(answer.body)
        is_same = asked.headers.get("if-none-match") in {tag, tag.removeprefix("W/")}
        return Answer(304, b"", answer.headers) if is_same else answer

    def _odata(self, asked: Asked, form: Form, rest: list[str]) -> Answer:
        self.need("submission.read")
        if rest != ["Submissions"]:
            raise RefusedError(404.1)
        rows = filtered(asked.query.get("$filter"), form, ids=self.filters_ids, deleted=self.filters_deleted)
        total = len(rows)
        rows = rows[self._first(asked.query, form, rows) :]
        top = asked.query.get("$top")
        if top is not None and not top.isdigit():
            raise RefusedError(400.11)
        left = rows[int(top) :] if top is not None else []
        rows = rows[: int(top)] if top is not None else rows
        expand = asked.query.get("$expand")
        if expand not in {None, "*"}:
            raise RefusedError(501.6)
        if "$select" in asked.query and not self.selects:
            raise RefusedError(501.1)
        select = selected(asked.query.get("$select"), form, expand)
        page: dict[str, Any] = {"@odata.context": f"{self.url}/$metadata#Submissions"}
        if left and rows:
            page["@odata.nextLink"] = f"{self.url}{asked.path}?%24top={top}&%24skiptoken={_skiptoken(rows[-1].root)}"
        if asked.query.get("$count") == "true":
            page["@odata.count"] = total
        return self._tagged(
            asked, rows, lambda: {"value": [picked(_row(form, one, expand), select) for one in rows], **page}
        )

    def _first(self, query: dict[str, str], form: Form, rows: list[Submission]) -> int:
        token = query.get("$skiptoken")
        if token is None:
            return int(query.get("$skip", "0"))
        try:
            root = json.loads(base64.b64decode(token.removeprefix("01"), validate=True))["instanceId"]
        except ValueError:
            raise RefusedError(400.35) from None
        found = form.submissions.get(root)
        if found is None:
            # As Central does for a row that was purged: nothing, and not a word of it.
            return len(rows)
        return sum(1 for one in rows if age(one) <= age(found))


# What Central tells of a submission after a change of its review state.
_HEAD = ("instanceId", "submitterId", "deviceId", "createdAt", "updatedAt", "reviewState", "deletedAt")
_T0 = "2026-11-22T02:02:39.283Z"


def text_tag(text: bytes) -> str:
    digest = base64.b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode()[:27]
    return f'W/"{len(text):x}-{digest}"'


def _skiptoken(root: str) -> str:
    return "01" + base64.b64encode(json.dumps({"instanceId": root}).encode()).decode()


def _form(form: Form) -> dict[str, Any]:
    newest = form.versions[-1] if form.versions else form.draft
    return {
        "projectId": form.project,
        "xmlFormId": form.name,
        "state": form.state,
        "keyId": form.key_id,
        "version": newest.name if newest else None,
        "hash": newest.hash if newest else None,
        "draftToken": "d" * 64 if form.draft else None,
        "publishedAt": _T0 if form.versions else None,
        "name": form.name,
    }


def _extended(form: Form) -> dict[str, Any]:
    """What is told to those who ask for more with a header."""
    return {"submissions": len(form.live())}


def _field(path: str, kind: str) -> dict[str, Any]:
    binary = True if kind == "binary" else None
    return {"path": f"/{path}", "name": path.rpartition("/")[2], "type": kind, "binary": binary, "selectMultiple": None}


def _listed(one: Submission) -> dict[str, Any]:
    version = {
        "submitterId": 10,
        "createdAt": moment(one.current.created),
        "instanceName": one.current.name,
        "instanceId": one.current.instance,
        "current": True,
        "deviceId": one.device,
        "userAgent": one.agent,
    }
    return {
        "instanceId": one.root,
        "submitterId": 10,
        "deviceId": one.device,
        "createdAt": moment(one.created),
        "updatedAt": moment(one.updated),
        "reviewState": one.review,
        "userAgent": one.agent,
        "deletedAt": moment(one.deleted),
        "currentVersion": version,
    }


def _row(form: Form, one: Submission, expand: str | None) -> dict[str, Any]:
    encrypted = form.key_id is not None
    answers: dict[str, Any] = {}
    if not encrypted:
        root = one.current.root_node
        answers = odata(root, form.published.fields, one.root, expand=expand == "*")
        answers["meta"] = {name: root.text_at(f"meta/{name}") for name in ("instanceID", "instanceName")}
    return {
        **answers,
        "__id": one.root,
        "__system": {
            "submissionDate": moment(one.created),
            "updatedAt": moment(one.updated),
            "submitterId": "10",
            "submitterName": "Phone 01",
            "attachmentsPresent": 0,
            "attachmentsExpected": 0,
            "status": "notDecrypted" if encrypted else None,
            "reviewState": one.review,
            "deviceId": one.device,
            "edits": len(one.edits) - 1,
            # The version of the first sending, whatever the newest edit was made with.
            "formVersion": one.edits[0].version,
            "deletedAt": moment(one.deleted),
        },
    }


def _one(form: Form, name: str) -> Answer:
    root = name.removesuffix(".xml")
    one = form.submissions.get(root)
    if one is None or one.deleted is not None:
        raise RefusedError(404.1)
    if name.endswith(".xml"):
        return Answer(200, one.current.xml, {"Content-Type": "application/xml; charset=utf-8"})
    return json_answer(_listed(one))


@contextmanager
def fake_central() -> Iterator[FakeCentral]:
    fake = FakeCentral()
    with running(fake):
        yield fake
