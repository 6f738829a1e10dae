"""A doorbell that rings while its form is being read: it is read again right after, once, and never twice at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from central_lab import Lab, central_lab
from fakes.wire import Asked
from sqlalchemy import Engine, select

from backend.store.due import PULL, is_due, mark_due
from backend.store.engine import reading, transaction
from backend.store.tables import pull
from backend.wake import wake
from workers import tasks
from workers.pull import pull_form
from workers.servers.source import PullError


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(engine, tmp_path / "home") as found:
        yield found


@pytest.fixture
def asked_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Forms for which a further task was sent. The broker is the one thing that is not there."""
    sent: list[str] = []
    monkeypatch.setattr(tasks, "worker_context", lambda: lab.context)
    monkeypatch.setattr(tasks.pull_one_form, "delay", sent.append)
    return sent


def ring(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        wake(session, PULL, "small")


def rings_once(lab: Lab) -> None:
    """When the list was read already: what is sent now is in none of this pull's answers."""

    def when(asked: Asked) -> None:
        if asked.path.endswith("/fields"):
            lab.fake.before = lambda _asked: None
            lab.send(2)
            ring(lab)

    lab.fake.before = when


def is_waiting(lab: Lab) -> bool:
    with reading(lab.context.engine) as session:
        return is_due(session, PULL, "small")


def test_who_rings_during_a_pull_has_the_form_read_again_right_after(lab: Lab, asked_for: list[str]) -> None:
    lab.send(1)
    rings_once(lab)

    tasks.pull_one_form("small")
    first, known = list(asked_for), len(lab.stored())
    tasks.pull_one_form("small")

    assert (first, known) == (["small"], 1)
    assert lab.stored() == lab.expected()
    assert len(lab.stored()) == 2
    assert asked_for == ["small"], "nobody rang during the second pull, so there is no third"
    assert not is_waiting(lab)


def test_who_rang_before_the_pull_is_served_by_it(lab: Lab, asked_for: list[str]) -> None:
    lab.send(1)
    ring(lab)

    tasks.pull_one_form("small")

    assert asked_for == []
    assert not is_waiting(lab)


def test_a_task_that_finds_the_form_being_read_reads_nothing_and_leaves_the_wish(
    lab: Lab, asked_for: list[str]
) -> None:
    requests: list[int] = []

    def when(asked: Asked) -> None:
        if asked.path.endswith("/fields"):
            lab.fake.before = lambda _asked: None
            ring(lab)
            before = len(lab.fake.asked)
            tasks.pull_one_form("small")
            requests.append(len(lab.fake.asked) - before)

    lab.send(1)
    lab.fake.before = when

    tasks.pull_one_form("small")

    assert requests == [0]
    assert asked_for == ["small"]
    assert is_waiting(lab)


def test_a_pull_that_fails_keeps_nobody_asking_for_ever(lab: Lab, asked_for: list[str]) -> None:
    ring(lab)
    lab.fake.verbs = ()
    lab.fake.password = "another"
    lab.fake.expire_logins()

    tasks.pull_one_form("small")

    assert asked_for == []
    assert not is_waiting(lab)


def test_a_form_that_is_not_there_is_not_asked_for_again(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        mark_due(session, PULL, "none", datetime.now(UTC))

    with pytest.raises(PullError):
        pull_form(lab.context, "none")

    with reading(lab.context.engine) as session:
        assert not is_due(session, PULL, "none")
        assert session.scalars(select(pull.c.form_id)).all() == []
