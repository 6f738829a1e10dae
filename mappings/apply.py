"""From a clean submission to one standard row: each answer becomes an id of the answer dictionary, or a number.

The words of the form end here. What a question's own list does not hold, or what its own rule does not allow, is a
Reject and the status `invalid`; it is never stored.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain

import msgspec

from mappings.guard import HeadGuard
from mappings.language import FormMapping, answers
from mappings.model import AnswerKey, Applied, CleanSubmission, Reject, Scalar, StandardRow
from mappings.places import Places
from mappings.questions import AboutQuestion, Builder, Ids

_encode = msgspec.msgpack.Encoder().encode
# What was said about interviews, and fit; bounded against a phone that sends every combination there is.
_MEMORY = 20_000


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
        self._questions = build.outside()
        paths = dict.fromkeys(rule.repeat for rule in mapping.rules if rule.repeat)
        self._repeats = [[build.inside(rule) for rule in mapping.rules if rule.repeat == path] for path in paths]
        self._about = [AboutQuestion(about, ids) for about in mapping.about]
        self._abouts: dict[tuple[tuple[Scalar, ...], str | None], tuple[int, ...]] = {}
        self._site_types: dict[str | None, tuple[int, ...]] = {None: ()}
        self._site_types |= {key.code: (number,) for key, number in ids.items() if key.kind == "site_type"}

    def __call__(self, clean: CleanSubmission) -> Applied:
        self._check_head(clean)
        rejects: list[Reject] = []
        arrays = self._questions.read(clean, rejects)
        self._read_repeats(clean, arrays, rejects)
        row = self._row(clean, *arrays, self._read_about(clean, rejects))
        return Applied(row, tuple(rejects))

    def _read_repeats(
        self, clean: CleanSubmission, arrays: tuple[list[int], list[int], list[float]], rejects: list[Reject]
    ) -> None:
        c, nk, nv = arrays
        for questions, rows in zip(self._repeats, clean.repeats, strict=True):
            for row in rows:
                for question, value in zip(questions, row, strict=True):
                    known = None if question.asked_if else question.means.get(value)
                    meaning = question.read(value, clean, rejects) if known is None else known
                    if isinstance(meaning, float):
                        nk.append(question.number)
                        nv.append(meaning)
                    else:
                        c.append(meaning)

    def _read_about(self, clean: CleanSubmission, rejects: list[Reject]) -> list[int]:
        given = (clean.about, clean.site_type)
        known = self._abouts.get(given)
        if known is not None:
            return list(known)
        bad: list[Reject] = []
        found = [about.read(value, bad) for about, value in zip(self._about, clean.about, strict=True)]
        ids = [*chain.from_iterable(found), *self._site_types[clean.site_type]]
        if not bad and len(self._abouts) < _MEMORY:
            self._abouts[given] = tuple(ids)
        rejects.extend(bad)
        return ids

    def _row(self, clean: CleanSubmission, c: list[int], nk: list[int], nv: list[float], e: list[int]) -> StandardRow:
        # From collector_key to clock both records have the same fields in the same order.
        content = (*self._versions, *clean[3:15], c, nk, nv, e)
        revision = blake2b(_encode((clean.withdrawal_key, content)), digest_size=8).hexdigest()
        return StandardRow._make((clean.submission_key, clean.withdrawal_key, revision, *content))
