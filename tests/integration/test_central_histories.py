"""Whatever phones, reviewers, networks and workers do, in whatever order: nothing ends lost, doubled or stale."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from central_lab import V1, V2, Lab, central_lab, document, fields
from fakes.central_store import CentralStore, RefusedError
from fakes.fake_central import Asked, Fault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import open_engine, transaction
from backend.store.migrate import upgrade
from backend.store.verdicts import Standing
from workers.context import Context
from workers.servers.source import PullError

# 1 posts, 2 late commits, 3 edits, 4 deletions, 5 restores, 6 purges with the same id sent again, 7 reviews,
# 8 a new version with a renamed question, 9 a puller that crashes, 10 a fault of the network; each also in the middle
# of a pull.
_NAMES = st.integers(0, 5)
_PEOPLE = st.integers(0, 99).map(str)
_VERSION = st.sampled_from(["v1", "v2"])
CHANGE = st.one_of(
    st.tuples(st.just("post"), _NAMES, _PEOPLE, _VERSION),
    st.tuples(st.just("late"), _NAMES, _PEOPLE, _VERSION),
    st.tuples(st.just("commit")),
    st.tuples(st.just("edit"), _NAMES, _PEOPLE, _VERSION),
    st.tuples(st.just("delete"), _NAMES),
    st.tuples(st.just("restore"), _NAMES),
    st.tuples(st.just("purge")),
    st.tuples(st.just("again"), _NAMES, _PEOPLE, _VERSION),
    st.tuples(st.just("review"), _NAMES, st.sampled_from(["approved", "rejected", "hasIssues", None])),
    st.tuples(st.just("publish")),
)
STEP = st.one_of(
    CHANGE,
    CHANGE,
    st.tuples(st.just("pull"), st.lists(st.tuples(st.integers(0, 6), CHANGE), max_size=2)),
    st.tuples(st.just("crash"), st.integers(0, 3)),
    st.tuples(st.just("fault"), st.integers(0, 8), st.sampled_from(list(Fault))),
)


_EXAMPLES = 10_000 if settings.default and settings.default.max_examples >= 1_000 else 100


class History:
    """Carries out steps on a fresh copy of the lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def change(self, kind: str, *details: Any) -> None:
        """What the server refuses, it refuses: then nothing happened."""
        store, form = self.lab.fake.store, self.lab.form
        with suppress(RefusedError, KeyError, IndexError):
            match kind:
                case "post" | "late":
                    number, people, version = details
                    xml = document(f"uuid:{number}", version=version, people=people)
                    store.post(form, xml, commit=kind == "post")
                case "commit":
                    store.commit(form, form.uncommitted[0])
                case "edit":
                    number, people, version = details
                    self.lab.edit(f"uuid:{number}", version=version, people=people)
                case "delete":
                    store.delete(form, f"uuid:{details[0]}")
                case "restore":
                    store.restore(form, f"uuid:{details[0]}")
                case "purge":
                    store.purge(form)
                case "again":
                    self.change("delete", details[0])
                    self.change("purge")
                    self.change("post", *details)
                case "review":
                    store.review(form, f"uuid:{details[0]}", details[1])
                case "publish":
                    self.publish()

    def publish(self) -> None:
        if len(self.lab.form.versions) == 1:
            self.lab.fake.store.publish(self.lab.form, "v2", fields(V2))

    def pull(self, meanwhile: list[tuple[int, tuple[Any, ...]]], max_pages: int | None = None) -> None:
        asked = [0]

        def before(_one: Asked) -> None:
            for at, change in meanwhile:
                if at == asked[0]:
                    self.change(*change)
            asked[0] += 1

        self.lab.fake.before = before
        with suppress(PullError):
            self.lab.pull(max_pages)
        self.lab.fake.before = lambda _one: None

    def step(self, kind: str, *details: Any) -> None:
        match kind:
            case "pull":
                self.pull(details[0])
            case "crash":
                self.pull([], max_pages=details[0])
            case "fault":
                self.lab.fake.faults.extend([None] * details[0] + [details[1]])
                self.pull([])
                self.lab.fake.faults.clear()
            case _:
                self.change(kind, *details)

    def finish(self) -> None:
        """Everything under way arrives; the last pull, and the person who is asked about what disappeared."""
        while self.lab.form.uncommitted:
            self.change("commit")
        self.lab.register(V2)
        self.lab.pull()
        with transaction(self.lab.context.engine) as session:
            mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Path]]:
    folder = tmp_path_factory.mktemp("histories")
    engine = open_engine(f"sqlite:///{folder / 'base.sqlite'}")
    upgrade(engine)
    with central_lab(engine, folder / "home") as lab:
        engine.dispose()
        yield lab, folder


@contextmanager
def fresh(base: tuple[Lab, Path]) -> Iterator[Lab]:
    lab, folder = base
    copy = folder / "copy.sqlite"
    for old in folder.glob("copy.sqlite*"):
        old.unlink()
    shutil.copyfile(folder / "base.sqlite", copy)
    engine = open_engine(f"sqlite:///{copy}")
    event.listen(engine, "connect", _no_sync)
    lab.fake.store = CentralStore()
    lab.fake.expire_logins()
    lab.fake.faults.clear()
    lab.fake.asked.clear()
    form = lab.fake.store.add_form(1, "small", "v1", fields(V1))
    try:
        yield Lab(Context(lab.context.settings, engine), lab.fake, form, part_size=lab.part_size)
    finally:
        engine.dispose()


def _no_sync(connection: Any, _record: Any) -> None:
    # The histories pull the plug of the puller, not of the machine.
    connection.execute("PRAGMA synchronous=OFF")


@given(steps=st.lists(STEP, max_size=14), part_size=st.sampled_from([2, 20_000]), older=st.booleans())
@settings(max_examples=_EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_equal(
    base: tuple[Lab, Path], steps: list[tuple[Any, ...]], part_size: int, older: bool
) -> None:
    with fresh(base) as lab:
        lab.part_size = part_size
        lab.fake.etags = lab.fake.filters_ids = not older
        history = History(lab)
        for step in steps:
            history.step(*step)

        history.finish()

        assert lab.stored() == lab.expected()
        live = {lab.key(one.root) for one in lab.form.live()}
        assert {key for key, outcome in lab.outcomes().items() if outcome == "stored"} == live
        assert lab.verdict().standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
