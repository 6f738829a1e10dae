"""From a clean submission to one standard row: each answer becomes an id of the answer dictionary, or a number.

The words of the form end here. What a question's own list does not hold, or what its own rule does not allow, is a
Reject and the status `invalid`; it is never stored.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain, compress

import msgspec

from mappings.guard import HeadGuard
from mappings.language import FormMapping, answers, single_rules
from mappings.model import AnswerKey, Applied, CleanSubmission, Reject, StandardRow
from mappings.places import Places
from mappings.questions import NUMBERS, AboutQuestion, Builder, Group, Ids

_FLOATS = frozenset({float})

_encode = msgspec.msgpack.Encoder().encode


def needed_answers(mapping: FormMapping, site_types: Iterable[str]) -> list[AnswerKey]:
    """Every entry of the answer dictionary that `Apply` wants an id for, once each, in a stable order."""
    types = [AnswerKey("site_type", code=code) for code in sorted(set(site_types))]
    return list(dict.fromkeys([*answers(mapping), *types]))


class Apply:
    """Compiled for one form version. Call it with a clean submission; raises NotStrippedError for one that is not."""

    def __init__(self, mapping: FormMapping, places: Places, ids: Ids) -> None:
        self._check_head = HeadGuard(mapping, places)
        self._versions = (mapping.form_version, mapping.version)
        build = Builder(mapping, ids)
        singles = single_rules(mapping)
        self._ones = Group([build.one(rule) for rule in singles if rule.response == "select_one"], 0)
        self._many = Group([build.many(rule) for rule in singles if rule.response == "select_multiple"], self._ones.end)
        self._numbers = Group([build.number(rule) for rule in singles if rule.response in NUMBERS], self._many.end)
        self._number_ids = [question.number for question in self._numbers.questions]
        paths = dict.fromkeys(rule.repeat for rule in mapping.rules if rule.repeat)
        self._repeats = [[build.inside(rule) for rule in mapping.rules if rule.repeat == path] for path in paths]
        self._about = [AboutQuestion(about, ids) for about in mapping.about]
        self._site_types = {key.code: number for key, number in ids.items() if key.kind == "site_type"}

    def __call__(self, clean: CleanSubmission) -> Applied:
        self._check_head(clean)
        rejects: list[Reject] = []
        c = self._ones.read(clean, rejects)
        c += chain.from_iterable(self._many.read(clean, rejects))
        nk, nv = self._read_numbers(clean, c, rejects)
        self._read_repeats(clean, (c, nk, nv), rejects)
        e = [id_ for about, value in zip(self._about, clean.about, strict=True) for id_ in about.read(value, rejects)]
        if clean.site_type is not None:
            e.append(self._site_types[clean.site_type])
        return Applied(self._row(clean, (c, nk, nv, e)), tuple(rejects))

    def _read_numbers(
        self, clean: CleanSubmission, c: list[int], rejects: list[Reject]
    ) -> tuple[list[int], list[float]]:
        """Numbers go into two lists in step; where there is none, its status goes to the answers `c`."""
        found = self._numbers.read(clean, rejects)
        if _FLOATS.issuperset(map(type, found)):
            return self._number_ids.copy(), found
        c += [meaning for meaning in found if not isinstance(meaning, float)]
        given = [isinstance(meaning, float) for meaning in found]
        return list(compress(self._number_ids, given)), list(compress(found, given))

    def _read_repeats(
        self, clean: CleanSubmission, arrays: tuple[list[int], list[int], list[float]], rejects: list[Reject]
    ) -> None:
        c, nk, nv = arrays
        for questions, rows in zip(self._repeats, clean.repeats, strict=True):
            for row in rows:
                for question, value in zip(questions, row, strict=True):
                    meaning = question.read(value, clean, rejects)
                    if isinstance(meaning, float):
                        nk.append(question.number)
                        nv.append(meaning)
                    else:
                        c.append(meaning)

    def _row(self, clean: CleanSubmission, arrays: tuple[list[int], list[int], list[float], list[int]]) -> StandardRow:
        # From collector_key to clock both records have the same fields in the same order.
        content = (*self._versions, *clean[3:15], *arrays)
        revision = blake2b(_encode((clean.withdrawal_key, content)), digest_size=8).hexdigest()
        return StandardRow._make((clean.submission_key, clean.withdrawal_key, revision, *content))
