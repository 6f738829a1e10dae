"""Logic: every expression of the survey read, and every name, path, code and function in it looked up."""

from collections.abc import Iterator

from forms.checks.codes import Code
from forms.checks.defaults import is_dynamic
from forms.checks.expression import ExpressionError, parse, references
from forms.checks.lookups import look_up
from forms.checks.promises import check_condition, check_constraint
from forms.checks.report import Finding, Place
from forms.checks.spelling import suggestion
from forms.checks.survey import TEXTS, Item, Survey
from forms.sentences import say

EXPRESSIONS = ("relevant", "constraint", "calculation", "required", "read_only", "repeat_count", "choice_filter")
_PLAIN = frozenset({"yes", "no", "true", "false", "true()", "false()"})
"""What pyxform turns into true() or false() itself."""


def check_logic(survey: Survey) -> Iterator[Finding]:
    for item in survey.items:
        for key in EXPRESSIONS:
            yield from _cell(survey, item, key)
        if is_dynamic(item.get("default")):
            yield from _cell(survey, item, "default")
        yield from _mentions(survey, item)
    yield from _instance_name(survey)


def _cell(survey: Survey, item: Item, key: str) -> Iterator[Finding]:
    text = item.get(key)
    if not text or (key != "calculation" and text.lower() in _PLAIN):
        return
    place = survey.place(item, key)
    unknown = list(_unknown_names(survey, text, place))
    yield from unknown
    try:
        node = parse(_straight(survey, text))
    except ExpressionError as error:
        if not unknown:
            yield Finding(
                Code.BAD_EXPRESSION,
                place,
                say("'%(text)s' cannot be read: %(error)s", text=text[:60], error=error.args[0]),
            )
        return
    yield from look_up(survey, item, key, node, place)
    if key == "constraint":
        yield from check_constraint(survey, item, node, place)
    elif key == "relevant":
        yield from check_condition(survey, item, node, place)


def _straight(survey: Survey, text: str) -> str:
    """As pyxform cleans it: straight quotes, ordinary spaces."""
    if survey.settings.get("clean_text_values", "").lower() in {"no", "false"}:
        return text
    return text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0xA0: " "})


def _mentions(survey: Survey, item: Item) -> Iterator[Finding]:
    """${...} in texts that people read, and in columns that are lists of names."""
    for column, text in item.row.cells.items():
        if "${" in text and (column.key in TEXTS or column.key in {"trigger", "type"}):
            yield from _unknown_names(survey, text, survey.at(item, column))


def _instance_name(survey: Survey) -> Iterator[Finding]:
    sheet = survey.workbook.sheet("settings")
    column = next(iter(sheet.keyed("instance_name")), None)
    if column and sheet.rows:
        text = sheet.rows[0].cells.get(column, "")
        yield from _unknown_names(survey, text, sheet.place(sheet.rows[0], column))


def _unknown_names(survey: Survey, text: str, place: Place) -> Iterator[Finding]:
    for name, _ in references(text):
        found = survey.by_name.get(name, [])
        if not found:
            reason = say("there is no question '%(name)s'", name=name)
            yield Finding(Code.UNKNOWN_NAME, place, reason, suggestion(name, survey.by_name))
        elif len(found) > 1:
            rows = ", ".join(str(item.row.number) for item in found)
            yield Finding(Code.AMBIGUOUS_NAME, place, say("'%(name)s' stands in rows %(rows)s", name=name, rows=rows))
