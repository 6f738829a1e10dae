"""The only sender of tasks: a row in `due` with the change itself and, after the commit, a knock on a worker's door."""

import re
from datetime import UTC, datetime
from functools import lru_cache

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from sqlalchemy import event
from sqlalchemy.orm import Session

from backend.settings import settings
from backend.store.due import mark_due

_TASK = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)*")
_ARGUMENT = re.compile(r"[\w.:-]{1,120}", re.ASCII)
_log = structlog.get_logger(__name__)


def wake(session: Session, task: str, argument: str) -> None:
    """Asks for `task` once the session commits. The argument is an id: a submission never rides in the queue.

    When the broker is away nothing is lost: beat finds the row in `due`.
    """
    if not _TASK.fullmatch(task) or not _ARGUMENT.fullmatch(argument):
        raise ValueError("A task is woken by its name and one id of letters, digits and . : _ - only")
    mark_due(session, task, argument, datetime.now(UTC))
    broker = settings().redis_url
    if broker:
        event.listen(session, "after_commit", lambda _session: _knock(broker, task, argument), once=True)


def _knock(broker: str, task: str, argument: str) -> None:
    try:
        # The default header would repeat the arguments in clear.
        hidden = {"argsrepr": "<hidden>", "kwargsrepr": "<hidden>"}
        _sender(broker).send_task(task, args=[argument], ignore_result=True, retry=False, **hidden)
    except (KombuError, OSError) as error:
        # The change is committed: that nobody heard the knock must not fail it.
        _log.warning("worker_not_reached", task=task, reason=type(error).__name__)


@lru_cache(maxsize=4)
def _sender(broker: str) -> Celery:
    app = Celery("fieldveil", broker=broker, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        broker_connection_timeout=2,
        broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 2},
    )
    return app
