"""Whatever phones, reviewers, networks and workers do, in whatever order: nothing ends lost, doubled or stale."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fakes.kobo_store import KoboStore
from histories import A_DAY, EXAMPLES, History, Shelf, Step, in_pieces, steps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kobo_clock import let_pass
from kobo_lab import ASSET, KOBO_NAMES, PULLER, V2, Lab, kobo_lab

from backend.store.migrate import upgrade
from backend.store.verdicts import Standing, Why
from workers.context import Context

# 1 posts (answered, refused, of an impossible shape), 2 late commits, 3 edits, 4 deletions, 5 reviews, 6 a new version
# with a renamed question.
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
STEP = steps(CHANGE, timedelta(minutes=20), timedelta(minutes=90), A_DAY)


class KoboHistory(History):
    lab: Lab

    def __init__(self, lab: Lab, shelf: Shelf) -> None:
        super().__init__(lab, shelf)
        self._names = iter(range(1_000))

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

    def let_pass(self, by: timedelta) -> None:
        let_pass(self.lab, by)

    def register(self) -> None:
        if len(self.lab.reading().readers) == 1:
            self.change("publish")
            self.lab.register(V2)

    def check_in_peace(self) -> None:
        """`count equal` says less: an edit may not be known yet."""
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
    story=st.lists(STEP, min_size=3, max_size=14),
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
    story: list[Step],
    afterwards: list[Step],
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
        history = KoboHistory(lab, shelf[0])
        for step in story:
            history.step(*step)

        history.finish(a_day_later=not may_manage)
        for change in afterwards:
            history.change(*change)
        history.finish(a_day_later=not may_manage)

        history.check_end()
