"""Key files, and the life of a letter key."""

import errno
import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from letterbox_door import TODAY, survey
from sqlalchemy import Engine, insert, select

from backend.crypto import seal
from backend.keys import KEY_BYTES, KeyFileError, create_once, door_key, field_key, read_or_create, session_key
from backend.settings import Settings
from backend.store import tables
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.letter_keys import living_keys, mark_destroyed, sealing_key
from backend.store.letter_plan import Letter, LetterKind
from backend.store.letters import add_letters, destroy_letters, mark_read
from workers.context import Context
from workers.letter_keys import LetterKeys, keep

# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_key_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    first = read_or_create(tmp_path / "keys", "door")

    assert len(first) == KEY_BYTES
    assert read_or_create(tmp_path / "keys", "door") == first
    assert read_or_create(tmp_path / "keys", "session") != first


def test_only_the_program_s_user_can_read_it(tmp_path: Path) -> None:
    read_or_create(tmp_path / "keys", "door")

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "door").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["door"]


def test_a_loose_umask_does_not_open_it(tmp_path: Path) -> None:
    command = (
        "import os; os.umask(0); from pathlib import Path; from backend.keys import read_or_create; "
        f"read_or_create(Path({str(tmp_path)!r}) / 'k', 'door')"
    )
    subprocess.run([sys.executable, "-c", command], check=True, cwd=Path(__file__).parents[2])

    assert stat.S_IMODE((tmp_path / "k" / "door").stat().st_mode) == 0o600


def test_each_key_lives_in_the_folder_of_who_needs_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    keys = {session_key(settings), door_key(settings), field_key(settings)}

    assert len(keys) == 3
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "keys/shared/field",
        "keys/web/door",
        "keys/web/session",
    ]


def test_who_starts_together_gets_the_same_key(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def begin(_number: int) -> bytes:
        start.wait()
        return read_or_create(tmp_path / "keys", "door")

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(begin, range(8)))

    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["door"]


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    first = create_once(tmp_path / "key", b"first")

    assert (first, create_once(tmp_path / "key", b"second")) == (b"first", b"first")


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o666, 0o620])
def test_a_key_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    read_or_create(tmp_path, "door")
    (tmp_path / "door").chmod(mode)

    with pytest.raises(KeyFileError, match=rf"chmod 600 {tmp_path}/door"):
        read_or_create(tmp_path, "door")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_refused_and_not_repaired(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "door").write_bytes(content)
    (tmp_path / "door").chmod(0o600)

    with pytest.raises(KeyFileError, match="put it back from the backup") as refused:
        read_or_create(tmp_path, "door")
    assert (tmp_path / "door").read_bytes() == content
    assert "short" not in str(refused.value)


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "door").mkdir()

    with pytest.raises(KeyFileError, match=f"{tmp_path}/door cannot be read"):
        read_or_create(tmp_path, "door")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file, not a folder")

    with pytest.raises(KeyFileError, match=r"cannot be written .* write to"):
        read_or_create(tmp_path / "keys", "door")


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", _no_room)

    with pytest.raises(KeyFileError, match=r"No space left on device\): make room on its disk"):
        read_or_create(tmp_path, "door")
    assert list(tmp_path.iterdir()) == []


def _no_room(_handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_web_server_that_cannot_use_a_key_ends_with_the_remedy_alone(tmp_path: Path) -> None:
    (tmp_path / "door").write_bytes(b"short")
    (tmp_path / "door").chmod(0o600)
    chosen = {"FIELDVEIL_HOME": str(tmp_path), "FIELDVEIL_WEB_KEYS": str(tmp_path), "FIELDVEIL_REDIS_URL": ""}

    ended = subprocess.run(
        [sys.executable, "-m", "workers.processes.web"], env=os.environ | chosen, capture_output=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr.decode().splitlines() == [
        f"The key file {tmp_path}/door has 5 bytes instead of 32: put it back from the backup of the keys"
    ]


# ---- letter keys -----------------------------------------------------------------------------------------------------


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    with transaction(engine) as session:
        session.execute(insert(tables.survey).values(**survey("S1", raw_retention_days=14)))
        row = {"form_id": "core", "survey_id": "S1", "respondent_kind": "ki", "title": "x", "practice": False}
        row |= {"server": "letterbox", "server_form_id": "core", "state": "open"}
        session.execute(insert(tables.form).values(**row))
    return Context(Settings(home=tmp_path), engine)


def _post(context: Context, received_on: date, number: int = 1) -> None:
    """A letter sealed with the key of its month, and read at once."""
    with transaction(context.engine) as session:
        key = sealing_key(session, received_on)
        assert key is not None
        sealed = seal(key.public_key, "core", b"<data/>")
        name = f"{number:032x}"
        new = Letter("core", key.key_id, LetterKind.ORIGINAL, name, name, received_on, sealed)
        add_letters(session.connection(), [new])
        mark_read(session, {number: "m1"})


def _keys(context: Context) -> list[str]:
    with reading(context.engine) as session:
        return [key.key_id for key in living_keys(session)]


def _files(context: Context) -> list[str]:
    return sorted(path.name for path in context.settings.worker_keys.glob("[!.]*"))


def test_this_month_and_the_next_have_a_key(context: Context) -> None:
    keep(context, date(2026, 12, 31))

    assert _keys(context) == ["2026-12-1", "2027-01-1"]
    assert _files(context) == ["letters-2026-12-1", "letters-2027-01-1"]


def test_keeping_again_changes_nothing(context: Context) -> None:
    keep(context, TODAY)
    before = [path.read_bytes() for path in sorted(context.settings.worker_keys.iterdir())]

    keep(context, TODAY)

    assert [path.read_bytes() for path in sorted(context.settings.worker_keys.iterdir())] == before
    assert _keys(context) == ["2026-11-1", "2026-12-1"]


def test_workers_that_start_together_make_one_key_a_month(context: Context) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: keep(context, TODAY), range(4)))

    assert _keys(context) == ["2026-11-1", "2026-12-1"]


def test_the_private_half_is_only_in_a_file_that_others_cannot_read(context: Context) -> None:
    keep(context, TODAY)
    [private, _] = sorted(context.settings.worker_keys.glob("letters-*"))

    with reading(context.engine) as session:
        rows = str([session.execute(select(table)).all() for table in (tables.letter_key, tables.audit)])

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert private.read_bytes().hex() not in rows
    assert os.fspath(private).startswith(os.fspath(context.settings.home / "keys" / "worker"))


def test_a_worker_opens_letters_of_the_month_before(context: Context) -> None:
    keep(context, date(2026, 11, 30))
    _post(context, date(2026, 11, 30))
    keep(context, date(2026, 12, 1))

    with reading(context.engine) as session:
        sealed = session.execute(select(tables.letter_body.c.sealed)).scalar_one()

    assert LetterKeys(context.settings, {}).open("2026-11-1", "core", sealed) == b"<data/>"


def test_without_a_key_of_the_month_nothing_can_be_sealed(context: Context) -> None:
    keep(context, TODAY)

    with reading(context.engine) as session:
        found = {day: sealing_key(session, day) for day in (date(2026, 10, 31), TODAY, date(2027, 1, 1))}

    assert {day: key and key.key_id for day, key in found.items()} == {
        date(2026, 10, 31): None,
        TODAY: "2026-11-1",
        date(2027, 1, 1): None,
    }


@pytest.mark.parametrize(("today", "is_gone"), [(date(2026, 12, 14), False), (date(2026, 12, 15), True)])
def test_a_private_half_dies_when_its_last_letter_could_be_past_its_retention(
    context: Context, today: date, is_gone: bool
) -> None:
    keep(context, TODAY)
    _post(context, date(2026, 11, 30))
    with transaction(context.engine) as session:
        destroy_letters(session, date(2026, 12, 15))

    _keep_until(context, today)

    assert ("letters-2026-11-1" not in _files(context), "2026-11-1" not in _keys(context)) == (is_gone, is_gone)


def _keep_until(context: Context, today: date) -> None:
    """A day on which workers ran, after another one: no leap of a clock."""
    keep(context, today - timedelta(days=1))
    keep(context, today)


def test_a_letter_that_waits_keeps_its_key_alive_for_62_days_and_no_longer(context: Context) -> None:
    keep(context, TODAY)
    _post(context, date(2026, 11, 30))
    alive = {}
    for day in (15, 61, 62):
        keep(context, date(2026, 11, 30) + timedelta(days=day))
        alive[day] = "letters-2026-11-1" in _files(context)

    assert alive == {15: True, 61: True, 62: False}


def test_a_crash_between_database_and_file_is_made_good(context: Context) -> None:
    keep(context, TODAY)
    private = context.settings.worker_keys / "letters-2026-11-1"
    saved = private.read_bytes()
    _keep_until(context, date(2027, 3, 1))
    private.write_bytes(saved)

    keep(context, date(2027, 3, 1))

    assert not private.exists()


def test_a_missing_private_half_is_reported_with_file_and_remedy(context: Context) -> None:
    keep(context, TODAY)
    (context.settings.worker_keys / "letters-2026-11-1").unlink()

    with pytest.raises(KeyFileError, match=r"letters-2026-11-1 is missing.*backup"):
        keep(context, TODAY)


def test_a_private_half_of_another_key_is_reported_like_a_missing_one(context: Context) -> None:
    keep(context, TODAY)
    folder = context.settings.worker_keys
    (folder / "letters-2026-11-1").write_bytes((folder / "letters-2026-12-1").read_bytes())

    with pytest.raises(KeyFileError, match=r"letters-2026-11-1 is missing, or holds another key"):
        keep(context, TODAY)


def test_what_happens_to_keys_is_audited(context: Context) -> None:
    keep(context, TODAY)
    _keep_until(context, date(2027, 3, 2))

    with reading(context.engine) as session:
        entries = session.execute(select(tables.audit.c.action, tables.audit.c.object)).all()

    assert [tuple(entry) for entry in entries] == [
        ("letter_key.created", "2026-11-1"),
        ("letter_key.created", "2026-12-1"),
        ("letter_key.created", "2027-03-1"),
        ("letter_key.created", "2027-04-1"),
        ("letter_key.destroyed", "2026-11-1"),
        ("letter_key.destroyed", "2026-12-1"),
    ]


def test_an_id_is_never_used_twice(context: Context) -> None:
    keep(context, TODAY)
    with transaction(context.engine) as session:
        mark_destroyed(session, "2026-11-1", TODAY, Audit("cli", "letter_key.destroyed", "2026-11-1"))

    keep(context, TODAY)

    assert _keys(context) == ["2026-11-2", "2026-12-1"]
