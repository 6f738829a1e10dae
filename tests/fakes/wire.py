"""The line to a fake server: a real HTTP server on this machine, one exchange after another, and what goes wrong."""

import gzip
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Fault(StrEnum):
    """What goes wrong with the next answer. GARBLED and HTML come with status 200; MISSING is a proxy's own 404."""

    CUT = "cut"
    GARBLED = "garbled"
    HTML = "html"
    HANG = "hang"
    DRIP_DEAD = "drip_dead"
    BUSY = "429"
    GATEWAY = "502"
    TIMEOUT = "504"
    EXPIRED = "expired"
    MISSING = "404"


_OF_A_PROXY = {Fault.BUSY, Fault.GATEWAY, Fault.TIMEOUT, Fault.MISSING}


@dataclass
class Asked:
    """One exchange as the server saw it; the names of headers in small letters. `line`: path and query as they came.

    `sent`: bytes of the answer on the line, fewer than `size` when packed.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    line: str = ""
    status: int = 0
    size: int = 0
    sent: int = 0


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8"})


class FakeServer:
    """`before` is called with every request before it is answered: that is when other people change things.

    `pause` is called with every answer before it is sent, and with the seconds it took.
    `packs`: answers go compressed, as through a proxy.
    """

    def __init__(self) -> None:
        self.before: Callable[[Asked], None] = lambda _asked: None
        self.pause: Callable[[Asked, Answer, float], None] = lambda _asked, _answer, _took: None
        self.asked: list[Asked] = []
        self.faults: deque[Fault | None] = deque()
        self.packs = False
        self.hang_seconds = 0.6
        self.url = ""
        self.closing = threading.Event()

    def clock(self) -> datetime:
        """What it tells the time as with every answer."""
        return datetime.now(UTC)

    def answer(self, asked: Asked, body: bytes) -> Answer:
        raise NotImplementedError

    def answer_expired(self, asked: Asked, body: bytes) -> Answer:
        """To a client whose session or token is no longer good."""
        raise NotImplementedError


@contextmanager
def running(fake: FakeServer) -> Iterator[None]:
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        fake.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A client that went away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeServer
    # Else head and body go in two pieces, and the second waits 40 ms for the receipt of the first.
    disable_nagle_algorithm = True

    def _any(self) -> None:
        fake, asked = self.fake, self._asked()
        body = self.rfile.read(int(asked.headers.get("content-length") or 0))
        fake.before(asked)
        started = time.perf_counter()
        fault = _next(fake.faults)
        answer = (
            fake.answer_expired(asked, body) if fault is Fault.EXPIRED else _spoilt(fault, fake.answer(asked, body))
        )
        if asked.method == "HEAD":
            # The length of a body that does not come is left out, as by a server that makes it while it sends.
            answer = replace(answer, body=b"")
        sent = _packed(asked, answer) if fake.packs else answer
        asked.status, asked.size, asked.sent = answer.status, len(answer.body), len(sent.body)
        fake.asked.append(asked)
        fake.pause(asked, answer, time.perf_counter() - started)
        self._send(sent, fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _any  # noqa: N815 (names of the library)

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, parts.path, query, headers, line=self.path)

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        if fault is Fault.HANG:
            self.fake.closing.wait(self.fake.hang_seconds)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304 and self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        whole = fault not in {Fault.CUT, Fault.DRIP_DEAD}
        self.wfile.write(answer.body if whole else answer.body[: len(answer.body) // 2])
        if not whole:
            self.wfile.flush()
            if fault is Fault.DRIP_DEAD:
                self.fake.closing.wait(self.fake.hang_seconds)
            self.close_connection = True

    def date_time_string(self, _timestamp: float | None = None) -> str:
        return format_datetime(self.fake.clock(), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the library)
        """Quiet."""


def _next(faults: deque[Fault | None]) -> Fault | None:
    try:
        return faults.popleft()
    except IndexError:
        return None


def _spoilt(fault: Fault | None, answer: Answer) -> Answer:
    if fault in _OF_A_PROXY:
        return Answer(int(fault.value), b"<html>nginx</html>", {"Content-Type": "text/html"})
    if fault is Fault.HTML:
        return Answer(200, b"<html>Sign in to the hotel's network</html>", {"Content-Type": "text/html"})
    if fault is Fault.GARBLED:
        return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)
    return answer


def _packed(asked: Asked, answer: Answer) -> Answer:
    """As the proxy in front of a server sends it, to a client that accepts gzip."""
    if "gzip" not in asked.headers.get("accept-encoding", "") or not answer.body:
        return answer
    return replace(answer, body=gzip.compress(answer.body, 6), headers={**answer.headers, "Content-Encoding": "gzip"})
