"""Opens the database for a command, at the newest schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from backend import logs
from backend.settings import Environment, Settings, settings
from backend.store.migrate import upgrade
from workers.context import Context, open_context
from workers.hardening import forbid_core_dumps

ACTOR = "cli"


@contextmanager
def opened() -> Iterator[Context]:
    chosen = settings()
    forbid_core_dumps()
    quiet_logs(chosen)
    context = open_context(chosen)
    try:
        upgrade(context.engine)
        yield context
    finally:
        context.engine.dispose()


def quiet_logs(chosen: Settings) -> None:
    """What services say of their daily work is not for a person who typed a command."""
    level = "WARNING" if chosen.log_level == "INFO" else chosen.log_level
    logs.configure(level, as_json=chosen.environment is Environment.PRODUCTION)


def today() -> date:
    return datetime.now(UTC).date()
