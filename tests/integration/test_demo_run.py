"""The demo as a newcomer starts it, with few interviews; and that its proof fails when there is something to find."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.settings import Environment, Settings, child_environment
from backend.store.status import Totals
from workers.cli.checks_running import worker
from workers.demo.canary_search import Find
from workers.demo.figures import Figures
from workers.demo.run import Demo, run_demo
from workers.demo.stage import DemoError, Stage, fresh_home
from workers.phone.canary import Canaries
from workers.phone.fill import FillReport
from workers.phone.fillers import Source
from workers.processes.broker import free_port
from workers.processes.children import ChildError
from workers.processes.parts import listens

MUST = {"posted", "pulled", "refused", "stored", "rejected", "rejects", "observations", "canary"}
TOTALS = Totals(
    posted=12,
    pulled=12,
    stored=9,
    refused=2,
    rejected=1,
    counted=0,
    withdrawn=0,
    deleted=0,
    rejects=1,
    observations=900,
    conflicts=0,
)
REPORT = FillReport("f", "1", 12, 12, {}, {}, {}, {}, 0, 0, Source.ENGINE, "", 3, 1.0)
GOOD = Figures(REPORT, TOTALS, TOTALS, (), {"files": 100}, 1.0, "SQLite")


def settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, log_level="WARNING", **changes)


def demo_command(*words: str, home: Path) -> list[str]:
    typed = ["demo", "--submissions", "12", "--seed", "3", "--port", str(free_port()), "--home", str(home), *words]
    return [sys.executable, "-c", f"from workers.cli import main; main({typed!r})"]


class Quiet:
    """Watches without a terminal; `meanwhile` is called when the doors are open, `at_the_end` while all still runs."""

    def __init__(self, meanwhile: Callable[[Stage, Settings], None] = lambda _stage, _settings: None) -> None:
        self._meanwhile = meanwhile
        self.steps: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def doors_open(self, stage: Stage, settings: Settings) -> None:
        self._meanwhile(stage, settings)

    def progress(self, step: str, done: int, whole: int) -> None:
        """Nobody looks."""

    def over(self, figures: Figures, wait: Callable[[], None]) -> None:
        """It ends here."""


class Asking(Quiet):
    """Asks at the end, as the doctor does, whether a worker answers."""

    worker = ""

    def doors_open(self, stage: Stage, settings: Settings) -> None:
        super().doors_open(stage, settings)
        self._settings = settings

    def over(self, figures: Figures, wait: Callable[[], None]) -> None:  # noqa: ARG002 (as every audience)
        self.worker = worker(self._settings).text


# ---- as it is typed --------------------------------------------------------------------------------------------------


POSTGRES = pytest.param(("--postgres",), marks=[pytest.mark.postgres, pytest.mark.slow])


@pytest.mark.parametrize("words", [(), POSTGRES])
def test_the_demo_runs_the_whole_line_and_prints_its_figures_last(words: tuple[str, ...], tmp_path: Path) -> None:
    home = tmp_path / "demo"
    command = demo_command("--once", "--json", *words, home=home)

    answer = subprocess.run(
        command,
        env=child_environment(Settings(_env_file=None)),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    figures = json.loads(answer.stdout.splitlines()[-1])
    assert set(figures) >= MUST
    assert figures["posted"] == figures["pulled"] == 12
    assert figures["refused"] + figures["stored"] + figures["rejected"] == 12
    assert figures["observations"] > 500
    assert (figures["canary"], figures["faults"]) == (0, [])
    assert sum(figures["searched_bytes"].values()) > 1_000_000
    assert "Task pull.form" in (home / "logs" / "worker.log").read_text()
    assert (home / "exports" / "observations.csv").stat().st_size > 10_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties processes together")
def test_nothing_outlives_a_demo_that_was_killed(tmp_path: Path) -> None:
    command = demo_command("--recorded", "--json", home=tmp_path / "demo")
    port = int(command[-1].split("'--port', '")[1].split("'")[0])
    with subprocess.Popen(command, env=child_environment(settings()), stderr=subprocess.DEVNULL) as process:
        assert _wait_for(lambda: listens("127.0.0.1", port), 90)
        listing = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        assert _wait_for(lambda: len(listing.read_text().split()) >= 4, 30)
        children = [int(pid) for pid in listing.read_text().split()]

        process.send_signal(signal.SIGKILL)

        assert _wait_for(lambda: not any(_is_running(pid) for pid in children), 20)
        assert _wait_for(lambda: not listens("127.0.0.1", port), 20)


def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.1)
    return False


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ---- that the proof can fail -----------------------------------------------------------------------------------------


def test_identifiers_that_are_written_down_are_found_and_named(tmp_path: Path) -> None:
    canaries = Canaries(3)

    stages: list[Stage] = []

    def leak(stage: Stage, chosen: Settings) -> None:
        stages.append(stage)
        (chosen.home / "logs" / "careless.log").write_text(f"POST by {canaries.text('http.user_agent')}")
        (chosen.home / "tmp" / "upload").write_bytes(canaries.text("xml.respondent_name_arabic").encode("utf-16-le"))

    # A database that the settings name is none of the demo's business: this one does not even exist.
    given = settings(database_url="postgresql://nobody@127.0.0.1:1/real", home=tmp_path / "real")
    audience = Asking(leak)
    figures = run_demo(Demo(8, 3, free_port(), 2, tmp_path / "demo", recorded=True), given, audience)

    places = {(find.place, find.where) for find in figures.finds}
    assert places == {("http.user_agent", "logs/careless.log"), ("xml.respondent_name_arabic", "tmp/upload")}
    assert figures.canary == 2
    assert figures.faults() == ["Identifiers were found"]
    assert figures.database == "SQLite"
    assert audience.worker == "1 worker answered"
    assert not (tmp_path / "real").exists()
    # Whoever watched it live has used that link up: the one that is shown at the end is another.
    assert stages[0].watch not in stages[0].links.values()


@pytest.mark.parametrize(
    ("figures", "fault"),
    [
        (replace(GOOD, phones=replace(REPORT, posted=11)), "The phones and the letterbox count"),
        (replace(GOOD, phones=replace(REPORT, submissions=13)), "Not every interview was posted"),
        (replace(GOOD, first=replace(TOTALS, pulled=11)), "Posted, pulled"),
        (replace(GOOD, second=replace(TOTALS, stored=10)), "After a second pull they do not agree"),
        (replace(GOOD, second=replace(TOTALS, observations=10)), "The second pull changed something"),
        (replace(GOOD, finds=(Find("xml.email", "utf-8", "x"),)), "Identifiers were found"),
        (replace(GOOD, phones=replace(REPORT, echoes=1)), "Identifiers were found"),
    ],
)
def test_figures_that_do_not_agree_are_faults(figures: Figures, fault: str) -> None:
    assert any(found.startswith(fault) for found in figures.faults())


def test_figures_that_agree_have_no_fault() -> None:
    assert GOOD.faults() == []
    assert GOOD.record()["canary"] == 0


# ---- where it will not run -------------------------------------------------------------------------------------------


def test_a_production_machine_is_refused(tmp_path: Path) -> None:
    production = settings().model_copy(update={"environment": Environment.PRODUCTION})

    with pytest.raises(DemoError, match="production"):
        run_demo(Demo(home=tmp_path / "demo"), production, Quiet())

    assert not (tmp_path / "demo").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")

    with pytest.raises(DemoError, match="--home"):
        run_demo(Demo(home=tmp_path), settings(), Quiet())

    assert (tmp_path / "thesis.odt").read_text() == "years of work"


def test_the_folder_of_an_earlier_demo_is_used_again(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    fresh_home(home)
    (home / "fieldveil.sqlite").write_text("old")

    fresh_home(home)

    assert not (home / "fieldveil.sqlite").exists()
    assert home.stat().st_mode & 0o077 == 0


def test_a_taken_port_ends_the_demo_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ChildError, match=f"fieldveil demo --port {port + 1}"):
            run_demo(Demo(port=port, home=tmp_path / "demo"), settings(), Quiet())

    assert not (tmp_path / "demo").exists()


def test_a_redis_that_is_named_and_does_not_answer_ends_the_demo(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="FIELDVEIL_REDIS_URL does not answer"):
        run_demo(Demo(home=tmp_path / "demo"), settings(redis_url="redis://127.0.0.1:1/0"), Quiet())
