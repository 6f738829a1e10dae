"""Reads a file of weights: how likely each answer is, and how far areas and teams lie apart."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import yaml

from forms.engine import FormInfo, Plan
from forms.engine.plan import Local
from forms.generate.plants import GenerateError

_MOST_BYTES = 1_000_000
_WEIGHTS = dict[str, dict[str, float]]


class WeightsError(GenerateError):
    """A file of weights that cannot be used. Names the file and the entry."""


class _Spread(msgspec.Struct, forbid_unknown_fields=True):
    answers: float = 0.6
    areas: float = 0.7
    teams: float = 0.25


class _Where(msgspec.Struct, forbid_unknown_fields=True):
    when: dict[str, str]
    weights: _WEIGHTS


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """All may be left out. `areas` and `teams` name the questions that say where, and who asks."""

    weights: _WEIGHTS = {}
    rates: dict[str, float] = {}
    numbers: dict[str, tuple[float, float]] = {}
    where: list[_Where] = []
    areas: list[str] | None = None
    teams: list[str] | None = None
    spread: _Spread = msgspec.field(default_factory=_Spread)
    empty: float = 0.04
    picks: float = 2.2
    repeats: tuple[int, int] = (1, 3)
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Weights:
    """`changes` to the usual plan, by its fields; `questions` and `codes` are what the file speaks of."""

    name: str
    changes: Mapping[str, Any]
    questions: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]

    def plan(self, today: date, salt: str) -> Plan:
        return replace(Plan(today=today, salt=salt), **self.changes)

    def check(self, info: FormInfo, xform: bytes, media: Mapping[str, bytes]) -> None:
        """Refuses questions and answers that the form does not have: a slip would go unseen."""
        known = {question.name for question in info.questions}
        for question in self.questions:
            if not any(fnmatchcase(one, question) for one in known):
                raise WeightsError(f"{self.name}: the form has no question {question}. Correct the name")
        words = _words([xform, *media.values()])
        for question, code in self.codes:
            if code not in words:
                raise WeightsError(f"{self.name}: {question} has no answer {code} in this form. Correct the code")


def read_weights(content: bytes, name: str) -> Weights:
    read = _read(content, name)
    told = [read.weights, *(one.weights for one in read.where)]
    asked = [
        *read.numbers,
        *(question for table in told for question in table),
        *(read.areas or ()),
        *(read.teams or ()),
    ]
    asked += [question for one in read.where for question in one.when]
    try:
        found = Weights(name, _changes(read), tuple(dict.fromkeys(asked)), tuple(_codes(told)))
        found.plan(date.min, "")
    except ValueError as error:
        raise WeightsError(f"{name}: {str(error).removeprefix('plan: ')}") from None
    return found


def _changes(read: _File) -> dict[str, Any]:
    """What the file does not say stays as it is usual."""
    usual = Plan(today=date.min)
    steering = {"area_by": read.areas, "habit_by": read.teams}
    return {
        "weights": usual.with_weights(read.weights).weights,
        "rates": {**usual.rates, **read.rates},
        "numbers": read.numbers,
        "local": tuple(Local(one.when, one.weights) for one in read.where),
        "spread": read.spread.answers,
        "area_spread": read.spread.areas,
        "habit_spread": read.spread.teams,
        "skip": read.empty,
        "picks": read.picks,
        "repeats": read.repeats,
        "seconds": read.seconds,
        **{field: tuple(names) for field, names in steering.items() if names is not None},
    }


def _codes(tables: Iterable[_WEIGHTS]) -> Iterable[tuple[str, str]]:
    return ((question, code) for table in tables for question, codes in table.items() for code in codes)


def _words(files: Iterable[bytes]) -> set[str]:
    return {word for content in files for word in re.findall(r"[\w.\-]+", content.decode(errors="replace"))}


def _read(content: bytes, name: str) -> _File:
    if len(content) > _MOST_BYTES:
        raise WeightsError(f"{name}: a file of weights has at most a million bytes")
    try:
        # Every scalar as text first: YAML would make true and false of yes and no.
        return msgspec.convert(yaml.load(content, Loader=yaml.BaseLoader) or {}, _File, strict=False)  # noqa: S506
    except yaml.YAMLError:
        raise WeightsError(f"{name} is not readable as YAML. Mend the file") from None
    except msgspec.ValidationError as error:
        raise WeightsError(f"{name}: {error}. docs/fill.md shows what such a file holds") from None
