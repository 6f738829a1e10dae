"""From a seed to finished interviews: on which day, how answered, and what goes wrong on a phone now and then."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from forms.engine import Ending, Plan
from forms.engine.rewrite import rewrite
from forms.engine.tendencies import repeatable
from workers.phone.canary import Canaries
from workers.phone.fillers import Fillers
from workers.phone.identifiers import with_identifiers
from workers.phone.misfits import misfitted

_DEAD_BATTERY = date(1970, 1, 1)
_AHEAD = timedelta(days=200)
_REPLACED = re.compile(rb"<deprecatedID>[^<]*</deprecatedID>")


@dataclass(frozen=True, slots=True)
class Habits:
    """How often out of one time each thing happens; `split` and `edit_again` are shares of those above them."""

    misfit: float = 0.03
    wrong_clock: float = 0.01
    attachments: float = 0.1
    split: float = 0.3
    cut_off: float = 0.02
    lost_answer: float = 0.04
    edit: float = 0.04
    edit_again: float = 0.25
    conflict: float = 0.007
    duplicate: float = 0.02


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be simulated. The same survey on the same day gives the same interviews, ids included."""

    submissions: int
    seed: int
    today: date
    days_back: int = 0
    habits: Habits = Habits()
    plan: Mapping[str, Any] = field(default_factory=dict)
    """Changes to the plan of answers, by field of `forms.engine.Plan`."""
    plain_xml: bool = False
    """Without comments and processing instructions, for servers that break at them (KoBoToolbox)."""


@dataclass(frozen=True, slots=True)
class Interview:
    """`xml` is what the phone keeps and posts. `misfit` names the kind of answer that does not fit, or is empty."""

    number: int
    xml: bytes = field(repr=False)
    instance_id: str
    ending: Ending
    misfit: str
    wrong_clock: bool


def luck(survey: Survey, number: int, purpose: str) -> Random:
    """Each purpose draws for itself: one rate changed does not change everything else."""
    return repeatable("phone", survey.seed, number, purpose)


def hold(survey: Survey, number: int, fillers: Fillers, canaries: Canaries) -> Interview:
    """One interview, from the first question to the finished file."""
    rng = luck(survey, number, "day")
    today = survey.today - timedelta(days=rng.randint(0, survey.days_back))
    wrong_clock = rng.random() < survey.habits.wrong_clock
    if wrong_clock:
        today = rng.choice((_DEAD_BATTERY, today + _AHEAD))
    plan = Plan(today=today, salt=f"survey {survey.seed}")
    filled = fillers.fill(number, f"{survey.seed}/{number}", replace(plan, **survey.plan))
    # Phones add the identifiers while the interview goes on, so they are there before anything breaks.
    xml = with_identifiers(filled.xml, canaries, plain=survey.plain_xml)
    misfit = ""
    if luck(survey, number, "misfit").random() < survey.habits.misfit:
        xml, misfit = misfitted(filled, xml, canaries, luck(survey, number, "which misfit"))
    return Interview(number, xml, filled.instance_id, filled.ending, misfit, wrong_clock)


def edited(xml: bytes, *, instance_id: str, edits: str | None, rng: Random) -> bytes:
    """The interview with one answer changed. With `edits` it says which one it replaces, as Collect does."""
    leaf, value = rng.choice(HARMLESS)
    changed = rewrite(xml, {"instanceID": instance_id, leaf: value})
    if edits is None:
        # Where the leaf is absent, or has this value already, the bytes must differ all the same.
        return changed + b"\n"
    once = _REPLACED.sub(b"", changed)
    return once.replace(b"</meta>", f"<deprecatedID>{edits}</deprecatedID></meta>".encode())


# Answers on which no other question depends, with codes that every form with these questions offers.
HARMLESS = tuple(
    (f"evi_confidence_{section}", value)
    for section in ("community", "recruitment", "exploitation", "movement_services")
    for value in ("low", "medium", "high")
)
