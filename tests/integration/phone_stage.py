"""A letterbox for simulated phones: the stage of the demo in a folder of its own, served on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from backend.app import create_app, state
from backend.settings import Settings
from backend.store.engine import reading
from backend.store.status import Totals, totals
from workers.context import Context, open_context
from workers.demo.stage import Stage, set_stage
from workers.phone.fill import FillReport, fill
from workers.phone.interviews import Habits, Survey
from workers.pull import pull_form
from workers.reach import Reach

HERE = Reach(this_machine=True)
OFTEN = Habits(0.4, 0.2, 0.4, 0.5, 0.3, 0.4, 0.4, 0.5, 0.2, 0.3)


def today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Line:
    context: Context
    stage: Stage

    @property
    def urls(self) -> list[str]:
        return [f"{self.context.settings.public_url}/letterbox/{token}" for token in self.stage.tokens]

    def send(self, seed: int, submissions: int = 12, habits: Habits = OFTEN, **changes: object) -> FillReport:
        survey = Survey(submissions, seed, today(), 20, habits)
        return fill(self.urls, survey, reach=HERE, phones=3, **changes)  # type: ignore[arg-type]

    def pull(self) -> Totals:
        pull_form(self.context, self.stage.built.form_id)
        with reading(self.context.engine) as session:
            return totals(session, self.stage.built.form_id)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the path holds a token."""


@contextmanager
def open_line(home: Path) -> Iterator[Line]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(_env_file=None, home=home, public_url=f"http://127.0.0.1:{port}", log_level="WARNING")
    context = open_context(settings)
    stage = set_stage(context, today())
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Line(context, stage)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        state.of(app).engine.dispose()
        context.engine.dispose()
