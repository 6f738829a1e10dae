"""Questions and answers as the catalogue words them, in the reader's language; an unknown code stands for itself."""

from collections.abc import Iterable
from functools import lru_cache

from backend.store.local_words import LocalWord
from forms import catalogue
from forms.catalogue import UnknownEntryError


def question(indicator_id: str, language: str) -> str:
    """The question as it is asked, with the period it looks back on."""
    known = catalogue.load()
    try:
        indicator = known.indicator(indicator_id)
        back = known.recall(indicator.recall).label
    except UnknownEntryError:
        return indicator_id
    text = indicator.question.get(language, indicator_id)
    return text.replace("{r}", "" if back is None else back.get(language, "")).strip()


def answer_label(indicator_id: str, code: str, language: str) -> str:
    """The label of a code of the indicator's own list of answers."""
    try:
        choices = catalogue.load().indicator(indicator_id).choices
    except UnknownEntryError:
        return code
    return code if choices is None else choice_label(choices, code, language)


def local_texts(words: Iterable[LocalWord], language: str) -> dict[tuple[str, str], str]:
    """What only a country asks, by indicator and code ('' for the question): in this language, else in one there is."""
    found: dict[tuple[str, str], str] = {}
    for word in words:
        place = (word.indicator_id, word.code)
        if word.language == language or place not in found:
            found[place] = word.text
    return found


def choice_label(list_name: str, code: str, language: str) -> str:
    return _labels(list_name, language).get(code, code)


@lru_cache(maxsize=512)
def _labels(list_name: str, language: str) -> dict[str, str]:
    try:
        choices = catalogue.load().choices(list_name)
    except UnknownEntryError:
        return {}
    return {choice.name: choice.label[language] for choice in choices if language in choice.label}
