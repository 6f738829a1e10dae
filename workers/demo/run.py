"""Runs the demo: home, broker, stage, processes, phones, pulls, proof. Needs no browser and prints nothing."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from backend.settings import Environment, Settings, child_environment
from backend.store.engine import reading
from backend.store.letters import count_letters
from backend.store.status import Totals, totals
from workers.context import Context, open_context
from workers.demo.broker_watch import BrokerWatch
from workers.demo.databases import DemoDatabase, open_database
from workers.demo.figures import Figures
from workers.demo.proof import prove
from workers.demo.stage import DAYS_OPEN, DemoError, Stage, fresh_home, set_stage
from workers.hardening import forbid_core_dumps
from workers.phone.canary import Canaries
from workers.phone.fill import FillReport, fill
from workers.phone.fillers import Effort
from workers.phone.interviews import Survey
from workers.processes.broker import answers, start_broker
from workers.processes.children import Children
from workers.processes.parts import check_free, start_beat, start_web, start_worker
from workers.pull import pull_form
from workers.reach import Reach

_PULL_SECONDS = 2
_PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Demo:
    """`home` None: a folder that is removed at the end. `recorded`: the form engine is not used."""

    submissions: int = 150
    seed: int = 7
    port: int = 8080
    phones: int = 6
    home: Path | None = None
    postgres: bool = False
    recorded: bool = False


class Audience(Protocol):
    """Who watches: a terminal, or nobody. `progress` is called from several threads."""

    def step(self, text: str) -> None: ...

    def doors_open(self, stage: Stage, settings: Settings) -> None: ...

    def progress(self, step: str, done: int, whole: int) -> None: ...

    def over(self, figures: Figures, wait: Callable[[], None]) -> None:
        """Everything still runs; `wait` serves until Ctrl-C."""


@dataclass(frozen=True, slots=True)
class _Play:
    """What the scenes need."""

    demo: Demo
    context: Context
    stage: Stage
    children: Children
    audience: Audience

    @property
    def form_id(self) -> str:
        return self.stage.built.form_id


def run_demo(demo: Demo, given: Settings, audience: Audience) -> Figures:
    """`given` may name a Redis, which is used then; its database never is."""
    if given.environment is Environment.PRODUCTION:
        raise DemoError("This is a production machine (FIELDVEIL_ENVIRONMENT): invented answers have no place on it")
    forbid_core_dumps()
    check_free(_address(demo))
    started = time.monotonic()
    with ExitStack() as stack:
        home = stack.enter_context(_home(demo.home))
        database = stack.enter_context(open_database(postgres=demo.postgres))
        audience.step("Starting the broker")
        settings = _with_broker(stack, _settings(demo, given, home, database))
        watch = stack.enter_context(BrokerWatch(settings.redis_url))
        audience.step("Setting the stage: areas, form, accounts and phones of an invented country")
        context = open_context(settings)
        stack.callback(context.engine.dispose)
        stage = set_stage(context, _today())
        audience.step("Starting web server, worker and beat")
        children = stack.enter_context(_children(settings))
        start_web(children, settings)
        start_worker(children, settings)
        start_beat(children, home / "beat")
        audience.doors_open(stage, settings)
        figures = _act(_Play(demo, context, stage, children, audience), database, watch, started)
        audience.over(figures, children.watch)
    return figures


def _address(demo: Demo) -> str:
    return f"127.0.0.1:{demo.port}"


@contextmanager
def _home(wanted: Path | None) -> Iterator[Path]:
    home = (wanted or Path(tempfile.mkdtemp(prefix="fieldveil-demo-"))).absolute()
    try:
        fresh_home(home)
        yield home
    finally:
        if wanted is None:
            shutil.rmtree(home, ignore_errors=True)


def _settings(demo: Demo, given: Settings, home: Path, database: DemoDatabase) -> Settings:
    address, keys = _address(demo), home / "keys"
    return given.model_copy(
        update={
            "home": home,
            "public_url": f"http://{address}",
            "bind": address,
            "database_url": database.url,
            "web_keys": keys / "web",
            "worker_keys": keys / "worker",
            "shared_keys": keys / "shared",
            "pull_every_seconds": _PULL_SECONDS,
        }
    )


def _with_broker(stack: ExitStack, settings: Settings) -> Settings:
    if not settings.redis_url:
        url = start_broker(stack.enter_context(_children(settings)), settings.home / "broker")
        return settings.model_copy(update={"redis_url": url})
    if not answers(settings.redis_url):
        raise DemoError("The Redis server of FIELDVEIL_REDIS_URL does not answer. Start it, or leave the setting empty")
    return settings


def _children(settings: Settings) -> Children:
    # Whatever a library writes to a temporary folder is written where it will be searched.
    temporary = {"TMPDIR": str(settings.home / "tmp")}
    return Children({**child_environment(settings), **temporary}, settings.home / "logs")


def _act(play: _Play, database: DemoDatabase, watch: BrokerWatch, started: float) -> Figures:
    report = _send(play)
    play.audience.step("Waiting until the worker has read what the phones posted")
    play.children.wait_until(lambda: _all_read(play), "the worker had not read everything", _PATIENCE_SECONDS)
    first = _totals(play)
    play.audience.step("Pulling a second time: nothing may change")
    play.children.wait_until(lambda: _pulled(play), "the form could not be pulled again", _PATIENCE_SECONDS)
    second = _totals(play)
    play.audience.step("Searching everything that was written for identifiers")
    survey_id = play.stage.built.brief.survey.id
    proof = prove(play.context, survey_id, Canaries(play.demo.seed), database, watch)
    return Figures(
        phones=report,
        first=first,
        second=second,
        finds=proof.finds,
        searched=proof.searched,
        seconds=round(time.monotonic() - started, 1),
        database=database.name,
    )


def _send(play: _Play) -> FillReport:
    address = f"{play.context.settings.public_url}/letterbox"
    return fill(
        [f"{address}/{token}" for token in play.stage.tokens],
        Survey(play.demo.submissions, play.demo.seed, _today(), DAYS_OPEN - 1),
        reach=Reach(this_machine=True),
        phones=play.demo.phones,
        effort=Effort(engine=not play.demo.recorded),
        progress=play.audience.progress,
    )


def _all_read(play: _Play) -> bool:
    with reading(play.context.engine) as session:
        return count_letters(session, play.form_id).unread == 0


def _totals(play: _Play) -> Totals:
    with reading(play.context.engine) as session:
        return totals(session, play.form_id)


def _pulled(play: _Play) -> bool:
    """False while the worker is at it; then it is our turn a little later."""
    return pull_form(play.context, play.form_id) is not None


def _today() -> date:
    return datetime.now(UTC).date()
