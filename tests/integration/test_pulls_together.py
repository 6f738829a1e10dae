"""Several pulls at once, and pulls whose process is killed: forms side by side, one form never twice, nothing lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from central_lab import V1, Lab, central_lab, document, fields
from fakes.wire import Answer, Asked
from histories import sightings
from kobo_lab import Lab as KoboLab
from kobo_lab import kobo_lab
from msgspec.structs import replace
from small_store import put_form
from sqlalchemy import Engine, update

from backend.store.engine import transaction
from backend.store.tables import form as form_table
from backend.store.tables import pull
from workers.pull import PullReport, pull_form

_WAIT = 30


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


@dataclass
class Busy:
    """The most that is under way at the server at a time. Each form is asked for, then waits for the other one."""

    now: int = 0
    most: int = 0
    met: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    together: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=_WAIT))

    def begin(self, asked: Asked) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        # Only the first two times: later a pull looks at its form alone.
        if asked.path.endswith("/submissions") and self.met < 2:
            self.met += 1
            self.together.wait()

    def end(self, _asked: Asked, _answer: Answer, _took: float) -> None:
        time.sleep(0.01)
        with self.lock:
            self.now -= 1


def add_second_form(lab: Lab) -> None:
    """On the same server, with rows that are read one by one over two connections."""
    put_form(lab.context.engine, replace(V1, form_id="other"))
    with transaction(lab.context.engine) as session:
        place = {"server": "field-central", "server_form_id": "1/other"}
        session.execute(update(form_table).where(form_table.c.form_id == "other").values(**place))
    other = lab.fake.store.add_form(1, "other", "v1", fields(V1))
    for number in range(12):
        lab.send(number)
        lab.edit(f"uuid:{number}")
        lab.fake.store.post(other, document(f"uuid:other{number}"))
        lab.fake.store.post(other, document(f"uuid:new{number}", previous=f"uuid:other{number}"))


def test_two_forms_of_a_server_are_pulled_side_by_side_with_two_requests_at_most(lab: Lab) -> None:
    add_second_form(lab)
    busy = Busy()
    lab.fake.before, lab.fake.pause = busy.begin, busy.end

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda name: pull_form(lab.context, name), ["small", "other"]))

    assert [report.new for report in reports if report] == [12, 12]
    assert not busy.together.broken
    assert busy.most == 2


def test_one_form_is_never_pulled_twice_at_a_time(lab: Lab) -> None:
    for number in range(9):
        lab.send(number)
    lab.fake.pause = lambda _asked, _answer, _took: time.sleep(0.05)
    together = threading.Barrier(4)

    def pull_with_others(_number: int) -> PullReport | None:
        together.wait()
        return pull_form(lab.context, "small")

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(pull_with_others, range(4)))

    assert [report.new for report in reports if report] == [9]
    assert lab.stored() == lab.expected()


# ---- a killed process ------------------------------------------------------------------------------------------------

_WORKER = """
from workers.context import worker_context
from workers.pull import pull_form
pull_form(worker_context(), "small")
"""


@contextmanager
def worker(lab: Any) -> Iterator[subprocess.Popen[bytes]]:
    settings = lab.context.settings
    environment = os.environ | {
        "FIELDVEIL_HOME": str(settings.home),
        "FIELDVEIL_DATABASE_URL": lab.context.engine.url.render_as_string(hide_password=False),
        "FIELDVEIL_SERVER_HOSTS": settings.server_hosts,
        "FIELDVEIL_PAGE_SIZE": "4",
    }
    with subprocess.Popen([sys.executable, "-c", _WORKER], env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def kill_amid_a_pull(lab: Any, requests: int) -> None:
    """A worker of its own, killed while the server makes it wait for the answer to its nth request."""
    reached, let_go = threading.Event(), threading.Event()
    asked = iter(range(1_000))

    def before(_asked: Asked) -> None:
        if next(asked) == requests:
            reached.set()
            let_go.wait(_WAIT)

    lab.fake.before = before
    with worker(lab) as process:
        assert reached.wait(_WAIT), "the worker asked for less than was thought"
        process.send_signal(signal.SIGKILL)
        process.wait(_WAIT)
    lab.fake.before = lambda _asked: None
    let_go.set()


def let_the_lease_run_out(lab: Any) -> None:
    with transaction(lab.context.engine) as session:
        session.execute(update(pull).values(lease_until=pull.c.last_started))


def check_resumed(lab: Any, rows: int) -> None:
    assert pull_form(lab.context, "small") is None
    let_the_lease_run_out(lab)
    held = len(lab.stored())

    report = pull_form(lab.context, "small")

    assert report is not None
    assert 0 < held < rows
    assert report.read == rows - held
    assert lab.stored() == lab.expected()
    assert sightings(lab.context.engine) == (rows, rows, rows)


def test_a_killed_pull_from_central_is_taken_up_where_it_was(lab: Lab) -> None:
    lab.context.settings.page_size = 4
    for number in range(20):
        lab.send(number)

    kill_amid_a_pull(lab, 9)

    check_resumed(lab, 20)


def test_a_killed_pull_from_kobo_is_taken_up_where_it_was(sqlite_engine: Engine, tmp_path: Path) -> None:
    with kobo_lab(sqlite_engine, tmp_path / "home", page_size=4) as lab:
        _fill(lab)

        kill_amid_a_pull(lab, 7)

        check_resumed(lab, 20)


def _fill(lab: KoboLab) -> None:
    for number in range(20):
        lab.send(f"r{number}")
