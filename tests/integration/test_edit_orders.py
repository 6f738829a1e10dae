"""Versions of interviews read in any order, with page ends, repeats and crashes anywhere: the store ends the same.

Rows, ledger, rejects, counters and receipts of the day must equal those of the order of sending, read one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from histories import Shelf
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from small_form import MAPPING
from small_letters import context, post, xml
from small_store import put_form
from sqlalchemy import Engine, Table, select

from backend.store.engine import reading
from backend.store.migrate import upgrade
from backend.store.status import totals
from backend.store.tables import counter, coverage, daily, early_count, ledger, reject, submission
from mappings.model import Outcome
from mappings.privacy.pseudonym import submission_key
from workers.context import Context
from workers.pseudonym_keys import read_keys
from workers.pull import pull_form

_LATER = "v2"
_KINDS: dict[str, dict[str, Any]] = {
    "full": {},
    "elsewhere": {"who/adm1": "XA02", "who/adm2": "XA0201", "ctx/adm3": "XA020101"},
    "refused": {"con/given": "no", "clo/talk": "yes"},
    "distressed": {"clo/distress": "yes"},
    "nowhere": {"who/adm1": "ZZ"},
    "later": {"version": _LATER, "con/given": "no"},
}
_COMPARED = (submission, ledger, reject, counter, daily, coverage)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an interview; `edits` is the number of the one before."""

    number: int
    edits: int | None
    kind: str

    def document(self) -> tuple[str, str, bytes]:
        name = f"uuid:{self.number}"
        before = "" if self.edits is None else f"uuid:{self.edits}"
        answers = {"rec/people": str(self.number)} | _KINDS[self.kind]
        return name, before, xml(name, before, **answers)


@dataclass(frozen=True, slots=True)
class History:
    """What was sent, in order, and another order to read it in: numbers of versions; None ends a pull."""

    sent: tuple[Version, ...]
    order: tuple[int | None, ...]
    crash_after: int


@st.composite
def _histories(draw: st.DrawFn) -> History:
    sent = []
    for number in range(draw(st.integers(1, 6))):
        edits = draw(st.none() | st.integers(0, number - 1)) if number else None
        sent.append(Version(number, edits, draw(st.sampled_from(sorted(_KINDS)))))
    # What is edited may never come.
    came = [one for one in sent if draw(st.integers(0, 7)) != 0]
    again = draw(st.lists(st.sampled_from(came), max_size=2)) if came else []
    order = draw(st.permutations([one.number for one in [*came, *again]]))
    ends = draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    woven = [step for number, end in zip(order, ends, strict=True) for step in ([number, None] if end else [number])]
    return History(tuple(came), tuple(woven), draw(st.integers(0, 6)))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Context]]:
    folder = tmp_path_factory.mktemp("orders")
    shelf = Shelf(folder)
    upgrade(shelf.engine)
    field = context(shelf.engine, folder, page_size=2)
    shelf.keep()
    yield shelf, field
    shelf.engine.dispose()


@given(history=_histories())
@settings(max_examples=settings().max_examples // 2)
def test_in_any_order_the_store_ends_as_in_the_order_of_sending(shelf: tuple[Shelf, Context], history: History) -> None:
    boards, field = shelf
    boards.put_back()
    _tell(field, history.sent, [step for one in history.sent for step in (one.number, None)])
    expected = _content(field.engine)
    boards.put_back()

    with boards.crashing(history.crash_after):
        _tell(field, history.sent, history.order)
    _tell(field, history.sent, history.order)

    assert _content(field.engine) == expected
    _check_sums(field, history)


def _tell(field: Context, sent: Sequence[Version], steps: Sequence[int | None]) -> None:
    """Posts and pulls; at the end a version that was unknown so far is deployed."""
    versions = {one.number: one for one in sent}
    for step in steps:
        if step is None:
            pull_form(field, "small")
        else:
            post(field, [versions[step].document()])
    pull_form(field, "small")
    put_form(field.engine, replace(MAPPING, form_version=_LATER))
    pull_form(field, "small")


def _content(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in _COMPARED}


def _check_sums(field: Context, history: History) -> None:
    """Figures that need no other history to compare with."""
    roots = {_root(history.sent, one) for one in history.sent}
    with reading(field.engine) as session:
        found = totals(session, "small")
        received = session.scalars(select(counter.c.n).where(counter.c.kind == "received")).all()
        days = session.scalars(select(daily.c.n)).all()
        early = len(session.scalars(select(early_count.c.submission_key)).all())
    assert (found.posted, found.pulled, sum(received), sum(days)) == (len(roots),) * 4
    assert found.agree
    assert early == len(roots - {one.number for one in history.sent})


def _root(sent: Sequence[Version], one: Version) -> int:
    versions = {other.number: other for other in sent}
    number = one.number
    while number in versions and (before := versions[number].edits) is not None:
        number = before
    return number


# ---- on both databases -----------------------------------------------------------------------------------------------


@pytest.fixture
def field(engine: Engine, tmp_path: Path) -> Context:
    return context(engine, tmp_path / "home")


def _rows(field: Context, table: Table) -> list[tuple[Any, ...]]:
    with reading(field.engine) as session:
        return [tuple(row) for row in session.execute(select(table))]


def _kinds(field: Context) -> dict[str, int]:
    with reading(field.engine) as session:
        return {
            f"{kind} {adm1}".strip(): n
            for kind, adm1, n in session.execute(select(counter.c.kind, counter.c.adm1_pcode, counter.c.n))
        }


def test_an_edit_of_an_edit_that_comes_before_it_is_counted_once(field: Context) -> None:
    chain = [Version(0, None, "full"), Version(1, 0, "elsewhere"), Version(2, 1, "refused")]
    for number in (0, 2, 1):
        post(field, [chain[number].document()])
        pull_form(field, "small")

    assert _kinds(field) == {"received XA01": 1, "disclosure_action:none XA01": 1}
    assert [row[3] for row in _rows(field, ledger)] == [Outcome.REFUSED]
    assert [row[-1] for row in _rows(field, daily)] == [1]
    assert _rows(field, early_count) == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_interview_counts_where_it_was_sent_first_from(sqlite_engine: Engine, tmp_path: Path, order: Any) -> None:
    field = context(sqlite_engine, tmp_path / "home")
    chain = [Version(0, None, "refused"), Version(1, 0, "elsewhere"), Version(2, 1, "distressed")]
    for number in order:
        post(field, [chain[number].document()])
        pull_form(field, "small")

    assert _kinds(field) == {"received XA01": 1, "refused XA01": 1}


@pytest.mark.parametrize("ends", [(), (1, 2, 3)], ids=["in one pull", "one by one"])
def test_of_two_edits_of_one_version_the_same_one_counts_in_any_order(
    shelf: tuple[Shelf, Context], ends: tuple[int, ...]
) -> None:
    boards, field = shelf
    sent = (Version(0, None, "full"), Version(1, 0, "full"), Version(2, 0, "full"))
    found = set()
    for order in permutations(range(3)):
        boards.put_back()
        for place, number in enumerate(order, start=1):
            post(field, [sent[number].document()])
            if place in ends:
                pull_form(field, "small")
        pull_form(field, "small")
        found.add(_people(field))

    assert found == {_drawn(field)}


def _people(field: Context) -> tuple[float, ...]:
    with reading(field.engine) as session:
        return tuple(number for numbers in session.scalars(select(submission.c.nv)) for number in numbers[:1])


def _drawn(field: Context) -> tuple[float, ...]:
    """The one with the higher key."""
    keys = read_keys(field.settings, survey_id=MAPPING.survey_id, country="XAA")
    return (float(max((1, 2), key=lambda number: submission_key(keys, "small", f"uuid:{number}"))),)


def test_what_is_kept_of_an_early_count_cannot_be_read_without_the_key_of_the_round(field: Context) -> None:
    post(field, [Version(1, 0, "elsewhere").document()])
    pull_form(field, "small")

    [(form_id, _, sealed)] = _rows(field, early_count)
    assert form_id == "small"
    assert b"XA02" not in sealed
    assert b"2026" not in sealed
