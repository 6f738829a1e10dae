"""The two databases the tests run on keep the promises the store relies on."""

import socket
from datetime import date

import pytest
from sqlalchemy import Engine, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.settings import settings
from backend.store.engine import reading, transaction
from backend.store.tables import area_set, metadata


def test_a_test_database_has_every_table(engine: Engine) -> None:
    names = inspect(engine).get_table_names()

    assert set(names) >= set(metadata.tables)


def _add_area_set(session: Session) -> None:
    row = {"id": 1, "label": "a", "source": "b", "imported_on": date(2026, 1, 1), "content_sha256": "c"}
    session.execute(insert(area_set).values(is_current=True, **row))


def _add_area_sets_twice(session: Session) -> None:
    _add_area_set(session)
    _add_area_set(session)


def _area_sets(engine: Engine) -> int:
    with reading(engine) as session:
        return session.execute(select(func.count()).select_from(area_set)).scalar_one()


@pytest.mark.parametrize("run", [1, 2])
def test_a_test_database_is_empty_whatever_the_test_before_wrote(engine: Engine, run: int) -> None:
    before = _area_sets(engine)

    with transaction(engine) as session:
        _add_area_set(session)

    assert (before, _area_sets(engine)) == (0, 1)


def test_what_is_written_while_reading_is_not_kept(engine: Engine) -> None:
    with reading(engine) as session:
        _add_area_set(session)

    assert _area_sets(engine) == 0


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as session:
        _add_area_sets_twice(session)

    assert _area_sets(engine) == 0


def test_a_test_cannot_reach_the_network() -> None:
    with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"), socket.socket() as phone:
        phone.connect(("192.0.2.1", 80))


def test_a_test_cannot_look_up_a_name() -> None:
    with pytest.raises(RuntimeError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)


def test_settings_point_at_a_folder_of_the_test(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert settings().home.is_relative_to(tmp_path_factory.getbasetemp())
