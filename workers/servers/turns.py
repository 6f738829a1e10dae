"""At most two requests at a time are under way to one server, whichever of our processes they come from."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_AT_ONCE = 2
_LOOK_AGAIN_SECONDS = 0.01


class Turns:
    """A file each, locked while a request is under way: the system lets go of it when a worker is killed."""

    def __init__(self, home: Path, server_id: str) -> None:
        self._files = [home / "turns" / f"{server_id}.{number}" for number in range(1, _AT_ONCE + 1)]

    @contextmanager
    def one(self) -> Iterator[None]:
        """Waits until fewer than two others ask this server."""
        self._files[0].parent.mkdir(parents=True, exist_ok=True)
        held = self._taken()
        while held is None:
            time.sleep(_LOOK_AGAIN_SECONDS)
            held = self._taken()
        with held:
            yield

    def _taken(self) -> IO[bytes] | None:
        for path in self._files:
            file = path.open("ab")
            try:
                _lock(file)
            except OSError:
                file.close()
                continue
            return file
        return None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
