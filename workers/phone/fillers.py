"""Opens what fills a form: JavaRosa where it can run, forms recorded from it for a large survey or where it cannot."""

import os
from collections.abc import Iterator, Sequence
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
)
from forms.engine.recording import Extent, Tick, record_pools
from forms.generate import Weights
from workers.phone.blank import Blank

RECORDING = "recorded_demo.json.gz"
_ENOUGH_FOR_TWO = 20


@dataclass(frozen=True, slots=True)
class Effort:
    """Up to `most` the engine fills every interview itself; above, it fills `distinct`, and the rest are varied.

    Without `engine` interviews are taken from the recording, also where the engine could run. `weights` are those of
    the survey's plan, to be compared with the form.
    """

    most: int = 400
    distinct: int = 300
    engine: bool = True
    weights: Weights | None = None


USUAL = Effort()


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
def open_fillers(blank: Blank, submissions: int, plan: Plan, tick: Tick, effort: Effort = USUAL) -> Iterator[Fillers]:
    """`plan` and `tick` are for forms that are filled beforehand: how, and who hears how many were."""
    if not (effort.engine and engine_available()):
        if effort.weights:
            raise FillError(
                "Recorded interviews cannot heed weights. Install the engine: pip install 'fieldveil[engine]'"
            )
        yield _recorded(blank)
        return
    with ExitStack() as stack:
        try:
            ways = [_open(stack, blank) for _ in range(_helpers(submissions))]
            if effort.weights:
                effort.weights.check(ways[0].info, blank.xform, blank.media)
            if submissions <= effort.most:
                fillers = Fillers(Source.ENGINE, "JavaRosa, the engine inside Collect, filled every interview.", ways)
            else:
                fillers = _varied(ways, plan, tick, effort.distinct)
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
            "Interviews were recorded with the demo form only, and the form engine is not here or not wanted."
            " Leave --recorded out; if the engine is missing, install it: pip install 'fieldveil[engine]'"
        ) from None
    note = "Without the form engine (extra 'engine'): what was sent is varied from recorded interviews."
    return Fillers(Source.RECORDED, note, ways)


def _varied(forms: Sequence[OpenForm], plan: Plan, tick: Tick, distinct: int) -> Fillers:
    """Always the same templates, however many helpers filled them: the result must not depend on the machine."""
    recording = record_pools(forms, plan, Extent(distinct), tick)
    note = f"JavaRosa filled {distinct} interviews; what was sent is varied from them, answer by answer."
    return Fillers(Source.VARIED, note, [Templates.of(recording)])


def _open(stack: ExitStack, blank: Blank) -> OpenForm:
    return stack.enter_context(Engine()).open_form(blank.xform, blank.media)


def _helpers(submissions: int) -> int:
    return 2 if submissions > _ENOUGH_FOR_TWO and (os.cpu_count() or 1) > 1 else 1
