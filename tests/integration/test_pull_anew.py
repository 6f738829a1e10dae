"""`pull --full`: everything is read again as if nothing were known; what was stored otherwise is told and mended."""

from collections.abc import Iterator
from pathlib import Path

import central_lab
import kobo_lab
import pytest
from sqlalchemy import Engine, delete, func, select, update

from backend.store.engine import reading, transaction
from backend.store.tables import counter, ledger, mirror, submission
from backend.store.verdicts import Standing
from mappings.model import Outcome
from workers.pull import PullReport, pull_form

Lab = central_lab.Lab | kobo_lab.Lab


@pytest.fixture(params=["central", "kobo"])
def lab(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    opened = central_lab.central_lab if request.param == "central" else kobo_lab.kobo_lab
    with opened(engine, tmp_path / "home") as found:
        for number in range(5):
            send(found, number)
        found.pull()
        yield found


def send(lab: Lab, number: int) -> None:
    if isinstance(lab, central_lab.Lab):
        lab.send(number, people=str(number + 10))
    else:
        lab.send(f"r{number}", people=str(number + 10))


def anew(lab: Lab) -> PullReport:
    found = pull_form(lab.context, "small", anew=True)
    assert found is not None
    return found


def figures(report: PullReport) -> tuple[int, int, int]:
    return report.read, report.new, report.changed


def received(lab: Lab) -> int | None:
    with reading(lab.context.engine) as session:
        found: int | None = session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == "received"))
    return found


def some_key(lab: Lab) -> str:
    return sorted(lab.stored())[0]


def test_where_nothing_is_otherwise_everything_is_read_and_nothing_written(lab: Lab) -> None:
    before = lab.stored()

    report = anew(lab)

    assert figures(report) == (5, 0, 0)
    assert lab.stored() == before == lab.expected()
    assert lab.verdict().standing is Standing.EQUAL
    assert received(lab) == 5


def test_a_row_that_somebody_changed_in_the_database_is_found_and_mended(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        session.execute(update(submission).where(submission.c.submission_key == some_key(lab)).values(minutes=1))

    usual, report = lab.pull(), anew(lab)

    assert usual.changed == 0, "the usual pull believes its mirror"
    assert figures(report) == (5, 0, 1)
    assert lab.stored() == lab.expected()


def test_a_row_that_was_lost_here_is_found_and_mended(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        session.execute(delete(submission).where(submission.c.submission_key == some_key(lab)))

    report = anew(lab)

    assert figures(report) == (5, 0, 1)
    assert lab.stored() == lab.expected()
    assert received(lab) == 5


def test_what_nothing_here_knows_of_is_read(lab: Lab) -> None:
    key = some_key(lab)
    with transaction(lab.context.engine) as session:
        for table in (submission, ledger):
            session.execute(delete(table).where(table.c.submission_key == key))

    usual, report = lab.pull(), anew(lab)

    assert usual.new == 0, "the mirror still says that it was read"
    assert figures(report) == (5, 1, 0)
    assert lab.stored() == lab.expected()


def test_a_withdrawal_outlives_it(lab: Lab) -> None:
    key = some_key(lab)
    with transaction(lab.context.engine) as session:
        session.execute(delete(submission).where(submission.c.submission_key == key))
        session.execute(update(ledger).where(ledger.c.submission_key == key).values(outcome=Outcome.WITHDRAWN.value))

    report = anew(lab)

    assert figures(report) == (5, 0, 0)
    assert lab.outcomes()[key] == Outcome.WITHDRAWN
    assert key not in lab.stored()


def test_a_row_of_the_mirror_that_the_server_does_not_have_goes(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        values = {"form_id": "small", "version_key": "e" * 32, "review": "", "read_with": "x"}
        session.execute(mirror.insert().values(submission_key="d" * 32, **values))

    anew(lab)

    assert lab.verdict().standing is Standing.EQUAL


def test_the_usual_pull_goes_on_from_there(lab: Lab) -> None:
    anew(lab)
    send(lab, 9)

    report = lab.pull()

    assert figures(report) == (1, 1, 0)
    assert lab.stored() == lab.expected()
