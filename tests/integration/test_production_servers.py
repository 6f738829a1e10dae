"""The servers of docker-compose.yml, started with the very configuration it gives them: what do they write down?"""

import http.client
import http.server
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
    "services"
]
TOKEN, NAME = "tokentokentoken", "Amina"
PHONE_PATH = f"/letterbox/{TOKEN}/submission"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return
        time.sleep(0.05)
    pytest.fail("the server does not come up")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=log.parent, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=10)


# ---- the proxy -------------------------------------------------------------------------------------------------------


@dataclass
class Upstream:
    """The web server behind the proxy: remembers what reached it."""

    headers: list[dict[str, str]] = field(default_factory=list)
    first_part_came: threading.Event = field(default_factory=threading.Event)
    received: int = 0

    def serve(self) -> http.server.ThreadingHTTPServer:
        seen = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.headers.append(dict(self.headers))
                seen.received = 0
                wanted = int(self.headers["Content-Length"])
                while seen.received < wanted and (part := self.rfile.read1(wanted - seen.received)):
                    seen.received += len(part)
                    seen.first_part_came.set()
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the library)
                """Quiet."""

        return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@dataclass(frozen=True)
class Proxy:
    port: int
    folder: Path
    upstream: Upstream
    server: http.server.ThreadingHTTPServer

    def connect(self) -> http.client.HTTPSConnection:
        trusted = ssl.create_default_context(cafile=self.folder / "state/caddy/pki/authorities/local/root.crt")
        return http.client.HTTPSConnection("localhost", self.port, timeout=10, context=trusted)

    def has_certificate(self) -> bool:
        """It listens first and makes its certificate then."""
        try:
            connection = self.connect()
            connection.connect()
        except OSError:
            return False
        connection.close()
        return True

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    caddy = shutil.which("caddy") or pytest.skip("the proxy is not installed here: apt-get install caddy")
    folder = tmp_path_factory.mktemp("proxy")
    upstream = Upstream()
    server = upstream.serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port, http_port, health_port = _free_port(), _free_port(), _free_port()
    environment = {
        "FIELDVEIL_DOMAIN": "localhost",
        "FIELDVEIL_TLS": "internal",
        "FIELDVEIL_UPSTREAM": f"127.0.0.1:{server.server_port}",
        "FIELDVEIL_PROXY_HTTPS_PORT": str(port),
        "FIELDVEIL_PROXY_HTTP_PORT": str(http_port),
        "FIELDVEIL_PROXY_HEALTH_PORT": str(health_port),
        "XDG_DATA_HOME": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "TMPDIR": str(folder),
    }
    command = [caddy, "run", "--config", str(ROOT / "deploy/Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, environment, folder / "log") as process:
        started = Proxy(port, folder, upstream, server)
        _wait_until(lambda: _listens(health_port) and started.has_certificate(), process)
        yield started
    server.shutdown()
    server.server_close()


def _post(proxy: Proxy, body: bytes, **headers: str) -> int:
    connection = proxy.connect()
    connection.request("POST", PHONE_PATH, body=body, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_body_reaches_the_web_server_while_it_is_still_being_sent(proxy: Proxy) -> None:
    half = b"<data>" * 2000
    proxy.upstream.first_part_came.clear()
    connection = proxy.connect()
    connection.putrequest("POST", PHONE_PATH)
    connection.putheader("Content-Length", str(2 * len(half)))
    connection.endheaders(half)

    came = proxy.upstream.first_part_came.wait(timeout=5)
    connection.send(half)
    status = connection.getresponse().status
    connection.close()

    assert (came, status) == (True, 201)


def test_a_client_cannot_claim_to_be_somebody_else(proxy: Proxy) -> None:
    claims = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}

    _post(proxy, b"x", **claims)

    seen = proxy.upstream.headers[-1]
    assert [seen[name] for name in claims] == ["127.0.0.1", "https", f"localhost:{proxy.port}"]


def test_a_body_the_letterbox_must_judge_is_passed_on(proxy: Proxy) -> None:
    assert _post(proxy, b"x" * 11_000_000) == 201


def test_a_body_far_above_the_limit_is_cut_off(proxy: Proxy) -> None:
    status = _post(proxy, b"x" * 13_000_000)

    # Which of the two depends on how much the web server had read.
    assert status in {413, 502}
    assert proxy.upstream.received <= 12_000_000


def test_the_proxy_does_not_say_what_it_is(proxy: Proxy) -> None:
    connection = proxy.connect()
    connection.request("POST", "/", body=b"x")
    answer = connection.getresponse()
    connection.close()

    assert {"Server", "Via"} & set(answer.headers) == set()


def test_the_proxy_writes_down_nothing_about_a_request(proxy: Proxy) -> None:
    _post(proxy, b"Amina Secret" * 200_000)
    cut_off = proxy.connect()
    cut_off.putrequest("POST", PHONE_PATH)
    cut_off.putheader("Content-Length", "1000000")
    cut_off.endheaders(b"Amina Secret")
    cut_off.close()
    _post(proxy, b"x" * 13_000_000)

    files = [file for file in proxy.folder.rglob("*") if file.is_file() and "pki" not in str(file)]

    assert "serving initial configuration" in proxy.log()
    assert [file for file in files if TOKEN.encode() in file.read_bytes() or b"Amina" in file.read_bytes()] == []
    assert "127.0.0.1:" not in re.sub(r'"(address|upstream|server_name)":"[^"]*"', "", proxy.log())


def test_a_phone_that_finds_the_web_server_away_leaves_no_trace_either(proxy: Proxy) -> None:
    proxy.server.shutdown()
    proxy.server.server_close()

    status = _post(proxy, b"x")

    assert status == 502
    assert TOKEN not in proxy.log()


# ---- redis -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    shutil.which("redis-server") or pytest.skip("redis-server is not installed here: apt-get install redis-server")
    port = _free_port()
    *shell, script = SERVICES["redis"]["command"]
    here = script.replace("$$", "$").replace("appendonly no\n", f"appendonly no\nport {port}\nbind 127.0.0.1\n")
    environment = {"PATH": os.environ["PATH"], "REDISCLI_AUTH": "hunter2hunter2"}
    with _running([*shell, here], environment, tmp_path / "log") as process:
        _wait_until(lambda: _listens(port), process)
        yield port, process


def _client(port: int, password: str | None) -> redis.Redis:
    return redis.Redis(port=port, password=password, retry=Retry(NoBackoff(), 0))


def test_redis_wants_its_password(broker: tuple[int, subprocess.Popen[bytes]]) -> None:
    with _client(broker[0], None) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_redis_keeps_nothing_on_disk(broker: tuple[int, subprocess.Popen[bytes]], tmp_path: Path) -> None:
    with _client(broker[0], "hunter2hunter2") as known:
        known.set("a", "b")
        known.shutdown(save=False)
    broker[1].wait(timeout=10)

    assert {file.name for file in tmp_path.iterdir()} == {"log"}


# ---- postgres --------------------------------------------------------------------------------------------------------


def _log_of_a_refused_row(engine: Engine, settings: list[str]) -> str:
    insert = text("INSERT INTO area_set VALUES (:id, 'Amina', 'b', '2026-01-01', 'Secret', true)")
    setting = text("SELECT set_config(split_part(:it, '=', 1), split_part(:it, '=', 2), false)")
    with engine.connect() as connection:
        before = connection.execute(text("SELECT length(pg_read_file('log'))")).scalar_one()
        for line in settings:
            connection.execute(setting, {"it": line})
        connection.execute(insert, {"id": 1})
        connection.commit()
        with pytest.raises(IntegrityError):
            connection.execute(insert, {"id": 2})
        connection.rollback()
        log: str = connection.execute(text("SELECT pg_read_file('log')")).scalar_one()
        return log[before:]


@pytest.fixture
def logging_engine(postgres_engine: Engine) -> Engine:
    if os.environ.get("FIELDVEIL_TEST_POSTGRES_URL"):
        pytest.skip("the log of the PostgreSQL named by FIELDVEIL_TEST_POSTGRES_URL cannot be read from here")
    return postgres_engine


@pytest.mark.postgres
def test_postgres_as_it_comes_writes_a_refused_row_into_its_log(logging_engine: Engine) -> None:
    log = _log_of_a_refused_row(logging_engine, [])

    assert "(Secret)" in log
    assert "Amina" in log


@pytest.mark.postgres
def test_postgres_as_we_start_it_does_not(logging_engine: Engine) -> None:
    ours = [argument for argument in SERVICES["postgres"]["command"] if "=" in argument]

    log = _log_of_a_refused_row(logging_engine, ours)

    assert "duplicate key" in log
    assert "Secret" not in log
    assert "Amina" not in log


# ---- web -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def empty_database(_postgres: tuple[Engine, str]) -> Iterator[str]:
    """The URL of a database without a single table, as it is at the first start."""
    admin, _ = _postgres
    name = f"first_start_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield admin.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.mark.postgres
def test_the_web_server_makes_its_tables_and_keys_and_answers(
    empty_database: str, broker: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    port = _free_port()
    folders = {f"FIELDVEIL_{name}_KEYS": str(tmp_path / name) for name in ("WEB", "WORKER", "SHARED")}
    environment = folders | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "FIELDVEIL_ENVIRONMENT": "production",
        "FIELDVEIL_PUBLIC_URL": "https://localhost",
        "FIELDVEIL_DATABASE_URL": empty_database,
        "FIELDVEIL_REDIS_URL": f"redis://:hunter2hunter2@127.0.0.1:{broker[0]}/0",
        "FIELDVEIL_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path / "no-home"),
    }
    gunicorn, _, config, application = SERVICES["web"]["command"]
    command = [gunicorn, "--config", str(ROOT / config), "--bind", f"127.0.0.1:{port}", application]

    with _running(command, environment, tmp_path / "web.log") as process:
        _wait_until(lambda: _status(port, "/healthz") == 200, process)
        _status(port, PHONE_PATH)
        _say(port, f"GET {PHONE_PATH} {NAME} HTTP/1.1\r\n\r\n")
        _say(port, f"GET / HTTP/1.1\r\nHost: localhost\r\n{NAME} phone: x\r\n\r\n")

    assert not (tmp_path / "no-home").exists()
    made = {file.relative_to(tmp_path).parts[0] for file in tmp_path.rglob("*") if file.is_file()}
    assert "WEB" in made
    assert "WORKER" not in made
    log = (tmp_path / "web.log").read_text(encoding="utf-8")
    assert "a request that is no HTTP was refused" in log
    assert TOKEN not in log
    assert NAME not in log


def _say(port: int, request: str) -> None:
    """What no browser would send; heard out, so that it was logged."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode())
        while connection.recv(4096):
            pass


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
