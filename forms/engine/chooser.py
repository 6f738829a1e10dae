"""Chooses answers: for each question a stream of attempts, likely ones first, until the engine takes one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from forms.engine.hints import Hints
from forms.engine.plan import ending_of, matching
from forms.engine.records import Ending, Kind
from forms.engine.tendencies import Tendencies, repeatable
from forms.engine.values import VALUES, Draw, fallbacks

Answer = str | tuple[str, ...] | None

_RARE = 0.02


@dataclass(frozen=True, slots=True)
class Asked:
    """A question at the moment it is put: its choices are those that the engine offers now."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...]
    hints: Hints


class Chooser:
    """One interview: remembers what was answered, since area and enumerator lean the later answers."""

    def __init__(self, tendencies: Tendencies, seed: str) -> None:
        self.plan, self._tendencies = tendencies.plan, tendencies
        self._rng = repeatable("answers", self.plan.salt, seed)
        self._answers: dict[str, str] = {}
        self._area = ""
        self.observer = ""

    @property
    def ending(self) -> Ending:
        return ending_of(self._answers)

    def note(self, name: str, answer: Answer) -> None:
        self._answers[name] = " ".join(answer) if isinstance(answer, tuple) else answer or ""
        self._area = self._first(self.plan.area_by)
        self.observer = self._first(self.plan.habit_by)

    def attempts(self, asked: Asked) -> Iterator[Answer]:
        """None means: leave it empty. A forced answer is the only attempt."""
        if asked.name in self.plan.forced:
            yield _forced(self.plan.forced[asked.name], asked.kind)
            return
        if not asked.required and self._rng.random() < self.plan.skip:
            yield None
            return
        draw = self._drawer(asked.kind)
        for _ in range(self.plan.tries):
            yield draw(asked)
        yield from self._last_resorts(asked)

    def _drawer(self, kind: Kind) -> Callable[[Asked], Answer]:
        if kind is Kind.SELECT_ONE:
            return self._one
        if kind is Kind.SELECT_MULTIPLE:
            return self._several
        return self._order if kind is Kind.RANK else self._value

    def _value(self, asked: Asked) -> Answer:
        literals = asked.hints.literals
        if literals and self._rng.random() < self.plan.mined:
            return literals[int(self._rng.random() * len(literals))]
        lean = self._tendencies.of_area(self._area, asked.name)
        return VALUES[asked.kind](Draw(asked.name, asked.hints, self.plan, lean, self._rng))

    def _one(self, asked: Asked) -> Answer:
        codes = sorted(asked.choices)
        return codes[self._draw(self._weights(asked.name, codes))]

    def _several(self, asked: Asked) -> Answer:
        alone = [code for code in asked.choices if code in asked.hints.alone or code in self.plan.alone]
        for code in alone:
            rate = self._tendencies.rate(code, self.observer)
            if self._rng.random() < (_RARE if rate is None else rate):
                return (code,)
        codes = sorted(code for code in asked.choices if code not in alone) or sorted(alone)
        weights = list(self._weights(asked.name, codes))
        picked = set()
        for _ in range(self._picks(asked.hints.most_picks, len(codes))):
            place = self._draw(weights)
            weights[place] = 0.0
            picked.add(codes[place])
        return tuple(code for code in asked.choices if code in picked)

    def _picks(self, most: int | None, offered: int) -> int:
        goes_on = 1 - 1 / max(self.plan.picks * self._tendencies.habit(self.observer, "picks"), 1.0)
        picks = 1
        while picks < min(most or offered, offered) and self._rng.random() < goes_on:
            picks += 1
        return picks

    def _order(self, asked: Asked) -> Answer:
        return tuple(sorted(sorted(asked.choices), key=lambda _: self._rng.random()))

    def _weights(self, name: str, codes: Sequence[str]) -> list[float]:
        """Codes come in the order of their spelling: a form that shuffles its choices draws the same."""
        for local in self.plan.local:
            given = matching(local.weights, name)
            if given and any(given.get(code) for code in codes) and local.holds(self._answers):
                return [given.get(code, 0.0) for code in codes]
        return self._tendencies.weights(name, codes, self._area, self.observer)

    def _draw(self, weights: Sequence[float]) -> int:
        left = self._rng.random() * sum(weights)
        last = 0
        for place, weight in enumerate(weights):
            if weight > 0:
                last, left = place, left - weight
                if left < 0:
                    return place
        return last

    def _last_resorts(self, asked: Asked) -> Iterator[Answer]:
        if asked.kind is Kind.SELECT_ONE:
            yield from asked.choices
        elif asked.kind is Kind.SELECT_MULTIPLE:
            yield from ((code,) for code in asked.choices)
        elif asked.kind is not Kind.RANK:
            yield from asked.hints.literals
            yield from fallbacks(asked.kind, asked.hints, self.plan)

    def _first(self, names: tuple[str, ...]) -> str:
        return next((self._answers[name] for name in names if self._answers.get(name)), "")


def _forced(answer: str, kind: Kind) -> Answer:
    if kind in {Kind.SELECT_MULTIPLE, Kind.RANK} and answer:
        return tuple(answer.split())
    return answer or None
