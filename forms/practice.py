"""A form to learn with: an id of its own, and a red word on its title and on every page, so that nobody mistakes it."""

from dataclasses import replace

from forms.brief import Brief
from forms.catalogue import Texts
from forms.questionnaire import Questionnaire, Section
from forms.questionnaire.words import word

SUFFIX = "_practice"
_RED = "#b3261e"


def practice_id(form_id: str) -> str:
    return f"{form_id.removesuffix(SUFFIX)}{SUFFIX}"


def practice_brief(brief: Brief) -> Brief:
    """The title shows in lists of forms, where there is no colour: there the word alone must do."""
    return replace(
        brief, form_id=practice_id(brief.form_id), title=f"{word('practice')[brief.languages[0]]} · {brief.title}"
    )


def practice_questionnaire(questionnaire: Questionnaire) -> Questionnaire:
    """The title of a section stands above each of its questions; phones and browsers show the colour."""
    return replace(questionnaire, sections=tuple(_red(section) for section in questionnaire.sections))


def _red(section: Section) -> Section:
    pairs = (
        (language, f'<span style="color:{_RED}">{word("practice")[language]}</span> · {text}')
        for language, text in section.title.items()
    )
    return replace(section, title=Texts(tuple(pairs)))
