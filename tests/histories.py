"""What the random histories of both servers share: their steps, and a database that begins anew for each."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.wire import Asked, Fault
from hypothesis import settings
from hypothesis import strategies as st
from pull_lab import PullLab
from sqlalchemy import Connection, Engine, event, func, select, update

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import open_engine, reading, transaction
from backend.store.tables import counter, daily, ledger, pull
from backend.store.verdicts import Standing
from workers.net import Limits
from workers.servers.source import PullError

_ALL, _IN_ONE = 10_000, 500
_IS_RELEASE = settings.default is not None and settings.default.max_examples >= 1_000
EXAMPLES = _IN_ONE if _IS_RELEASE else 200
# Ten thousand are told in pieces, each from a seed of its own: one that fails says so without waiting for the rest.
in_pieces = pytest.mark.parametrize("piece", range(_ALL // _IN_ONE if _IS_RELEASE else 1))
# A socket that hangs is waited for; a pull that meets one in vain is repeated like any other that fails.
# Where nothing goes wrong on the way, a machine that is busy with other things must not look like a fault.
PATIENT = Limits(read_seconds=20, seconds=60, first_wait=0.001, longest_wait=0.01)
HASTY = Limits(connect_seconds=2, read_seconds=0.06, seconds=2, tries=3, first_wait=0.001, longest_wait=0.01)

A_DAY = timedelta(hours=25)
Step = tuple[Any, ...]
Meanwhile = list[tuple[int, Step]]


def steps(change: st.SearchStrategy[Step], *times: timedelta) -> st.SearchStrategy[Step]:
    """What may happen beside a change on the server, which may also happen amid a pull.

    Pulls, pullers that crash, at a page or in a commit, faults of the network, `times` that pass, and somebody who
    registers the next version or decides about what disappeared.
    """
    meanwhile = st.lists(st.tuples(st.integers(0, 8), change), max_size=3)
    faults = st.lists(st.none() | st.sampled_from(list(Fault)), max_size=9)
    return st.one_of(
        change,
        change,
        change,
        st.tuples(st.just("pull")),
        st.tuples(st.just("pull")),
        st.tuples(st.just("disturbed"), meanwhile),
        st.tuples(st.just("faulty"), meanwhile, faults),
        st.tuples(st.just("stopped"), meanwhile, st.integers(0, 3)),
        st.tuples(st.just("crash"), meanwhile, st.integers(0, 8)),
        st.tuples(st.just("time"), st.sampled_from(times)),
        st.tuples(st.just("register")),
        st.tuples(st.just("decide")),
    )


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

    def _count_commit(self, connection: Connection) -> None:
        if self._commits_left == 0:
            self._commits_left = None
            # A puller that is gone holds no lock. This one lives on, and its thread that reads ahead would wait for it.
            connection.connection.rollback()
            raise CrashError
        if self._commits_left is not None:
            self._commits_left -= 1


class History(ABC):
    """Carries out steps on a fresh copy of a lab. What depends on the kind of server, its own class says."""

    # In one of these a row is away for a moment, between two things that happen at once.
    come_and_go: frozenset[str] = frozenset()

    def __init__(self, lab: PullLab, shelf: Shelf) -> None:
        self.lab, self._shelf = lab, shelf

    @abstractmethod
    def change(self, kind: str, *details: Any) -> None:
        """On the server. What it refuses is no change."""

    @abstractmethod
    def let_pass(self, by: timedelta) -> None: ...

    @abstractmethod
    def register(self) -> None:
        """The next version, once."""

    @abstractmethod
    def check_in_peace(self) -> None:
        """After a pull that nothing disturbed, what the verdict says is true."""

    def step(self, kind: str, *details: Any) -> None:
        match kind:
            case "pull":
                self._pull_in_peace()
            case "disturbed":
                self._pull(*details)
            case "faulty":
                self._pull_with_faults(*details)
            case "stopped":
                self._pull(details[0], max_pages=details[1])
            case "crash":
                with self._shelf.crashing(details[1]):
                    self._pull(details[0])
            case "time":
                self.let_pass(details[0])
            case "register":
                self.register()
            case "decide":
                self._decide()
            case _:
                self.change(kind, *details)

    def finish(self, *, a_day_later: bool) -> None:
        """Everything under way arrives; a pull, and the person who is asked about what disappeared."""
        while self.lab.form.uncommitted:
            self.change("commit")
        self.register()
        if a_day_later:
            self.let_pass(A_DAY)
        self._pull_in_peace()
        self._decide()

    def check_end(self) -> None:
        """Nothing is lost, doubled or stale."""
        lab = self.lab
        assert lab.stored() == lab.expected()
        outcomes = lab.outcomes()
        assert {key for key, outcome in outcomes.items() if outcome == "stored"} == set(lab.expected())
        assert {key for key, outcome in outcomes.items() if outcome != "deleted"} == lab.live_keys()
        assert lab.reviews() == lab.expected_reviews()
        assert len(set(sightings(self._shelf.engine))) == 1
        assert lab.verdict().standing in {Standing.EQUAL, Standing.COUNT_EQUAL}

    def _pull(self, meanwhile: Meanwhile, max_pages: int | None = None) -> None:
        asked, opened = [0], self.lab.reading()
        held = set(self.lab.stored()) & set(self.lab.expected())

        def before(_one: Asked) -> None:
            for at, change in meanwhile:
                if at == asked[0]:
                    self.change(*change)
                    # Also what is gone for a moment only: deleted and restored, or edited with an unknown version.
                    held.intersection_update(self.lab.expected(opened))
            asked[0] += 1

        self.lab.fake.before = before
        try:
            with suppress(PullError):
                self.lab.pull(max_pages)
        finally:
            self.lab.fake.before = lambda _one: None
        if not {change[0] for _, change in meanwhile} & self.come_and_go:
            # What was here and on the server all the time is here still.
            assert held <= set(self.lab.stored())

    def _pull_with_faults(self, meanwhile: Meanwhile, faults: list[Fault | None]) -> None:
        self.lab.fake.faults.extend(faults)
        with self._limited(HASTY):
            self._pull(meanwhile)
        self.lab.fake.faults.clear()

    def _pull_in_peace(self) -> None:
        self.lab.fake.asked.clear()
        with self._limited(PATIENT):
            self.lab.pull()
        self.check_in_peace()

    @contextmanager
    def _limited(self, limits: Limits) -> Iterator[None]:
        usual, self.lab.limits = self.lab.limits, limits
        yield
        self.lab.limits = usual

    def _decide(self) -> None:
        with transaction(self._shelf.engine) as session:
            mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))


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
