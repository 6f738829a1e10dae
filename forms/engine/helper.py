"""The helper process, `python -m forms.engine.helper`: holds the JVM and one open form, answers JSON lines.

Nothing but replies leaves it: everybody else's stdout and, once it is ready, stderr go nowhere. It ends with its stdin.
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from forms.engine import jvm, wire
from forms.engine.errors import EngineError, EngineStoppedError, FormRefusedError
from forms.engine.plan import Plan
from forms.engine.records import FormInfo
from forms.engine.tendencies import Tendencies

if TYPE_CHECKING:
    from forms.engine.loaded import LoadedForm

_GRACE_SECONDS = 2.0


class Server:
    """Starts the JVM when it is made; imports that need a running JVM wait until then."""

    def __init__(self) -> None:
        jvm.start()
        from forms.engine.host import Host
        from forms.engine.loaded import LoadedForm

        self._host = Host()
        self._load = LoadedForm
        self._form: LoadedForm | None = None

    def answer(self, request: wire.Request) -> Iterator[wire.Reply]:
        match request:
            case wire.Open(xform, media):
                yield wire.Opened(self._open(xform, Path(media)))
            case wire.Fill(seeds, plan, pool):
                yield from self._fill(seeds, plan, pool)
            case wire.Judge(instances, today):
                yield from self._judge(instances, today)
            case wire.Validate(xform):
                yield wire.Validated(self._validate(xform))
            case wire.Close():
                self._form = None
                yield wire.Closed()

    def _open(self, xform: bytes, media: Path) -> FormInfo:
        self._form = None
        form = self._load(self._host, xform, media)
        form.try_out()
        self._form = form
        return form.info

    def _fill(self, seeds: tuple[str, ...], plan: Plan, pool: int) -> Iterator[wire.Reply]:
        from forms.engine.interview import Interview

        form = self._open_form()
        languages = form.info.languages
        if plan.language and plan.language not in languages:
            raise FormRefusedError(
                f"The form has no language {plan.language}. It has: {', '.join(languages) or 'none'}."
            )
        tendencies = Tendencies(plan)
        for seed in seeds:
            yield wire.Done(Interview(self._host, form, tendencies, seed).run(pool))

    def _judge(self, instances: tuple[bytes, ...], today: date) -> Iterator[wire.Reply]:
        from forms.engine.judge import judge

        form = self._open_form()
        for xml in instances:
            yield wire.Judged(judge(self._host, form, xml, today))

    def _open_form(self) -> "LoadedForm":
        if self._form is None:
            raise FormRefusedError("No form is open. Open one before filling it.")
        return self._form

    def _validate(self, xform: bytes) -> tuple[str, ...]:
        from forms.engine.validate import complaints

        try:
            return complaints(xform)
        finally:
            self._host.install()


def main() -> None:
    _forbid_core()
    replies = _private_output()
    lines: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    try:
        server = Server()
    except EngineError as problem:
        replies.write(wire.line(_failed(problem)))
        os._exit(1)
    replies.write(wire.line(wire.Ready(*jvm.versions())))
    _silence_stderr()
    try:
        _serve(server, lines, replies)
    except BrokenPipeError:
        os._exit(1)
    os._exit(0)


def _serve(server: Server, lines: "SimpleQueue[bytes | None]", replies: BinaryIO) -> None:
    while (line := lines.get()) is not None:
        try:
            for reply in server.answer(wire.request(line)):
                replies.write(wire.line(reply))
        except EngineError as problem:
            replies.write(wire.line(_failed(problem)))
        except msgspec.DecodeError:
            replies.write(wire.line(_failed(EngineStoppedError("The helper does not understand the request."))))
        except BrokenPipeError:
            raise
        except Exception as problem:  # noqa: BLE001 - the last door: the class and place of a mistake go out, no value
            replies.write(wire.line(_failed(EngineStoppedError(_whereabouts(problem)))))


def _whereabouts(problem: Exception) -> str:
    place = traceback.extract_tb(problem.__traceback__)[-1]
    return f"The form engine failed with {type(problem).__name__} in {Path(place.filename).name}:{place.lineno}."


def _failed(problem: EngineError) -> wire.Failed:
    return wire.Failed(type(problem).__name__, str(problem))


def _read(lines: "SimpleQueue[bytes | None]") -> None:
    """The parent holds our stdin. When it ends we end, even in the middle of an expression that never returns."""
    for line in sys.stdin.buffer:
        lines.put(line)
    lines.put(None)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


def _forbid_core() -> None:
    """A memory image of this process would hold answers."""
    with suppress(ImportError):  # Windows has neither the module nor core files
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _private_output() -> BinaryIO:
    """Keeps the real stdout for replies; whatever Java or Python prints to stdout disappears."""
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return replies


def _silence_stderr() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)


if __name__ == "__main__":
    main()
