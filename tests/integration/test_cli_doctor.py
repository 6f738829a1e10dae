"""`fieldveil doctor` finds what an operator will have one day, and says what to do about it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text, update
from typed_commands import Typed, fresh_brief

from backend.keys import session_key
from backend.settings import Settings, child_environment, settings
from backend.store.engine import open_engine, transaction
from backend.store.tables import pull
from mappings.areas import demo as dorvania
from workers.cli.checks_running import worker
from workers.processes.broker import start_broker
from workers.processes.children import Children


@pytest.fixture
def imported(typed: Typed, tmp_path: Path) -> None:
    """An installation with the areas of the invented country."""
    for name in (dorvania.AREAS, dorvania.SITES):
        (tmp_path / name).write_bytes(dorvania.demo_file(name))
    sites = ["--sites", str(tmp_path / dorvania.SITES)]
    assert typed("areas", "import", str(tmp_path / dorvania.AREAS), *sites, "--apply")[0] == 0


def _verdicts(typed: Typed, *words: str) -> dict[str, str]:
    return {one["check"]: one["state"] for one in json.loads(typed("doctor", "--json", *words)[1])}


def test_the_doctor_looks_at_an_empty_place_and_changes_nothing(typed: Typed) -> None:
    code, out, _ = typed("doctor")

    assert code == 0
    assert "is not there yet" in out
    assert not settings().home.exists()


def test_the_doctor_finds_a_working_installation_good(typed: Typed, imported: None, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))

    found = _verdicts(typed)

    assert {found[name] for name in ("database", "durability", "letter key of the month", "key files")} == {"good"}
    assert found["backup of the keys"] == "careful"


def test_the_doctor_compares_the_backup_of_the_keys(typed: Typed, imported: None, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    backup = tmp_path / "backup"
    backup.mkdir()
    lacking = _verdicts(typed, "--keys-backup", str(backup))

    for path in (settings().home / "keys").rglob("*"):
        if path.is_file():
            (backup / path.name).write_bytes(path.read_bytes())
    whole = _verdicts(typed, "--keys-backup", str(backup))

    assert (lacking["backup of the keys"], whole["backup of the keys"]) == ("bad", "good")


@pytest.mark.skipif(os.name != "posix", reason="there are no modes to look at")
def test_the_doctor_names_a_key_that_others_can_read(typed: Typed, imported: None, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    (settings().shared_keys / "field").chmod(0o644)

    code, out, _ = typed("doctor")

    assert code == 1
    assert "chmod 600" in " ".join(out.split()), "the table wraps where the path is long"


def test_the_doctor_misses_the_private_half_of_the_letter_key(typed: Typed, imported: None, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    for path in settings().worker_keys.glob("letters-*"):
        path.unlink()

    assert _verdicts(typed)["letter key of the month"] == "bad"


def test_the_doctor_misses_the_keys_of_a_round_that_is_read(typed: Typed, imported: None, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    there = _verdicts(typed)["keys of the rounds"]
    next(settings().worker_keys.glob("round-*")).unlink()

    assert (there, _verdicts(typed)["keys of the rounds"]) == ("good", "bad")
    assert "put it back from the backup" in typed("pull")[2]


def test_the_doctor_beside_the_web_process_misses_no_key_of_the_workers(
    typed: Typed, imported: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    session_key(settings())
    monkeypatch.setenv("FIELDVEIL_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("FIELDVEIL_WORKER_KEYS", str(tmp_path / "empty"))
    settings.cache_clear()

    found = _verdicts(typed)

    assert (found["letter key of the month"], found["keys of the rounds"]) == ("good", "careful")


def test_the_doctor_hears_that_nothing_is_read(typed: Typed, imported: None, tmp_path: Path) -> None:
    nothing = _verdicts(typed)["reading"]
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    new = _verdicts(typed)["reading"]
    typed("pull")
    lately = _verdicts(typed)["reading"]
    _pulled_at(datetime.now(UTC) - timedelta(minutes=11))

    assert (nothing, new, lately, _verdicts(typed)["reading"]) == ("good", "careful", "good", "bad")
    assert "no beat wakes it" in " ".join(typed("doctor")[1].split())


def test_the_doctor_sees_a_clock_that_went_back(typed: Typed, imported: None, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    typed("pull")
    before = _verdicts(typed)["clock"]
    _pulled_at(datetime.now(UTC) + timedelta(hours=2))

    assert before in ("good", "careful"), "careful on a machine whose clock nothing sets"
    assert _verdicts(typed)["clock"] == "bad"


def _pulled_at(when: datetime) -> None:
    engine = open_engine(settings().database)
    with transaction(engine) as session:
        session.execute(update(pull).values(last_finished=when))
    engine.dispose()


def test_a_database_of_a_newer_version_is_told_and_left_alone(typed: Typed, imported: None) -> None:
    engine = open_engine(settings().database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    engine.dispose()

    assert _verdicts(typed)["database"] == "bad"
    assert "the schema of another version of Fieldveil" in typed("status")[2]


@pytest.mark.skipif(os.name != "posix", reason="there are no modes to look at")
def test_the_doctor_names_a_database_that_others_can_read(typed: Typed, imported: None) -> None:
    (settings().home / "fieldveil.sqlite").chmod(0o644)

    assert _verdicts(typed)["database file"] == "bad"


@pytest.mark.parametrize(("free", "state"), [(10e9, "good"), (1e9, "careful"), (1e8, "bad")])
def test_the_doctor_looks_for_room_on_the_disk(
    free: float, state: str, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=free))

    assert _verdicts(typed)["disk"] == state


def test_the_doctor_hears_that_redis_is_away(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDVEIL_REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()

    assert _verdicts(typed)["broker"] == "bad"


def test_a_damaged_database_is_bad_and_shows_nothing_of_itself(typed: Typed) -> None:
    settings().home.mkdir()
    (settings().home / "fieldveil.sqlite").write_bytes(b"Amina-Hidden" * 1000)

    code, out, _ = typed("doctor")

    assert code == 1
    assert "does not answer (DatabaseError)" in out
    assert "Amina" not in out


def test_the_doctor_hears_that_no_worker_answers(tmp_path: Path) -> None:
    with Children(child_environment(Settings(_env_file=None)), tmp_path / "logs") as children:
        url = start_broker(children, tmp_path / "broker")

        found = worker(Settings(_env_file=None, redis_url=url))

    assert found.state == "bad"
    assert "fieldveil worker" in found.text
