"""The child processes of one program: started in order, watched, and stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_LOOK_SECONDS = 0.1


class ChildError(Exception):
    """A part of the product that did not start, or ended by itself. The message names it and its log."""


@dataclass(frozen=True, slots=True)
class _Child:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path | None

    @property
    def remedy(self) -> str:
        return f"Its log says why: {self.log}" if self.log else "The lines above say why"


class Children:
    """Use it in a with block, in the main thread: children of a thread would end with the thread."""

    def __init__(self, environment: Mapping[str, str], logs: Path | None = None, stop_seconds: float = 20.0) -> None:
        self._environment, self._logs, self._stop_seconds = environment, logs, stop_seconds
        self._children: list[_Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self, name: str, command: list[str], given: bytes = b"") -> int:
        """`given` goes to its standard input, which nobody else can read; an argument could be read by everybody."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("children are started in the main thread only")
        log = self._logs / f"{name}.log" if self._logs else None
        tether = [sys.executable, "-P", "-m", "workers.processes.tether", str(os.getpid()), *command]
        with _output(log) as output:
            process = subprocess.Popen(  # noqa: S603 (our own programs)
                tether,
                env=dict(self._environment),
                stdin=subprocess.PIPE,
                # Without a log of its own: what is wrong is said on standard error, and greetings are for nobody.
                stdout=output if log else subprocess.DEVNULL,
                stderr=output,
                # Ctrl-C reaches the program only, which then stops its children one after the other.
                start_new_session=True,
            )
        self._children.append(_Child(name, process, log))
        if process.stdin is not None:
            process.stdin.write(given)
            process.stdin.close()
        return process.pid

    def check(self) -> None:
        """Raises ChildError when one has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise ChildError(f"The {child.name} ended by itself (exit code {code}). {child.remedy}")

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > ends:
                names = ", ".join(str(child.log) for child in self._children if child.log) or "above"
                raise ChildError(f"After {seconds:.0f} seconds {what}. The logs say why: {names}")
            time.sleep(_LOOK_SECONDS)

    def watch(self) -> None:
        """Until Ctrl-C, or until one of them ends."""
        while True:
            self.check()
            time.sleep(5 * _LOOK_SECONDS)

    def stop(self) -> None:
        """All are asked at the same time, the last one first; who does not end is ended."""
        stopping, self._children = self._children[::-1], []
        for child in stopping:
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in stopping:
            try:
                child.process.wait(self._stop_seconds)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


@contextmanager
def _output(log: Path | None) -> Iterator[int | None]:
    if log is None:
        yield None
        return
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """A service manager's SIGTERM ends a program as orderly as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
