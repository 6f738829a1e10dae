"""Values for questions without choices: numbers, texts, dates and places that look like field answers."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from forms.engine.hints import Hints
from forms.engine.pattern import sample
from forms.engine.plan import Plan
from forms.engine.records import Kind

_USUAL = (0.0, 40.0)
_NARROW = 20.0
_TYPICAL = 12.0
_LIFETIME = 36_500
"""Days."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What a value is drawn from; `lean` is how far this area lies from the others in this question."""

    name: str
    hints: Hints
    plan: Plan
    lean: float
    rng: Random


def fallbacks(kind: Kind, hints: Hints, plan: Plan) -> Iterator[str]:
    """The corners to try when nothing likely was taken; a form that refuses these too needs a look."""
    if kind in {Kind.INTEGER, Kind.DECIMAL}:
        low, high = _range(hints)
        yield from dict.fromkeys(_written(n, kind) for n in (low, high, (low + high) / 2, 0, 1, 100, 10_000, -1))
    elif kind in {Kind.DATE, Kind.DATETIME}:
        yield from (_day(plan, days, kind) for days in (0, 1, 365, 3650, 9125, 18250, -30, -400))
    elif kind is Kind.TEXT:
        yield from ("a", "ab", "abcde", "abcdefghij", "1", "12345", "1234567890", "A1", "a@b.org")


def _integer(draw: Draw) -> str:
    return _written(_amount(draw), Kind.INTEGER)


def _decimal(draw: Draw) -> str:
    return _written(_amount(draw), Kind.DECIMAL)


def _amount(draw: Draw) -> float:
    """Narrow ranges lean to their lower third, wide ones are mostly small with a long tail."""
    low, high = draw.plan.numbers.get(draw.name) or _range(draw.hints)
    span = high - low
    if span <= _NARROW:
        peak = min(max(1 / 3 + 0.1 * draw.lean, 0.05), 0.95)
        amount = low + span * _triangular(peak, draw.rng.random())
    else:
        amount = low + min(span, min(span / 4, _TYPICAL) * math.exp(draw.lean + 0.8 * _normal(draw.rng)))
    if draw.hints.step:
        amount = low + round((amount - low) / draw.hints.step) * draw.hints.step
    return amount


def _text(draw: Draw) -> str:
    if draw.hints.pattern:
        return sample(draw.hints.pattern, draw.rng)
    pool = draw.plan.text_answers or ("answer",)
    return pool[int(draw.rng.random() * len(pool))][: draw.hints.most_letters]


def _date(draw: Draw) -> str:
    if draw.plan.far and draw.rng.random() < draw.plan.far:
        return _day(draw.plan, int(_LIFETIME * draw.rng.random() ** 2), Kind.DATE)
    return _day(draw.plan, int(30 * math.exp(_normal(draw.rng))), Kind.DATE)


def _datetime(draw: Draw) -> str:
    return f"{_date(draw)}T{_time(draw)}"


def _time(draw: Draw) -> str:
    return f"{7 + int(draw.rng.random() * 11):02d}:{int(draw.rng.random() * 60):02d}:00.000Z"


def _geopoint(draw: Draw) -> str:
    return f"{draw.rng.random() * 120 - 60:.5f} {draw.rng.random() * 340 - 170:.5f} 0 5"


def _geotrace(draw: Draw) -> str:
    return ";".join(_geopoint(draw) for _ in range(3))


def _geoshape(draw: Draw) -> str:
    corners = _geotrace(draw)
    return f"{corners};{corners.partition(';')[0]}"


def _acknowledge(_draw: Draw) -> str:
    return "OK"


def _file(draw: Draw) -> str:
    return f"{draw.name}.bin"


VALUES: dict[Kind, Callable[[Draw], str]] = {
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.TEXT: _text,
    Kind.NOTE: _text,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DATETIME: _datetime,
    Kind.GEOPOINT: _geopoint,
    Kind.GEOTRACE: _geotrace,
    Kind.GEOSHAPE: _geoshape,
    Kind.ACKNOWLEDGE: _acknowledge,
    Kind.FILE: _file,
}


def _range(hints: Hints) -> tuple[float, float]:
    least = hints.least if hints.least is not None else min(_USUAL[0], hints.most if hints.most is not None else 0.0)
    most = hints.most if hints.most is not None else max(_USUAL[1], least + _USUAL[1])
    return least, most


def _triangular(peak: float, share: float) -> float:
    if share < peak:
        return math.sqrt(share * peak)
    return 1 - math.sqrt((1 - share) * (1 - peak))


def _normal(rng: Random) -> float:
    return math.sqrt(-2 * math.log(1 - rng.random())) * math.cos(2 * math.pi * rng.random())


def _written(number: float, kind: Kind) -> str:
    return str(round(number)) if kind is Kind.INTEGER else f"{number:.2f}"


def _day(plan: Plan, days_ago: int, kind: Kind) -> str:
    day = plan.today - timedelta(days=days_ago)
    return day.isoformat() if kind is Kind.DATE else f"{day.isoformat()}T12:00:00.000Z"
