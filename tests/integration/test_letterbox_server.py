"""The letterbox behind real servers: what only a real connection shows, and that no upload becomes a file."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import waitress.buffers
from letterbox_door import BOUNDARY, TOKEN, Door, filled, multipart, open_door
from served import served
from sqlalchemy import Engine

from backend.letterbox.serving import waitress_options
from backend.settings import Settings

PATH = f"/letterbox/{TOKEN}/submission"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-OpenRosa-Version": "1.0"}
FIFTY_MB = b"x" * 50_000_000
BIG = multipart(filled(answer="x" * 5_000_000))


class Answer(NamedTuple):
    status: int
    body: bytes


# Files that Python opens, while a test watches. The hook of an interpreter stays for good, so it looks at this.
_watching: list[list[str]] = []


def _see(name: str, arguments: tuple[object, ...]) -> None:
    if _watching and name in {"open", "tempfile.mkstemp"}:
        _watching[-1].append(f"{name} {arguments[0]} {arguments[1:]}")


sys.addaudithook(_see)


@contextmanager
def _files_opened() -> Iterator[list[str]]:
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.pop()


@pytest.fixture
def door(sqlite_engine: Engine) -> Door:
    return open_door(sqlite_engine)


@pytest.fixture
def port(door: Door) -> Iterator[int]:
    """Waitress, as `fieldveil serve` runs it."""
    with served(door.app, **waitress_options(Settings())) as found:
        yield found


def _ask(port: int, method: str, body: bytes | None = None, *, chunked: bool = False, path: str = PATH) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        if chunked:
            connection.request(method, path, _chunks(body or b""), HEADERS, encode_chunked=True)
        else:
            connection.request(method, path, body, HEADERS)
        response = connection.getresponse()
        return Answer(response.status, response.read())


def _chunks(body: bytes) -> Iterator[bytes]:
    return (body[at : at + 10_000] for at in range(0, len(body), 10_000))


def test_a_phone_asks_and_posts_over_one_connection(door: Door, port: int) -> None:
    statuses = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        for method, body in (("HEAD", None), ("POST", multipart(filled("1"))), ("POST", multipart(filled("2")))):
            connection.request(method, PATH, body, HEADERS)
            response = connection.getresponse()
            statuses.append((response.status, len(response.read()) > 0))

    assert statuses == [(204, False), (201, True), (201, True)]
    assert door.kinds() == ["original", "original"]


def test_chunked_transfer_is_taken(door: Door, port: int) -> None:
    assert _ask(port, "POST", multipart(filled()), chunked=True).status == 201
    assert door.letters()[0]["xml"] == filled()


def test_a_phone_that_sends_50_mb_reads_why_it_is_refused(door: Door, port: int) -> None:
    answers = [_ask(port, "POST", FIFTY_MB), _ask(port, "POST", FIFTY_MB, chunked=True)]

    assert [(answer.status, b"too_large" in answer.body) for answer in answers] == [(413, True)] * 2
    assert door.letters() == []


def test_a_phone_with_a_dead_token_reads_why_it_is_refused(port: int) -> None:
    answer = _ask(port, "POST", BIG, path="/letterbox/dead/submission")

    assert (answer.status, b"phone_unknown" in answer.body) == (403, True)


def test_a_connection_that_breaks_off_stores_nothing(door: Door, port: int) -> None:
    body = multipart(filled())
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    with socket.create_connection(("127.0.0.1", port)) as phone:
        phone.sendall(head.encode() + b"\r\n" + body[:-10])
    assert _ask(port, "HEAD").status == 204

    assert door.letters() == []


def test_no_upload_becomes_a_file(door: Door, port: int) -> None:
    with _files_opened() as seen:
        answers = [_ask(port, "POST", BIG).status, _ask(port, "POST", FIFTY_MB).status]

    assert answers == [201, 413]
    assert [line for line in seen if "mkstemp" in line or os.sep + "tmp" in line] == []


def test_the_watch_for_files_sees_one() -> None:
    # Waitress with its own settings does what must not happen here.
    with _files_opened() as seen:
        buffer = waitress.buffers.OverflowableBuffer(10_000)
        buffer.append(b"x" * 20_000)
        buffer.close()

    assert [line for line in seen if os.sep + "tmp" in line]


# ---- gunicorn, the server of production ------------------------------------------------------------------------------

_APP = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from letterbox_door import open_door
from backend.store.engine import open_engine
app = open_door(open_engine({url!r}), private=b"").app
"""


@pytest.fixture
def gunicorn(door: Door, tmp_path: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    url = door.engine.url.render_as_string(hide_password=False)
    (tmp_path / "letterbox_app.py").write_text(_APP.format(tests=str(Path(__file__).parent), url=url))
    command = [sys.executable, "-m", "gunicorn", "--threads", "4", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    here = str(Path(__file__).parents[2])
    server = subprocess.Popen(
        [*command, "--chdir", str(tmp_path), "--pythonpath", f"{here},{tmp_path}", "letterbox_app:app"],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(lambda: _ask(port, "HEAD").status == 204)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("gunicorn did not start in a minute")


def test_behind_gunicorn_all_of_it_is_the_same(door: Door, gunicorn: int) -> None:
    chunked = _ask(gunicorn, "POST", multipart(filled("1")), chunked=True)
    plain = _ask(gunicorn, "POST", multipart(filled("2")))
    large = _ask(gunicorn, "POST", FIFTY_MB)

    assert (chunked.status, plain.status, large.status, b"too_large" in large.body) == (201, 201, 413, True)
    assert [row["xml"] for row in door.letters()] == [filled("1"), filled("2")]
