"""Questions and answers as the catalogue words them, in the reader's language; an unknown code stands for itself."""

from functools import lru_cache

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


def choice_label(list_name: str, code: str, language: str) -> str:
    return _labels(list_name, language).get(code, code)


@lru_cache(maxsize=512)
def _labels(list_name: str, language: str) -> dict[str, str]:
    try:
        choices = catalogue.load().choices(list_name)
    except UnknownEntryError:
        return {}
    return {choice.name: choice.label[language] for choice in choices if language in choice.label}
