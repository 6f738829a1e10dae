"""What fills forms: an open form in the engine, or recorded templates where there is no engine."""

from collections.abc import Iterable
from typing import Protocol

from forms.engine.plan import Plan
from forms.engine.records import Filled


class Filler(Protocol):
    def fill(self, seed: int | str, plan: Plan) -> Filled: ...

    def fill_many(self, seeds: Iterable[int | str], plan: Plan) -> tuple[Filled, ...]: ...
