"""What phones send again when the door cannot recognise it: its key was lost, or the receipts of the form are gone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import small_letters
from flask import Flask
from flask.testing import FlaskClient
from letterbox_door import BOUNDARY, multipart
from small_form import RECEIVED
from sqlalchemy import Engine, func, select

from backend.crypto import seal
from backend.letterbox.routes import create_blueprint
from backend.store import monitor
from backend.store.app_users import create_app_user
from backend.store.audit import Audit
from backend.store.closing import close_form, ends_on, finish_closed
from backend.store.conditions import Condition, conditions
from backend.store.conflicts import Choice, settle, waiting
from backend.store.engine import reading, transaction
from backend.store.forms import Where, make_current
from backend.store.letter_keys import living_keys
from backend.store.letters import destroy_letters
from backend.store.status import totals
from backend.store.tables import app_user, counter, letter, letter_body, submission
from backend.store.verdicts import Standing, Verdict, read_verdict
from workers.pull import pull_form

OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
ENTRY = Audit("test", "test", "small")
LETTER_ID = "ab" * 16


class Field:
    """A form on phones, and a letterbox that may lose its key."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.context = small_letters.context(engine, home)
        self.day = RECEIVED
        with transaction(engine) as session:
            made = create_app_user(session, label="T1-1", forms=["small"], today=RECEIVED, audit=ENTRY)
        self._token = made.token
        self.door_key = OLD_KEY

    def send(self, instance: str, previous: str = "", **answers: object) -> int:
        xml = small_letters.xml(instance, previous, **answers)
        how = {"content_type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self._client().post(f"{self._path}/submission", data=multipart(xml, ()), **how).status_code

    def send_page(self, instance: str, **answers: object) -> int:
        with reading(self.context.engine) as session:
            key = living_keys(session)[0]
        sealed = seal(key.public_key, "small", small_letters.xml(instance, **answers))
        path = f"{self._path}/forms/small/letters/{LETTER_ID}?key={key.key_id}"
        return self._client().post(path, data=sealed).status_code

    @property
    def _path(self) -> str:
        return f"/letterbox/{self._token}"

    def _client(self) -> FlaskClient:
        app = Flask("door")
        engine, settings = self.context.engine, self.context.settings
        app.register_blueprint(create_blueprint(engine, settings, self.door_key, today=lambda: self.day))
        return app.test_client()

    def pull(self) -> Verdict:
        pull_form(self.context, "small")
        with reading(self.context.engine) as session:
            found = read_verdict(session, "small")
        assert found is not None
        return found

    def condition(self) -> Condition:
        with reading(self.context.engine) as session:
            return conditions(session, ["small"], datetime.now(UTC), 60)[0]

    def figures(self) -> tuple[int, int, bool]:
        """Posted, pulled, and whether all agrees: as `fieldveil status` and the monitor tell it."""
        with reading(self.context.engine) as session:
            found = totals(session, "small")
            [board] = monitor.letters(session, ["small"])
        assert (board.posted, board.read) == (found.posted, found.pulled)
        return found.posted, found.pulled, found.agree

    def minutes(self) -> list[int]:
        with reading(self.context.engine) as session:
            return sorted(session.scalars(select(submission.c.minutes)))

    def reopen_without_receipts(self) -> None:
        """Closed, over, its receipts destroyed; then somebody deploys it again."""
        with transaction(self.context.engine) as session:
            close_form(session, "small", RECEIVED, ENTRY)
            end = ends_on(session, "small", RECEIVED)
            destroy_letters(session, end)
            assert finish_closed(session, end) == ["small"]
            make_current(session, "small", "v1", Where("letterbox", "small"), ENTRY)


@pytest.fixture
def field(sqlite_engine: Engine, tmp_path: Path) -> Field:
    return Field(sqlite_engine, tmp_path / "home")


def test_with_its_key_the_door_recognises_a_retry_and_nothing_is_said(field: Field) -> None:
    statuses = [field.send("uuid:1"), field.send("uuid:1")]

    verdict = field.pull()

    assert (statuses, verdict.standing, field.condition().troubles) == ([201, 201], Standing.EQUAL, ())
    assert _letters(field) == 1


def test_after_the_key_was_lost_what_is_sent_again_counts_once_and_it_is_said(field: Field) -> None:
    field.send("uuid:1")
    field.send("uuid:2")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:1")

    verdict = field.pull()

    assert _letters(field) == 3, "the door cannot know it"
    assert (verdict.standing, verdict.on_server, field.figures()) == (Standing.EQUAL, 2, (2, 2, True))
    assert (field.condition().troubles, field.condition().is_good) == (("door_key_changed",), True)
    assert _counted(field, "received") == 2


@pytest.mark.parametrize("together", [True, False], ids=["in one pull", "in two pulls"])
def test_two_copies_that_wait_together_count_once(field: Field, together: bool) -> None:
    field.send("uuid:1")
    field.door_key = NEW_KEY
    if not together:
        field.pull()
    field.send("uuid:1")

    field.pull()

    assert field.figures() == (1, 1, True)


def test_another_content_under_a_known_id_overwrites_nothing_and_waits(field: Field) -> None:
    field.send("uuid:1", q_minutes="21")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:1", q_minutes="44")

    verdict = field.pull()

    assert (verdict.standing, verdict.reason, verdict.waiting) == (Standing.DIFFERENT, "conflict", 1)
    assert field.minutes() == [21]


@pytest.mark.parametrize(("choice", "kept"), [(Choice.FIRST, [21]), (Choice.BOTH, [21, 44])])
def test_what_a_person_decides_about_it_adds_up(field: Field, choice: Choice, kept: list[int]) -> None:
    field.send("uuid:1", q_minutes="21")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:1", q_minutes="44")
    field.pull()

    with transaction(field.context.engine) as session:
        [conflict] = waiting(session, "small")
        assert settle(session, conflict.number, choice, "officer")
    verdict = field.pull()

    assert (verdict.standing, field.minutes(), field.figures()) == (Standing.EQUAL, kept, (len(kept), len(kept), True))


def test_edits_of_interviews_from_before_are_taken_and_count_with_them(field: Field) -> None:
    field.send("uuid:1", q_minutes="21")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:2", previous="uuid:1", q_minutes="30")
    field.pull()
    field.send("uuid:3", previous="uuid:2", q_minutes="44")

    verdict = field.pull()

    assert (verdict.standing, field.minutes(), field.figures()) == (Standing.EQUAL, [44], (1, 1, True))


def test_an_original_sent_again_does_not_undo_its_edit(field: Field) -> None:
    field.send("uuid:1", q_minutes="21")
    field.send("uuid:2", previous="uuid:1", q_minutes="30")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:1", q_minutes="21")
    field.send("uuid:2", previous="uuid:1", q_minutes="30")

    verdict = field.pull()

    assert (verdict.standing, field.minutes(), field.figures()) == (Standing.EQUAL, [30], (1, 1, True))


def test_new_interviews_count_as_ever(field: Field) -> None:
    field.send("uuid:1")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:2")
    field.send("uuid:3", previous="uuid:2")

    verdict = field.pull()

    assert (verdict.standing, field.figures()) == (Standing.EQUAL, (2, 2, True))


def test_a_form_that_began_with_the_new_key_has_no_doubt(field: Field) -> None:
    field.door_key = NEW_KEY
    field.send("uuid:1")

    field.pull()

    assert field.condition().troubles == ()


def test_after_the_receipts_are_gone_what_is_sent_again_counts_once_and_it_is_said(field: Field) -> None:
    field.send("uuid:1", q_minutes="21")
    field.send("uuid:2", q_minutes="30")
    field.pull()
    field.reopen_without_receipts()
    field.day = RECEIVED + timedelta(days=40)
    field.send("uuid:1", q_minutes="21")
    field.send("uuid:3", q_minutes="44")

    verdict = field.pull()

    assert (verdict.standing, verdict.on_server) == (Standing.EQUAL, 3)
    assert (field.minutes(), field.figures()) == ([21, 30, 44], (3, 3, True))
    assert (field.condition().troubles, field.condition().is_good) == (("receipts_gone",), True)


def test_closed_once_more_the_figures_stay(field: Field) -> None:
    field.send("uuid:1")
    field.pull()
    field.reopen_without_receipts()
    field.send("uuid:1")
    field.pull()

    with transaction(field.context.engine) as session:
        close_form(session, "small", RECEIVED, ENTRY)
        destroy_letters(session, date(2027, 12, 31))
        finish_closed(session, date(2027, 12, 31))

    assert (_letters(field), field.figures()) == (0, (1, 1, True))


def test_a_letter_of_a_page_that_comes_again_counts_once(field: Field) -> None:
    field.send_page("uuid:1", q_minutes="21")
    field.pull()
    field.reopen_without_receipts()

    status = field.send_page("uuid:1", q_minutes="21")
    verdict = field.pull()

    assert (status, verdict.standing, field.figures()) == (201, Standing.EQUAL, (1, 1, True))


def test_a_retry_of_what_came_again_is_recognised(field: Field) -> None:
    field.send("uuid:1")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:1")
    field.pull()

    field.send("uuid:1")

    assert (_letters(field), field.pull().standing) == (2, Standing.EQUAL)


def test_a_copy_that_was_lost_unread_is_no_second_interview(field: Field) -> None:
    """Nobody can know that it was a copy: it is said as lost, never as equal."""
    field.send("uuid:1")
    field.pull()
    field.door_key = NEW_KEY
    field.send("uuid:1")
    with transaction(field.context.engine) as session:
        session.execute(letter_body.delete().where(letter_body.c.seq == 2))

    verdict = field.pull()

    assert (verdict.standing, verdict.reason) == (Standing.DIFFERENT, "lost")


def _letters(field: Field) -> int:
    with reading(field.context.engine) as session:
        assert session.scalar(select(func.count()).select_from(app_user)) == 1
        return session.scalar(select(func.count()).select_from(letter)) or 0


def _counted(field: Field, kind: str) -> int:
    with reading(field.context.engine) as session:
        return session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == kind)) or 0
