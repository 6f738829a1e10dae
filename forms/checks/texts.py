"""Languages: what is blank in one of them stays blank on the phone, and nobody says so."""

from collections.abc import Iterator

from forms.checks.codes import Code
from forms.checks.expression import references
from forms.checks.report import Finding
from forms.checks.survey import TEXTS, Survey
from forms.checks.workbook import Column, Row, Sheet
from forms.sentences import say

_SPOKEN = TEXTS - {"image", "big-image", "audio", "video"}


def check_texts(survey: Survey) -> Iterator[Finding]:
    yield from _default_language(survey)
    yield from _similar_languages(survey)
    for sheet in (survey.sheet, survey.choices):
        for row in sheet.rows:
            for key in _SPOKEN:
                yield from _row(survey, sheet, row, key)


def _default_language(survey: Survey) -> Iterator[Finding]:
    wanted = survey.settings.get("default_language", "")
    if not wanted or not survey.languages or wanted in survey.languages:
        return
    if _untagged(survey):
        return  # those texts are in the default language, whatever it is called
    sheet = survey.workbook.sheet("settings")
    column = next(iter(sheet.keyed("default_language")), None)
    reason = say(
        "'%(wanted)s' is the default language, and the languages of the columns are %(languages)s",
        wanted=wanted,
        languages=", ".join(survey.languages),
    )
    yield Finding(Code.MISSING_LANGUAGE, sheet.place(sheet.rows[0], column), reason)


def _untagged(survey: Survey) -> bool:
    return any(column.key == "label" and not column.language for column in survey.sheet.columns)


def _similar_languages(survey: Survey) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for sheet in (survey.sheet, survey.choices):
        for column in sheet.columns:
            if not column.language or column.key not in TEXTS:
                continue
            first = seen.setdefault("".join(column.language.split()).casefold(), column.language)
            if first != column.language:
                reason = say("'%(language)s' is spelt '%(first)s' elsewhere", language=column.language, first=first)
                yield Finding(Code.SIMILAR_LANGUAGES, sheet.place(None, column), reason)


def _row(survey: Survey, sheet: Sheet, row: Row, key: str) -> Iterator[Finding]:
    columns = sheet.keyed(key)
    if len(columns) < 2:
        return
    filled = row.texts(key)
    if not filled:
        return
    entry = survey.entries.get(row.get("name"), "") if sheet is survey.sheet else ""
    first = next(column for column in columns if column in filled)
    for column in columns:
        place = sheet.place(row, column, row.get("name"), entry)
        if column not in filled:
            if column.language:
                reason = say(
                    "%(key)s is blank in '%(language)s' and filled in '%(first)s'",
                    key=key,
                    language=column.language,
                    first=_named(first),
                )
                yield Finding(Code.BLANK_TRANSLATION, place, reason)
        elif _answers(filled[column]) != _answers(filled[first]):
            reason = say(
                "%(key)s shows other answers in '%(column)s' than in '%(first)s'",
                key=key,
                column=_named(column),
                first=_named(first),
            )
            yield Finding(Code.PLACEHOLDERS_DIFFER, place, reason)


def _named(column: Column) -> str:
    return column.language or say("the column without language")


def _answers(text: str) -> frozenset[str]:
    return frozenset(name for name, _ in references(text))
