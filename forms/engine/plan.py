"""How an interview is answered: rates, weights and habits from which a seed draws. Data only: it travels as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from forms.engine.records import Ending

Weights = Mapping[str, float]
T = TypeVar("T")

# The gates of the standard modules: about 2 % safety stops, 2 % not understood, 6 % refusals.
GATES: dict[str, Weights] = {
    "saf_*": {"yes": 0.996, "no": 0.004},
    "con_understood": {"yes": 0.98, "no": 0.02},
    "con_given": {"yes": 0.94, "no": 0.06},
    "dis_action": {"none": 0.96, "info_given": 0.02, "referral_offered": 0.01, "declined": 0.01},
    "clo_distress": {"yes": 0.02, "no": 0.98},
    "clo_enum_safe": {"yes": 0.98, "no": 0.02},
    "clo_debrief": {"yes": 0.04, "no": 0.96},
}

# How often a code is the answer wherever it is offered; `*` matches any part of a code.
RATES: dict[str, float] = {
    "dk": 0.07,
    "pna": 0.02,
    "none": 0.12,
    "no_difference": 0.1,
    "all_stages": 0.05,
    "all_year": 0.1,
    "other": 0.04,
    "*-NIL": 0.01,
}

# Codes that stand alone in a select_multiple, also where the form has no constraint that says so.
ALONE = ("none", "dk", "pna", "no_difference", "all_stages", "all_year")

# Who and where: spread evenly but for enumerators, who have areas of their own.
PLACES = ("ctx_enum", "ctx_org", "ctx_adm*", "ctx_site")

ENDINGS: tuple[tuple[str, str, Ending], ...] = (
    ("saf_*", "no", Ending.STOPPED),
    ("con_understood", "no", Ending.NOT_UNDERSTOOD),
    ("con_given", "no", Ending.REFUSED),
)


@dataclass(frozen=True, slots=True)
class Local:
    """Weights that hold only where these questions were answered like this before; `*` matches any part of a code."""

    when: Mapping[str, str]
    weights: Mapping[str, Weights]

    def holds(self, answers: Mapping[str, str]) -> bool:
        return all(fnmatchcase(answers.get(name, ""), pattern) for name, pattern in self.when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`today` is the interview day. The same `salt` is the same survey: areas and enumerators keep their habits.

    Shares: `skip` of optional questions left empty, `mined` of values taken from the form's own logic, `far` of dates
    that may lie a lifetime back (days of birth; without it all lie in the last months). `seconds` is the
    usual time for one question. The spreads say how far answers, areas and enumerators lie apart; 0 is flat.
    """

    today: date
    salt: str = ""
    language: str = ""
    weights: Mapping[str, Weights] = field(default_factory=lambda: dict(GATES))
    local: tuple[Local, ...] = ()
    rates: Weights = field(default_factory=lambda: dict(RATES))
    alone: tuple[str, ...] = ALONE
    forced: Mapping[str, str] = field(default_factory=dict, repr=False)
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    text_answers: tuple[str, ...] = field(default=(), repr=False)
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    rewrite: Mapping[str, str] = field(default_factory=dict, repr=False)
    places: tuple[str, ...] = PLACES
    area_by: tuple[str, ...] = ("ctx_adm2", "ctx_adm1")
    habit_by: tuple[str, ...] = ("ctx_enum",)
    spread: float = 0.6
    area_spread: float = 0.7
    habit_spread: float = 0.25
    skip: float = 0.04
    mined: float = 0.02
    far: float = 0.0
    picks: float = 2.2
    repeats: tuple[int, int] = (1, 3)
    seconds: float = 20.0
    tries: int = 25

    def __post_init__(self) -> None:
        _check_rates(self.rates)
        for weights in (self.weights, *(one.weights for one in self.local)):
            _check_weights(weights)
        if not (0 <= self.skip < 1 and 0 <= self.mined <= 1 and 0 <= self.far <= 1):
            raise ValueError("plan: skip, mined and far are shares; give 0 or more and less than 1")
        if self.tries < 1 or self.seconds <= 0 or self.picks < 1:
            raise ValueError("plan: tries and picks must be at least 1 and seconds above 0")
        if not 1 <= self.repeats[0] <= self.repeats[1]:
            raise ValueError("plan: repeats is (least, most) with 1 <= least <= most")

    def with_weights(self, weights: Mapping[str, Weights]) -> "Plan":
        """The same plan with the weights of some questions replaced."""
        return replace(self, weights={**weights, **{k: v for k, v in self.weights.items() if k not in weights}})

    def local_names(self) -> tuple[str, ...]:
        """The questions on whose answers other weights depend."""
        return tuple(dict.fromkeys(name for one in self.local for name in one.when))

    def with_forced(self, **answers: str) -> "Plan":
        """The same plan with fixed answers by question name; an empty one leaves the question unanswered."""
        return replace(self, forced={**self.forced, **answers})


def exploring_plan(today: date, **changes: Any) -> Plan:
    """A plan that looks for the corners of a form instead of a likely survey: flat weights, more mined values."""
    gates = {"saf_*": {"yes": 0.95, "no": 0.05}, "con_*": {"yes": 0.9, "no": 0.1}}
    flat: dict[str, Any] = {"spread": 0.0, "area_spread": 0.0, "habit_spread": 0.0, "rates": {}, "weights": gates}
    return Plan(today=today, **{**flat, "skip": 0.15, "mined": 0.5, "far": 0.4, **changes})


def matching(table: Mapping[str, T], name: str) -> T | None:
    """The entry for a name: its own, else the first pattern with a `*` that fits."""
    if name in table:
        return table[name]
    return next((entry for key, entry in table.items() if "*" in key and fnmatchcase(name, key)), None)


def ending_of(answers: Mapping[str, str]) -> Ending:
    """Which way the interview went, told from the answers to the gates of the standard modules."""
    for pattern, value, ending in ENDINGS:
        if any(answer == value for name, answer in answers.items() if fnmatchcase(name, pattern)):
            return ending
    return Ending.COMPLETE


def _check_rates(rates: Weights) -> None:
    wrong = [code for code, rate in rates.items() if not 0 <= rate < 1]
    if wrong:
        raise ValueError(f"plan: the rate of {wrong[0]} must be 0 or more and less than 1")


def _check_weights(weights: Mapping[str, Weights]) -> None:
    for name, given in weights.items():
        if any(weight < 0 for weight in given.values()) or not sum(given.values()) > 0:
            raise ValueError(f"plan: the weights of {name} must not be negative, and at least one above 0")
