"""The end of letters: a form that is closed and over, and a key that is lost. The figures still add up."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from small_form import MAPPING, RECEIVED
from small_letters import context as letter_context
from small_letters import post, send, xml
from small_store import put_form
from sqlalchemy import Engine, Table, func, select

from backend.keys import KeyFileError
from backend.store import monitor
from backend.store.audit import Audit
from backend.store.closing import close_form, finish_closed
from backend.store.engine import reading, transaction
from backend.store.letter_end import letters_of_key
from backend.store.letters import count_letters, destroy_letters
from backend.store.status import Totals, totals
from backend.store.tables import audit, form, letter, letter_body
from workers.context import Context
from workers.letter_keys import give_up, keep
from workers.pull import pull_form

CLOSED = RECEIVED + timedelta(days=1)
# 14 days of grace and 14 of retention, and the day after.
OVER = CLOSED + timedelta(days=29)


@pytest.fixture
def field(engine: Engine, tmp_path: Path) -> Context:
    return letter_context(engine, tmp_path / "home")


def figures(field: Context) -> Totals:
    with reading(field.engine) as session:
        return totals(session, "small")


def rows(field: Context, table: Table = letter) -> int:
    with reading(field.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def close(field: Context) -> bool:
    with transaction(field.engine) as session:
        return close_form(session, "small", CLOSED, Audit("test", "form.closed", "small"))


def finish(field: Context, today: date) -> list[str]:
    with transaction(field.engine) as session:
        destroy_letters(session, today)
        return finish_closed(session, today)


# ---- a form that is over ---------------------------------------------------------------------------------------------


def test_a_form_is_closed_once(field: Context) -> None:
    assert (close(field), close(field)) == (True, False)

    with reading(field.engine) as session:
        assert session.execute(select(form.c.state, form.c.closed_on)).one() == ("closed", CLOSED)
        assert session.scalar(select(func.count()).where(audit.c.action == "form.closed")) == 1


def test_receipts_go_after_grace_and_retention_and_the_figures_stay(field: Context) -> None:
    for number in range(3):
        send(field, f"uuid:{number}")
    post(field, [("uuid:4", "uuid:0", xml("uuid:4", "uuid:0"))])
    pull_form(field, "small")
    close(field)
    before = figures(field)

    early = finish(field, OVER - timedelta(days=1))
    done = finish(field, OVER)

    assert (early, done, rows(field)) == ([], ["small"], 0)
    assert (figures(field), figures(field).agree, figures(field).posted) == (before, True, 3)
    with reading(field.engine) as session:
        [shown] = monitor.letters(session, ["small"])
    assert (shown.posted, shown.read) == (3, 3)


def test_a_letter_that_nobody_destroyed_yet_keeps_all_receipts(field: Context) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    close(field)
    post(field, [("uuid:1", "", xml("uuid:1", **{"rec/people": "77"}))], received_on=CLOSED + timedelta(days=10))

    with transaction(field.engine) as session:
        early = finish_closed(session, OVER)

    assert (early, rows(field)) == ([], 2)
    # A conflict waits thirty days for a person to decide.
    assert (finish(field, OVER), finish(field, CLOSED + timedelta(days=41))) == ([], ["small"])
    with reading(field.engine) as session:
        assert count_letters(session, "small").conflicts == 1


def test_an_unread_letter_of_a_closed_form_waits_as_long_as_any_other(field: Context) -> None:
    send(field, "uuid:1")
    lose_key(field)
    close(field)
    pull_form(field, "small")

    with transaction(field.engine) as session:
        in_time = destroy_letters(session, RECEIVED + timedelta(days=30))
        too_old = destroy_letters(session, RECEIVED + timedelta(days=31))

    assert (in_time.unread, too_old.unread) == (0, 1)


def test_a_letter_that_came_too_late_is_kept_no_longer_than_its_retention(field: Context) -> None:
    close(field)
    late = CLOSED + timedelta(days=15)
    post(field, [("uuid:1", "", xml("uuid:1"))], received_on=late)

    with transaction(field.engine) as session:
        kept = destroy_letters(session, late + timedelta(days=14))
        gone = destroy_letters(session, late + timedelta(days=15))

    assert (kept.unread, gone.unread) == (0, 1)


def test_what_comes_after_the_end_is_counted_and_goes_too(field: Context) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    close(field)
    finish(field, OVER)
    post(field, [("uuid:2", "", xml("uuid:2"))], received_on=OVER + timedelta(days=1))

    kept, gone = finish(field, OVER + timedelta(days=2)), finish(field, OVER + timedelta(days=20))

    assert (kept, gone, rows(field)) == ([], ["small"], 0)
    with reading(field.engine) as session:
        found = count_letters(session, "small")
    assert (found.received, found.after_grace) == (1, 1)
    assert figures(field).agree


def test_what_comes_when_the_days_of_grace_are_over_is_read_by_nobody_until_the_form_is_opened_again(
    field: Context,
) -> None:
    send(field, "uuid:1")
    close(field)
    post(field, [("uuid:2", "", xml("uuid:2"))], received_on=CLOSED + timedelta(days=15))

    pull_form(field, "small")
    closed = figures(field)
    put_form(field.engine, replace(MAPPING, form_version="v2"))
    pull_form(field, "small")

    assert (closed.posted, closed.pulled, closed.agree) == (1, 1, True)
    assert (figures(field).posted, figures(field).pulled, figures(field).agree) == (2, 2, True)


def test_what_came_in_time_waits_for_a_worker_also_when_the_form_is_over(field: Context) -> None:
    """Nobody could read it for weeks: it is not too late for that."""
    send(field, "uuid:1")
    close(field)

    done = finish(field, OVER)
    pull_form(field, "small")

    assert (done, figures(field).posted, figures(field).pulled, figures(field).lost) == ([], 1, 1, 0)


def test_letters_are_tried_before_they_are_found_too_old(field: Context) -> None:
    """After weeks without a worker, or when its clock leaps: the first thing it does must not be to destroy."""
    send(field, "uuid:1")
    far = datetime.now(UTC).date() + timedelta(days=40)

    with transaction(field.engine) as session:
        destroyed = destroy_letters(session, far)
    keep(field, far + timedelta(days=400))
    pull_form(field, "small")

    assert (destroyed.unread, figures(field).pulled, figures(field).lost) == (0, 1, 0)


def test_letters_that_were_tried_in_vain_go_when_they_are_too_old(field: Context) -> None:
    send(field, "uuid:1")
    lose_key(field)
    pull_form(field, "small")

    with transaction(field.engine) as session:
        destroyed = destroy_letters(session, datetime.now(UTC).date())

    assert (destroyed.unread, rows(field, letter_body), figures(field).lost) == (1, 0, 1)


def test_a_form_that_is_open_keeps_its_receipts(field: Context) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")

    assert finish(field, OVER + timedelta(days=300)) == []
    assert rows(field) == 1


# ---- a key that is lost ----------------------------------------------------------------------------------------------


def lose_key(field: Context) -> str:
    with reading(field.engine) as session:
        key_id = session.scalars(select(letter.c.key_id).distinct()).one()
    (field.settings.worker_keys / f"letters-{key_id}").unlink()
    return key_id


def test_a_key_says_how_many_letters_hang_on_it(field: Context) -> None:
    send(field, "uuid:1")
    send(field, "uuid:2")
    key_id = lose_key(field)

    with reading(field.engine) as session:
        before = letters_of_key(session, key_id), letters_of_key(session, "1999-01-1")
    give_up(field, key_id, RECEIVED, "officer")

    with reading(field.engine) as session:
        assert (before, letters_of_key(session, key_id)) == ((2, 0), 0)


def test_what_only_the_lost_key_could_open_counts_as_lost_and_the_figures_add_up(field: Context) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    post(field, [("uuid:2", "uuid:1", xml("uuid:2", "uuid:1"))])
    send(field, "uuid:3")
    key_id = lose_key(field)

    lost = give_up(field, key_id, RECEIVED, "officer")
    report = pull_form(field, "small")

    assert report is not None
    assert (lost, report.left_out, rows(field, letter_body)) == (2, 0, 0)
    found = figures(field)
    assert (found.posted, found.pulled, found.lost, found.agree) == (2, 1, 1, True)
    with reading(field.engine) as session:
        entry = session.execute(
            select(audit.c.actor, audit.c.object, audit.c.details).where(audit.c.action == "letter_key.given_up")
        ).one()
    assert tuple(entry) == ("officer", key_id, {"lost": 2})


def test_a_key_that_is_there_is_not_given_up(field: Context) -> None:
    send(field, "uuid:1")
    with reading(field.engine) as session:
        key_id = session.scalars(select(letter.c.key_id).distinct()).one()

    with pytest.raises(KeyFileError, match="nothing is lost"):
        give_up(field, key_id, RECEIVED, "officer")

    assert rows(field, letter_body) == 1


def test_a_key_that_is_unknown_is_named(field: Context) -> None:
    with pytest.raises(KeyFileError, match="no letter key 1999-01-1"):
        give_up(field, "1999-01-1", RECEIVED, "officer")


def test_lost_letters_stay_in_the_figures_when_receipts_go(field: Context) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    send(field, "uuid:2")
    give_up(field, lose_key(field), RECEIVED, "officer")
    close(field)

    assert finish(field, OVER) == ["small"]
    assert (figures(field).posted, figures(field).lost, figures(field).agree) == (2, 1, True)
