"""Opens what fills a form: JavaRosa where it can run, forms recorded from it for a large survey or where it cannot."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from threading import Lock

from forms.engine import (
    Engine,
    EngineError,
    Filled,
    Filler,
    OpenForm,
    Plan,
    Templates,
    TemplatesRefusedError,
    engine_available,
    record,
)
from workers.phone.blank import Blank

# Up to here every interview is filled by the engine itself; above, DISTINCT are, and what is sent is varied from them.
MOST_FILLED = 400
DISTINCT = 300
RECORDING = "recorded_demo.json.gz"
_CHUNK = 25
_ENOUGH_FOR_TWO = 20

Tick = Callable[[int], None]


class Source(StrEnum):
    ENGINE = "engine"
    VARIED = "varied"
    RECORDED = "recorded"


class FillError(Exception):
    """A form that cannot be filled here. The message says what to install or to correct."""


class Fillers:
    """Several at once: each serves one caller at a time, and which of them serves a number is always the same."""

    def __init__(self, source: Source, note: str, ways: Sequence[Filler]) -> None:
        self.source, self.note = source, note
        self._ways = [_Turn(way, Lock()) for way in ways]

    def fill(self, number: int, seed: str, plan: Plan) -> Filled:
        turn = self._ways[number % len(self._ways)]
        with turn.lock:
            filled = turn.filler.fill(seed, plan)
        if not filled.valid:
            raise FillError(f"Interview {number} of this form finds no end: no answer fits. Check the form")
        return filled


@dataclass(frozen=True, slots=True)
class _Turn:
    filler: Filler
    lock: Lock


@contextmanager
def open_fillers(blank: Blank, submissions: int, plan: Plan, tick: Tick) -> Iterator[Fillers]:
    """`plan` and `tick` are for forms that are filled beforehand: how, and who hears how many were."""
    if not engine_available():
        yield _recorded(blank)
        return
    with ExitStack() as stack:
        try:
            ways = [_open(stack, blank) for _ in range(_helpers(submissions))]
            if submissions <= MOST_FILLED:
                fillers = Fillers(Source.ENGINE, "JavaRosa, the engine inside Collect, filled every interview.", ways)
            else:
                fillers = _varied(blank, ways, plan, tick)
        except EngineError as error:
            raise FillError(str(error)) from None
        yield fillers


def recording() -> bytes:
    """Interviews with the demo form, for machines without Java; `python -m workers.phone.recorded` makes it anew."""
    return (files("workers.phone") / RECORDING).read_bytes()


def _recorded(blank: Blank) -> Fillers:
    try:
        ways = [Templates(recording(), blank.xform, blank.media)]
    except TemplatesRefusedError:
        raise FillError(
            "There is no form engine here, and interviews were recorded with the demo form only."
            " Install the engine: pip install 'fieldveil[engine]'"
        ) from None
    note = "There is no form engine here (extra 'engine'): what is sent is varied from recorded interviews."
    return Fillers(Source.RECORDED, note, ways)


def _varied(blank: Blank, forms: Sequence[OpenForm], plan: Plan, tick: Tick) -> Fillers:
    """Always the same recordings, however many helpers made them: the result must not depend on the machine."""
    chunks = [range(start, start + _CHUNK) for start in range(0, DISTINCT, _CHUNK)]
    shares = [chunks[helper :: len(forms)] for helper in range(len(forms))]
    recorded: dict[int, bytes] = {}
    with ThreadPoolExecutor(max_workers=len(forms)) as pool:
        for found in pool.map(lambda form, share: _record(form, share, plan, tick), forms, shares):
            recorded |= found
    ways = [Templates(data, blank.xform, blank.media) for _, data in sorted(recorded.items())]
    note = f"JavaRosa filled {DISTINCT} interviews; what is sent is varied from them (ids, days, codes)."
    return Fillers(Source.VARIED, note, ways)


def _record(form: OpenForm, chunks: Sequence[range], plan: Plan, tick: Tick) -> Mapping[int, bytes]:
    recorded = {}
    for chunk in chunks:
        recorded[chunk.start] = record(form, chunk, plan)
        tick(len(chunk))
    return recorded


def _open(stack: ExitStack, blank: Blank) -> OpenForm:
    return stack.enter_context(Engine()).open_form(blank.xform, blank.media)


def _helpers(submissions: int) -> int:
    return 2 if submissions > _ENOUGH_FOR_TWO and (os.cpu_count() or 1) > 1 else 1
