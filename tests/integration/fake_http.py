"""A server of the standard library on this machine, which gives prepared answers."""

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SECRET = "t0ken-of-a-phone"

Handler = http.server.BaseHTTPRequestHandler
Answer = Callable[[Handler], None]


@dataclass
class Fake:
    """Gives the prepared answers one after the other, the last one for ever."""

    answers: list[Answer]
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/letterbox/{SECRET}"


@contextmanager
def serving(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Fake]:
    fake = Fake(list(answers))

    class Here(Handler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            fake.seen.append((self.command, self.path, dict(self.headers)))
            fake.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            answer = fake.answers.pop(0) if len(fake.answers) > 1 else fake.answers[0]
            answer(self)

        do_GET = do_POST = do_HEAD = _any  # noqa: N815 (names of the library)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the library)
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Here)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer
