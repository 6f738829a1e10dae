"""Looks up what stands in one expression: functions, paths, columns of lists, codes, files, repeats."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from forms.checks import media
from forms.checks.choices import column_of
from forms.checks.codes import Code
from forms.checks.expression import ITSELF, Binary, Call, Literal, Node, Number, Path, Reference, inner
from forms.checks.functions import ARGUMENTS, NODE_SETS, wrong_number
from forms.checks.paths import lead
from forms.checks.regex import complaint
from forms.checks.report import Finding, Place
from forms.checks.spelling import suggestion
from forms.checks.survey import Item, Survey
from forms.sentences import say

_SIGNS = frozenset({"=", "!="})
_LOGIC = frozenset({"relevant", "calculation"})
_NO_VALUES = frozenset({"null", "nan", "undefined"})
"""What programmers write for an answer that is not given; forms do not know the words."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a part of the expression stands. `columns`: names of the list that a filter looks through; None where a
    name is a question, and empty where nobody can know. `at_once`: all answers of a repeat may be meant."""

    survey: Survey
    item: Item
    key: str
    place: Place
    columns: Collection[str] | None = None
    list_name: str = ""
    at_once: bool = False

    def found(self, code: Code, reason: str, remedy: str = "") -> Finding:
        return Finding(code, self.place, reason, remedy)


def look_up(survey: Survey, item: Item, key: str, node: Node, place: Place) -> Iterator[Finding]:
    scope = _Scope(survey, item, key, place)
    if key == "choice_filter":
        columns, name = media.columns_offered(survey, item)
        scope = replace(scope, columns=columns, list_name=name, at_once=True)
    yield from _visit(scope, node)


def _visit(scope: _Scope, node: Node) -> Iterator[Finding]:
    match node:
        case Reference():
            yield from _reference(scope, node)
        case Path():
            yield from _path(scope, node)
            return
        case Call(name, arguments):
            yield from _call(scope, name, arguments)
            scope = replace(scope, at_once=scope.at_once or name in NODE_SETS)
        case Binary(sign, left, right):
            yield from _comparison(scope, sign, left, right)
    for part in inner(node):
        yield from _visit(scope, part)


def _reference(scope: _Scope, node: Reference) -> Iterator[Finding]:
    found = scope.survey.one(node.name)
    if found is None or node.saved:
        return
    if found is scope.item and scope.key == "constraint":
        reason = say("'${%(node)s}' is the question itself", node=node.name)
        yield scope.found(Code.SELF_IN_CONSTRAINT, reason)
    elif found is scope.item and scope.key in _LOGIC and not scope.item.get("trigger"):
        yield scope.found(Code.SELF_REFERENCE, say("'${%(node)s}' is the question itself", node=node.name))
    outside = [repeat for repeat in found.repeats if repeat not in scope.item.repeats]
    if outside and not scope.at_once and found.kind != "repeat":
        reason = say(
            "'%(node)s' is inside the repeat '%(name)s' and can have many answers",
            node=node.name,
            name=outside[-1].name,
        )
        yield scope.found(Code.REPEAT_FROM_OUTSIDE, reason)


def _path(scope: _Scope, node: Path) -> Iterator[Finding]:
    if node == ITSELF and scope.columns is None and scope.key in _LOGIC and not scope.item.get("trigger"):
        yield scope.found(Code.SELF_REFERENCE, say("'.' is the question itself"))
    yield from _end(scope, node)
    below = replace(scope, columns=(), list_name="", at_once=True)
    if isinstance(node.start, Call) and node.start.name == "instance":
        columns, name = _instance(scope, node.start)
        below = replace(below, columns=columns, list_name=name)
    start = node.start
    if start is not None and not (isinstance(start, Call) and start.name == "current"):
        filtered = bool(node.predicates) or any(step.predicates for step in node.steps)
        yield from _visit(replace(scope, at_once=scope.at_once or filtered), start)
    for predicate in (*node.predicates, *(inside for step in node.steps for inside in step.predicates)):
        yield from _visit(below, predicate)


def _end(scope: _Scope, node: Path) -> Iterator[Finding]:
    """Whether the path leads anywhere."""
    name = column_of(node)
    if scope.columns is not None and name:
        if scope.columns and name not in scope.columns:
            what = say("the list '%(list_name)s' has no column '%(name)s'", list_name=scope.list_name, name=name)
            if name in scope.survey.choices.headers and scope.list_name in scope.survey.lists:
                what = say(
                    "the column '%(name)s' is empty for the whole list '%(list_name)s'",
                    name=name,
                    list_name=scope.list_name,
                )
            code = Code.UNKNOWN_FILTER_COLUMN
            yield scope.found(code, what, _column_remedy(name, scope.columns))
        return
    if scope.columns is not None and not node.absolute and node.start is None:
        return
    found = lead(scope.survey, scope.item, node)
    if node.absolute and node.steps and not found.missing:
        reason = say("the path begins with /%(name)s", name=node.steps[0].name)
        yield scope.found(Code.ABSOLUTE_PATH, reason)
    if not found.missing:
        return
    written = ("/" if node.absolute else "") + "/".join(step.name for step in node.steps)
    if name.lower() in _NO_VALUES:
        yield scope.found(Code.NO_SUCH_VALUE, say("'%(name)s' means nothing here", name=name))
    elif name and not written.startswith("/"):
        known = name in scope.survey.by_name
        remedy = (
            say("Write ${%(name)s} for the answer", name=name)
            if known
            else say("Write '%(name)s' in quotes if it is a text", name=name)
        )
        yield scope.found(
            Code.BARE_NAME, say("'%(name)s' stands there without ${...} and without quotes", name=name), remedy
        )
    else:
        yield scope.found(Code.MISSING_PATH, say("the path %(written)s leads to no question", written=written))


def _column_remedy(name: str, columns: Collection[str]) -> str:
    return suggestion(name, columns) or say("Its columns are %(columns)s", columns=", ".join(sorted(columns)))


def _instance(scope: _Scope, call: Call) -> tuple[Collection[str], str]:
    match call.arguments:
        case (Literal(name),):
            return media.columns_of(scope.survey, name), name
    return (), ""


def _call(scope: _Scope, name: str, arguments: tuple[Node, ...]) -> Iterator[Finding]:
    if name not in ARGUMENTS:
        if ":" not in name or name.startswith("jr:"):
            reason = say("there is no function %(name)s()", name=name)
            yield scope.found(Code.UNKNOWN_FUNCTION, reason, suggestion(name, ARGUMENTS))
        return
    if wrong := wrong_number(name, len(arguments)):
        yield scope.found(Code.WRONG_ARGUMENTS, wrong)
        return
    match name, arguments:
        case "instance", (Literal(text),) if not media.has_instance(scope.survey, text):
            known = [*scope.survey.lists, *media.file_stems(scope.survey)]
            yield scope.found(
                Code.UNKNOWN_INSTANCE, say("there is no list or file '%(text)s'", text=text), suggestion(text, known)
            )
        case "pulldata", (Literal(file), *rest):
            yield from _pulldata(scope, file, rest)
        case "regex", (_, Literal(pattern)):
            if fault := complaint(pattern):
                yield scope.found(Code.BAD_REGEX, say("the pattern cannot be read: %(fault)s", fault=fault))
        case "selected", (answer, Literal(code)):
            yield from _code(scope, answer, code)
        case "indexed-repeat", (_, *pairs):
            yield from _indexed(scope, pairs[::2])


def _pulldata(scope: _Scope, file: str, rest: list[Node]) -> Iterator[Finding]:
    found = media.csv_of(scope.survey, file)
    if found is None:
        return
    for argument in rest[:2]:
        match argument:
            case Literal(column) if column not in found.header:
                reason = say("the file %(found)s has no column '%(column)s'", found=found.name, column=column)
                yield scope.found(Code.MISSING_FILE_COLUMN, reason, _column_remedy(column, found.header))


def _indexed(scope: _Scope, groups: list[Node]) -> Iterator[Finding]:
    for group in groups:
        match group:
            case Reference(name):
                found = scope.survey.one(name)
                if found is not None and found.kind != "repeat":
                    yield scope.found(Code.NOT_A_REPEAT, say("'%(name)s' is no repeat", name=name))


def _comparison(scope: _Scope, sign: str, left: Node, right: Node) -> Iterator[Finding]:
    if sign not in _SIGNS:
        return
    for answer, value in ((left, right), (right, left)):
        match value:
            case Literal(text):
                yield from _code(scope, answer, text)
            case Number(number) if number.is_integer():
                yield from _code(scope, answer, str(int(number)), numeric=True)


def _code(scope: _Scope, answer: Node, code: str, *, numeric: bool = False) -> Iterator[Finding]:
    """Only of selects whose choices are known, and never of the empty answer."""
    # Inside a filter a bare name is a column, and only ${name} an answer.
    asked_for = scope.columns is None or isinstance(answer, Reference)
    item = compared(scope.survey, scope.item, answer) if asked_for else None
    if item is None or not item.is_select or not code or "${" in code:
        return
    codes = media.codes_offered(scope.survey, item)
    if code.lower() in _NO_VALUES and code not in codes:
        yield scope.found(Code.NO_SUCH_VALUE, say("no answer to '%(item)s' is '%(code)s'", item=item.name, code=code))
        return
    known = _numbers(codes) if numeric else codes
    asked = code.split() if item.kind != "select_one" else [code]
    for one in asked if codes else ():
        if one not in known:
            reason = say(
                "'%(one)s' is no code of '%(item)s' (list '%(text)s')",
                one=one,
                item=item.name,
                text=item.list_name or item.file,
            )
            yield scope.found(Code.UNKNOWN_CHOICE, reason, suggestion(one, codes) or _few(codes))


def _few(codes: Collection[str]) -> str:
    return say("Its codes are %(codes)s", codes=", ".join(sorted(codes))) if len(codes) <= 12 else ""


def _numbers(codes: Collection[str]) -> frozenset[str]:
    """Codes as numbers compare: 01 and 1.0 equal 1."""
    found = set(codes)
    for code in codes:
        try:
            number = float(code)
        except ValueError:
            continue
        if number.is_integer():
            found.add(str(int(number)))
    return frozenset(found)


def compared(survey: Survey, item: Item, node: Node) -> Item | None:
    """The question whose answer a node is."""
    if node == ITSELF:
        return item
    if isinstance(node, Path) and any(step.predicates for step in node.steps):
        return None
    return lead(survey, item, node).item
