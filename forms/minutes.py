"""Estimates how long a conversation takes, from the words to be said and the kinds of answers.

An estimate, to be corrected by the minutes that come back from the field. Read aloud, English runs at 183 words a
minute (Brysbaert 2019, 77 studies) and 17 languages at 184 with a spread of 29 (Trauzettel-Klosinski and Dietz 2012).
An enumerator reads to somebody who has to follow: we take 130. Arabic says the same in fewer, longer words: 95.
The seconds for thinking and marking are our own assumption.
"""

import math
from collections.abc import Mapping

from forms.questionnaire.model import Question, Questionnaire, QuestionType

WORDS_A_MINUTE: Mapping[str, int] = {"en": 130, "fr": 130, "es": 130, "ar": 95}
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


def estimate(questionnaire: Questionnaire) -> int:
    """Minutes with the informant in the slowest language of the form, if everything is asked; rounded up to fives."""
    seconds = max(_seconds(questionnaire, language) for language in questionnaire.languages)
    return math.ceil(seconds / 60 / _STEP) * _STEP


def _seconds(questionnaire: Questionnaire, language: str) -> float:
    questions = [question for part in questionnaire.sections if part.with_person for question in part.questions]
    words = sum(_words(question, questionnaire, language) for question in questions)
    return words * 60 / WORDS_A_MINUTE[language] + sum(ANSWER_SECONDS.get(question.type, 0) for question in questions)


def _words(question: Question, questionnaire: Questionnaire, language: str) -> int:
    """The answers of a scale are read out too; those of a long list are only listened for."""
    if not question.is_spoken or question.label is None:
        return 0
    texts = [question.label[language]]
    if question.type is QuestionType.SELECT_ONE:
        answers = dict(questionnaire.choices)[question.list_name]
        texts += [answer.label[language] for answer in answers if answer.code not in _NOT_SAID]
    return sum(len(text.split()) for text in texts)
