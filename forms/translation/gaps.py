"""What a questionnaire cannot say in a language of its form. A form is built only where this is nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.catalogue import Texts
from forms.catalogue.packs import IN_ENGLISH, language, missing_keys
from forms.questionnaire import Questionnaire
from forms.sentences import say
from forms.xlsform import FormError


@dataclass(frozen=True, slots=True)
class Gaps:
    """`missing`: the keys of strings without a text; `in_english`: how many are shown in English by decision."""

    missing: tuple[str, ...]
    in_english: int


def gaps(questionnaire: Questionnaire, media: Mapping[str, bytes], code: str) -> Gaps:
    missing: dict[str, None] = {}
    in_english = 0
    for name, texts in _texts(questionnaire):
        text = texts.get(code, "")
        missing |= dict.fromkeys([name] if not text else missing_keys(text))
        in_english += IN_ENGLISH in text
    for content in media.values():
        missing |= dict.fromkeys(missing_keys(content.decode()))
    return Gaps(tuple(missing), in_english)


def check_complete(questionnaire: Questionnaire, media: Mapping[str, bytes]) -> None:
    """Raises FormError with the list. A blank line would be read as 'nothing to ask', a mark read aloud as it stands.

    The lists beside the form hold all its languages at once, so what is missing there is said for each.
    """
    lines = []
    for code in questionnaire.languages:
        missing = gaps(questionnaire, media, code).missing
        if missing:
            lines.append(f"- {language(code).shown}: {len(missing)} without a text: {', '.join(missing)}")
    if lines:
        head = f"{questionnaire.form_id} has texts that were not translated:"
        remedy = (
            "Translate them (fieldveil form translate export), leave the language out of the brief, or write"
            " 'missing: english' in language.yaml of its pack; safety, consent and disclosure are always needed."
        )
        raise FormError("\n".join([head, *lines, remedy]))


def in_english(questionnaire: Questionnaire, media: Mapping[str, bytes]) -> Iterator[str]:
    """A note for the officer about each language that shows English by decision."""
    for code in questionnaire.languages:
        if count := gaps(questionnaire, media, code).in_english:
            yield say(
                "%(language)s: %(count)s texts are shown in English, marked as such, since the language pack has none."
                " Use it only where the enumerators read English.",
                language=language(code).shown,
                count=count,
            )


def _texts(questionnaire: Questionnaire) -> Iterator[tuple[str, Texts]]:
    for section in questionnaire.sections:
        yield section.name, section.title
    for question in questionnaire.questions:
        shown = (question.label, question.hint, question.required_message, question.constraint_message)
        yield from ((question.name, texts) for texts in shown if texts)
    for name, answers in questionnaire.choices:
        yield from ((f"{name}: {answer.code}", answer.label) for answer in answers)
