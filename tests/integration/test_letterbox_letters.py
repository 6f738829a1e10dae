"""How workers read letters, and how letters end."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from letterbox_door import TODAY, Door, filled, open_door
from sqlalchemy import Engine, func, select, update

from backend.store import tables
from backend.store.engine import reading, transaction
from backend.store.letters import Destroyed, LetterCounts, conflicts, count_letters, destroy_letters, mark_read, unread
from backend.store.pulls import release_lease, take_lease


@pytest.fixture
def door(engine: Engine) -> Door:
    door = open_door(engine)
    for number in range(4):
        door.send(filled(str(number)))
    return door


def _seqs(door: Door) -> list[int]:
    return [row["seq"] for row in door.letters()]


def _unread(door: Door, *versions: str, after: int = 0, limit: int = 1000) -> list[int]:
    with reading(door.engine) as session:
        return [letter.seq for letter in unread(session, "core", set(versions), after=after, limit=limit)]


def _mark(door: Door, marks: dict[int, str]) -> None:
    with transaction(door.engine) as session:
        mark_read(session, marks)


def _begin(door: Door, day: date) -> None:
    """A worker begins to read the form on this day."""
    noon = datetime.combine(day, time(12), UTC)
    with transaction(door.engine) as session:
        assert take_lease(session, "core", "worker", noon, timedelta(minutes=15))


def _end_in_vain(door: Door, day: date) -> None:
    """It comes to the end without the key of the letters."""
    with transaction(door.engine) as session:
        release_lease(session, "core", "worker", datetime.combine(day, time(13), UTC), "letter_key_missing")


def _change(door: Door, table: Any, **values: Any) -> None:
    with transaction(door.engine) as session:
        session.execute(update(table).values(**values))


def _counts(door: Door) -> LetterCounts:
    with reading(door.engine) as session:
        return count_letters(session, "core")


def _destroy(door: Door, today: date) -> Destroyed:
    with transaction(door.engine) as session:
        return destroy_letters(session, today)


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_letters_are_read_in_the_order_they_came(door: Door) -> None:
    with reading(door.engine) as session:
        found = unread(session, "core", set(), after=0, limit=1000)

    assert [door.open("core", letter.sealed) for letter in found] == [filled(str(number)) for number in range(4)]
    assert {(letter.key_id, letter.kind, letter.received_on) for letter in found} == {("2026-11-1", "original", TODAY)}
    assert "sealed" not in repr(found[0])


def test_pages_follow_each_other(door: Door) -> None:
    first = _unread(door, limit=3)

    assert first + _unread(door, after=first[-1], limit=3) == _seqs(door)


def test_what_was_read_with_a_mapping_is_not_read_with_it_again(door: Door) -> None:
    seqs = _seqs(door)
    _mark(door, {seqs[0]: "m1", seqs[2]: "m1"})

    assert _unread(door, "m1") == [seqs[1], seqs[3]]


def test_a_corrected_mapping_reads_everything_again(door: Door) -> None:
    seqs = _seqs(door)
    _mark(door, dict.fromkeys(seqs, "m1") | {seqs[0]: "m2"})

    assert _unread(door, "m2") == seqs[1:]
    assert _unread(door, "m1", "m2") == []
    assert _unread(door) == seqs


def test_a_letter_that_was_committed_late_is_not_skipped(door: Door) -> None:
    # On PostgreSQL numbers are given before the commit: the second letter can be there before the first.
    seqs = _seqs(door)
    _mark(door, dict.fromkeys(seqs[1:], "m1"))

    assert _unread(door, "m1") == [seqs[0]]


def test_marking_nothing_is_nothing(door: Door) -> None:
    _mark(door, {})

    assert _unread(door) == _seqs(door)


def test_letters_of_another_form_are_not_read(door: Door) -> None:
    door.send(filled("9", form="extra"))

    assert _unread(door) == _seqs(door)


def test_conflicts_wait_for_a_person(door: Door) -> None:
    door.send(filled("1", "other"))
    door.send(filled("1", "another"))

    with reading(door.engine) as session:
        assert (conflicts(session, "core"), conflicts(session, "extra")) == (2, 0)
    assert len(_unread(door)) == 4


# ---- counting --------------------------------------------------------------------------------------------------------


def test_counts_tell_what_happened_at_the_door(door: Door) -> None:
    door.send(filled("1", "other"), attachments=("a.jpg",))
    door.send(filled("7", edits="2"), attachments=("a.jpg", "b.jpg"))
    _mark(door, {_seqs(door)[0]: "m1"})

    assert _counts(door) == LetterCounts(received=4, unread=4, conflicts=1, after_grace=0, attachments=3, lost=0)


def test_a_form_without_letters_counts_nothing(engine: Engine) -> None:
    assert _counts(open_door(engine)) == LetterCounts(0, 0, 0, 0, 0, 0)


# ---- the end ---------------------------------------------------------------------------------------------------------


def _kept(door: Door) -> tuple[int, int]:
    with reading(door.engine) as session:
        bodies = session.scalar(select(func.count()).select_from(tables.letter_body))
        return len(_seqs(door)), bodies or 0


@pytest.mark.parametrize(
    ("retention", "days", "is_gone"), [(14, 14, False), (14, 15, True), (0, 0, False), (0, 1, True)]
)
def test_a_letter_that_was_read_is_destroyed_after_its_retention(
    door: Door, retention: int, days: int, is_gone: bool
) -> None:
    _change(door, tables.survey, raw_retention_days=retention)
    _mark(door, dict.fromkeys(_seqs(door), "m1"))

    destroyed = _destroy(door, TODAY + timedelta(days=days))

    assert destroyed == Destroyed(read=4 if is_gone else 0, unread=0)
    assert _kept(door) == (4, 0 if is_gone else 4)


def test_a_letter_nobody_could_read_waits_for_a_worker_but_not_for_ever(door: Door) -> None:
    _mark(door, {_seqs(door)[0]: "m1"})

    assert _destroy(door, TODAY + timedelta(days=30)) == Destroyed(read=1, unread=0)
    assert len(_unread(door)) == 3
    assert _destroy(door, TODAY + timedelta(days=31)) == Destroyed(read=0, unread=0)
    _begin(door, TODAY + timedelta(days=31))
    assert _destroy(door, TODAY + timedelta(days=31)) == Destroyed(read=0, unread=0), "it may be killed before the end"
    _end_in_vain(door, TODAY + timedelta(days=31))
    assert _destroy(door, TODAY + timedelta(days=31)) == Destroyed(read=0, unread=3)
    assert (_unread(door), _counts(door).lost) == ([], 3)


def test_a_conflict_waits_for_a_person_as_long(door: Door) -> None:
    door.send(filled("1", "other"))
    _mark(door, dict.fromkeys(_seqs(door)[:4], "m1"))

    assert _destroy(door, TODAY + timedelta(days=15)) == Destroyed(read=4, unread=0)
    assert _kept(door) == (5, 1)
    assert _destroy(door, TODAY + timedelta(days=31)) == Destroyed(read=1, unread=0)


def test_a_letter_of_a_form_closed_long_ago_does_not_wait(door: Door) -> None:
    _change(door, tables.form, state="closed", closed_on=TODAY - timedelta(days=20))

    assert _destroy(door, TODAY + timedelta(days=15)) == Destroyed(read=0, unread=4)


def test_the_receipt_of_a_destroyed_letter_still_knows_the_retry(door: Door) -> None:
    _mark(door, dict.fromkeys(_seqs(door), "m1"))
    _destroy(door, TODAY + timedelta(days=15))

    assert door.send(filled("1")).status_code == 201
    assert _kept(door) == (4, 0)


def test_destroying_is_audited_and_counted_without_a_word_about_anybody(door: Door) -> None:
    _mark(door, dict.fromkeys(_seqs(door), "m1"))
    _destroy(door, TODAY + timedelta(days=15))
    _destroy(door, TODAY + timedelta(days=16))

    with reading(door.engine) as session:
        entries = session.execute(select(tables.audit.c.actor, tables.audit.c.action, tables.audit.c.details)).all()

    assert [tuple(entry) for entry in entries] == [("system", "letters.destroyed", {"read": 4, "unread": 0})]
