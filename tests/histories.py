"""What the random histories of both servers share: a database that begins anew, and a puller that is pulled down."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, event, func, select, update

from backend.store.engine import open_engine, reading, transaction
from backend.store.tables import counter, daily, ledger, pull
from workers.net import Limits

_ALL, _IN_ONE = 10_000, 500
_IS_RELEASE = settings.default is not None and settings.default.max_examples >= 1_000
EXAMPLES = _IN_ONE if _IS_RELEASE else 200
# Ten thousand are told in pieces, each from a seed of its own: one that fails says so without waiting for the rest.
in_pieces = pytest.mark.parametrize("piece", range(_ALL // _IN_ONE if _IS_RELEASE else 1))
# A socket that hangs is waited for; a pull that meets one in vain is repeated like any other that fails.
# Where nothing goes wrong on the way, a machine that is busy with other things must not look like a fault.
PATIENT = Limits(read_seconds=20, seconds=60, first_wait=0.001, longest_wait=0.01)
HASTY = Limits(connect_seconds=2, read_seconds=0.06, seconds=2, tries=3, first_wait=0.001, longest_wait=0.01)


class CrashError(BaseException):
    """The plug: nothing of ours catches it."""


class Shelf:
    """One database, put back to how it was for each history. One engine, so that statements are compiled once."""

    def __init__(self, folder: Path) -> None:
        self._file, self._first = folder / "histories.sqlite", folder / "first.sqlite"
        self.engine = open_engine(f"sqlite:///{self._file}")
        self._commits_left: int | None = None
        event.listen(self.engine, "connect", _no_sync)
        event.listen(self.engine, "commit", self._count_commit)

    def keep(self) -> None:
        """As it is now, histories begin."""
        self.engine.dispose()
        shutil.copyfile(self._file, self._first)

    def put_back(self) -> None:
        self.engine.dispose()
        for old in self._file.parent.glob(f"{self._file.name}*"):
            old.unlink()
        shutil.copyfile(self._first, self._file)

    @contextmanager
    def crashing(self, commits: int) -> Iterator[None]:
        """So many commits are allowed; the next one does not come to pass, the puller is gone, its lease runs out."""
        self._commits_left = commits
        with suppress(CrashError):
            yield
        self._commits_left = None
        with transaction(self.engine) as session:
            session.execute(update(pull).values(lease_until=None, lease_owner=None))

    def _count_commit(self, _connection: Connection) -> None:
        if self._commits_left == 0:
            self._commits_left = None
            raise CrashError
        if self._commits_left is not None:
            self._commits_left -= 1


def _no_sync(connection: Any, _record: Any) -> None:
    # The histories pull the plug of the puller, not of the machine.
    connection.execute("PRAGMA synchronous=OFF")


def sightings(engine: Engine) -> tuple[int, int, int]:
    """Submissions ever seen, as the ledger, the counters and the receipts of the days have them."""
    queries = (
        select(func.count()).select_from(ledger),
        select(func.coalesce(func.sum(counter.c.n), 0)).where(counter.c.kind == "received"),
        select(func.coalesce(func.sum(daily.c.n), 0)),
    )
    with reading(engine) as session:
        seen, counted, received = (session.scalar(query) or 0 for query in queries)
    return seen, counted, received
