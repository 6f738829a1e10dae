"""From a raw submission to a clean one: pseudonyms for identifiers, a month for the day, the gate, known words only.

After strip no value is left that the mapping or the area registry does not know. apply checks each answer against its
own question again: two guards in series, each tested alone.
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import msgspec

from mappings.decode import META, Layout
from mappings.guard import UNKNOWN
from mappings.language import Coded, FormMapping
from mappings.locate import Locate, Place
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


class _Listed:
    """One answer out of a closed list of the interview; `absent` stands for none, and for one that is not listed."""

    __slots__ = ("_absent", "_fits", "_path")

    def __init__(self, coded: Coded | None, absent: str | None = None) -> None:
        self._absent = absent
        self._path = coded.path if coded else ""
        self._fits: dict[Scalar, str | None] = {None: absent, "": absent}
        self._fits |= {code: code for code in coded.codes} if coded else {}

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
        self._interview, self._gate, self._about, self._answers = (slice(start, end) for start, end in pairwise(ends))
        self._repeats = slice(ends[-1], None)
        self._mapping = mapping
        self._setting = setting
        self._locate = Locate(mapping.interview, setting.places, setting.keys)
        self._words = frozenset(_vocabulary(mapping))
        self._known: set[Scalar] = {None, *self._words, *map(str, range(1000))}
        interview = mapping.interview
        roster = interview.enumerator.codes if interview.enumerator else ()
        self._collectors = {code: collector_key(setting.keys, code) for code in roster}
        self._nobody = collector_key(setting.keys, "")
        self._organisation = _fixed(mapping.fixed_organisation) or _Listed(interview.organisation, UNKNOWN)
        self._method = _fixed(mapping.fixed_method) or _Listed(interview.method, UNKNOWN)
        self._source_group = _Listed(interview.source_group)
        self._source_sex = _Listed(interview.source_sex)
        self._disclosure_action = _Listed(interview.disclosure_action)
        self._open = tuple(step.value for step in mapping.gate)
        self._submission_key = submission_keys(setting.keys, mapping.form_id)
        self._withdrawal_key = withdrawal_keys(setting.keys, mapping.form_id)
        self._whens: dict[tuple[Scalar, date], _When] = {}

    def __call__(self, raw: RawSubmission, received_on: date) -> Stripped:
        values = msgspec.structs.astuple(raw)
        asked = _Asked._make(values[self._interview])
        rejects: list[Reject] = []
        root = values[0] or values[1]
        key = self._submission_key(str(root or ""))
        when = self._when(asked.day, received_on, rejects)
        collector = self._collector(asked.enumerator, rejects)
        place = self._locate(asked[:4], rejects)
        closed = self._closed_by(values[self._gate])
        kinds: tuple[str, ...] = (closed,) if closed else ()
        clean = None
        if not root or not (closed or place.adm1):
            outcome = Outcome.REJECTED
            rejects = [Reject(*_NO_ROOT) if not root else Reject(self._mapping.interview.adm1, Reason.NO_AREA)]
        elif closed:
            outcome = Outcome.REFUSED
            rejects = []
        else:
            outcome = Outcome.STORED
            kinds = place.nil + self._informant(asked, rejects)
            clean = self._clean(values, asked, (key, collector), when, place, rejects)
        note = _note(collector, asked)
        sighting = Sighting(received_on, when.period, place.adm1, ("received", *kinds), note)
        return Stripped(key, outcome, sighting, clean, tuple(rejects))

    def _clean(
        self,
        values: tuple[Scalar, ...],
        asked: _Asked,
        keys: tuple[str, str],
        when: _When,
        place: Place,
        rejects: list[Reject],
    ) -> CleanSubmission:
        repeats = values[self._repeats]
        # By position, in the order of the fields: naming them costs a microsecond for each submission.
        return CleanSubmission(
            keys[0],
            self._withdrawal(asked.withdrawal_code, rejects),
            self._mapping.form_version,
            keys[1],
            self._organisation(asked.organisation, rejects) or UNKNOWN,
            *place[:4],
            when.period,
            self._method(asked.method, rejects) or UNKNOWN,
            self._source_group(asked.source_group, rejects),
            self._source_sex(asked.source_sex, rejects),
            self._minutes(asked.minutes, rejects),
            when.clock,
            place.site_type,
            self._fit_all(values[self._answers]),
            tuple([self._fit_rows(rows) for rows in repeats]) if repeats else (),  # type: ignore[arg-type]
            self._fit_all(values[self._about]),
        )

    def _fit_rows(self, rows: tuple[RawSubmission, ...]) -> tuple[tuple[Scalar, ...], ...]:
        return tuple([self._fit_all(msgspec.structs.astuple(row)) for row in rows])

    def _fit_all(self, values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
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
            if value in (None, "") or (step.value != "*" and value != step.value):
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

    def _collector(self, value: Scalar, rejects: list[Reject]) -> str:
        known = self._collectors.get(str(value))
        if known is None and self._mapping.interview.enumerator:
            rejects.append(Reject(self._mapping.interview.enumerator.path, Reason.NOT_IN_LIST))
        return known or self._nobody

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
