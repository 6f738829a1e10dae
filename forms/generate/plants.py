"""Quality errors as field teams make them, put into interviews on purpose: what a monitor should find, and no more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from forms.engine import Ending, Kind
from forms.engine.skeleton import Role, Skeleton, Slot
from forms.engine.templates import Draft, Templates

SMALLEST_BATTERY = 4
_SMALL_BATTERY = 3
_FEWEST_CHOICES = 3
_LEAST_MINUTES = 8
"""Of an interview that a planted one is much shorter than."""
_FORGOTTEN = 600
_DEAD_BATTERY = date(1970, 1, 1)
_YEAR = timedelta(days=365)


class Plant(StrEnum):
    """The kinds of error. Two of `same_*`: the answers once more under another id, and the very same file again."""

    STRAIGHT_LINING = "straight_lining"
    TOO_FAST = "too_fast"
    OUTLIER = "outlier"
    SAME_CONTENT = "same_content"
    SAME_ID = "same_id"
    TODAY_1970 = "today_1970"
    TODAY_TOMORROW = "today_tomorrow"
    TODAY_LAST_YEAR = "today_last_year"


COPIES = frozenset({Plant.SAME_CONTENT, Plant.SAME_ID})
DAYS = frozenset({Plant.TODAY_1970, Plant.TODAY_TOMORROW, Plant.TODAY_LAST_YEAR})

_LACKS = {
    Plant.STRAIGHT_LINING: f"it has no {SMALLEST_BATTERY} questions with the same list of choices that may be varied",
    Plant.TOO_FAST: "it does not count its minutes in q_minutes",
    Plant.OUTLIER: "it has no number far from the usual ones that its rules would take, and no q_minutes",
    Plant.SAME_CONTENT: "no interview with it comes to its end",
    Plant.SAME_ID: "no interview with it comes to its end",
    **dict.fromkeys(DAYS, "it keeps no day of the interview, or its rules or answers depend on that day"),
}


class GenerateError(Exception):
    """What a form or an order does not allow. The message says what to change."""


def eligible(templates: Templates, plant: Plant) -> tuple[int, ...]:
    """The places of the templates in which this error can stand. Raises GenerateError when there is none."""
    every = enumerate(zip(templates.recording.templates, templates.skeletons, strict=True))
    found = tuple(
        place
        for place, (template, skeleton) in every
        if template.ending is Ending.COMPLETE and _fits(plant, skeleton, keeps_day=templates.recording.keeps_day)
    )
    if plant is Plant.OUTLIER:
        # Where a form asks for numbers, minutes are no outlier that anybody looks for.
        asking = tuple(place for place in found if _far(templates.skeletons[place]))
        found = asking or found
    if not found:
        raise GenerateError(f"This form cannot show {plant.value}: {_LACKS[plant]}")
    return found


def plant_into(draft: Draft, plant: Plant, today: date, rng: Random) -> tuple[str, ...]:
    """Changes the draft; names the questions that were changed."""
    if plant is Plant.STRAIGHT_LINING:
        return _straighten(draft, rng)
    if plant is Plant.TOO_FAST:
        return _put(draft, Role.MINUTES, str(1 + int(rng.random() * 2)))
    if plant is Plant.OUTLIER:
        return _outlie(draft, rng)
    day = date.fromisoformat(draft.text(Role.DAY))
    wrong = {Plant.TODAY_1970: _DEAD_BATTERY, Plant.TODAY_TOMORROW: today + timedelta(days=1)}
    return _put(draft, Role.DAY, wrong.get(plant, day - _YEAR).isoformat())


def bend(draft: Draft) -> None:
    """Nobody asked for straight-lining here, so that an interview that has it by chance gets one other answer."""
    for battery in batteries(draft.skeleton):
        given = {draft.texts[place] for place in battery}
        if len(battery) >= SMALLEST_BATTERY and len(given) == 1 and "" not in given:
            slot = draft.skeleton.slots[battery[-1]]
            others = [code for code in (slot.pool.offered if slot.pool else ()) if code not in given]
            draft.texts[battery[-1]] = others[0]


def batteries(skeleton: Skeleton) -> list[list[int]]:
    """The places of the slots that offer the same choices, where there are enough to see a straight line."""
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, slot in enumerate(skeleton.slots):
        if slot.pool and slot.pool.kind is Kind.SELECT_ONE and len(slot.pool.offered) >= _FEWEST_CHOICES:
            found[slot.pool.offered].append(place)
    return [places for places in found.values() if len(places) >= _SMALL_BATTERY]


def _fits(plant: Plant, skeleton: Skeleton, *, keeps_day: bool) -> bool:
    if plant is Plant.STRAIGHT_LINING:
        return any(len(battery) >= SMALLEST_BATTERY for battery in batteries(skeleton))
    if plant is Plant.TOO_FAST:
        return any(int(slot.text) >= _LEAST_MINUTES for slot in _in_role(skeleton, Role.MINUTES))
    if plant is Plant.OUTLIER:
        return bool(_far(skeleton)) or any(True for _ in _in_role(skeleton, Role.MINUTES))
    if plant in DAYS:
        return not keeps_day and any(True for _ in _in_role(skeleton, Role.DAY))
    return True


def _in_role(skeleton: Skeleton, role: Role) -> Iterator[Slot]:
    return (slot for slot in skeleton.slots if slot.role is role)


def _far(skeleton: Skeleton) -> Sequence[int]:
    return [place for place, slot in enumerate(skeleton.slots) if slot.pool and slot.pool.extremes]


def _straighten(draft: Draft, rng: Random) -> tuple[str, ...]:
    """The same place in every list, as somebody does who does not read."""
    share, names = rng.random(), []
    for battery in batteries(draft.skeleton):
        for place in battery:
            slot = draft.skeleton.slots[place]
            codes = slot.pool.offered if slot.pool else ()
            draft.texts[place] = codes[int(share * len(codes))]
            names.append(slot.name)
    return tuple(names)


def _outlie(draft: Draft, rng: Random) -> tuple[str, ...]:
    places = _far(draft.skeleton)
    if not places:
        return _put(draft, Role.MINUTES, str(_FORGOTTEN + int(rng.random() * _FORGOTTEN)))
    place = places[int(rng.random() * len(places))]
    slot = draft.skeleton.slots[place]
    extremes = slot.pool.extremes if slot.pool else ()
    draft.texts[place] = extremes[int(rng.random() * len(extremes))]
    return (slot.name,)


def _put(draft: Draft, role: Role, text: str) -> tuple[str, ...]:
    draft.put(role, text)
    return tuple(slot.name for slot in _in_role(draft.skeleton, role))
