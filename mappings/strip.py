"""From a raw submission to a clean one: pseudonyms for identifiers, a month for the day, the gate, known words only.

After strip no value is left that the mapping or the area registry does not know. apply checks each answer against its
own question again: two guards in series, each tested alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any, NamedTuple, cast

from msgspec.structs import astuple

from mappings.decode import META, Layout
from mappings.guard import UNKNOWN
from mappings.language import Coded, FormMapping
from mappings.locate import Locate
from mappings.model import (
    CleanSubmission,
    InboxNote,
    Outcome,
    RawSubmission,
    Reason,
    Reject,
    Scalar,
    Sighting,
    Stripped,
)
from mappings.places import Places
from mappings.privacy import time as coarse
from mappings.privacy.pseudonym import Keys, collector_key, submission_keys, withdrawal_keys

# Stands where an answer was that no question of the form can have. No code can be spelt so (mappings.language).
UNFIT = "!"

# Eight digits and more may be a telephone or a card number; no count of a site or a district needs them.
_NUMBER = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,6})?")
_LARGEST = 9_999_999
_WITHDRAWAL_CODE = re.compile(r"[0-9a-f]{8}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MINUTES = {str(minutes): minutes for minutes in range(601)}

_Values = tuple[Scalar, ...]

# What is remembered is made of words the form can have, so it holds nothing personal; the bound is against floods.
_MEMORY = 50_000


@dataclass(frozen=True, slots=True)
class Setting:
    """What strip needs to know besides the mapping. `deployed_on`: the day this form version went to the phones."""

    keys: Keys
    places: Places
    deployed_on: date


class _Asked(NamedTuple):
    """The interview's own answers, in the order of the fields of `language.Interview`."""

    adm1: Scalar
    adm2: Scalar
    adm3: Scalar
    site: Scalar
    day: Scalar
    enumerator: Scalar
    organisation: Scalar
    method: Scalar
    source_group: Scalar
    source_sex: Scalar
    minutes: Scalar
    withdrawal_code: Scalar
    enum_safe: Scalar
    debrief: Scalar
    distress: Scalar
    disclosure_action: Scalar


class _When(NamedTuple):
    period: str
    clock: str


class _Who(NamedTuple):
    """Who asked, for whom and how, and who answered: a pseudonym and codes of short lists."""

    collector: str
    organisation: str
    method: str
    source_group: str | None
    source_sex: str | None


class _Listed:
    """One answer out of a closed list of the interview; `absent` stands for none, and for one that is not listed."""

    __slots__ = ("_absent", "_fits", "_path")

    def __init__(self, coded: Coded | None, absent: str | None = None, *, required: bool = False) -> None:
        self._absent = absent
        self._path = coded.path if coded else ""
        self._fits: dict[Scalar, str | None] = {code: code for code in coded.codes} if coded else {}
        if not (coded and required):
            self._fits |= {None: absent, "": absent}

    def __call__(self, value: Scalar, rejects: list[Reject]) -> str | None:
        if value in self._fits:
            return self._fits[value]
        if self._path:
            rejects.append(Reject(self._path, Reason.NOT_IN_LIST))
        return self._absent


class Strip:
    """Compiled for one form version. Call it with a raw submission and the day it was received."""

    def __init__(self, mapping: FormMapping, setting: Setting) -> None:
        layout = Layout.of(mapping)
        ends = [len(META)]
        for part in (layout.interview, layout.gate, layout.about, layout.answers):
            ends.append(ends[-1] + len(part))
        self._interview, _, self._about, self._answers = (slice(start, end) for start, end in pairwise(ends))
        self._repeats = slice(ends[-1], None)
        self._mapping = mapping
        self._setting = setting
        self._locate = Locate(mapping.interview, setting.places, setting.keys)
        self._words = frozenset(_vocabulary(mapping))
        self._known: set[Scalar] = {None, *self._words, *map(str, range(1000))}
        interview = mapping.interview
        asked_of = (interview.enumerator, interview.organisation, interview.source_group, interview.source_sex)
        lists = [coded.codes for coded in (*asked_of, interview.method) if coded]
        self._listed: frozenset[Scalar] = frozenset((None, *chain.from_iterable(lists)))
        self._enumerator = _Listed(interview.enumerator, "", required=True)
        self._organisation = _fixed(mapping.fixed_organisation) or _Listed(interview.organisation, UNKNOWN)
        self._method = _fixed(mapping.fixed_method) or _Listed(interview.method, UNKNOWN)
        self._source_group = _Listed(interview.source_group)
        self._source_sex = _Listed(interview.source_sex)
        self._disclosure_action = _Listed(interview.disclosure_action)
        places = {path: place for place, path in enumerate(layout.singles, start=len(META))}
        self._given = _picker([places[step.path] for step in mapping.gate])
        # What any answer opens is looked at each time: a phone may well send the star itself.
        self._open = tuple(object() if step.value == "*" else step.value for step in mapping.gate)
        self._only_counts = mapping.keeps == "counters"
        self._submission_key = submission_keys(setting.keys, mapping.form_id)
        self._withdrawal_key = withdrawal_keys(setting.keys, mapping.form_id)
        self._whens: dict[tuple[Scalar, date], _When] = {}
        self._whos: dict[tuple[Scalar, ...], _Who] = {}

    def __call__(self, raw: RawSubmission, received_on: date) -> Stripped:
        values = astuple(raw)
        asked = _Asked._make(values[self._interview])
        rejects: list[Reject] = []
        root = values[0] or values[1]
        key = self._submission_key(str(root or ""))
        when = self._when(asked.day, received_on, rejects)
        who = self._who(asked, rejects)
        place = self._locate(asked[:4], rejects)
        closed = self._closed_by(self._given(values))
        kinds: tuple[str, ...] = (closed,) if closed else ()
        clean = None
        if not root or not (closed or place.adm1 or self._only_counts):
            outcome = Outcome.REJECTED
            rejects = [Reject(*_NO_ROOT) if not root else Reject(self._mapping.interview.adm1, Reason.NO_AREA)]
        elif closed or self._only_counts:
            outcome = Outcome.REFUSED if closed else Outcome.COUNTED
            kinds = kinds or self._informant(asked, [])
            rejects = []
        else:
            outcome = Outcome.STORED
            kinds = place.nil + self._informant(asked, rejects)
            about_it = (key, self._withdrawal(asked.withdrawal_code, rejects), self._mapping.form_version)
            minutes = self._minutes(asked.minutes, rejects)
            # By position, in the order of the fields: naming them costs a microsecond for each submission.
            head = (*who[:2], *place[:4], when.period, *who[2:], minutes, when.clock, place.site_type)
            clean = CleanSubmission._make((*about_it, *head, *self._fit_all(values)))
        note = _note(who.collector, asked)
        sighting = Sighting(received_on, when.period, place.adm1, ("received", *kinds), note)
        return Stripped(key, outcome, sighting, clean, tuple(rejects))

    def _fit_all(self, values: tuple[Any, ...]) -> tuple[_Values, tuple[tuple[_Values, ...], ...], _Values]:
        """Answers, repeats and what is about the interview, as far as the form can have them."""
        repeats = tuple([tuple([self._fit_some(astuple(row)) for row in rows]) for rows in values[self._repeats]])
        return self._fit_some(values[self._answers]), repeats, self._fit_some(values[self._about])

    def _fit_some(self, values: _Values) -> _Values:
        known = self._known
        if known.issuperset(values):
            return values
        return tuple([value if value in known else self._fit(value) for value in values])

    def _fit(self, value: Scalar) -> Scalar:
        """The value if the form can have it: a number, or words of its lists. An empty text is no answer."""
        if isinstance(value, int | float):
            return value if abs(value) <= _LARGEST and not isinstance(value, bool) else UNFIT
        text = str(value)
        if not text or _NUMBER.fullmatch(text):
            return text or None
        if not self._words.issuperset(text.split(" ")):
            return UNFIT
        if len(self._known) < _MEMORY:
            self._known.add(text)
        return text

    def _closed_by(self, given: tuple[Scalar, ...]) -> str:
        """The first step of the gate that does not hold, as what it counts as; '' when all hold."""
        if given == self._open:
            return ""
        for step, value in zip(self._mapping.gate, given, strict=True):
            if not step.opens(value):
                return step.otherwise
        return ""

    def _when(self, value: Scalar, received_on: date, rejects: list[Reject]) -> _When:
        known = self._whens.get((value, received_on))
        if known is not None:
            return known
        today = _day(value)
        if today is None and value is not None:
            rejects.append(Reject(self._mapping.interview.day, Reason.NOT_A_DAY))
        verdict = coarse.clock(today, self._setting.deployed_on, received_on)
        when = _When(coarse.period(today, verdict, received_on), verdict.value)
        if value == str(today) and len(self._whens) < _MEMORY:
            self._whens[value, received_on] = when
        return when

    def _who(self, asked: _Asked, rejects: list[Reject]) -> _Who:
        given = asked[5:10]
        known = self._whos.get(given)
        if known is not None:
            return known
        found: list[Reject] = []
        who = _Who(
            collector_key(self._setting.keys, self._enumerator(asked.enumerator, found) or ""),
            self._organisation(asked.organisation, found) or UNKNOWN,
            self._method(asked.method, found) or UNKNOWN,
            self._source_group(asked.source_group, found),
            self._source_sex(asked.source_sex, found),
        )
        # What no list holds is not remembered, not even where the form does not ask.
        if not found and self._listed.issuperset(given) and len(self._whos) < _MEMORY:
            self._whos[given] = who
        rejects.extend(found)
        return who

    def _withdrawal(self, value: Scalar, rejects: list[Reject]) -> str | None:
        if value is None:
            return None
        if not _WITHDRAWAL_CODE.fullmatch(str(value)):
            rejects.append(Reject(self._mapping.interview.withdrawal_code, Reason.WRONG_SHAPE))
            return None
        return self._withdrawal_key(str(value))

    def _minutes(self, value: Scalar, rejects: list[Reject]) -> int | None:
        minutes = _MINUTES.get(str(value))
        if minutes is not None or value is None:
            return minutes
        rejects.append(Reject(self._mapping.interview.minutes, Reason.OUT_OF_RANGE))
        return None

    def _informant(self, asked: _Asked, rejects: list[Reject]) -> tuple[str, ...]:
        """What is only ever counted: distress seen, and what was done after somebody told of a real case."""
        action = self._disclosure_action(asked.disclosure_action, rejects)
        distress = ("distress",) if asked.distress == "yes" else ()
        return (*distress, f"disclosure_action:{action}") if action else distress


_NO_ROOT = ("meta/instanceID", Reason.NO_ROOT)


def _picker(places: Sequence[int]) -> Callable[[tuple[Any, ...]], tuple[Scalar, ...]]:
    """itemgetter gives a bare value for one place, and takes no less."""
    if len(places) > 1:
        return cast(Callable[[tuple[Any, ...]], tuple[Scalar, ...]], itemgetter(*places))
    return lambda values: tuple([values[place] for place in places])


def _vocabulary(mapping: FormMapping) -> set[str]:
    words = {code for rule in mapping.rules for code in rule.codes}
    return words.union(*(about.codes for about in mapping.about)) if mapping.about else words


def _fixed(code: str) -> _Listed | None:
    """What a mapping says for all its interviews; whatever a phone sends in its place is not even a reject."""
    return _Listed(None, code) if code else None


def _day(value: Scalar) -> date | None:
    text = str(value)[:10]
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _note(collector: str, asked: _Asked) -> InboxNote | None:
    """Only what the supervisor must act on: felt unsafe, or wants to talk."""
    if asked.enum_safe != "no" and asked.debrief != "yes":
        return None
    words = {"yes": True, "no": False}
    return InboxNote(collector, words.get(str(asked.enum_safe)), words.get(str(asked.debrief)))
