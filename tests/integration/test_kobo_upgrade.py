"""A KoBoToolbox that is brought up to date begins to name roots: what was read before keeps its name here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kobo_clock import let_a_day_pass
from kobo_lab import Lab, kobo_lab
from sqlalchemy import Engine, func, select

from backend.store.engine import reading
from backend.store.tables import counter, ledger
from backend.store.verdicts import Standing
from mappings.privacy.pseudonym import submission_key


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with kobo_lab(engine, tmp_path / "home", page_size=4) as found:
        found.fake.store.names_roots = False
        yield found


def people(lab: Lab) -> list[float]:
    return sorted(row[-2][0] for row in lab.stored().values())


def received(lab: Lab) -> int:
    with reading(lab.context.engine) as session:
        return session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == "received")) or 0


def test_submissions_keep_their_names_when_the_server_begins_to_name_roots(lab: Lab) -> None:
    old = [lab.send(f"r{number}", people=str(number + 1)) for number in range(6)]
    lab.pull()
    keys = set(lab.stored())
    by_number = {submission_key(lab.reading().keys, "small", f"_id:{number}") for number in old}

    lab.fake.store.names_roots = True
    lab.edit(old[0], people="50")
    lab.send("new", people="70")
    lab.pull()
    let_a_day_pass(lab)
    lab.pull()

    assert keys == by_number < set(lab.stored())
    assert people(lab) == [2.0, 3.0, 4.0, 5.0, 6.0, 50.0, 70.0]
    assert (received(lab), lab.verdict().standing) == (7, Standing.EQUAL)


def test_a_deletion_after_the_upgrade_is_not_hidden_by_a_row_that_came_late(lab: Lab) -> None:
    """The history names a root that is not known here, and the number of rows is what it was."""
    late = lab.send("late", commit=False)
    numbers = [lab.send(f"r{number}") for number in range(3)]
    lab.pull()
    lab.fake.store.names_roots = True
    lab.fake.store.delete(lab.form, numbers[1])
    lab.fake.store.commit(lab.form, late)

    lab.pull()

    assert len(lab.stored()) == 3
    assert lab.verdict().standing is Standing.EQUAL
    with reading(lab.context.engine) as session:
        outcomes = sorted(session.scalars(select(ledger.c.outcome)))
    assert outcomes == ["deleted", "stored", "stored", "stored"]


def test_what_is_deleted_after_the_upgrade_goes_here_too(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}") for number in range(3)]
    lab.pull()
    lab.fake.store.names_roots = True

    lab.fake.store.delete(lab.form, numbers[1])
    lab.pull()

    with reading(lab.context.engine) as session:
        outcomes = sorted(session.scalars(select(ledger.c.outcome)))
    assert outcomes == ["deleted", "stored", "stored"]
    assert lab.verdict().standing is Standing.EQUAL
