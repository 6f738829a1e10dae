"""`python -m benchmarks.lazy_server KIND ROWS`: a server of any number of submissions, each made when it is asked for.

It knows only what a first pull asks. It prints its address and serves until its input ends.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from backend.store.servers import ServerKind
from benchmarks.server_lab import fields_on_central, interviews, material, xml

_FILLED = 300
_ID = "@submission@"
_TIME = "@received@"
_NUMBER = 987654321
_FIRST = datetime(2026, 4, 1, tzinfo=UTC)
_Query = dict[str, str]


def _name(number: int) -> str:
    return f"uuid:{number:08x}-0000-4000-8000-{number:012x}"


def _moment(number: int) -> str:
    return f"{_FIRST + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S}.000Z"


class _Central:
    """The newest first, as in Central's list: place 0 is the last submission."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def answer(self, path: str, query: _Query) -> bytes:
        if path.endswith("/sessions"):
            return b'{"token":"t"}'
        if path.endswith("/fields"):
            found = fields_on_central()
            return json.dumps([{"path": f"/{path}", "type": kind} for path, kind in found.items()]).encode()
        if path.endswith("/submissions"):
            return _joined(self._listed(place) for place in self._places(query, "offset", "limit"))
        if path.endswith("/Submissions"):
            return b'{"value":' + _joined(self._row(place) for place in self._places(query, "$skip", "$top")) + b"}"
        return b'{"state":"open","version":"v","hash":"h"}'

    def _places(self, query: _Query, first: str, most: str) -> range:
        start = int(query[first])
        return range(start, min(start + int(query[most]), self._rows))

    def _listed(self, place: int) -> bytes:
        number = self._rows - 1 - place
        return _listed().replace(_ID, _name(number)).replace(_TIME, _moment(number)).encode()

    def _row(self, place: int) -> bytes:
        number = self._rows - 1 - place
        return _rows()[number % _FILLED].replace(_ID, _name(number)).replace(_TIME, _moment(number)).encode()


@cache
def _listed() -> str:
    told = {"submitterId": 10, "deviceId": "collect:abcdef", "userAgent": "Mozilla/5.0", "createdAt": _TIME}
    current = {**told, "instanceId": _ID, "instanceName": None, "current": True}
    about = {"updatedAt": None, "reviewState": None, "deletedAt": None}
    return json.dumps({**told, **about, "instanceId": _ID, "currentVersion": current})


@cache
def _rows() -> list[str]:
    from fakes.central_rows import odata, parse

    version = material().mapping.form_version
    system = {"submissionDate": _TIME, "updatedAt": None, "submitterId": "10", "submitterName": "Phone", "edits": 0}
    about = {"__id": _ID, "__system": {**system, "status": None, "formVersion": version, "deletedAt": None}}
    meta = {"meta": {"instanceID": _ID, "instanceName": None}}
    filled = (parse(xml(row))[0] for row in islice(interviews(_FILLED), _FILLED))
    return [json.dumps({**odata(one, fields_on_central(), _ID, expand=True), **meta, **about}) for one in filled]


class _Kobo:
    """`_id` goes from 1 without gaps."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def answer(self, path: str, query: _Query) -> bytes:
        if path.endswith("/history/"):
            return b'{"count":0,"next":null,"results":[]}'
        if not path.endswith("/data/"):
            return b'{"effective_permissions":[{"codename":"view_submissions"}]}'
        asked, fields = json.loads(query.get("query", "{}")).get("_id", {}), query.get("fields", "")
        after, to = asked.get("$gt", 0), min(asked.get("$lte", self._rows), self._rows)
        limit = min(int(query["limit"]), 1000)
        newest = json.loads(query["sort"])["_id"] < 0
        ids = range(to, to - 1, -1) if newest else range(after + 1, min(after + limit, to) + 1)
        head = b'{"count":%d,"next":null,"previous":null,"results":' % (to - after)
        return head + _joined(self._row(number, fields) for number in ids) + b"}"

    def _row(self, number: int, fields: str) -> bytes:
        name = _name(number).removeprefix("uuid:")
        return _shown(fields)[number % _FILLED].replace(_ID, name).replace(str(_NUMBER), str(number)).encode()


@cache
def _shown(fields: str) -> list[str]:
    about = {"_id": _NUMBER, "_uuid": _ID, "meta/rootUuid": f"uuid:{_ID}", "meta/instanceID": f"uuid:{_ID}"}
    rows = ({**row, **about, "_submission_time": "2026-04-01T08:00:00"} for row in islice(interviews(_FILLED), _FILLED))
    wanted = {"_id", "_uuid", "meta/rootUuid", *json.loads(fields or "[]")}
    return [json.dumps({name: row[name] for name in row if not fields or name in wanted}) for row in rows]


def _joined(rows: Iterator[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of_rows: Any

    def _any(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        tag = f'W/"{parts.path}{query.get("offset")}"'
        is_known = self.headers.get("If-None-Match") == tag
        body = b"" if is_known else self.server_of_rows.answer(unquote(parts.path), query)
        self.send_response(304 if is_known else 200)
        for name, value in (("Content-Length", str(len(body))), ("Content-Type", "application/json"), ("ETag", tag)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _any  # noqa: N815 (names of the library)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the library)
        """Quiet."""


def main(kind: str, rows: int) -> None:
    makers: dict[str, Callable[[int], Any]] = {ServerKind.CENTRAL: _Central, ServerKind.KOBO: _Kobo}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_of_rows": makers[kind](rows)}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
