"""Whatever phones, reviewers, networks and workers do, in whatever order: nothing ends lost, doubled or stale."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_central import Asked, Fault
from fakes.kobo_store import KoboStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kobo_clock import let_a_day_pass
from kobo_lab import ASSET, KOBO_NAMES, PULLER, V2, Lab, kobo_lab
from small_store import put_form
from sqlalchemy import event

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import open_engine, transaction
from backend.store.migrate import upgrade
from backend.store.verdicts import Standing
from workers.context import Context
from workers.servers.source import PullError

# 1 posts, 2 late commits, 3 edits, 4 deletions, 5 reviews, 6 a new version with a renamed question, 7 a puller that
# crashes, 8 a fault of the network; each change also in the middle of a pull.
_PLACES = st.integers(0, 5)
_PEOPLE = st.integers(0, 99).map(str)
_VERSION = st.sampled_from(["v1", "v2"])
CHANGE = st.one_of(
    st.tuples(st.just("post"), _PEOPLE, _VERSION),
    st.tuples(st.just("late"), _PEOPLE, _VERSION),
    st.tuples(st.just("commit")),
    st.tuples(st.just("edit"), _PLACES, _PEOPLE, _VERSION),
    st.tuples(st.just("delete"), _PLACES),
    st.tuples(st.just("review"), _PLACES, st.sampled_from(["approved", "not_approved", "on_hold", ""])),
    st.tuples(st.just("publish")),
)
STEP = st.one_of(
    CHANGE,
    CHANGE,
    st.tuples(st.just("pull"), st.lists(st.tuples(st.integers(0, 6), CHANGE), max_size=2)),
    st.tuples(st.just("crash"), st.integers(0, 3)),
    st.tuples(st.just("fault"), st.integers(0, 4), st.sampled_from(list(Fault))),
)
_EXAMPLES = 10_000 if settings.default and settings.default.max_examples >= 1_000 else 100


class History:
    """Carries out steps on a fresh copy of the lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._names = iter(range(1_000))

    def change(self, kind: str, *details: Any) -> None:
        """A change of a row that is not there is no change."""
        store, form = self.lab.fake.store, self.lab.form
        match kind:
            case "post" | "late":
                people, version = details
                self.lab.send(f"r{next(self._names)}", version, commit=kind == "post", people=people)
            case "commit":
                if form.uncommitted:
                    store.commit(form, min(form.uncommitted))
            case "publish":
                store.publish(form, KOBO_NAMES["v2"], "v2")
            case _ if len(form.rows) > details[0]:
                self._change_row(kind, sorted(form.rows)[details[0]], details[1:])

    def _change_row(self, kind: str, number: int, details: tuple[Any, ...]) -> None:
        store, form = self.lab.fake.store, self.lab.form
        match kind:
            case "edit":
                people, version = details
                self.lab.edit(number, version, people)
            case "delete":
                store.delete(form, number)
            case "review":
                store.review(form, number, details[0])

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

    def finish(self, *, a_day_later: bool) -> None:
        """Everything under way arrives; the last pull, and the person who is asked about what disappeared."""
        while self.lab.form.uncommitted:
            self.change("commit")
        self.change("publish")
        put_form(self.lab.context.engine, V2)
        self.lab.move_to_server()
        if a_day_later:
            let_a_day_pass(self.lab)
        self.lab.pull()
        with transaction(self.lab.context.engine) as session:
            mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Path]]:
    folder = tmp_path_factory.mktemp("histories")
    engine = open_engine(f"sqlite:///{folder / 'base.sqlite'}")
    upgrade(engine)
    with kobo_lab(engine, folder / "home", page_size=3) as lab:
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
    lab.fake.store = KoboStore()
    lab.fake.faults.clear()
    lab.fake.asked.clear()
    form = lab.fake.store.add_form(ASSET, *PULLER)
    lab.fake.store.publish(form, KOBO_NAMES["v1"], "v1")
    try:
        yield Lab(Context(lab.context.settings, engine), lab.fake, form)
    finally:
        engine.dispose()


def _no_sync(connection: Any, _record: Any) -> None:
    # The histories pull the plug of the puller, not of the machine.
    connection.execute("PRAGMA synchronous=OFF")


@given(steps=st.lists(STEP, max_size=14), most=st.sampled_from([2, 1_000]), may_manage=st.booleans())
@settings(max_examples=_EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_of_a_kobo_form_ends_equal(
    base: tuple[Lab, Path], steps: list[tuple[Any, ...]], most: int, may_manage: bool
) -> None:
    """With the history an ordinary pull is enough; without it the daily comparison is needed for edits."""
    with fresh(base) as lab:
        lab.fake.most = most
        if not may_manage:
            lab.form.rights["im_officer"].discard("manage_asset")
        history = History(lab)
        for step in steps:
            history.step(*step)

        history.finish(a_day_later=not may_manage)

        assert lab.stored() == lab.expected()
        live = {lab.key(row["meta/rootUuid"].removeprefix("uuid:")) for row in lab.form.live()}
        assert {key for key, outcome in lab.outcomes().items() if outcome == "stored"} == live
        assert sum(lab.reviews().values()) == len(live)
        assert lab.verdict().standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
