"""Submissions that came twice under one id with other content: compared without being shown, decided by a person."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import small_letters
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from small_form import PLACES, RECEIVED
from sqlalchemy import Engine, func, select
from typed_commands import Typed, terminal

from backend.access import Role
from backend.settings import settings
from backend.store import conflicts, letter_end, letters, monitor, verdicts
from backend.store.conflicts import Choice, Conflict, Difference
from backend.store.engine import reading, transaction
from backend.store.tables import audit, ledger, submission
from workers.context import Context
from workers.pull import pull_form

# Said in an answer that differs; nobody may read it.
CANARY = "44"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    return _twice(small_letters.context(engine, tmp_path))


def _twice(found: Context) -> Context:
    small_letters.send(found, "uuid:1", q_minutes="21")
    small_letters.send(found, "uuid:2", q_minutes="30")
    pull_form(found, "small")
    small_letters.send(found, "uuid:1", q_minutes=CANARY)
    pull_form(found, "small")
    return found


def _waiting(context: Context) -> list[Conflict]:
    with reading(context.engine) as session:
        return conflicts.waiting(session)


def _settle(context: Context, choice: Choice) -> bool:
    with transaction(context.engine) as session:
        return conflicts.settle(session, _waiting(context)[0].number, choice, "test")


def _minutes(context: Context) -> list[int]:
    with reading(context.engine) as session:
        return sorted(session.scalars(select(submission.c.minutes)))


def _adds_up(context: Context) -> bool:
    with reading(context.engine) as session:
        found = verdicts.read_verdict(session, "small")
        counts = letters.count_letters(session, "small")
        shown = monitor.letters(session, ["small"])[0]
        rows = session.scalar(select(func.count()).select_from(ledger))
    assert found is not None
    assert found.standing is verdicts.Standing.EQUAL
    return counts.received == shown.posted == shown.read == rows and counts.conflicts == 0


def test_a_worker_says_in_which_questions_they_differ(context: Context) -> None:
    (found,) = _waiting(context)

    assert found.difference is not None
    assert found.difference.paths == ("q_minutes",)
    assert found.difference.answered > 10
    assert CANARY not in str(found)
    assert found.choices == tuple(Choice)


@pytest.mark.parametrize(
    ("choice", "minutes"), [(Choice.FIRST, [21, 30]), (Choice.SECOND, [30, 44]), (Choice.BOTH, [21, 30, 44])]
)
def test_what_is_chosen_counts_after_the_next_pull_and_the_sums_add_up(
    context: Context, choice: Choice, minutes: list[int]
) -> None:
    assert _settle(context, choice)

    for _ in range(2):
        pull_form(context, "small")

        assert _minutes(context) == minutes
        assert _adds_up(context)
    assert _waiting(context) == []


@pytest.mark.parametrize("choice", Choice)
def test_what_was_decided_is_not_asked_again_when_a_phone_repeats_either(context: Context, choice: Choice) -> None:
    _settle(context, choice)
    pull_form(context, "small")
    before = _minutes(context)

    small_letters.send(context, "uuid:1", q_minutes="21")
    small_letters.send(context, "uuid:1", q_minutes=CANARY)
    pull_form(context, "small")

    assert (_minutes(context), _waiting(context)) == (before, [])


def test_a_third_content_is_compared_with_what_counts(context: Context) -> None:
    _settle(context, Choice.SECOND)
    pull_form(context, "small")

    small_letters.send(context, "uuid:1", q_minutes=CANARY, today="2026-01-02")
    pull_form(context, "small")

    (found,) = _waiting(context)
    assert found.difference is not None
    assert found.difference.paths == ("today",)


def test_an_edit_on_the_phone_wins_over_both(context: Context) -> None:
    _settle(context, Choice.SECOND)
    small_letters.send(context, "uuid:3", previous="uuid:1", q_minutes="50")

    pull_form(context, "small")

    assert (_minutes(context), _adds_up(context)) == ([30, 50], True)


def test_an_edit_of_the_first_leaves_an_interview_of_its_own_alone(context: Context) -> None:
    _settle(context, Choice.BOTH)
    pull_form(context, "small")
    small_letters.send(context, "uuid:3", previous="uuid:1", q_minutes="50")

    pull_form(context, "small")

    assert (_minutes(context), _adds_up(context)) == ([30, 44, 50], True)


def test_letters_that_are_destroyed_cannot_be_compared_but_decided(engine: Engine, tmp_path: Path) -> None:
    context = small_letters.context(engine, tmp_path)
    small_letters.send(context, "uuid:1", q_minutes="21")
    pull_form(context, "small")
    with transaction(engine) as session:
        letter_end.destroy(session, [1])
    small_letters.send(context, "uuid:1", q_minutes=CANARY)

    pull_form(context, "small")

    assert _waiting(context)[0].difference == Difference(0)
    assert _settle(context, Choice.SECOND)
    pull_form(context, "small")
    assert (_minutes(context), _adds_up(context)) == ([44], True)


def test_what_is_set_aside_goes_with_the_days_of_retention_and_is_not_lost(context: Context) -> None:
    _settle(context, Choice.FIRST)
    pull_form(context, "small")

    with transaction(context.engine) as session:
        destroyed = letters.destroy_letters(session, RECEIVED + timedelta(days=40))

    assert (destroyed.read, destroyed.unread) == (3, 0)
    pull_form(context, "small")
    with reading(context.engine) as session:
        assert letters.count_letters(session, "small").lost == 0


def test_a_decision_is_made_once_and_written_down(context: Context) -> None:
    number = _waiting(context)[0].number
    assert _settle(context, Choice.FIRST)

    with transaction(context.engine) as session:
        assert not conflicts.settle(session, number, Choice.SECOND, "test")
        rows = session.execute(select(audit.c.object, audit.c.details).where(audit.c.action == "conflict.settled"))
        assert [tuple(row) for row in rows] == [("small", {"number": number, "choice": "first"})]


# ---- where people decide ---------------------------------------------------------------------------------------------


@pytest.fixture
def here(sqlite_engine: Engine, tmp_path: Path) -> Context:
    return _twice(small_letters.context(sqlite_engine, tmp_path))


@pytest.fixture
def app(here: Context, sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    with web_site.site(sqlite_engine, tmp_path) as found:
        yield found


def test_an_officer_is_led_from_the_monitor_to_the_decision(officer: FlaskClient, here: Context) -> None:
    monitor, asked = (officer.get(path).get_data(as_text=True) for path in ("/", "/conflicts"))
    number = _waiting(here)[0].number

    web_site.post(officer, f"/conflicts/small/{number}", choice="second")

    pull_form(here, "small")
    assert 'href="/conflicts"' in monitor
    assert "1 of" in asked
    assert "q_minutes" in asked
    assert f">{CANARY}<" not in asked
    assert _minutes(here) == [30, 44]
    assert "Nothing waits for a decision." in officer.get("/conflicts").get_data(as_text=True)


@pytest.mark.parametrize(("path", "choice"), [("1", "second"), ("3", "third"), ("3", "")])
def test_a_decision_about_something_else_changes_nothing(
    officer: FlaskClient, here: Context, path: str, choice: str
) -> None:
    answer = web_site.post(officer, f"/conflicts/small/{path}", choice=choice)

    assert answer.status_code in {303, 400}
    assert len(_waiting(here)) == 1


def test_who_is_limited_to_areas_does_not_decide(app: APIFlask, sqlite_engine: Engine, here: Context) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER, areas=frozenset(sorted(PLACES.adm1)[:1]))

    assert client.get("/conflicts").status_code == 403
    assert web_site.post(client, "/conflicts/small/3", choice="first").status_code == 403
    assert len(_waiting(here)) == 1


@pytest.fixture
def command(
    here: Context, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Typed]:
    monkeypatch.setenv("FIELDVEIL_HOME", str(here.settings.home))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", sqlite_engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    with terminal(capsys, "conflict") as typed:
        yield typed


def test_the_command_line_lists_and_settles(command: Typed, here: Context) -> None:
    code, listed, _ = command("list", "--json")
    (found,) = json.loads(listed)
    _, table, _ = command("list")

    assert (code, found["differ"], found["choices"]) == (1, ["q_minutes"], ["first", "second", "both"])
    assert "q_minutes" in table
    assert command("settle", str(found["number"]), "both", "--yes")[0] == 0
    pull_form(here, "small")
    assert _minutes(here) == [21, 30, 44]
    assert command("list")[:2] == (0, "Nothing waits for a decision.\n")


def test_the_command_line_says_when_nothing_of_that_number_waits(command: Typed) -> None:
    code, _, told = command("settle", "1", "first", "--yes")

    assert code == 1
    assert "fieldveil conflict list" in told
