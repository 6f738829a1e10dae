"""A database restored from an older backup: what is still elsewhere comes back once, and what is gone is said."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from central_lab import Lab, central_lab
from click.testing import CliRunner
from histories import sightings
from small_letters import context, send
from sqlalchemy import Engine, select, text

from backend.store.audit import Audit, record
from backend.store.engine import reading, transaction
from backend.store.mirror import count_waiting
from backend.store.status import Totals, totals
from backend.store.tables import audit, letter, letter_body
from workers import letter_keys, restores
from workers.cli.doctor import doctor
from workers.context import Context
from workers.pull import pull_form


class Backup:
    """As docs/operations.md says for SQLite."""

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine, self._file = engine, file
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("COMMIT")
            connection.execute(text("VACUUM INTO :file"), {"file": str(file)})

    def restore(self) -> None:
        self._engine.dispose()
        place = Path(str(self._engine.url.database))
        for old in place.parent.glob(f"{place.name}*"):
            old.unlink()
        place.write_bytes(self._file.read_bytes())


@pytest.fixture
def field(sqlite_engine: Engine, tmp_path: Path) -> Context:
    found: Context = context(sqlite_engine, tmp_path / "home", database_url=str(sqlite_engine.url))
    return found


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


def _figures(field: Context) -> Totals:
    with reading(field.engine) as session:
        return totals(session, "small")


def _missing(field: Context) -> list[int]:
    with reading(field.engine) as session:
        found = session.scalars(select(audit.c.details).where(audit.c.action == "database.restored"))
        return [details["missing"] for details in found]


def test_letters_that_came_since_the_backup_are_missed_and_said_once(field: Context, tmp_path: Path) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    backup = Backup(field.engine, tmp_path / "backup.sqlite")
    for name in ("uuid:2", "uuid:3"):
        send(field, name)
    pull_form(field, "small")

    before = restores.notice(field)
    backup.restore()
    found = [restores.notice(field), restores.notice(field)]

    assert (before, found, _missing(field)) == (None, [2, None], [2])
    assert (_figures(field).posted, _figures(field).agree) == (1, True)


def test_a_phone_that_sends_again_after_a_restore_is_counted_once(field: Context, tmp_path: Path) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    backup = Backup(field.engine, tmp_path / "backup.sqlite")
    send(field, "uuid:2")
    pull_form(field, "small")
    backup.restore()

    for name in ("uuid:1", "uuid:2"):
        send(field, name)
    pull_form(field, "small")

    assert (_figures(field).posted, _figures(field).stored, _figures(field).agree) == (2, 2, True)


def test_what_is_on_another_server_comes_back_once(lab: Lab, tmp_path: Path) -> None:
    for number in range(4):
        lab.send(number)
    lab.pull()
    backup = Backup(lab.context.engine, tmp_path / "backup.sqlite")
    lab.send(4)
    lab.edit("uuid:0")
    lab.pull()
    backup.restore()

    lab.pull()

    assert lab.stored() == lab.expected()
    assert sightings(lab.context.engine) == (5, 5, 5)


def test_what_was_purged_on_the_server_since_the_backup_is_deleted_by_a_person_only(lab: Lab, tmp_path: Path) -> None:
    """The rows that were restored are all there is of it."""
    for number in range(4):
        lab.send(number)
    lab.pull()
    backup = Backup(lab.context.engine, tmp_path / "backup.sqlite")
    lab.fake.store.delete(lab.form, "uuid:0")
    with transaction(lab.context.engine) as session:
        record(session, Audit("cli", "raw.purging", "small"))
    restores.notice(lab.context)
    backup.restore()

    restores.notice(lab.context)
    lab.pull()

    assert len(lab.stored()) == 4
    with reading(lab.context.engine) as session:
        assert count_waiting(session, "small") == 1


def test_a_form_that_is_over_looks_like_no_restore(field: Context) -> None:
    send(field, "uuid:1")
    restores.notice(field)
    with transaction(field.engine) as session:
        session.execute(letter_body.delete())
        session.execute(letter.delete())
        record(session, Audit("system", "receipts.destroyed", "small", {"rows": 1}))

    assert (restores.notice(field), _missing(field)) == (None, [])


def test_a_backup_older_than_what_people_did_is_noticed_without_a_letter(field: Context, tmp_path: Path) -> None:
    backup = Backup(field.engine, tmp_path / "backup.sqlite")
    with transaction(field.engine) as session:
        record(session, Audit("cli", "withdrawal.done", "small"))
    restores.notice(field)
    backup.restore()

    assert restores.notice(field) == 0


def test_a_key_that_is_newer_than_the_backup_is_taken_up_again(sqlite_engine: Engine, tmp_path: Path) -> None:
    """What a browser sealed with it meanwhile can be opened."""
    backup = Backup(sqlite_engine, tmp_path / "backup.sqlite")
    field = context(sqlite_engine, tmp_path / "home")
    with reading(field.engine) as session:
        before = letter_keys.LetterKeys.of(session, field.settings)
        keys = session.execute(text("SELECT key_id, month, public_key FROM letter_key")).all()
    backup.restore()

    letter_keys.keep(field, _month(keys[0].month))

    with reading(field.engine) as session:
        assert session.execute(text("SELECT key_id, month, public_key FROM letter_key")).all() == keys
    assert before.has(keys[0].key_id)


def _month(month: str) -> date:
    return date.fromisoformat(f"{month}-15")


def test_the_doctor_says_what_a_restore_has_cost(
    field: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDVEIL_HOME", str(field.settings.home))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", field.settings.database_url)
    backup = Backup(field.engine, tmp_path / "backup.sqlite")
    send(field, "uuid:1")
    restores.notice(field)
    backup.restore()
    restores.notice(field)

    said = CliRunner().invoke(doctor, ["--json"]).output

    assert "letters that had come since the backup: 1." in said
