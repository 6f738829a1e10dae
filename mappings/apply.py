"""From a clean submission to one standard row: each answer becomes an id of the answer dictionary, or a number.

The words of the form end here. What a question's own list does not hold, or what its own rule does not allow, is a
Reject and the status `invalid`; it is never stored.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import chain, compress
from typing import NamedTuple

import msgspec

from mappings.guard import HeadGuard
from mappings.language import About, FormMapping, Rule, about_answer, answers, rule_answers
from mappings.model import AnswerKey, Applied, CleanSubmission, Reason, Reject, Scalar, StandardRow
from mappings.places import Places

Ids = Mapping[AnswerKey, int]

# Combinations of a select_multiple that were seen and fit; bounded against a phone that sends every one there is.
_MEMORY = 20_000
_SOURCE_GROUP = -1

_Numbers = tuple[list[int], list[float]]


class _Bad(Exception):  # noqa: N818 (caught a few lines further on, never seen outside)
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


class _Condition(NamedTuple):
    """Place of the answer a question depends on (`_SOURCE_GROUP` for the informant's group), and what closes it."""

    place: int
    none_of: frozenset[str]


def needed_answers(mapping: FormMapping, site_types: Iterable[str]) -> list[AnswerKey]:
    """Every entry of the answer dictionary that `Apply` wants an id for, once each, in a stable order."""
    types = [AnswerKey("site_type", code=code) for code in sorted(set(site_types))]
    return list(dict.fromkeys([*answers(mapping), *types]))


class Apply:
    """Compiled for one form version. Call it with a clean submission; raises NotStrippedError for one that is not."""

    def __init__(self, mapping: FormMapping, places: Places, ids: Ids) -> None:
        self._check_head = HeadGuard(mapping, places)
        self._mapping_version = mapping.version
        self._form_version = mapping.form_version
        singles = [rule for rule in mapping.rules if not rule.repeat]
        order = {rule.path: place for place, rule in enumerate(singles)}
        if mapping.interview.source_group:
            order[mapping.interview.source_group.path] = _SOURCE_GROUP
        questions = [_Question(rule, ids, order) for rule in singles]
        self._is_number = [bool(question.number) for question in questions]
        self._is_coded = [not question.number for question in questions]
        self._coded = [question for question in questions if not question.number]
        self._numbers = [question for question in questions if question.number]
        # Most answers are words or small numbers that were seen before: one look-up each, and `read` for the rest.
        self._quick_codes = [question.fits.get for question in self._coded]
        self._quick_numbers = [question.small.get for question in self._numbers]
        repeats = dict.fromkeys(rule.repeat for rule in mapping.rules if rule.repeat)
        self._repeats = [
            [_Question(rule, ids, order) for rule in mapping.rules if rule.repeat == path] for path in repeats
        ]
        self._about = [_AboutQuestion(about, ids) for about in mapping.about]
        self._site_types = {key.code: number for key, number in ids.items() if key.kind == "site_type"}

    def __call__(self, clean: CleanSubmission) -> Applied:
        self._check_head(clean)
        rejects: list[Reject] = []
        numbers: _Numbers = ([], [])
        found = self._read_coded(clean, numbers, rejects)
        found += self._read_numbers(clean, numbers, rejects)
        for questions, rows in zip(self._repeats, clean.repeats, strict=True):
            for row in rows:
                answered = zip(questions, row, strict=True)
                found += [question.read(value, clean, numbers, rejects) for question, value in answered]
        c = list(chain.from_iterable(found))
        e = [number for about, value in zip(self._about, clean.about, strict=True) for number in about(value, rejects)]
        if clean.site_type is not None:
            e.append(self._site_types[clean.site_type])
        return Applied(self._row(clean, c, numbers, e), tuple(rejects))

    def _read_coded(self, clean: CleanSubmission, numbers: _Numbers, rejects: list[Reject]) -> list[tuple[int, ...]]:
        values = list(compress(clean.answers, self._is_coded))
        found = [quick(value) for quick, value in zip(self._quick_codes, values, strict=True)]
        return [
            ids if ids is not None else question.read(value, clean, numbers, rejects)
            for ids, question, value in zip(found, self._coded, values, strict=True)
        ]

    def _read_numbers(self, clean: CleanSubmission, numbers: _Numbers, rejects: list[Reject]) -> list[tuple[int, ...]]:
        values = list(compress(clean.answers, self._is_number))
        found = [quick(value) for quick, value in zip(self._quick_numbers, values, strict=True)]
        if None in found:
            answered = zip(self._numbers, values, strict=True)
            return [question.read(value, clean, numbers, rejects) for question, value in answered]
        numbers[0].extend(question.number for question in self._numbers)
        numbers[1].extend(found)  # type: ignore[arg-type]  # no None in it
        return []

    def _row(self, clean: CleanSubmission, c: list[int], numbers: _Numbers, e: list[int]) -> StandardRow:
        # From collector_key to clock both records have the same fields in the same order.
        content = (self._form_version, self._mapping_version, *clean[3:15], c, *numbers, e)
        revision = blake2b(msgspec.msgpack.encode((clean.withdrawal_key, content)), digest_size=8).hexdigest()
        return StandardRow._make((clean.submission_key, clean.withdrawal_key, revision, *content))


class _Question:
    """One rule, ready to read. `fits` maps words that were seen before to their ids, `small` texts to small numbers.

    `number` is the id of a question that asks for one, else 0. Both maps are empty where the answer depends on another.
    """

    __slots__ = ("_codes", "_conditions", "_exclusive", "_multi", "_rule", "_statuses", "fits", "number", "small")

    def __init__(self, rule: Rule, ids: Ids, order: Mapping[str, int]) -> None:
        entries = {name: ids[key] for name, key in rule_answers(rule).items()}
        self._rule = rule
        self._statuses = {name[7:]: (number,) for name, number in entries.items() if name.startswith("status:")}
        self._codes = {code: entries[code] for code in rule.codes}
        self.number = entries.get("number", 0)
        self._multi = entries.get("multi", 0)
        self._exclusive = frozenset(rule.exclusive)
        self._conditions = tuple(_Condition(order[step.path], frozenset(step.none_of)) for step in rule.asked_if)
        self.fits: dict[Scalar, tuple[int, ...]] = {}
        self.small: dict[Scalar, float] = {}
        if not self._conditions:
            self.fits[None] = self._statuses["skipped"]
            self.fits |= {code: self._picked([code]) for code in rule.codes}
        if self.number and not self._conditions:
            self.small = {str(small): float(small) for small in range(1000) if self._in_range(small)}

    def read(
        self,
        value: Scalar,
        clean: CleanSubmission,
        numbers: _Numbers,
        rejects: list[Reject],
    ) -> tuple[int, ...]:
        """The ids of one answer: what `fits` does not know is missing, conditional, a number, a combination, or bad."""
        if value in self.small:
            return self._keep(self.small[value], numbers)
        if self._conditions and not _was_asked(self._conditions, clean):
            if value is not None:
                rejects.append(Reject(self._rule.path, Reason.NOT_EXPECTED))
            return self._statuses["not_asked"]
        if value is None:
            return self._statuses["skipped"]
        try:
            return self._read_number(value, numbers) if self.number else self._read_codes(value)
        except _Bad as bad:
            rejects.append(Reject(self._rule.path, bad.reason))
            return self._statuses["invalid"]

    def _read_number(self, value: Scalar, numbers: _Numbers) -> tuple[int, ...]:
        try:
            number = float(value) if not isinstance(value, bool) else None  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = None
        rule = self._rule
        # nan fails every comparison, and so is refused too.
        if number is None or (rule.response == "integer" and number % 1 != 0):
            raise _Bad(Reason.NOT_A_NUMBER)
        if not self._in_range(number):
            raise _Bad(Reason.OUT_OF_RANGE)
        return self._keep(number, numbers)

    def _in_range(self, number: float) -> bool:
        low = float("-inf") if self._rule.minimum is None else self._rule.minimum
        high = float("inf") if self._rule.maximum is None else self._rule.maximum
        return low <= number <= high

    def _keep(self, number: float, numbers: _Numbers) -> tuple[int, ...]:
        numbers[0].append(self.number)
        numbers[1].append(number)
        return ()

    def _read_codes(self, value: Scalar) -> tuple[int, ...]:
        codes = str(value).split()
        if not codes or any(code not in self._codes for code in codes) or len(set(codes)) < len(codes):
            raise _Bad(Reason.NOT_IN_LIST)
        limit = 1 if not self._multi else self._rule.max_select
        if limit is not None and len(codes) > limit:
            raise _Bad(Reason.TOO_MANY)
        if len(codes) > 1 and not self._exclusive.isdisjoint(codes):
            raise _Bad(Reason.NOT_EXCLUSIVE)
        ids = self._picked(codes)
        if not self._conditions and len(self.fits) < _MEMORY:
            self.fits[value] = ids
        return ids

    def _picked(self, codes: list[str]) -> tuple[int, ...]:
        """`dk` and `pna` stand alone as a status; real codes of a select_multiple follow the mark of an answer."""
        ids = tuple(sorted(self._codes[code] for code in codes))
        is_status = len(codes) == 1 and self._rule.codes[codes[0]] in self._statuses
        return ids if is_status or not self._multi else (self._multi, *ids)


class _AboutQuestion:
    """Evidence, confidence, limitations: closed lists whose bad answers are Rejects and leave nothing."""

    __slots__ = ("_about", "_codes", "_fits")

    def __init__(self, about: About, ids: Ids) -> None:
        self._about = about
        self._codes = {code: ids[about_answer(about, code)] for code in about.codes}
        self._fits: dict[Scalar, list[int]] = {None: []}

    def __call__(self, value: Scalar, rejects: list[Reject]) -> list[int]:
        known = self._fits.get(value)
        if known is not None:
            return known
        codes = str(value).split()
        found = [self._codes[code] for code in codes if code in self._codes]
        if len(found) < len(codes) or (len(codes) > 1 and not self._about.multiple):
            rejects.append(Reject(self._about.path, Reason.NOT_IN_LIST))
            return []
        ids = sorted(set(found))
        if len(self._fits) < _MEMORY:
            self._fits[value] = ids
        return ids


def _was_asked(conditions: tuple[_Condition, ...], clean: CleanSubmission) -> bool:
    for condition in conditions:
        value = clean.source_group if condition.place == _SOURCE_GROUP else clean.answers[condition.place]
        if value is not None and not condition.none_of.isdisjoint(str(value).split()):
            return False
    return True
