"""What one answer means, question by question: an id of the answer dictionary, several of them, or a number.

An answer that the question's own list does not hold, or its own rule does not allow, is a Reject and the status
`invalid`. Answers repeat, so what each of them meant is looked up from then on; only where a question depends on
another answer it is worked out each time.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, compress
from typing import Any, Generic, TypeVar

from mappings.language import About, FormMapping, Rule, about_answer, rule_answers, single_rules
from mappings.model import AnswerKey, CleanSubmission, Reason, Reject, Scalar

_NUMBERS = ("integer", "decimal")
_FLOATS = frozenset({float})
Ids = Mapping[AnswerKey, int]
Meaning = TypeVar("Meaning")

# Answers of one question that were seen and fit; bounded against a phone that sends every combination there is.
_MEMORY = 20_000
_SOURCE_GROUP = -1
# Shared by all questions: texts and numbers of their own for each would not fit into the processor's cache.
_SMALL = {str(small): float(small) for small in range(1000)}


class _Bad(Exception):  # noqa: N818 (caught a few lines further on, never seen outside)
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


class Condition:
    """Place of the answer a question depends on (`_SOURCE_GROUP` for the informant's group), and what closes it."""

    __slots__ = ("_known", "_none_of", "_place")

    def __init__(self, place: int, none_of: frozenset[str]) -> None:
        self._place = place
        self._none_of = none_of
        self._known: dict[Scalar, bool] = {None: False}

    def closes(self, clean: CleanSubmission) -> bool:
        value = clean.source_group if self._place == _SOURCE_GROUP else clean.answers[self._place]
        known = self._known.get(value)
        return self._look(value) if known is None else known

    def _look(self, value: Scalar) -> bool:
        closes = not self._none_of.isdisjoint(str(value).split())
        # Texts only: 1 and 1.0 are one key of a dictionary and two answers.
        if isinstance(value, str) and len(self._known) < _MEMORY:
            self._known[value] = closes
        return closes


class Question(Generic[Meaning]):
    """One rule, ready to read. `means` maps answers to what they mean where no condition closes the question.

    `number` is the id of a question that asks for one, else 0.
    """

    def __init__(self, rule: Rule, ids: Ids, asked_if: tuple[Condition, ...]) -> None:
        entries = {name: ids[key] for name, key in rule_answers(rule).items()}
        self._rule = rule
        self.asked_if = asked_if
        self._statuses = {name[7:]: self._one(id_) for name, id_ in entries.items() if name.startswith("status:")}
        self._entries = entries
        self.number = entries.get(":number", 0)
        self.means: dict[Scalar, Meaning] = {None: self._statuses["skipped"], **self._seen_at_once()}

    def read(self, value: Scalar, clean: CleanSubmission, rejects: list[Reject]) -> Meaning:
        for condition in self.asked_if:
            if condition.closes(clean):
                if value is not None:
                    rejects.append(Reject(self._rule.path, Reason.NOT_EXPECTED))
                return self._statuses["not_asked"]
        known = self.means.get(value)
        if known is not None:
            return known
        try:
            return self._mean(value)
        except _Bad as bad:
            rejects.append(Reject(self._rule.path, bad.reason))
            return self._statuses["invalid"]

    def _one(self, answer_id: int) -> Meaning:
        raise NotImplementedError

    def _seen_at_once(self) -> dict[Scalar, Meaning]:
        raise NotImplementedError

    def _mean(self, value: Scalar) -> Meaning:
        raise NotImplementedError

    def _codes(self, value: Scalar) -> list[str]:
        codes = str(value).split()
        if not codes or any(code not in self._rule.codes for code in codes) or len(set(codes)) < len(codes):
            raise _Bad(Reason.NOT_IN_LIST)
        return codes


class One(Question[int]):
    """A select_one: the id of its code or of its status."""

    def _one(self, answer_id: int) -> int:
        return answer_id

    def _seen_at_once(self) -> dict[Scalar, int]:
        return {code: self._entries[code] for code in self._rule.codes}

    def _mean(self, value: Scalar) -> int:
        codes = self._codes(value)
        if len(codes) > 1:
            raise _Bad(Reason.TOO_MANY)
        return self._entries[codes[0]]


class Many(Question[tuple[int, ...]]):
    """A select_multiple: the mark that it was answered and the ids of its codes; `dk` and `pna` alone are a status."""

    def _one(self, answer_id: int) -> tuple[int, ...]:
        return (answer_id,)

    def _seen_at_once(self) -> dict[Scalar, tuple[int, ...]]:
        return {code: self._picked([code]) for code in self._rule.codes}

    def _mean(self, value: Scalar) -> tuple[int, ...]:
        codes = self._codes(value)
        if self._rule.max_select is not None and len(codes) > self._rule.max_select:
            raise _Bad(Reason.TOO_MANY)
        if len(codes) > 1 and not set(codes).isdisjoint(self._rule.exclusive):
            raise _Bad(Reason.NOT_EXCLUSIVE)
        ids = self._picked(codes)
        if len(self.means) < _MEMORY:
            self.means[value] = ids
        return ids

    def _picked(self, codes: list[str]) -> tuple[int, ...]:
        # Two codes of the form may stand for one of the standard, which was then given once.
        ids = tuple(sorted({self._entries[code] for code in codes}))
        is_status = len(codes) == 1 and self._rule.codes[codes[0]] in self._statuses
        return ids if is_status else (self._entries[":multi"], *ids)


class Number(Question[int | float]):
    """A number as float, or the id of its status as int."""

    def _one(self, answer_id: int) -> int:
        return answer_id

    def _seen_at_once(self) -> dict[Scalar, int | float]:
        return {text: number for text, number in _SMALL.items() if self._in_range(number)}

    def _mean(self, value: Scalar) -> float:
        try:
            number = float(value) if not isinstance(value, bool) else None  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = None
        # nan fails every comparison, and so is refused too.
        if number is None or (self._rule.response == "integer" and number % 1 != 0):
            raise _Bad(Reason.NOT_A_NUMBER)
        if not self._in_range(number):
            raise _Bad(Reason.OUT_OF_RANGE)
        return number

    def _in_range(self, number: float) -> bool:
        low = float("-inf") if self._rule.minimum is None else self._rule.minimum
        high = float("inf") if self._rule.maximum is None else self._rule.maximum
        return low <= number <= high


class AboutQuestion:
    """Evidence, confidence, limitations: closed lists whose bad answers are Rejects and leave nothing."""

    def __init__(self, about: About, ids: Ids) -> None:
        self._about = about
        self._codes = {code: ids[about_answer(about, code)] for code in about.codes}
        self.fits: dict[Scalar, tuple[int, ...]] = {None: ()}

    def read(self, value: Scalar, rejects: list[Reject]) -> tuple[int, ...]:
        known = self.fits.get(value)
        if known is not None:
            return known
        codes = str(value).split()
        found = {self._codes[code] for code in codes if code in self._codes}
        if not set(codes) <= set(self._codes) or (len(codes) > 1 and not self._about.multiple):
            rejects.append(Reject(self._about.path, Reason.NOT_IN_LIST))
            return ()
        ids = tuple(sorted(found))
        if len(self.fits) < _MEMORY:
            self.fits[value] = ids
        return ids


class Questions:
    """The questions of a form outside repeats, in the order of a clean submission's answers: kind after kind."""

    def __init__(self, ones: Sequence[One], many: Sequence[Many], numbers: Sequence[Number]) -> None:
        self._all: tuple[One | Many | Number, ...] = (*ones, *many, *numbers)
        self._means: list[dict[Scalar, Any]] = [question.means for question in self._all]
        self._depending: dict[Condition, list[int]] = {}
        for place, question in enumerate(self._all):
            for condition in question.asked_if:
                self._depending.setdefault(condition, []).append(place)
        self._many = len(ones)
        self._numbers = len(ones) + len(many)
        self._number_ids = [question.number for question in numbers]

    def read(self, clean: CleanSubmission, rejects: list[Reject]) -> tuple[list[int], list[int], list[float]]:
        """Ids of answers; ids of numbers, and the numbers in step with these."""
        # One call for all answers; most were seen before. `Any`: which kind stands where is known by place.
        is_known = True
        try:
            found: list[Any] = list(map(dict.__getitem__, self._means, clean.answers))
        except KeyError:
            found, is_known = list(map(dict.get, self._means, clean.answers)), False
        for condition, places in self._depending.items():
            if condition.closes(clean):
                is_known = False
                for place in places:
                    found[place] = None
        c, picked, numbers = self._kinds(found)
        if is_known and _FLOATS.issuperset(map(type, numbers)):
            c += chain.from_iterable(picked)
            return c, self._number_ids.copy(), numbers
        for place, meaning in enumerate(found):
            if meaning is None:
                found[place] = self._all[place].read(clean.answers[place], clean, rejects)
        c, picked, numbers = self._kinds(found)
        c += chain.from_iterable(picked)
        c += [meaning for meaning in numbers if isinstance(meaning, int)]
        given = [isinstance(meaning, float) for meaning in numbers]
        return c, list(compress(self._number_ids, given)), list(compress(numbers, given))

    def _kinds(self, found: list[Any]) -> tuple[list[int], list[tuple[int, ...]], list[Any]]:
        return found[: self._many], found[self._many : self._numbers], found[self._numbers :]


class Builder:
    """Makes the questions of one form version."""

    def __init__(self, mapping: FormMapping, ids: Ids) -> None:
        self._ids = ids
        self._singles = single_rules(mapping)
        self._made: dict[tuple[int, frozenset[str]], Condition] = {}
        self._places = {rule.path: place for place, rule in enumerate(self._singles)}
        if mapping.interview.source_group:
            self._places[mapping.interview.source_group.path] = _SOURCE_GROUP

    def outside(self) -> Questions:
        kinds = [(rule.response, (rule, self._ids, self._conditions(rule))) for rule in self._singles]
        return Questions(
            [One(*made_of) for kind, made_of in kinds if kind == "select_one"],
            [Many(*made_of) for kind, made_of in kinds if kind == "select_multiple"],
            [Number(*made_of) for kind, made_of in kinds if kind in _NUMBERS],
        )

    def inside(self, rule: Rule) -> One | Number:
        """A question inside a repeat; no select_multiple stands there (mappings.language)."""
        kind = Number if rule.response in _NUMBERS else One
        return kind(rule, self._ids, self._conditions(rule))

    def _conditions(self, rule: Rule) -> tuple[Condition, ...]:
        """One for all questions that hang on the same answer, so that it is looked at once for each submission."""
        wanted = [(self._places[step.path], frozenset(step.none_of)) for step in rule.asked_if]
        return tuple(self._made.setdefault(one, Condition(*one)) for one in wanted)
