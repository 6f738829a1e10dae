"""The doorbell: a form server that knows the password wakes a pull, whatever it says; nobody else does anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from small_letters import context
from sqlalchemy import Engine, select, update
from web_site import settings_for, site

from backend.app import state
from backend.doorbell import doorbell_password
from backend.keys import field_key
from backend.store.engine import reading, transaction
from backend.store.tables import due, form


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    context(sqlite_engine, tmp_path / "home")
    with site(sqlite_engine, tmp_path / "home") as found:
        yield found


def ring(app: APIFlask, password: str | None = None, form_id: str = "small", body: bytes = b"") -> int:
    now = state.of(app)
    right = doorbell_password(field_key(settings_for(now.engine, now.settings.home)), form_id)
    reply = app.test_client().post("/doorbell", auth=(form_id, right if password is None else password), data=body)
    assert reply.data == b""
    return reply.status_code


def woken(app: APIFlask) -> list[tuple[str, str]]:
    with reading(state.of(app).engine) as session:
        return [tuple(row) for row in session.execute(select(due.c.task, due.c.argument))]


def test_who_rings_with_the_password_of_a_form_wakes_its_pull(app: APIFlask) -> None:
    status = ring(app)

    assert (status, woken(app)) == (202, [("pull.form", "small")])


def test_what_the_server_says_is_not_read(app: APIFlask) -> None:
    status = ring(app, body=b'{"_id": "not even json')

    assert (status, woken(app)) == (202, [("pull.form", "small")])


@pytest.mark.parametrize("password", ["", "guess", "0" * 40])
def test_a_wrong_password_wakes_nothing(app: APIFlask, password: str) -> None:
    status = ring(app, password)

    assert (status, woken(app)) == (401, [])


def test_without_a_password_nothing_happens(app: APIFlask) -> None:
    reply = app.test_client().post("/doorbell", data=b"{}")

    assert (reply.status_code, reply.data, woken(app)) == (401, b"", [])


def test_the_password_of_one_form_opens_no_other(app: APIFlask) -> None:
    other = doorbell_password(field_key(state.of(app).settings), "another")

    status = ring(app, other)

    assert (status, woken(app)) == (401, [])


def test_a_practice_form_is_never_pulled(app: APIFlask) -> None:
    with transaction(state.of(app).engine) as session:
        session.execute(update(form).values(practice=True))

    status = ring(app)

    assert (status, woken(app)) == (202, [])


def test_ringing_twice_is_one_pull(app: APIFlask) -> None:
    ring(app)
    ring(app)

    assert woken(app) == [("pull.form", "small")]


def test_a_server_that_rings_all_day_is_turned_away_for_a_while(app: APIFlask) -> None:
    statuses = {ring(app) for _ in range(125)}

    assert statuses == {202, 503}
