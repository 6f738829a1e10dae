"""Keys live in files outside the database, so that neither a dump nor a backup of it opens anything.

A key is read, or made once: two processes that start together get the same one.
"""

import os
import secrets
import stat
from enum import StrEnum
from pathlib import Path

from backend.settings import Settings
from forms.writing import has_no_room

KEY_BYTES = 32
# Anything for strangers, and writing for the group. Reading for the group stays: a volume two services share needs it.
_TOO_OPEN = stat.S_IRWXO | stat.S_IWGRP


class KeyName(StrEnum):
    SESSION = "session"
    DOOR = "door"
    FIELD = "field"


class KeyFileError(RuntimeError):
    """A key file cannot be used. The message names the file and the remedy, never the key."""


def session_key(settings: Settings) -> bytes:
    """Signs the cookies of signed-in people."""
    return read_or_create(settings.web_keys, KeyName.SESSION)


def door_key(settings: Settings) -> bytes:
    """Makes the receipts of the letterbox. Lost, a phone's retry is stored twice: keep a backup."""
    return read_or_create(settings.web_keys, KeyName.DOOR)


def field_key(settings: Settings) -> bytes:
    """Encrypts inbox and legend, which web and workers both read. Lost, they cannot be read again: keep a backup."""
    return read_or_create(settings.shared_keys, KeyName.FIELD)


def read_or_create(folder: Path, name: str) -> bytes:
    path = folder / name
    # os.path says "no" where pathlib raises: in a folder of another user, where writing then fails with our message.
    key = read_private(path) if os.path.exists(path) else create_once(path, secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            f"The key file {path} has {len(key)} bytes instead of {KEY_BYTES}: put it back from the backup of the keys"
        )
    return key


def read_private(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError:
        raise KeyFileError(f"The key file {path} is missing: put it back from the backup of the keys") from None
    except OSError as error:
        raise KeyFileError(
            f"The key file {path} cannot be read ({error.strerror}): give it to the user who runs this program"
        ) from None
    if os.name == "posix" and mode & _TOO_OPEN:
        raise KeyFileError(f"The key file {path} is open to other users of this machine: run `chmod 600 {path}`")
    return content


def create_once(path: Path, content: bytes) -> bytes:
    """Writes the file unless another process was first; returns what the file then holds."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write_durably(draft, content)
            # A link appears whole or not at all, and never replaces a file that is there.
            os.link(draft, path)
        except FileExistsError:
            return read_private(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        remedy = "make room on its disk" if has_no_room(error) else f"let this program's user write to {path.parent}"
        raise KeyFileError(f"The key file {path} cannot be written ({error.strerror}): {remedy}") from None
    return content


def _write_durably(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # Without this the name of a new file can be lost in a power cut, and letters be sealed with a key that is gone.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
