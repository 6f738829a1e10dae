"""Whatever phones, reviewers, networks and workers do, in whatever order: nothing ends lost, doubled or stale."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from central_lab import V1, V2, Lab, central_lab, document, fields, has_listed
from fakes.central_store import CentralStore, RefusedError
from histories import A_DAY, EXAMPLES, History, Shelf, Step, in_pieces, steps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.store.migrate import upgrade
from backend.store.verdicts import Standing, Why
from workers.context import Context

# 1 posts (answered, refused, cut off), 2 late commits, 3 edits, 4 deletions, 5 restores, 6 purges with the same id sent
# again, 7 reviews, 8 a new version with a renamed question.
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
STEP = steps(CHANGE, A_DAY)
# What a Central of these releases can do: tags of its own, filters by id, filters by deletion.
_RELEASES = {"2026.1": 3, "2025.3": 2, "2024.3": 1, "2023.2": 0}


class CentralHistory(History):
    lab: Lab
    come_and_go = frozenset({"again"})

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

    def let_pass(self, by: timedelta) -> None:
        self.lab.let_pass(by)

    def register(self) -> None:
        if len(self.lab.reading().readers) == 1:
            self.lab.register(V2)

    def check_in_peace(self) -> None:
        """Between two lists the verdict says less, and `equal` only where tags prove that the list is the same."""
        verdict, expected, stored = self.lab.verdict(), self.lab.expected(), self.lab.stored()
        compared = has_listed(self.lab)
        if self.lab.fake.etags:
            compared |= self.lab.long_list > 0 or verdict.standing is Standing.EQUAL
        if verdict.reason is Why.MANY_GONE:
            assert not compared or {key: stored.get(key) for key in expected} == expected
        else:
            assert verdict.standing in {Standing.EQUAL, Standing.COUNT_EQUAL}
            assert verdict.on_server == len(self.lab.form.live())
            assert not compared or stored == expected
        assert compared or verdict.standing is not Standing.EQUAL


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
    story=st.lists(STEP, min_size=3, max_size=14),
    afterwards=st.lists(CHANGE, max_size=4),
    part_size=st.sampled_from([2, 20_000]),
    release=st.sampled_from(list(_RELEASES)),
    pace=st.sampled_from([timedelta(microseconds=400), timedelta(minutes=7)]),
    packs=st.booleans(),
    tagged=st.booleans(),
    long_list=st.sampled_from([0, 2_000]),
)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_equal(
    shelf: tuple[Shelf, Lab],
    piece: int,
    story: list[Step],
    afterwards: list[Step],
    part_size: int,
    release: str,
    pace: timedelta,
    packs: bool,
    tagged: bool,
    long_list: int,
) -> None:
    """Of a long form, and without tags, the list of later is needed for what neither questions nor numbers tell."""
    with fresh(*shelf) as lab:
        lab.part_size, lab.long_list = part_size, long_list
        lab.fake.store.pace, lab.fake.packs = pace, packs
        able = _RELEASES[release]
        lab.fake.own_tags, lab.fake.filters_ids, lab.fake.filters_deleted = able > 2, able > 1, able > 0
        lab.fake.etags = tagged
        history = CentralHistory(lab, shelf[0])
        for step in story:
            history.step(*step)

        history.finish(a_day_later=True)
        for change in afterwards:
            history.change(*change)
        history.finish(a_day_later=True)

        history.check_end()
