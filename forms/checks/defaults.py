"""Defaults: a value that does not fit its type is dropped or kept as nonsense, depending on the phone."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time

from forms.checks.codes import Code
from forms.checks.expression import Call, ExpressionError, Reference, parse, walk
from forms.checks.report import Finding
from forms.checks.spelling import suggestion
from forms.checks.survey import Item, Survey
from forms.sentences import say

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_default(survey: Survey, item: Item) -> Iterator[Finding]:
    text = item.get("default")
    if not text or is_dynamic(text):
        return
    reason, remedy = _choice(survey, item, text) if item.is_select else (_unfit(item, text), "")
    if reason:
        yield Finding(Code.BAD_DEFAULT, survey.place(item, "default"), reason, remedy)


def is_dynamic(text: str) -> bool:
    """Whether the default is computed on the phone."""
    if "${" in text:
        return True
    if "(" not in text:
        return False
    try:
        return any(isinstance(node, Call | Reference) for node in walk(parse(text)))
    except ExpressionError:
        return False


def _choice(survey: Survey, item: Item, text: str) -> tuple[str, str]:
    found = survey.lists.get(item.list_name)
    if found is None:
        return "", ""
    codes = found.codes | ({"other"} if item.other else frozenset())
    wrong = [code for code in (text.split() if item.kind != "select_one" else [text]) if code not in codes]
    return (
        (
            say("'%(code)s' is no code of the list '%(found)s'", code=wrong[0], found=found.name),
            suggestion(wrong[0], codes),
        )
        if wrong
        else ("", "")
    )


def _unfit(item: Item, text: str) -> str:
    kind = _FITTING.get(item.kind)
    if kind is None:
        return ""
    fits, what = kind
    try:
        fits(text)
    except ValueError:
        return say("'%(text)s' is %(what)s", text=text, what=what)
    return _outside(item, text)


def _outside(item: Item, text: str) -> str:
    if item.kind != "range":
        return ""
    try:
        ends = sorted(float(item.parameters.get(name, given)) for name, given in (("start", "1"), ("end", "10")))
    except ValueError:
        return ""
    return "" if ends[0] <= float(text) <= ends[1] else say("'%(text)s' lies outside the range", text=text)


def _whole(text: str) -> None:
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError


def _day(text: str) -> None:
    if not _DAY.fullmatch(text):
        raise ValueError
    date.fromisoformat(text)


def _moment(text: str) -> None:
    if not _DAY.match(text):
        raise ValueError
    datetime.fromisoformat(text)


def _place(text: str) -> None:
    latitude, longitude = (float(part) for part in text.split()[:2])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError


_FITTING: dict[str, tuple[Callable[[str], object], str]] = {
    "integer": (_whole, say("no whole number")),
    "decimal": (float, say("no number")),
    "range": (float, say("no number")),
    "date": (_day, say("no day of the calendar as YYYY-MM-DD")),
    "datetime": (_moment, say("no moment as YYYY-MM-DDTHH:MM")),
    "time": (time.fromisoformat, say("no time as HH:MM")),
    "geopoint": (_place, say("no place as latitude, space, longitude")),
}
