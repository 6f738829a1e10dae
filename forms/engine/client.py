"""Starts the helper process, talks to it with a time limit on every answer, and stops it."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import IO, Self, TypeVar

import msgspec

from forms.engine import errors, jvm, wire
from forms.engine.errors import EngineError, EngineMissingError, EngineStoppedError, FormRefusedError
from forms.engine.fingerprint import fingerprint
from forms.engine.plan import Plan
from forms.engine.records import Filled, FormInfo, Verdict

_START_SECONDS = 120.0
_STOP_SECONDS = 5.0
_STDERR_LETTERS = 500
_ROOT = Path(__file__).resolve().parents[2]
R = TypeVar("R", bound=wire.Reply)


def engine_available() -> bool:
    """Whether an Engine can be expected to start here."""
    return jvm.lacking() is None


class Engine:
    """One helper process with one open form at a time; for more speed use two engines. Not for several threads.

    `seconds` is the longest wait for one answer: one filled form, or one form opened.
    """

    def __init__(self, seconds: float = 120.0) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._opened = 0
        self.versions: dict[str, str] = {}

    def __enter__(self) -> Self:
        missing = jvm.lacking()
        if missing:
            raise EngineMissingError(missing)
        self._media = tempfile.TemporaryDirectory(prefix="fieldveil-media-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "forms.engine.helper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=_ROOT,
            start_new_session=True,
        )
        try:
            ready = self._expect(wire.Ready, _START_SECONDS)
        except EngineError:
            self._stop()
            raise
        _pipe(self._process.stderr).close()
        self.versions = {"pyxform": ready.pyxform, "java": ready.java}
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The helper's process id, for those who watch over processes."""
        return self._running().pid

    def open_form(self, xform: bytes, media: Mapping[str, bytes]) -> "OpenForm":
        """Reads a form and its media files; the form that was open before is closed."""
        self._running()
        folder = Path(self._media.name) / str(self._opened)
        folder.mkdir(exist_ok=True)
        for name, content in media.items():
            if Path(name).name != name:
                raise FormRefusedError(f"The media name {name!r} has a folder in it. Give the bare file name.")
            (folder / name).write_bytes(content)
        self._opened += 1
        info = self._ask(wire.Open(xform, str(folder)), wire.Opened).form
        return OpenForm(self, self._opened, info, fingerprint(xform, media))

    def validate(self, xform: bytes) -> tuple[str, ...]:
        """What ODK Validate says against the form; empty when it is valid."""
        return self._ask(wire.Validate(xform), wire.Validated).complaints

    def close_form(self) -> None:
        self._opened += 1
        self._ask(wire.Close(), wire.Closed)

    def fill(self, number: int, seeds: tuple[str, ...], plan: Plan, pool: int = 0) -> Iterator[Filled]:
        """For OpenForm only, which knows the number of its form."""
        self._check_open(number)
        self._send(wire.Fill(seeds, plan, pool))
        for _ in seeds:
            yield self._expect(wire.Done, self._seconds).filled

    def judge(self, number: int, instances: tuple[bytes, ...], today: date) -> Iterator[Verdict]:
        """For OpenForm only."""
        self._check_open(number)
        self._send(wire.Judge(instances, today))
        for _ in instances:
            yield self._expect(wire.Judged, self._seconds).verdict

    def _check_open(self, number: int) -> None:
        if number != self._opened:
            raise EngineError("This form was closed when another was opened. Open it again before filling it.")

    def _ask(self, request: wire.Request, kind: type[R]) -> R:
        self._send(request)
        return self._expect(kind, self._seconds)

    def _send(self, request: wire.Request) -> None:
        with self._deadline(self._seconds), suppress(BrokenPipeError):
            pipe = _pipe(self._running().stdin)
            pipe.write(wire.line(request))
            pipe.flush()

    def _expect(self, kind: type[R], seconds: float) -> R:
        with self._deadline(seconds) as overdue:
            line = _pipe(self._running().stdout).readline()
        if not line:
            raise self._ended(seconds if overdue.is_set() else None)
        try:
            reply = wire.reply(line)
        except msgspec.DecodeError:
            self._stop()
            raise EngineStoppedError(
                "The helper process answered something else than a reply. Start a new engine."
            ) from None
        if isinstance(reply, wire.Failed):
            raise _error(reply)
        if not isinstance(reply, kind):
            self._stop()
            raise EngineStoppedError("The helper process answered out of turn. Start a new engine.")
        return reply

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[threading.Event]:
        """Kills a helper that is late, which ends the read or write that waits for it."""
        overdue = threading.Event()

        def kill() -> None:
            overdue.set()
            self._running().kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield overdue
        finally:
            timer.cancel()

    def _ended(self, late_after: float | None) -> EngineError:
        process = self._running()
        if late_after is not None:
            return EngineStoppedError(
                f"The form engine gave no answer for {late_after:.0f} seconds and was stopped. Look for an expression"
                " or regular expression in the form that takes very long, then start a new engine."
            )
        code = process.wait(_STOP_SECONDS)
        said = "" if process.stderr is None or process.stderr.closed else _last_words(process.stderr)
        return EngineStoppedError(f"The form engine ended by itself (exit code {code}). {said}Start a new engine.")

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise EngineError("The engine is not running. Use it inside its with block.")
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(BrokenPipeError):
            _pipe(process.stdin).close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            _pipe(pipe).close()
        self._media.cleanup()


class OpenForm:
    """A form in the engine; made by `Engine.open_form`."""

    def __init__(self, engine: Engine, number: int, info: FormInfo, identity: str) -> None:
        self._engine, self._number = engine, number
        self.info, self.fingerprint = info, identity

    def fill(self, seed: int | str, plan: Plan) -> Filled:
        """One interview. The same form, seed and plan give the same bytes."""
        return self.fill_many([seed], plan)[0]

    def fill_many(self, seeds: Iterable[int | str], plan: Plan) -> tuple[Filled, ...]:
        """One interview for each seed, in one request; the way to fill many."""
        return tuple(self._engine.fill(self._number, tuple(map(str, seeds)), plan))

    def fill_with_pools(self, seed: int | str, plan: Plan, pool: int) -> Filled:
        """One interview, and for every answer that may be varied up to `pool` others that fit in its place."""
        return next(self._engine.fill(self._number, (str(seed),), plan, pool))

    def judge(self, instances: Sequence[bytes], today: date) -> tuple[Verdict, ...]:
        """What the engine says about finished forms that lie before it, on the day of their interview."""
        return tuple(self._engine.judge(self._number, tuple(instances), today))


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EngineError("The helper process was started without pipes. Start a new engine.")
    return pipe


def _last_words(stderr: IO[bytes]) -> str:
    """Only read before the helper was ready: no form was open then, so it cannot hold an answer."""
    text = " ".join(stderr.read().decode(errors="replace").split())
    return f"It said: {text[-_STDERR_LETTERS:]} " if text else ""


def _error(reply: wire.Failed) -> EngineError:
    kind = getattr(errors, reply.error, EngineError)
    error: EngineError = kind(reply.text)
    return error
