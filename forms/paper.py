"""A form on paper: one self-contained page of HTML in one language, to be printed by any browser.

Written from the same questionnaire as the XLSForm, so that paper and phone ask the same in the same words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from forms.catalogue.packs import is_no_text, missing_keys
from forms.catalogue.packs import language as language_of
from forms.conditions import in_words, labels_of
from forms.questionnaire import Question, Questionnaire, QuestionType, Section
from forms.questionnaire.lists import LONG
from forms.questionnaire.words import word, word_or_none
from forms.sheets import read_tables
from forms.xlsform import LANGUAGES
from mappings.areas import is_nil

_HIDDEN = frozenset({QuestionType.CALCULATE, QuestionType.TODAY})
# Only a phone makes the code with which an informant can withdraw: a sheet must not promise it.
_CONSENT, _CODE, _CODE_NOTE = "con_script", "clo_code", "clo_code_note"
_REFERENCE = re.compile(r"\$\{\w+\}")
_MARKUP = re.compile(r"<[^>]+>")
_BLANK = "________"
_AND = " and "
_LINE = '<p class="line"></p>'
_MOST_LISTED = 300
"""Places of one list that are printed behind the questions."""


class PaperError(Exception):
    """A language that the form does not have; the message names those it has."""


def paper(
    questionnaire: Questionnaire, language: str, *, files: Mapping[str, bytes] | None = None, draft: bool = False
) -> bytes:
    """The same questionnaire and language give the same bytes. `files` are the lists of places beside the form, which
    are printed behind the questions. A draft may show where a text is missing."""
    if language not in questionnaire.languages:
        known = ", ".join(questionnaire.languages)
        raise PaperError(f"The form has no text in '{language}'. Print it in one of: {known}")
    page = _Paper(questionnaire, language, files or {}).page()
    if is_no_text(page) and not draft:
        missing = ", ".join(dict.fromkeys(missing_keys(page)))
        raise PaperError(f"The form cannot be printed in '{language}'. Translate: {missing}")
    return page.encode()


class _Paper:
    def __init__(self, questionnaire: Questionnaire, language: str, files: Mapping[str, bytes]) -> None:
        self._form, self._language, self._files = questionnaire, language, files
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
        parts = [part for section in form.sections for part in self._section(section)]
        body = "\n".join([*parts, *self._lists()])
        kind = word_or_none(f"paper_{form.kind.name}")
        said = f"<p><b>{escape(kind[language])}</b></p>\n" if kind else ""
        about = f"{form.form_id} · {form.version} · {LANGUAGES[language]}"
        return (
            f'<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{escape(_plain(form.title))}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
            f'<header>\n<h1 dir="auto">{escape(_plain(form.title))}</h1>\n{said}<p dir="ltr">{escape(about)}</p>\n'
            f'<p class="warning">{self._word("paper_no_names")}</p>\n'
            f"<p>{self._word('paper_month')} {_BLANK}</p>\n<p>{self._word('paper_needed')}</p>\n</header>\n{body}\n"
            f'<footer><p class="warning">{self._word("paper_destroy")}</p></footer>\n</body>\n</html>\n'
        )

    def _section(self, section: Section) -> Iterator[str]:
        asked = [one for one in section.questions if one.type not in _HIDDEN and one.name != _CODE_NOTE]
        if not asked:
            return
        yield f"<section>\n<h2>{escape(_plain(section.title[self._language]))}</h2>"
        yield from self._when(section.relevant)
        yield from self._block(asked, "")
        yield "</section>"

    def _block(self, questions: Sequence[Question], said: str) -> Iterator[str]:
        """`said` is the condition that stands above all of them already."""
        for run in _runs(questions, said):
            shared = run[0].condition
            if len(run) == 1:
                yield from self._question(run[0], _rest(shared, said))
                continue
            yield '<div class="run">'
            yield from self._when(_rest(shared, said), self._range(run))
            yield from self._block(run, shared)
            yield "</div>"

    def _range(self, run: Sequence[Question]) -> str:
        """12-15, when the questions are numbered; notes are not."""
        numbers = [self._numbers[one.name] for one in run if one.name in self._numbers]
        return "-".join(map(str, dict.fromkeys((numbers[0], numbers[-1])))) + ": " if numbers else ""

    def _question(self, question: Question, condition: str) -> Iterator[str]:
        label = escape(_REFERENCE.sub(_BLANK, question.label[self._language] if question.label else ""))
        if question.type is QuestionType.NOTE:
            if question.name == _CONSENT and self._has_code:
                yield f'<p class="warning">{self._word("paper_no_code")}</p>'
            yield '<div class="note">'
            yield from self._when(condition)
            yield f"<p>{label}</p>\n</div>"
            return
        yield '<div class="question">'
        yield from self._when(condition)
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

    def _lists(self) -> Iterator[str]:
        """The places to choose from: they are far more than boxes, and are written by code or name."""
        asked = [one for one in self._form.questions if one.file]
        if not asked:
            return
        yield f'<section class="lists">\n<h2>{self._word("paper_lists")}</h2>'
        names = {code: label for answers in self._answers.values() for code, label in answers.items()}
        for question in asked:
            label = question.label[self._language] if question.label else question.name
            yield f"<h3>{self._numbers[question.name]} {escape(_REFERENCE.sub(_BLANK, label))}</h3>"
            rows = read_tables(self._files[question.file], question.file) if question.file in self._files else {}
            places = [row for table in rows.values() for row in table]
            names |= {row["name"]: row["label"] for row in places}
            if not places:
                yield f"<p>{self._word('paper_list_elsewhere')}</p>"
            elif len(places) > _MOST_LISTED:
                yield f"<p>{escape(word('paper_list_long', n=len(places))[self._language])}</p>"
            else:
                yield from self._places(places, names)
        yield "</section>"

    def _places(self, places: Sequence[Mapping[str, str]], names: Mapping[str, str]) -> Iterator[str]:
        """Below the place they lie in, by its name: the phone has asked for that one before."""
        yield '<div class="places">'
        for parent, group in groupby(places, key=lambda row: row.get("parent", "")):
            items = [(row["name"], self._place(row)) for row in group]
            # Below a place that is itself in no list there is nothing to choose.
            if is_nil(parent) and all(is_nil(code) for code, _ in items):
                continue
            if parent:
                yield f"<h4><bdi>{escape(names.get(parent, parent))}</bdi></h4>"
            yield f"<ul>{''.join(f'<li>{escape(code)} <bdi>{escape(said)}</bdi></li>' for code, said in items)}</ul>"
        yield "</div>"

    def _place(self, row: Mapping[str, str]) -> str:
        """A phone says "not in the list" in all its languages at once, a sheet has one."""
        return word("area_not_in_list")[self._language] if is_nil(row["name"]) else row["label"]

    def _when(self, condition: str, numbers: str = "") -> Iterator[str]:
        said = in_words(condition, self._language, self._named, self._labels)
        if said:
            yield f'<p class="when">{numbers}{self._word("when_only")} {escape(said)}</p>'

    def _named(self, name: str) -> str:
        return str(self._numbers.get(name, name))

    def _word(self, name: str) -> str:
        return escape(word(name)[self._language])


def _rest(condition: str, said: str) -> str:
    return condition.removeprefix(said).removeprefix(_AND)


def _runs(questions: Sequence[Question], said: str) -> list[list[Question]]:
    """Neighbours that share a condition, whole or as the beginning of their own: it is said once for all of them."""
    found: list[list[Question]] = []
    for question in questions:
        shared = found[-1][0].condition if found and found[-1][0].condition != said else ""
        narrower = " or " not in shared and question.condition.startswith(shared + _AND)
        if shared and (question.condition == shared or narrower):
            found[-1].append(question)
        else:
            found.append([question])
    return found


def _plain(title: str) -> str:
    """Titles of practice forms are coloured for phones."""
    return _MARKUP.sub("", title)
