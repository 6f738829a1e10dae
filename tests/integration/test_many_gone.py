"""Many rows gone from a server at once: they wait for a person, and nothing but a person or their return ends that."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.mirror import Listed, Read
from backend.store.tables import mirror as mirror_table
from backend.store.tables import vanished

FORM, VERSION = "small", "f" * 32


def key(number: int) -> str:
    return f"{number:032x}"


def grow(session: Session, numbers: range) -> None:
    mirror.keep_read(session, FORM, [Read(key(number), VERSION, "", "m1") for number in numbers])


def walk(session: Session, numbers: set[int]) -> int:
    """The server lists exactly these; returns how many wait afterwards."""
    name = uuid4().hex
    mirror.begin_walk(session, FORM)
    mirror.unread_of_part(session, FORM, name, 0, [Listed(key(number), VERSION, "") for number in numbers], {"m1"})
    waiting = mirror.settle_gone(session, FORM, name, mirror.difference(session, FORM, name, {"m1"}))
    mirror.end_walk(session, FORM, name)
    return waiting


def held(session: Session) -> set[int]:
    return {int(found, 16) for found in session.scalars(select(mirror_table.c.submission_key))}


def waiting(session: Session) -> set[int]:
    return {int(found, 16) for found in session.scalars(select(vanished.c.submission_key))}


@pytest.fixture
def lost(engine: Engine) -> Engine:
    """Ten of thirty rows are gone from the server at once."""
    with transaction(engine) as session:
        grow(session, range(30))
        assert walk(session, set(range(10, 30))) == 10
    return engine


def test_what_waits_goes_on_waiting_when_the_form_grows_until_it_is_only_a_little_of_it(lost: Engine) -> None:
    with transaction(lost) as session:
        grow(session, range(30, 1200))

        still = walk(session, set(range(10, 1200)))

        assert still == 10
        assert waiting(session) == set(range(10))
        assert held(session) == set(range(1200))


def test_what_disappears_while_others_wait_waits_with_them(lost: Engine) -> None:
    with transaction(lost) as session:
        grow(session, range(30, 1200))

        assert walk(session, set(range(11, 1200))) == 11
        assert len(held(session)) == 1200


def test_what_comes_back_waits_no_longer_and_then_a_single_row_is_believed_again(lost: Engine) -> None:
    with transaction(lost) as session:
        assert walk(session, set(range(30))) == 0

        assert walk(session, set(range(1, 30))) == 0
        assert held(session) == set(range(1, 30))


def test_a_person_ends_the_wait_and_later_lists_are_believed_as_before(lost: Engine) -> None:
    with transaction(lost) as session:
        assert mirror.delete_vanished(session, FORM, Audit("officer", "gone.applied", FORM)) == 10

        assert walk(session, set(range(11, 30))) == 0
        assert held(session) == set(range(11, 30))


FIRST_ROWS = st.integers(0, 60)
STEP = st.tuples(
    st.sampled_from([0, 600]), st.sets(FIRST_ROWS, min_size=2, max_size=12), st.sets(FIRST_ROWS, max_size=6)
)


@given(st.lists(STEP, min_size=2, max_size=4))
@example([(0, {1, 2, 3}, set()), (600, {4, 5}, {1})])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_that_waits_is_ever_dropped_without_a_person(
    sqlite_engine: Engine, steps: list[tuple[int, set[int], set[int]]]
) -> None:
    """Each step: the form grows, some of the first rows vanish from the server's list, some are restored."""
    with transaction(sqlite_engine) as session:
        for table in (mirror_table, vanished):
            session.execute(delete(table))
        known, gone = 61, set[int]()
        grow(session, range(known))
        for more, lost_now, back in steps:
            grow(session, range(known, known + more))
            known += more
            gone = (gone | lost_now) - back
            before = waiting(session)

            walk(session, set(range(known)) - gone)

            assert before & gone <= waiting(session) <= held(session)
            assert waiting(session) <= gone
