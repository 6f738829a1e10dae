"""Whatever phones, reviewers, networks and workers do, in whatever order: nothing ends lost, doubled or stale."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from central_lab import V1, V2, Lab, central_lab, document, fields
from fakes.central_store import CentralStore, RefusedError
from fakes.fake_central import Asked, Fault
from histories import EXAMPLES, HASTY, PATIENT, Shelf, in_pieces, sightings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.migrate import upgrade
from backend.store.verdicts import Standing, Why
from workers.context import Context
from workers.servers.source import PullError

# 1 posts (answered, refused, cut off), 2 late commits, 3 edits, 4 deletions, 5 restores, 6 purges with the same id sent
# again, 7 reviews, 8 a new version with a renamed question, on the server and here, 9 pullers that crash, at a page or
# in a commit, 10 faults of the network, 11 a day that passes, 12 somebody who decides about what disappeared; changes
# also amid a pull.
_NAMES = st.integers(0, 5)
_PEOPLE = st.integers(0, 99).map(str)
_ANSWERS = st.builds(
    lambda people, given: {"people": people, "con/given": given}, _PEOPLE, st.sampled_from(["yes", "yes", "no"])
)
_VERSION = st.sampled_from(["v1", "v2"])
CHANGE = st.one_of(
    st.tuples(st.just("post"), _NAMES, _ANSWERS, _VERSION),
    st.tuples(st.just("post"), _NAMES, _ANSWERS, _VERSION),
    st.tuples(st.just("half"), _NAMES),
    st.tuples(st.just("late"), _NAMES, _ANSWERS, _VERSION),
    st.tuples(st.just("commit")),
    st.tuples(st.just("edit"), _NAMES, _ANSWERS, _VERSION),
    st.tuples(st.just("edit"), _NAMES, _ANSWERS, _VERSION),
    st.tuples(st.just("delete"), _NAMES),
    st.tuples(st.just("restore"), _NAMES),
    st.tuples(st.just("purge")),
    st.tuples(st.just("again"), _NAMES, _ANSWERS, _VERSION),
    st.tuples(st.just("review"), _NAMES, st.sampled_from(["approved", "rejected", "hasIssues", None])),
    st.tuples(st.just("publish")),
)
# After one of these a row may have been away in the middle of a pull.
_COME_AND_GO = {"restore", "again"}
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
    st.tuples(st.just("a day")),
    st.tuples(st.just("register")),
    st.tuples(st.just("decide")),
)
_A_DAY = timedelta(hours=25)
# What a Central of these releases can do: tags, filters by id, filters by deletion.
_RELEASES = {"2026.1": 3, "2025.3": 2, "2024.3": 1, "2023.2": 0}


class History:
    """Carries out steps on a fresh copy of the lab."""

    def __init__(self, lab: Lab, shelf: Shelf) -> None:
        self.lab, self._shelf = lab, shelf

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
            case "a day":
                self.lab.let_pass(_A_DAY)
            case "register":
                self.register()
            case "decide":
                self.decide()
            case _:
                self.change(kind, *details)

    # ---- what happens on the server ----

    def change(self, kind: str, *details: Any) -> None:
        """What the server refuses, it refuses: then nothing happened."""
        with suppress(RefusedError, KeyError, IndexError):
            match kind:
                case "post" | "late":
                    number, answers, version = details
                    xml = document(f"uuid:{number}", version=version, **answers)
                    self.lab.fake.store.post(self.lab.form, xml, commit=kind == "post")
                case "half":
                    # Cut off in the middle, without an id of its own: Central takes it.
                    self.lab.fake.store.post(self.lab.form, document(f"uuid:{details[0]}")[:900])
                case "edit":
                    number, answers, version = details
                    self.lab.edit(f"uuid:{number}", version=version, **answers)
                case "again":
                    self.change("delete", details[0])
                    self.change("purge")
                    self.change("post", *details)
                case _:
                    self._administer(kind, *details)

    def _administer(self, kind: str, *details: Any) -> None:
        store, form = self.lab.fake.store, self.lab.form
        match kind:
            case "commit":
                store.commit(form, form.uncommitted[0])
            case "delete":
                store.delete(form, f"uuid:{details[0]}")
            case "restore":
                store.restore(form, f"uuid:{details[0]}")
            case "purge":
                store.purge(form)
            case "review":
                store.review(form, f"uuid:{details[0]}", details[1])
            case "publish":
                if len(form.versions) == 1:
                    store.publish(form, "v2", fields(V2))

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
        if not {change[0] for _, change in meanwhile} & _COME_AND_GO:
            # What was here and on the server all the time is here still.
            assert held & set(self.lab.expected()) <= set(self.lab.stored())

    def _pull_with_faults(self, meanwhile: list[tuple[int, tuple[Any, ...]]], faults: list[Fault | None]) -> None:
        self.lab.fake.faults.extend(faults)
        usual, self.lab.limits = self.lab.limits, HASTY
        self._pull(meanwhile)
        self.lab.limits = usual
        self.lab.fake.faults.clear()

    def _pull_in_peace(self) -> None:
        """Then what the verdict says is true now. Between two lists it says less, and never `equal`."""
        self.lab.fake.asked.clear()
        usual, self.lab.limits = self.lab.limits, PATIENT
        self.lab.pull()
        self.lab.limits = usual
        verdict, expected, stored = self.lab.verdict(), self.lab.expected(), self.lab.stored()
        compared = self.lab.fake.etags or any(one.path.endswith("/submissions") for one in self.lab.fake.asked)
        if verdict.reason is Why.MANY_GONE:
            assert not compared or {key: stored.get(key) for key in expected} == expected
        else:
            assert verdict.standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
            assert verdict.on_server == len(self.lab.form.live())
            assert not compared or stored == expected
        assert compared or verdict.standing is not Standing.EQUAL

    # ---- people here ----

    def register(self) -> None:
        if len(self.lab.reading().readers) == 1:
            self.lab.register(V2)

    def decide(self) -> None:
        with transaction(self.lab.context.engine) as session:
            mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))

    def finish(self) -> None:
        """Everything under way arrives; a pull, and the person who is asked about what disappeared."""
        while self.lab.form.uncommitted:
            self.change("commit")
        self.register()
        self.lab.let_pass(_A_DAY)
        self._pull_in_peace()
        self.decide()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Lab]]:
    folder = tmp_path_factory.mktemp("histories")
    shelf = Shelf(folder)
    upgrade(shelf.engine)
    with central_lab(shelf.engine, folder / "home") as lab:
        lab.reading()
        shelf.keep()
        yield shelf, lab
        shelf.engine.dispose()


@contextmanager
def fresh(shelf: Shelf, lab: Lab) -> Iterator[Lab]:
    shelf.put_back()
    lab.fake.store = CentralStore()
    lab.fake.expire_logins()
    lab.fake.faults.clear()
    lab.fake.asked.clear()
    form = lab.fake.store.add_form(1, "small", "v1", fields(V1))
    yield Lab(Context(lab.context.settings, shelf.engine), lab.fake, form, opened=lab.opened)


@in_pieces
@given(
    steps=st.lists(STEP, min_size=3, max_size=14),
    afterwards=st.lists(CHANGE, max_size=4),
    part_size=st.sampled_from([2, 20_000]),
    release=st.sampled_from(list(_RELEASES)),
    pace=st.sampled_from([timedelta(microseconds=400), timedelta(minutes=7)]),
    packs=st.booleans(),
)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_equal(
    shelf: tuple[Shelf, Lab],
    piece: int,
    steps: list[tuple[Any, ...]],
    afterwards: list[tuple[Any, ...]],
    part_size: int,
    release: str,
    pace: timedelta,
    packs: bool,
) -> None:
    """Before 2026.1 the list of once a day is needed for what neither questions nor numbers tell."""
    with fresh(*shelf) as lab:
        lab.part_size = part_size
        lab.fake.store.pace, lab.fake.packs = pace, packs
        able = _RELEASES[release]
        lab.fake.etags, lab.fake.filters_ids, lab.fake.filters_deleted = able > 2, able > 1, able > 0
        history = History(lab, shelf[0])
        for step in steps:
            history.step(*step)

        history.finish()
        for change in afterwards:
            history.change(*change)
        history.finish()

        assert lab.stored() == lab.expected()
        outcomes, live = lab.outcomes(), {lab.key(one.root) for one in lab.form.live()}
        assert {key for key, outcome in outcomes.items() if outcome == "stored"} == set(lab.expected())
        assert {key for key, outcome in outcomes.items() if outcome != "deleted"} == live
        assert lab.reviews() == lab.expected_reviews()
        assert len(set(sightings(shelf[0].engine))) == 1
        assert lab.verdict().standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
