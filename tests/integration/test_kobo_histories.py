"""Whatever phones, reviewers, networks and workers do, in whatever order: nothing ends lost, doubled or stale."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from fakes.fake_central import Asked, Fault
from fakes.kobo_store import KoboStore
from histories import EXAMPLES, HASTY, PATIENT, Shelf, in_pieces, sightings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kobo_clock import let_pass
from kobo_lab import ASSET, KOBO_NAMES, PULLER, V2, Lab, kobo_lab
from small_store import put_form

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.migrate import upgrade
from backend.store.verdicts import Standing, Why
from workers.context import Context
from workers.servers.source import PullError

# 1 posts (answered, refused, of an impossible shape), 2 late commits, 3 edits, 4 deletions, 5 reviews, 6 a new version
# with a renamed question, on the server and here, 7 pullers that crash, at a page or in a commit, 8 faults of the
# network, 9 time that passes, 10 somebody who decides about what disappeared; changes also amid a pull.
_PLACES = st.integers(0, 5)
_ANSWERS = st.builds(
    lambda people, given, rep: {"people": people, "con/given": given, "rep": rep},
    st.integers(0, 99).map(str),
    st.sampled_from(["yes", "yes", "yes", "no"]),
    st.sampled_from([None, None, None, "not a list"]),
)
_VERSION = st.sampled_from(["v1", "v2"])
CHANGE = st.one_of(
    st.tuples(st.just("post"), _ANSWERS, _VERSION),
    st.tuples(st.just("post"), _ANSWERS, _VERSION),
    st.tuples(st.just("late"), _ANSWERS, _VERSION),
    st.tuples(st.just("commit")),
    st.tuples(st.just("edit"), _PLACES, _ANSWERS, _VERSION),
    st.tuples(st.just("edit"), _PLACES, _ANSWERS, _VERSION),
    st.tuples(st.just("delete"), _PLACES),
    st.tuples(st.just("review"), _PLACES, st.sampled_from(["approved", "not_approved", "on_hold", ""])),
    st.tuples(st.just("publish")),
)
_MEANWHILE = st.lists(st.tuples(st.integers(0, 8), CHANGE), max_size=3)
STEP = st.one_of(
    CHANGE,
    CHANGE,
    CHANGE,
    st.tuples(st.just("pull")),
    st.tuples(st.just("pull")),
    st.tuples(st.just("disturbed"), _MEANWHILE),
    st.tuples(st.just("faulty"), _MEANWHILE, st.lists(st.none() | st.sampled_from(list(Fault)), max_size=9)),
    st.tuples(st.just("stopped"), _MEANWHILE, st.integers(0, 3)),
    st.tuples(st.just("crash"), _MEANWHILE, st.integers(0, 8)),
    st.tuples(st.just("time"), st.sampled_from([timedelta(minutes=20), timedelta(minutes=90), timedelta(hours=25)])),
    st.tuples(st.just("register")),
    st.tuples(st.just("decide")),
)


class History:
    """Carries out steps on a fresh copy of the lab."""

    def __init__(self, lab: Lab, shelf: Shelf) -> None:
        self.lab, self._shelf = lab, shelf
        self._names = iter(range(1_000))

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
                let_pass(self.lab, details[0])
            case "register":
                self.register()
            case "decide":
                self.decide()
            case _:
                self.change(kind, *details)

    # ---- what happens on the server ----

    def change(self, kind: str, *details: Any) -> None:
        """A change of a row that is not there is no change."""
        store, form = self.lab.fake.store, self.lab.form
        match kind:
            case "post" | "late":
                answers, version = details
                self.lab.send(f"r{next(self._names)}", version, commit=kind == "post", **_sent(answers))
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
                answers, version = details
                self.lab.edit(number, version, **_sent(answers))
            case "delete":
                store.delete(form, number)
            case "review":
                store.review(form, number, details[0])

    # ---- pulls ----

    def _pull(self, meanwhile: list[tuple[int, tuple[Any, ...]]], max_pages: int | None = None) -> None:
        asked = [0]

        def before(_one: Asked) -> None:
            for at, change in meanwhile:
                if at == asked[0]:
                    self.change(*change)
            asked[0] += 1

        held = set(self.lab.stored()) & set(self.lab.expected())
        self.lab.fake.before = before
        try:
            with suppress(PullError):
                self.lab.pull(max_pages)
        finally:
            self.lab.fake.before = lambda _one: None
        # What was here and on the server all the time is here still.
        assert held & set(self.lab.expected()) <= set(self.lab.stored())

    def _pull_with_faults(self, meanwhile: list[tuple[int, tuple[Any, ...]]], faults: list[Fault | None]) -> None:
        self.lab.fake.faults.extend(faults)
        usual, self.lab.limits = self.lab.limits, HASTY
        self._pull(meanwhile)
        self.lab.limits = usual
        self.lab.fake.faults.clear()

    def _pull_in_peace(self) -> None:
        """Then what the verdict says is true now. `count equal` says less: an edit may not be known yet."""
        usual, self.lab.limits = self.lab.limits, PATIENT
        self.lab.pull()
        self.lab.limits = usual
        verdict, expected, stored = self.lab.verdict(), self.lab.expected(), self.lab.stored()
        if verdict.reason is Why.MANY_GONE:
            assert set(expected) <= set(stored) or not self._sees_changes
        else:
            assert verdict.standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
            assert verdict.on_server == len(self.lab.form.rows)
        if verdict.standing is Standing.EQUAL:
            assert stored == expected

    @property
    def _sees_changes(self) -> bool:
        return any("manage_asset" in rights for rights in self.lab.form.rights.values())

    # ---- people here ----

    def register(self) -> None:
        if len(self.lab.reading().readers) == 1:
            self.change("publish")
            put_form(self.lab.context.engine, V2)
            self.lab.move_to_server()

    def decide(self) -> None:
        with transaction(self.lab.context.engine) as session:
            mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))

    def finish(self, *, a_day_later: bool) -> None:
        """Everything under way arrives; a pull, and the person who is asked about what disappeared."""
        while self.lab.form.uncommitted:
            self.change("commit")
        self.register()
        if a_day_later:
            let_pass(self.lab, timedelta(hours=25))
        self._pull_in_peace()
        self.decide()


def _sent(answers: dict[str, Any]) -> dict[str, Any]:
    """What is None in them stays as it is in a full interview."""
    return {path: value for path, value in answers.items() if value is not None}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Lab]]:
    folder = tmp_path_factory.mktemp("histories")
    shelf = Shelf(folder)
    upgrade(shelf.engine)
    with kobo_lab(shelf.engine, folder / "home", page_size=3) as lab:
        lab.reading()
        shelf.keep()
        yield shelf, lab
        shelf.engine.dispose()


@contextmanager
def fresh(shelf: Shelf, lab: Lab) -> Iterator[Lab]:
    shelf.put_back()
    lab.fake.store = KoboStore()
    lab.fake.faults.clear()
    lab.fake.asked.clear()
    form = lab.fake.store.add_form(ASSET, *PULLER)
    lab.fake.store.publish(form, KOBO_NAMES["v1"], "v1")
    yield Lab(Context(lab.context.settings, shelf.engine), lab.fake, form, opened=lab.opened)


@in_pieces
@given(
    steps=st.lists(STEP, min_size=3, max_size=14),
    afterwards=st.lists(CHANGE, max_size=4),
    most=st.sampled_from([2, 1_000]),
    gap=st.sampled_from([1, 70]),
    may_manage=st.booleans(),
    packs=st.booleans(),
)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_of_a_kobo_form_ends_equal(
    shelf: tuple[Shelf, Lab],
    piece: int,
    steps: list[tuple[Any, ...]],
    afterwards: list[tuple[Any, ...]],
    most: int,
    gap: int,
    may_manage: bool,
    packs: bool,
) -> None:
    """With the history an ordinary pull is enough; without it the daily comparison is needed for edits."""
    with fresh(*shelf) as lab:
        lab.fake.most, lab.fake.store.gap, lab.fake.packs = most, gap, packs
        if not may_manage:
            lab.form.rights["im_officer"].discard("manage_asset")
        history = History(lab, shelf[0])
        for step in steps:
            history.step(*step)

        history.finish(a_day_later=not may_manage)
        for change in afterwards:
            history.change(*change)
        history.finish(a_day_later=not may_manage)

        assert lab.stored() == lab.expected()
        outcomes = lab.outcomes()
        live = {lab.key(row["meta/rootUuid"].removeprefix("uuid:")) for row in lab.form.live()}
        assert {key for key, outcome in outcomes.items() if outcome == "stored"} == set(lab.expected())
        assert {key for key, outcome in outcomes.items() if outcome != "deleted"} == live
        assert lab.reviews() == lab.expected_reviews()
        assert len(set(sightings(shelf[0].engine))) == 1
        assert lab.verdict().standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
