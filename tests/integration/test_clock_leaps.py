"""A clock that leaps a year ahead, and messages that are read late: nobody's call for help is lost by a date."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from small_letters import context as letter_context
from small_letters import post, send, xml
from sqlalchemy import Engine, func, select

from backend.store.engine import reading
from backend.store.tables import inbox, letter_body, letter_key
from workers import tasks
from workers.context import Context
from workers.pull import pull_form

TODAY = datetime.now(UTC).date()
A_DAY = timedelta(days=1)
NEXT_YEAR = TODAY + timedelta(days=400)


class Clock(datetime):
    """Says that it is noon of `of`."""

    of = TODAY

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        return cls(cls.of.year, cls.of.month, cls.of.day, 12, tzinfo=tz)


@pytest.fixture
def field(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    found = letter_context(engine, tmp_path / "home")
    monkeypatch.setattr(tasks, "worker_context", lambda: found)
    monkeypatch.setattr(tasks, "datetime", Clock)
    return found


def destroy_on(day: date) -> None:
    Clock.of = day
    tasks.keep_letter_keys()
    tasks.destroy_old_letters()
    tasks.expire_inbox()


def left(field: Context) -> tuple[int, int, int]:
    """Messages, letters, and keys that open the letters of before."""
    with reading(field.engine) as session:
        messages, letters = (session.scalar(select(func.count()).select_from(table)) for table in (inbox, letter_body))
        old = select(func.count()).where(letter_key.c.destroyed_on.is_(None), letter_key.c.month <= f"{TODAY:%Y-%m}")
        return messages or 0, letters or 0, session.scalar(old) or 0


def test_a_clock_that_leaps_destroys_nothing_before_the_day_after(field: Context) -> None:
    for day in (TODAY - A_DAY, TODAY):
        destroy_on(day)
    post(field, [("uuid:1", "", xml("uuid:1", **{"clo/safe": "no"}))], received_on=TODAY)
    pull_form(field, "small")
    before = left(field)

    destroy_on(NEXT_YEAR)
    leapt = left(field)
    destroy_on(TODAY)
    destroy_on(TODAY + A_DAY)
    set_right = left(field)
    destroy_on(NEXT_YEAR)
    destroy_on(NEXT_YEAR + A_DAY)

    assert before[:2] == (1, 1)
    assert before[2] > 0
    assert leapt == set_right == before
    assert left(field) == (0, 0, 0)


def test_a_message_that_is_read_late_waits_seven_days_for_its_supervisor(field: Context) -> None:
    """No worker ran for weeks, its version was not known yet, or the server it lies on was registered later."""
    send(field, "uuid:1", **{"clo/safe": "no"})
    pull_form(field, "small")
    arrived = datetime.now(UTC).date()

    destroy_on(arrived)
    destroy_on(arrived + 7 * A_DAY)
    with reading(field.engine) as session:
        until = session.scalar(select(inbox.c.expires_on))
    destroy_on(arrived + 8 * A_DAY)
    destroy_on(arrived + 9 * A_DAY)

    assert (until, left(field)[0]) == (arrived + 7 * A_DAY, 0)
