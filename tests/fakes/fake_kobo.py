"""A fake KoBoToolbox: answers as the recordings do, and fails on demand."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode

from fakes.kobo_projects import KoboProjects, Project
from fakes.kobo_query import Row, chosen
from fakes.kobo_store import OWNER, Form, KoboStore
from fakes.wire import Answer, Asked, FakeServer, json_answer, running

TOKEN = "0123456789abcdef0123456789abcdef01234567"
_PAGE, _MOST, _LONGEST_LINE = 100, 1000, 4_000
_ALWAYS = ("_id", "_uuid", "meta/rootUuid")
_SINCE = re.compile(r'date_created__gte:"([^"]+)"')
_ACTIONS = re.compile(r"action:([a-z-]+)")
_NOT_FOUND, _BAD_TOKEN = {"detail": "Not found."}, {"detail": "Invalid token."}


class RefusedError(Exception):
    def __init__(self, status: int, content: Any) -> None:
        super().__init__(str(status))
        self.status, self.content = status, content


class FakeKobo(FakeServer):
    """`most` is the page the server cuts down to; `names_roots=False` in the store makes it older than January 2025."""

    def __init__(self) -> None:
        super().__init__()
        self.store = KoboStore()
        self.managing = KoboProjects()
        self.managing.live = self._publish
        # None: whoever sends it is taken for a stranger.
        self.tokens: dict[str, str | None] = {TOKEN: OWNER}
        self.most = _MOST
        self.ignores_queries = False
        # The plan of the owner is used up; `enforces`: phones are refused for it.
        self.over_plan, self.enforces = False, True

    def _publish(self, project: Project) -> None:
        """From its deployment on a project takes answers, in the version that phones have."""
        form = self.store.forms.get(project.uid) or self.store.add_form(project.uid, "view_submissions", "manage_asset")
        self.store.publish(form, project.draft, project.versions[project.draft].own)

    # ---- the routes ----

    def answer(self, asked: Asked, body: bytes) -> Answer:
        if len(asked.line) > _LONGEST_LINE:
            return Answer(414, b"<html>nginx</html>", {"Content-Type": "text/html"})
        with self.store.lock:
            try:
                self._account(asked)
                if asked.method == "DELETE" and "/data/" in asked.path:
                    return self._delete(asked, body)
                return self.managing.answer(asked, body) or json_answer(self._routed(asked))
            except RefusedError as error:
                return json_answer(error.content, error.status)
            except _HtmlError:
                return Answer(404, b"<!doctype html><title>Not found</title>", {"Content-Type": "text/html"})

    def answer_expired(self, asked: Asked, body: bytes) -> Answer:  # noqa: ARG002 (signature of the base)
        return json_answer(_BAD_TOKEN, 401)

    def _routed(self, asked: Asked) -> Any:
        account = self._account(asked)
        pieces = [unquote(piece) for piece in asked.path.strip("/").split("/")]
        if pieces[:2] == ["api", "v2"] and pieces[2:3] == ["environment"]:
            return {"open_rosa_server": self.url, "usage_limit_enforcement": self.enforces}
        if pieces == ["api", "v2", "service_usage"]:
            limit = {"effective_limit": 5, "balance_value": -2, "balance_percent": 140, "exceeded": True}
            return {"balances": {"submission": limit if self.over_plan else None, "storage_bytes": None}}
        if pieces == ["me"]:
            return {"username": account, "server_time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        if pieces[:3] != ["api", "v2", "assets"]:
            raise _HtmlError
        if len(pieces) == 3:
            return self._forms(account, asked.query)
        form = self.store.forms.get(pieces[3])
        if form is None:
            raise RefusedError(404, _NOT_FOUND) if "json" in asked.headers.get("accept", "") else _HtmlError
        return self._of_form(form, account, pieces[4:], asked)

    def _account(self, asked: Asked) -> str | None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme != "Token" or token not in self.tokens:
            raise RefusedError(401, _BAD_TOKEN)
        return self.tokens[token]

    def _forms(self, account: str | None, options: dict[str, str]) -> Any:
        """Those changed last come first."""
        mine = [form for form in self.store.forms.values() if account in form.rights]
        others = [_asset(one, account) for one in mine if one.uid not in self.managing.projects]
        found = [*self.managing.listed(), *others]
        limit, start = _positive(options, "limit", _PAGE), _positive(options, "start", 0)
        link = f"{self.url}/next" if start + limit < len(found) else None
        return {"count": len(found), "next": link, "previous": None, "results": found[start : start + limit]}

    def _of_form(self, form: Form, account: str | None, pieces: list[str], asked: Asked) -> Any:
        if not pieces:
            if not form.rights.get(account or ""):
                raise RefusedError(404, _NOT_FOUND)
            return _asset(form, account)
        if pieces[0] == "history":
            if "manage_asset" not in form.rights.get(account or "", set()):
                raise RefusedError(403, {"detail": "You do not have permission to perform this action."})
            return self._history(form, asked.query)
        rows = form.visible(account or "")
        if rows is None:
            raise RefusedError(404, _NOT_FOUND)
        if pieces[0] == "versions":
            return _version(form, pieces[1])
        if pieces[0] == "data" and len(pieces) == 1:
            return self._data(rows, asked)
        if pieces[0] == "data":
            return self._single(rows, pieces[1])
        raise _HtmlError

    def _data(self, rows: list[Row], asked: Asked) -> Any:
        options = asked.query
        if "count" in options:
            said = "This param is not implemented. Use `count` property of the response instead."
            raise RefusedError(400, {"count": said})
        limit, start = _positive(options, "limit", _PAGE), _positive(options, "start", 0)
        found = chosen(rows, {} if self.ignores_queries else _parsed(options, "query", {}))
        for name, way in reversed(_parsed(options, "sort", {"_id": 1}).items()):
            found = sorted(found, key=lambda row: row.get(name, ""), reverse=way < 0)
        limit = min(limit, self.most)
        page = found[start : start + limit]
        fields = _parsed(options, "fields", None)
        following = start + limit < len(found)
        others = {name: value for name, value in options.items() if name != "start"}
        link = f"{self.url}{asked.path}?{urlencode({**others, 'start': start + limit})}" if following else None
        results = [self._shown(row, fields) for row in page]
        return {"count": len(found), "next": link, "previous": None, "results": results}

    def _shown(self, row: Row, fields: list[str] | None) -> Row:
        shown = dict(row) if fields is None else {name: row[name] for name in (*_ALWAYS, *fields) if name in row}
        shown.setdefault("_validation_status", {})
        if not self.store.names_roots:
            shown.pop("meta/rootUuid", None)
        return shown

    def _delete(self, asked: Asked, body: bytes) -> Answer:
        pieces = asked.path.strip("/").split("/")
        form = self.store.forms[pieces[3]]
        if pieces[5] != "bulk":
            if int(pieces[5]) not in form.rows:
                return json_answer(_NOT_FOUND, 404)
            self.store.delete(form, int(pieces[5]))
            return Answer(204)
        ids = json.loads(body)["payload"]["submission_ids"]
        if not set(ids) <= set(form.rows):
            return json_answer({"detail": "One or more submission ids are invalid"}, 400)
        self.store.delete(form, *ids)
        return json_answer({"detail": f"{len(ids)} submissions have been deleted"})

    def _single(self, rows: list[Row], name: str) -> Any:
        for row in rows:
            if name in {str(row["_id"]), row["meta/rootUuid"], row["meta/rootUuid"].removeprefix("uuid:")}:
                return row
        raise RefusedError(404, _NOT_FOUND)

    def _history(self, form: Form, options: dict[str, str]) -> Any:
        """A time without quotes finds nothing, as on the real server."""
        wanted = options.get("q", "")
        actions, since = set(_ACTIONS.findall(wanted)), _SINCE.search(wanted)
        found = [event for event in form.history if not actions or event["action"] in actions]
        if "date_created__gte" in wanted:
            found = [event for event in found if since and event["date_created"] >= since[1]]
        limit, start = _positive(options, "limit", _PAGE), _positive(options, "start", 0)
        limit = min(limit, self.most)
        link = f"{self.url}/next" if start + limit < len(found) else None
        return {"count": len(found), "next": link, "previous": None, "results": found[start : start + limit]}


class _HtmlError(Exception):
    pass


def _asset(form: Form, account: str | None) -> Any:
    newest = list(form.versions)[-1:]
    return {
        "uid": form.uid,
        "asset_type": "survey",
        "owner__username": OWNER,
        "has_deployment": form.status != "draft",
        "deployment__active": form.status == "deployed",
        "deployment_status": form.status,
        "deployed_version_id": newest[0] if newest else None,
        "deployment__submission_count": len(form.rows),
        "deployment__encrypted": form.encrypted,
        "effective_permissions": [{"codename": name} for name in sorted(form.rights.get(account or "", ()))],
        "content": {"survey": [], "settings": {"public_key": form.public_key} if form.public_key else {}},
    }


def _version(form: Form, version: str) -> Any:
    if version not in form.versions:
        raise RefusedError(404, _NOT_FOUND)
    return {"uid": version, "version_number": "1", "content": form.versions[version]}


def _positive(options: dict[str, str], name: str, usual: int) -> int:
    if name not in options:
        return usual
    if not options[name].isdigit() or (name == "limit" and options[name] == "0"):
        said = "A positive integer is required"
        raise RefusedError(400, {name: said if name == "limit" else f"{said}."})
    return int(options[name])


def _parsed(options: dict[str, str], name: str, usual: Any) -> Any:
    try:
        return json.loads(options[name]) if name in options else usual
    except ValueError:
        raise RefusedError(400, {name: "Value must be valid JSON."}) from None


@contextmanager
def fake_kobo() -> Iterator[FakeKobo]:
    fake = FakeKobo()
    with running(fake):
        fake.managing.url = fake.url
        yield fake
