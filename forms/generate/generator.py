"""The submissions of one survey, each drawn from its number alone, so that any of them can be made again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from uuid import UUID

from forms.engine import Ending, Plan, Templates
from forms.engine.skeleton import Role
from forms.engine.templates import Draft
from forms.generate.plants import COPIES, GenerateError, Plant, bend, eligible, plant_into

_LOOK_BACK = 200
"""A copy lies at most so far behind what it copies, as a phone sends twice within days and not after months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How many, from which seed, up to how many days back, and in which share of them each error is planted."""

    submissions: int
    seed: int = 1
    days_back: int = 30
    plants: Mapping[Plant, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(not 0 <= share <= 1 for share in self.plants.values()) or sum(self.plants.values()) > 1:
            raise GenerateError("The shares of planted errors lie between 0 and 1, and together they are at most 1")
        if self.days_back > 300 and Plant.TODAY_LAST_YEAR in self.plants:
            raise GenerateError("With more than 300 days back nobody can tell last year from this one")


@dataclass(frozen=True, slots=True)
class Submission:
    """`questions` names what a planted error changed; `copied` is the id of the submission that this one repeats.

    `day` is what the phone's clock said, as far as the form notes it or its rules know; `reached` what the engine asked
    and showed in the interview behind it.
    """

    number: int
    instance_id: str
    xml: bytes = field(repr=False)
    ending: Ending
    day: date
    reached: frozenset[str] = field(repr=False)
    plant: Plant | None = None
    questions: tuple[str, ...] = ()
    copied: str = ""


class Generator:
    """Raises GenerateError at once when the form cannot show an error that is ordered."""

    def __init__(self, templates: Templates, plan: Plan, order: Order) -> None:
        self._templates, self._plan, self._order = templates, plan, order
        self._plans: dict[date, Plan] = {}
        self._among = {plant: eligible(templates, plant) for plant, share in order.plants.items() if share}
        self._steps = list(zip(accumulate(order.plants.values()), order.plants, strict=True))
        self._reached = [frozenset((*one.asked, *one.shown)) for one in templates.recording.templates]

    def all(self) -> Iterator[Submission]:
        """In order; nothing is kept, so that a million need no more memory than one."""
        return map(self.submission, range(self._order.submissions))

    def submission(self, number: int) -> Submission:
        rng = self._luck(number)
        plant = self._plant(rng)
        if plant in COPIES:
            original = self._original(number, rng)
            if original is not None:
                return self._copy(number, original, plant, rng)
            plant = None
        return self._own(number, plant, rng)

    def _luck(self, number: int) -> Random:
        """Repeatable; nothing secret comes from it."""
        return Random(f"{self._plan.salt}|{self._order.seed}|{number}")  # noqa: S311

    def _plant(self, rng: Random) -> Plant | None:
        drawn = rng.random()
        return next((plant for most, plant in self._steps if drawn < most), None)

    def _own(self, number: int, plant: Plant | None, rng: Random) -> Submission:
        draft = self._draft(number, plant, rng)
        questions: tuple[str, ...] = ()
        if plant is not Plant.STRAIGHT_LINING:
            bend(draft)
        if plant is not None:
            questions = plant_into(draft, plant, self._plan.today, rng)
        return self._finished(number, draft, plant, questions)

    def _draft(self, number: int, plant: Plant | None, rng: Random) -> Draft:
        today = self._plan.today - timedelta(days=int(rng.random() * (self._order.days_back + 1)))
        if today not in self._plans:
            self._plans[today] = replace(self._plan, today=today)
        among = None if plant is None else self._among[plant]
        return self._templates.draft(f"{self._order.seed}/{number}", self._plans[today], among)

    def _finished(self, number: int, draft: Draft, plant: Plant | None, questions: tuple[str, ...]) -> Submission:
        noted = draft.text(Role.DAY)
        own = draft.template.day if self._templates.recording.keeps_day else None
        return Submission(
            number=number,
            instance_id=draft.text(Role.ID),
            xml=draft.xml(),
            ending=draft.template.ending,
            day=date.fromisoformat(noted) if noted else own or self._plan.today,
            reached=self._reached[draft.place],
            plant=plant,
            questions=questions,
        )

    def _original(self, number: int, rng: Random) -> Submission | None:
        """A whole interview without a planted error, not long before."""
        start = number - 1 - int(rng.random() * min(number, _LOOK_BACK // 2))
        for before in range(start, max(start - _LOOK_BACK // 2, -1), -1):
            luck = self._luck(before)
            if self._plant(luck) is None:
                found = self._own(before, None, luck)
                if found.ending is Ending.COMPLETE:
                    return found
        return None

    def _copy(self, number: int, original: Submission, plant: Plant | None, rng: Random) -> Submission:
        xml, identity = original.xml, original.instance_id
        if plant is Plant.SAME_CONTENT:
            identity = f"uuid:{UUID(int=rng.getrandbits(128), version=4)}"
            xml = xml.replace(original.instance_id.encode(), identity.encode())
        return replace(original, number=number, instance_id=identity, xml=xml, plant=plant, copied=original.instance_id)
