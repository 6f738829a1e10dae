"""The one way to write a file where somebody asked for it: at that very place, through no link."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What a link says when it is not followed: as a file, and as a folder.
_IS_LINK = (errno.ELOOP, errno.ENOTDIR)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_WRITES = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class LinkError(OSError):
    """A link stands where a file or a folder should be written. It could lead to any other file of whoever writes."""

    def __init__(self, path: str) -> None:
        what = "this is a link to another place, or no folder. Name the place itself, or remove the link"
        super().__init__(errno.ELOOP, what, path)


def has_no_room(error: OSError) -> bool:
    """The disk is full, or what this user may have of it."""
    return error.errno in _NO_ROOM


def no_link(path: str, flags: int) -> int:
    """An opener for `open`. What the system calls a device (/dev/stdout) is a link by nature."""
    return _opened(path, flags, 0o666, follow=path.startswith("/dev/"))


def owner_only(path: str, flags: int) -> int:
    """As `no_link`, for files that nobody else may read, from their first byte on."""
    handle = _opened(path, flags, 0o600, follow=path.startswith("/dev/"))
    if stat.S_ISREG(os.fstat(handle).st_mode):
        # One that was there before may have been open to others.
        os.fchmod(handle, 0o600)
    return handle


def write_file(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=no_link) as file:
        file.write(content)


def write_below(folder: Path, name: str, content: bytes) -> None:
    """`name` may have folders in it, which are made; none of them may be a link. The folder itself is the reader's."""
    *parts, last = Path(name).parts
    folder.mkdir(parents=True, exist_ok=True)
    with _inside(str(folder), parts) as at:
        handle = _opened(last, _WRITES, 0o666, at=at, told=str(folder / name))
        with os.fdopen(handle, "wb") as file:
            file.write(content)


@contextmanager
def _inside(folder: str, parts: list[str]) -> Iterator[int]:
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for number, part in enumerate(parts, start=1):
            told = str(Path(folder, *parts[:number]))
            if part not in os.listdir(at):
                os.mkdir(part, dir_fd=at)
            inner = _opened(part, os.O_RDONLY | os.O_DIRECTORY, 0, at=at, told=told)
            os.close(at)
            at = inner
        yield at
    finally:
        os.close(at)


def _opened(path: str, flags: int, mode: int, *, follow: bool = False, at: int | None = None, told: str = "") -> int:
    try:
        return os.open(path, flags | (0 if follow else os.O_NOFOLLOW), mode, dir_fd=at)
    except OSError as error:
        if error.errno in _IS_LINK and not follow:
            raise LinkError(told or path) from None
        raise
