"""A pull from ODK Central: afterwards the store equals the server, whatever happened there and on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from central_lab import Lab, central_lab
from sqlalchemy import Engine

from backend.store.verdicts import Standing


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(engine, tmp_path / "home") as found:
        yield found


def is_equal(lab: Lab) -> bool:
    return lab.stored() == lab.expected() and lab.verdict().standing is Standing.EQUAL


def paths(lab: Lab) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in lab.fake.asked]


def test_submissions_on_central_become_standard_rows(lab: Lab) -> None:
    for number in range(5):
        lab.send(number, people=str(number))

    report = lab.pull()

    assert (report.read, report.new) == (5, 5)
    assert is_equal(lab)
    assert len(lab.stored()) == 5
