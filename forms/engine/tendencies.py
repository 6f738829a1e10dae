"""Leanings that stay the same over all interviews of one survey: of areas, of enumerators, of answers."""

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import blake2b
from random import Random

from forms.engine.plan import Plan, matching

_MOST_REMEMBERED = 50_000
# How much more an enumerator leans to some areas than people lean to some answers.
_HOME = 2.0


@lru_cache(maxsize=1 << 16)
def leaning(*keys: str) -> float:
    """A standard normal number that belongs to these keys for ever."""
    digest = blake2b("\x1f".join(keys).encode(), digest_size=16).digest()
    first = (int.from_bytes(digest[:8], "big") + 1) / 2**64
    second = int.from_bytes(digest[8:], "big") / 2**64
    return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)


def seed_number(*keys: object, bits: int = 63) -> int:
    """A whole number for a seed and a purpose, so that no two purposes share a sequence."""
    digest = blake2b("\x1f".join(map(str, keys)).encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big") >> (128 - bits)


def repeatable(*keys: object) -> Random:
    """Random numbers that are the same on every run: a simulation must repeat, and nothing secret comes from it."""
    return Random("|".join(map(str, keys)))  # noqa: S311


class Tendencies:
    """A plan's leanings; one object for many interviews, since areas and enumerators come again and again."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._remembered: dict[tuple[object, ...], list[float]] = {}

    def weights(self, name: str, codes: Sequence[str], area: str, observer: str) -> list[float]:
        """How likely each code is: as the plan says for this question, else by rates and leanings."""
        key = (name, tuple(codes), area, observer)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self._weigh(name, codes, area, observer)
        return found

    def rate(self, code: str, observer: str) -> float | None:
        """How often the plan wants this code; some enumerators write 'don't know' more often than others."""
        rate = matching(self.plan.rates, code)
        return None if rate is None else min(rate * self.habit(observer, "rate", code, strength=2.0), 0.9)

    def habit(self, observer: str, *keys: str, strength: float = 1.0) -> float:
        return math.exp(strength * self.plan.habit_spread * leaning(self.plan.salt, observer, *keys))

    def of_area(self, area: str, name: str) -> float:
        """How far an area lies from the others in a question without choices; nothing while it is not known."""
        return self.plan.area_spread * leaning(self.plan.salt, area, name) if area else 0.0

    def _weigh(self, name: str, codes: Sequence[str], area: str, observer: str) -> list[float]:
        given = matching(self.plan.weights, name)
        if given and any(given.get(code) for code in codes):
            return [given.get(code, 0.0) for code in codes]
        rates = {code: rate for code in codes if (rate := self.rate(code, observer)) is not None}
        plain = {code: self._lean(name, code, area, observer) for code in codes if code not in rates}
        share = min(sum(rates.values()), 0.95)
        whole = sum(plain.values()) / (1 - share) if plain else 1.0
        return [rates[code] * whole if code in rates else plain[code] for code in codes]

    def _lean(self, name: str, code: str, area: str, observer: str) -> float:
        plan = self.plan
        if any(fnmatchcase(name, place) for place in plan.places):
            return math.exp(_HOME * plan.spread * leaning(plan.salt, observer, name, code)) if observer else 1.0
        lean = plan.spread * leaning(plan.salt, name, code)
        if area:
            lean += plan.area_spread * leaning(plan.salt, area, name, code)
        if observer:
            lean += plan.habit_spread * leaning(plan.salt, observer, name, code)
        return math.exp(lean)
