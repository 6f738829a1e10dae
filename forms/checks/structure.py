"""Questions and groups: names, types, labels, triggers, defaults, and rules that stop everybody."""

from collections.abc import Iterator
from itertools import pairwise

from forms.checks.codes import Code
from forms.checks.defaults import check_default
from forms.checks.expression import references
from forms.checks.report import Finding
from forms.checks.spelling import suggestion
from forms.checks.survey import GROUPS, METADATA, SILENT, TEXTS, Item, Survey
from forms.sentences import say

_YES = frozenset({"yes", "true", "true()"})
_OWN_TYPES = ("select_one list", "select_multiple list", "begin_group", "end_group", "begin_repeat", "end_repeat")
_ASKED_WITHOUT_LABEL = frozenset({"label", "list-nolabel"})


def check_structure(survey: Survey) -> Iterator[Finding]:
    if not survey.items:
        yield Finding(Code.EMPTY_FORM, survey.sheet.place(None), say("there is no question below the headers"))
    yield from _empty_groups(survey)
    for item in survey.items:
        yield from _type(survey, item)
        yield from _name(survey, item)
        yield from _label(survey, item)
        yield from _trigger(survey, item)
        yield from _messages(survey, item)
        yield from _required(survey, item)
        yield from _range(survey, item)
        yield from check_default(survey, item)


def _type(survey: Survey, item: Item) -> Iterator[Finding]:
    if item.is_group or item.is_select:
        return
    # A second to import, which only who checks a form should wait for.
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    known = QUESTION_TYPE_DICT.keys() | METADATA
    text = item.get("type")
    if text not in known and text.lower().split(" ")[0] != "osm" and item.kind not in known:
        reason = say("there is no type '%(text)s'", text=text)
        yield Finding(Code.UNKNOWN_TYPE, survey.place(item, "type"), reason, suggestion(text, [*known, *_OWN_TYPES]))


def _name(survey: Survey, item: Item) -> Iterator[Finding]:
    same = survey.by_name.get(item.name, [])
    if len(same) > 1 and same[0] is not item:
        reason = say("'%(item)s' stands also in row %(number)s", item=item.name, number=same[0].row.number)
        yield Finding(Code.DUPLICATE_NAME, survey.place(item, "name"), reason)


def _label(survey: Survey, item: Item) -> Iterator[Finding]:
    if item.kind in SILENT | GROUPS or item.kind in {"csv-external", "xml-external"}:
        return
    shown = any(column.key in TEXTS - {"constraint_message", "required_message"} for column in item.row.cells)
    appearance = set(item.get("appearance").split())
    if not shown and not appearance & _ASKED_WITHOUT_LABEL and not item.get("calculation"):
        yield Finding(Code.NO_LABEL, survey.place(item, "name"), say("the question has nothing to read"))


def _trigger(survey: Survey, item: Item) -> Iterator[Finding]:
    names = [name for name, _ in references(item.get("trigger"))]
    if len(names) > 1:
        reason = say("the question waits for %(n)s others (%(names)s)", n=len(names), names=", ".join(names))
        yield Finding(Code.TWO_TRIGGERS, survey.place(item, "trigger"), reason)


def _messages(survey: Survey, item: Item) -> Iterator[Finding]:
    for key, rule in (("constraint_message", "constraint"), ("required_message", "required")):
        if item.get(key) and not item.get(rule):
            yield Finding(
                Code.IDLE_MESSAGE,
                survey.place(item, key),
                say("there is a %(key)s and no %(rule)s", key=key, rule=rule),
            )


def _required(survey: Survey, item: Item) -> Iterator[Finding]:
    if item.get("required").lower() not in _YES:
        return
    has_value = item.get("calculation") or item.get("default") or item.get("trigger")
    read_only = item.get("read_only").lower() in _YES and not has_value
    if item.kind == "note" or (read_only and item.kind not in SILENT | GROUPS):
        place = survey.place(item, "required")
        if item.get("relevant"):
            yield Finding(Code.BLOCKING_NOTE, place, say("whoever sees it cannot go on"))
        else:
            yield Finding(Code.REQUIRED_NOTE, place, say("nobody can answer it, and it must be answered"))


def _range(survey: Survey, item: Item) -> Iterator[Finding]:
    if item.kind != "range":
        return
    try:
        start, end = (float(item.parameters.get(name, given)) for name, given in (("start", "1"), ("end", "10")))
    except ValueError:
        return
    if start == end:
        reason = say("start and end are the same number")
        yield Finding(Code.BAD_RANGE, survey.place(item, "parameters"), reason)


def _empty_groups(survey: Survey) -> Iterator[Finding]:
    for item, following in pairwise((*survey.items, None)):
        if item is not None and item.is_group and (following is None or item not in following.above):
            kind = say("repeat") if item.kind == "repeat" else say("group")
            yield Finding(Code.EMPTY_GROUP, survey.place(item, "name"), say("the %(kind)s holds nothing", kind=kind))
