"""The letterbox compared with what was read from it: every letter is read, waits for its key, or for a person."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_letters import context as letter_context
from small_letters import send
from sqlalchemy import Engine, delete, update

from backend.store.conditions import Condition, conditions
from backend.store.engine import reading, transaction
from backend.store.tables import ledger, letter, letter_body
from backend.store.verdicts import Standing, Verdict, read_verdict
from workers.context import Context
from workers.pull import pull_form


@pytest.fixture
def field(sqlite_engine: Engine, tmp_path: Path) -> Context:
    return letter_context(sqlite_engine, tmp_path / "home")


def verdict(field: Context) -> Verdict:
    with reading(field.engine) as session:
        found = read_verdict(session, "small")
    assert found is not None
    return found


def condition(field: Context) -> Condition:
    with reading(field.engine) as session:
        return conditions(session, ["small"], datetime.now(UTC), 60)[0]


def test_what_was_posted_and_read_is_equal_and_stays_so_without_counting_again(field: Context) -> None:
    send(field, "uuid:1")
    send(field, "uuid:2")

    pull_form(field, "small")
    first = verdict(field)
    pull_form(field, "small")

    assert (first.standing, first.on_server, first.behind, first.waiting) == (Standing.EQUAL, 2, 0, 0)
    assert verdict(field).equal_at > first.equal_at  # type: ignore[operator]  # both are set
    assert condition(field).is_good


def test_before_the_first_pull_there_is_no_verdict(field: Context) -> None:
    found = condition(field)

    assert (found.standing, found.troubles, found.is_good) == (None, ("late",), False)


def test_the_same_submission_with_other_content_waits_for_a_person(field: Context) -> None:
    send(field, "uuid:1")
    send(field, "uuid:2")
    with transaction(field.engine) as session:
        session.execute(update(letter).where(letter.c.seq == 2).values(kind="conflict", root_receipt="0" * 32))

    pull_form(field, "small")

    found = verdict(field)
    assert (found.standing, found.reason, found.waiting) == (Standing.DIFFERENT, "conflict", 1)


def test_letters_without_their_key_are_behind(field: Context) -> None:
    send(field, "uuid:1")
    for path in field.settings.worker_keys.glob("letters-*"):
        path.unlink()

    pull_form(field, "small")

    found = verdict(field)
    assert (found.reason, found.behind) == ("no_key", 1)
    assert condition(field).troubles == ("letter_key_missing", "no_key")


def test_letters_that_were_destroyed_unread_are_lost_and_said_so(field: Context) -> None:
    send(field, "uuid:1")
    with transaction(field.engine) as session:
        session.execute(delete(letter_body))

    pull_form(field, "small")

    assert (verdict(field).reason, verdict(field).behind) == ("lost", 1)


def test_what_does_not_add_up_is_never_equal(field: Context) -> None:
    send(field, "uuid:1")
    send(field, "uuid:2")
    pull_form(field, "small")
    with transaction(field.engine) as session:
        session.execute(delete(ledger))
    send(field, "uuid:3")

    pull_form(field, "small")

    assert (verdict(field).reason, condition(field).is_good) == ("unaccounted", False)
