"""Estimates how long a conversation takes, from the words to be said and the kinds of answers.

An estimate, to be corrected by the minutes that come back from the field. Read aloud, English runs at 183 words a
minute (Brysbaert 2019, 77 studies) and 17 languages at 184 with a spread of 29 (Trauzettel-Klosinski and Dietz 2012).
An enumerator reads to somebody who has to follow: we take 130. Arabic says the same in fewer, longer words: 95
(`languages.yaml`; a language pack brings its own figure).
The seconds for thinking and marking are our own assumption.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forms.catalogue.packs import language as language_of
from forms.questionnaire.model import Answer, Question, Questionnaire, QuestionType, Section

ANSWER_SECONDS: Mapping[QuestionType, int] = {
    QuestionType.SELECT_ONE: 10,
    QuestionType.SELECT_MULTIPLE: 25,
    QuestionType.INTEGER: 15,
    QuestionType.DECIMAL: 15,
    QuestionType.NOTE: 5,
}
AT_MOST = 25
"""Longer conversations tire people and are broken off."""
_STEP = 5
"""The consent text says a round number; it must not promise less than it takes."""
_NOT_SAID = frozenset({"dk", "pna"})
ENOUGH = 10
"""Interviews of one version, below which their median is chance."""
_LEAST_PACE, _MOST_PACE = 0.5, 3.0
_Lists = Mapping[str, tuple[Answer, ...]]


@dataclass(frozen=True, slots=True)
class Length:
    """How long one section takes if everything in it is asked. `counted`: it is part of the minutes that are told."""

    section: str
    seconds: float
    counted: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What came back from the field for one form version: the median of `q_minutes`, and of how many interviews."""

    form_version: str
    median: float
    interviews: int


def estimate(questionnaire: Questionnaire, pace: float = 1.0) -> int:
    """Minutes in the slowest language of the form, if everything is asked; rounded up to fives.

    Of the conversation where there is one: what is filled in before and after it takes nobody else's time.
    """
    seconds = sum(part.seconds for part in lengths(questionnaire, pace) if part.counted)
    return math.ceil(seconds / 60 / _STEP) * _STEP


def whole(questionnaire: Questionnaire) -> float:
    """Minutes from opening the form to its last question, as `q_minutes` measures them."""
    return sum(part.seconds for part in lengths(questionnaire)) / 60


def lengths(questionnaire: Questionnaire, pace: float = 1.0) -> tuple[Length, ...]:
    """Section by section, in the language in which the whole takes longest."""
    alone = not questionnaire.kind.asks_people
    lists = dict(questionnaire.choices)
    return max(
        (
            tuple(
                Length(part.name, pace * _seconds(part, lists, language), alone or part.with_person)
                for part in questionnaire.sections
            )
            for language in questionnaire.languages
        ),
        key=lambda parts: sum(part.seconds for part in parts if part.counted),
    )


def pace(measured: Iterable[Measured], estimated: Mapping[str, float]) -> float:
    """By how much the estimate has to be stretched: 1.5 where the field took half as long again; give it to `build`.

    `estimated` holds the `whole` minutes by form version. Versions with few interviews say nothing, and the result is
    bounded: a median beyond that is a sign of a broken clock, not of slow conversations.
    """
    known = [
        (one.median / estimated[one.form_version], one.interviews)
        for one in measured
        if one.interviews >= ENOUGH and estimated.get(one.form_version, 0) > 0
    ]
    interviews = sum(times for _, times in known)
    if not interviews:
        return 1.0
    mean = sum(ratio * times for ratio, times in known) / interviews
    return round(min(max(mean, _LEAST_PACE), _MOST_PACE), 2)


def _seconds(section: Section, lists: _Lists, language: str) -> float:
    words = sum(_words(question, lists, language) for question in section.questions)
    answers = sum(ANSWER_SECONDS.get(question.type, 0) for question in section.questions)
    return words * 60 / language_of(language).words_a_minute + answers


def _words(question: Question, lists: _Lists, language: str) -> int:
    """The answers of a scale are read out too; those of a long list are only listened for."""
    if not question.is_spoken or question.label is None:
        return 0
    texts = [question.label[language]]
    if question.type is QuestionType.SELECT_ONE:
        texts += [answer.label[language] for answer in lists[question.list_name] if answer.code not in _NOT_SAID]
    return sum(len(text.split()) for text in texts)
