"""Older ODK Centrals, as they were seen to answer: what the test of a server says of them, and what a pull makes of it.

Before 2026.1 the list has a tag all the same: the web framework makes it from the whole text, and from no OData.
"""

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from central_lab import SERVER, V2, Lab, central_lab, document
from pull_lab import is_equal
from sqlalchemy import Engine

from backend import logs
from backend.settings import settings
from workers.cli.entry import run

Told = Callable[[], str]
A_LOOK = timedelta(minutes=10)
# Release, what it can do, and the oldest release that is told from that.
_RELEASES = [
    ("2026.1", ["list_events", "list_etag", "filter_by_id", "filter_deleted"], "2026.1"),
    ("2025.4", ["list_etag", "filter_by_id", "filter_deleted"], "2025.3"),
    ("2025.2", ["list_etag", "filter_deleted"], "2024.3"),
    ("2024.2", ["list_etag"], None),
]


def turn_back(lab: Lab, release: str) -> None:
    lab.fake.own_tags = release >= "2026.1"
    lab.fake.filters_ids = release >= "2025.3"
    lab.fake.filters_deleted = release >= "2024.3"


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


@pytest.fixture(params=["2025.4", "2025.2", "2024.2"])
def older(lab: Lab, request: pytest.FixtureRequest) -> Lab:
    turn_back(lab, request.param)
    return lab


@pytest.fixture
def tested(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_engine: Engine, tmp_path: Path
) -> Iterator[Told]:
    """What `fieldveil server test` prints for a program."""
    monkeypatch.setenv("FIELDVEIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", str(sqlite_engine.url))
    monkeypatch.setenv("FIELDVEIL_SERVER_HOSTS", "127.0.0.1")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    settings.cache_clear()

    def told() -> str:
        capsys.readouterr()
        run(("server", "test", SERVER, "--json"))
        return capsys.readouterr().out

    yield told
    logs.configure("WARNING", as_json=False)
    settings.cache_clear()


def pull_after_a_look(lab: Lab) -> None:
    lab.let_pass(A_LOOK)
    lab.pull()


@pytest.mark.parametrize(("release", "features", "oldest"), _RELEASES)
def test_no_release_is_taken_for_a_newer_one(
    lab: Lab, tested: Told, release: str, features: list[str], oldest: str | None
) -> None:
    turn_back(lab, release)
    lab.send(1)

    told = json.loads(tested())

    assert (told["finding"]["features"], told["release"]) == (features, oldest)


def test_an_unchanged_form_of_an_older_central_costs_one_empty_answer(older: Lab) -> None:
    for number in range(20):
        older.send(number)
    older.pull()
    older.fake.asked.clear()

    older.pull()

    assert [one.status for one in older.fake.asked] == [304]
    assert is_equal(older)


def test_every_change_on_an_older_central_is_known_at_the_next_pull(older: Lab) -> None:
    """What no cursor shows is among them: a restored row, and one that is committed late."""
    store, form = older.fake.store, older.form
    late = store.post(form, document("uuid:late"), commit=False)
    for number in range(6):
        older.send(number)
    older.pull()
    changes: list[Callable[[], object]] = [
        lambda: older.edit("uuid:1", people="7"),
        lambda: store.review(form, "uuid:2", "approved"),
        lambda: store.delete(form, "uuid:3"),
        lambda: store.restore(form, "uuid:3"),
        lambda: store.commit(form, late),
        lambda: older.publish(V2),
        lambda: older.edit("uuid:4", version="v2", people="9"),
    ]

    ends = []
    for change in changes:
        change()
        pull_after_a_look(older)
        ends.append(is_equal(older))

    assert ends == [True] * len(changes)
    assert older.reviews() == older.expected_reviews()


def test_a_central_that_is_brought_up_to_date_between_two_pulls_is_read_on_as_before(older: Lab) -> None:
    """Its list has another tag from then on, for the same rows."""
    for number in range(6):
        older.send(number)
    older.pull()
    turn_back(older, "2026.1")

    report = older.pull()
    older.fake.asked.clear()
    older.pull()

    assert (report.read, [one.status for one in older.fake.asked]) == (0, [304])
    assert is_equal(older)
