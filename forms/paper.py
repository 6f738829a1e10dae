"""A form on paper: one self-contained page of HTML in one language, to be printed by any browser.

Written from the same questionnaire as the XLSForm, so that paper and phone ask the same in the same words.
"""

import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from forms.catalogue.packs import is_no_text, missing_keys
from forms.catalogue.packs import language as language_of
from forms.conditions import in_words, labels_of
from forms.questionnaire import Question, Questionnaire, QuestionType, Section
from forms.questionnaire.lists import LONG
from forms.questionnaire.words import word
from forms.xlsform import LANGUAGES

_HIDDEN = frozenset({QuestionType.CALCULATE, QuestionType.TODAY})
# Only a phone makes the code with which an informant can withdraw: a sheet must not promise it.
_CONSENT, _CODE, _CODE_NOTE = "con_script", "clo_code", "clo_code_note"
_REFERENCE = re.compile(r"\$\{\w+\}")
_MARKUP = re.compile(r"<[^>]+>")
_BLANK = "________"
_LINE = '<p class="line"></p>'


class PaperError(Exception):
    """A language that the form does not have; the message names those it has."""


def paper(questionnaire: Questionnaire, language: str, *, draft: bool = False) -> bytes:
    """The same questionnaire and language give the same bytes. A draft may show where a text is missing."""
    if language not in questionnaire.languages:
        known = ", ".join(questionnaire.languages)
        raise PaperError(f"The form has no text in '{language}'. Print it in one of: {known}")
    page = _Paper(questionnaire, language).page()
    if is_no_text(page) and not draft:
        missing = ", ".join(dict.fromkeys(missing_keys(page)))
        raise PaperError(f"The form cannot be printed in '{language}'. Translate: {missing}")
    return page.encode()


class _Paper:
    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self._form, self._language = questionnaire, language
        unnumbered = _HIDDEN | {QuestionType.NOTE}
        shown = [one for one in questionnaire.questions if one.type not in unnumbered]
        self._numbers = {one.name: number for number, one in enumerate(shown, start=1)}
        lists = dict(questionnaire.choices)
        self._answers = {
            one.name: {answer.code: answer.label[language] for answer in lists[one.list_name]}
            for one in shown
            if one.list_name
        }
        self._labels = labels_of(self._answers)
        self._has_code = any(one.name == _CODE for one in questionnaire.questions)

    def page(self) -> str:
        form, language = self._form, self._language
        direction = language_of(language).direction
        style = (files("forms") / "paper.css").read_text(encoding="utf-8")
        body = "\n".join(part for section in form.sections for part in self._section(section))
        about = f"{form.form_id} · {form.version} · {LANGUAGES[language]}"
        return (
            f'<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{escape(_plain(form.title))}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
            f'<header>\n<h1>{escape(_plain(form.title))}</h1>\n<p dir="ltr">{escape(about)}</p>\n'
            f'<p class="warning">{self._word("paper_no_names")}</p>\n'
            f"<p>{self._word('paper_month')} {_BLANK}</p>\n</header>\n{body}\n"
            f'<footer><p class="warning">{self._word("paper_destroy")}</p></footer>\n</body>\n</html>\n'
        )

    def _section(self, section: Section) -> Iterator[str]:
        asked = [one for one in section.questions if one.type not in _HIDDEN and one.name != _CODE_NOTE]
        if not asked:
            return
        yield f"<section>\n<h2>{escape(_plain(section.title[self._language]))}</h2>"
        yield from self._when(section.relevant)
        for question in asked:
            yield from self._question(question)
        yield "</section>"

    def _question(self, question: Question) -> Iterator[str]:
        label = escape(_REFERENCE.sub(_BLANK, question.label[self._language] if question.label else ""))
        if question.type is QuestionType.NOTE:
            if question.name == _CONSENT and self._has_code:
                yield f'<p class="warning">{self._word("paper_no_code")}</p>'
            yield '<div class="note">'
            yield from self._when(question.condition)
            yield f"<p>{label}</p>\n</div>"
            return
        yield '<div class="question">'
        yield from self._when(question.condition)
        star = ' <span class="needed">*</span>' if question.required else ""
        yield f'<p class="label"><b>{self._numbers[question.name]}</b> {label}{star}</p>'
        if question.hint:
            yield f'<p class="hint">{escape(question.hint[self._language])}</p>'
        yield from self._room(question)
        yield "</div>"

    def _room(self, question: Question) -> Iterator[str]:
        """Boxes to tick; a line where the list is in a file of its own or of people's codes."""
        if question.file:
            yield f'<p class="hint">{self._word("paper_from_list")}</p>{_LINE}'
        elif question.name == "ctx_enum" or not question.list_name:
            yield _LINE
        else:
            box = "○" if question.type is QuestionType.SELECT_ONE else "☐"
            answers = self._answers[question.name]
            several = ' class="many"' if len(answers) > LONG else ""
            items = "".join(f"<li>{box} {escape(label)}</li>" for label in answers.values())
            yield f"<ul{several}>{items}</ul>"

    def _when(self, condition: str) -> Iterator[str]:
        said = in_words(condition, self._language, self._named, self._labels)
        if said:
            yield f'<p class="when">{self._word("when_only")} {escape(said)}</p>'

    def _named(self, name: str) -> str:
        return str(self._numbers.get(name, name))

    def _word(self, name: str) -> str:
        return escape(word(name)[self._language])


def _plain(title: str) -> str:
    """Titles of practice forms are coloured for phones."""
    return _MARKUP.sub("", title)
