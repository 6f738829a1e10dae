"""Choice lists: missing ones, codes and labels that stand twice, and choices that no filter lets through."""

from collections import Counter
from collections.abc import Iterator

from forms.checks.codes import Code
from forms.checks.expression import Binary, ExpressionError, Node, Path, Reference, Step, parse
from forms.checks.report import Finding, Place
from forms.checks.spelling import suggestion
from forms.checks.survey import Choice, ChoiceList, Item, Survey
from forms.checks.workbook import Column
from forms.sentences import say

_YES = frozenset({"yes", "true", "true()"})


def check_choices(survey: Survey) -> Iterator[Finding]:
    yield from _missing_lists(survey)
    filtered = {item.list_name for item in survey.items if item.get("choice_filter")}
    multiple = {item.list_name for item in survey.items if item.kind in {"select_multiple", "rank"}}
    for found in survey.lists.values():
        if found.external:
            continue
        yield from _codes(survey, found, spaced=found.name in multiple)
        if found.name not in filtered:
            yield from _labels(survey, found)
    for item in survey.items:
        yield from _unreachable(survey, item)


def _missing_lists(survey: Survey) -> Iterator[Finding]:
    for item in survey.items:
        name = item.list_name
        if name and name not in survey.lists and not name.startswith("${"):
            reason = say("there is no list '%(name)s'", name=name)
            yield Finding(Code.UNKNOWN_LIST, survey.place(item, "type"), reason, suggestion(name, survey.lists))


def _codes(survey: Survey, found: ChoiceList, *, spaced: bool) -> Iterator[Finding]:
    if survey.settings.get("allow_choice_duplicates", "").lower() not in _YES:
        seen: set[str] = set()
        for choice in found.choices:
            if choice.name and choice.name in seen:
                reason = say(
                    "the code '%(choice)s' stands twice in the list '%(found)s'", choice=choice.name, found=found.name
                )
                yield Finding(Code.DUPLICATE_CHOICE, _place(survey, choice, "name"), reason)
            seen.add(choice.name)
    for choice in found.choices if spaced else ():
        if " " in choice.name:
            reason = say(
                "the code '%(choice)s' of the list '%(found)s' holds a space", choice=choice.name, found=found.name
            )
            yield Finding(Code.CODE_WITH_SPACE, _place(survey, choice, "name"), reason)


def _labels(survey: Survey, found: ChoiceList) -> Iterator[Finding]:
    for column in survey.choices.keyed("label"):
        times = Counter(choice.row.cells.get(column, "") for choice in found.choices)
        for choice in found.choices:
            text = choice.row.cells.get(column, "")
            if text and times[text] > 1:
                reason = say(
                    "'%(text)s' is the label of %(times)s choices of the list '%(found)s'",
                    text=text,
                    times=times[text],
                    found=found.name,
                )
                place = survey.choices.place(choice.row, column, choice.name)
                yield Finding(Code.DUPLICATE_LABEL, place, reason)
                times[text] = 0


def _unreachable(survey: Survey, item: Item) -> Iterator[Finding]:
    """Only of filters that compare one column with one select: what their columns hold must be codes of that list."""
    found = survey.lists.get(item.list_name)
    rule = _rule(item.get("choice_filter"))
    if found is None or rule is None:
        return
    column = next((column for column in survey.choices.columns if column.header == rule[0]), None)
    parent = survey.one(rule[1])
    codes = survey.lists.get(parent.list_name) if parent and parent.kind == "select_one" else None
    if column is None or codes is None:
        return
    for choice in found.choices:
        text = choice.row.cells.get(column, "")
        if text not in codes.codes:
            reason = say(
                "'%(choice)s' is offered only when %(rule)s is '%(text)s', which its list does not have",
                choice=choice.name,
                rule=rule[1],
                text=text,
            )
            if not text:
                reason = say("'%(choice)s' is offered only when %(rule)s is empty", choice=choice.name, rule=rule[1])
            place = survey.choices.place(choice.row, column, choice.name)
            yield Finding(Code.UNREACHABLE_CHOICE, place, reason, suggestion(text, codes.codes))


def _rule(text: str) -> tuple[str, str] | None:
    """The column and the question of `column = ${question}`."""
    try:
        node = parse(text) if text else None
    except ExpressionError:
        return None
    match node:
        case Binary("=", Path() as path, Reference(name)) | Binary("=", Reference(name), Path() as path):
            column = column_of(path)
            return (column, name) if column else None
    return None


def column_of(node: Node) -> str:
    """The name of a path that is a name and nothing else, as columns are written in filters."""
    match node:
        case Path(None, False, (Step(name, (), ""),)) if name not in {".", "..", "*"}:
            return name
        case Path(None, False, (Step("."), Step(name, (), ""))):
            return name
    return ""


def _place(survey: Survey, choice: Choice, key: str) -> Place:
    column: Column | None = choice.row.column(key)
    return survey.choices.place(choice.row, column, choice.name)
