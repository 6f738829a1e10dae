"""Proves that a condition can never hold, where that can be proved: over one answer at a time, the rest unknown."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from forms.checks.expression import ITSELF, Binary, Call, Literal, Minus, Node, Number, walk

Value = float | str | bool | None
"""None is: not known here."""

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_DAYS = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What is varied: the node that stands for it, and what values it can have."""

    node: Node
    kind: str
    """integer, decimal, date, datetime, text or select_one."""
    codes: Collection[str] = ()
    least: float = -math.inf
    most: float = math.inf
    can_be_empty: bool = False


def holds(node: Node, answer: Answer) -> bool:
    """False only when no value of this answer can make the condition true."""
    return any(truth(_value(node, answer, value)) is not False for value in _candidates(node, answer))


def truth(value: Value) -> bool | None:
    match value:
        case None:
            return None
        case bool():
            return value
        case str():
            return bool(value)
    return value != 0 and not math.isnan(value)


def measures(node: Node, itself: Node) -> Iterator[Call]:
    """The counts and lengths of an answer that a condition speaks of."""
    for part in walk(node):
        match part:
            case Call("count-selected" | "string-length", (argument,)) if argument == itself:
                yield part


def _candidates(node: Node, answer: Answer) -> Sequence[Value]:
    """Comparisons with constants change only at these, so each of them and one value between stand for all."""
    if answer.kind == "select_one":
        return [*answer.codes, ""] if answer.can_be_empty else [*answer.codes]
    limits = sorted({limit for limit in _constants(node, answer) if math.isfinite(limit)})
    ends = [end for end in (answer.least, answer.most) if math.isfinite(end)]
    points = sorted({*limits, *ends, 0.0})
    between = [(low + high) / 2 for low, high in pairwise(points)]
    found = {*points, *between, points[0] - 1, points[-1] + 1}
    if answer.kind in {"integer", "date"}:
        found = {float(part) for point in found for part in (math.floor(point), math.ceil(point))}
        found |= {point + step for point in found for step in (-1.0, 1.0)}
    within = sorted(point for point in found if answer.least <= point <= answer.most)
    return [*within, ""] if answer.can_be_empty else within


def _constants(node: Node, answer: Answer) -> Iterator[float]:
    for part in walk(node):
        value = _value(part, answer, None) if part != answer.node else None
        if isinstance(value, float):
            yield value
        elif isinstance(value, str) and not math.isnan(number := _number(value)):
            yield number


def _value(node: Node, answer: Answer, given: Value) -> Value:
    if node == answer.node:
        return given
    match node:
        case Number(value):
            return value
        case Literal(text):
            return text if "${" not in text else None
        case Minus(value):
            inner = _value(value, answer, given)
            return None if inner is None else -_number(inner)
        case Binary(sign, left, right):
            return _binary(sign, _value(left, answer, given), _value(right, answer, given))
        case Call(name, arguments):
            return _call(name, arguments, answer, given)
    return None


def _binary(sign: str, left: Value, right: Value) -> Value:
    if sign in {"and", "or"}:
        return _joined(sign, truth(left), truth(right))
    if left is None or right is None:
        return None
    if sign in _FLIPPED:
        return _compared(sign, left, right)
    return None


def _joined(sign: str, left: bool | None, right: bool | None) -> bool | None:
    decides = sign == "or"
    if decides in (left, right):
        return decides
    return None if None in (left, right) else not decides


def _compared(sign: str, left: Value, right: Value) -> bool | None:
    if sign in {"=", "!="} and isinstance(left, str) and isinstance(right, str):
        same = left == right
        if not same and not math.isnan(_number(left)) and _number(left) == _number(right):
            return None
        return same if sign == "=" else not same
    if any(isinstance(side, str) and _is_day(side) for side in (left, right)):
        return None
    first, second = _number(left), _number(right)
    if sign == "=":
        return first == second
    if sign == "!=":
        return first != second
    rules: dict[str, Callable[[float, float], bool]] = {
        "<": float.__lt__,
        ">": float.__gt__,
        "<=": float.__le__,
        ">=": float.__ge__,
    }
    return rules[sign](first, second)


def _call(name: str, arguments: tuple[Node, ...], answer: Answer, given: Value) -> Value:
    values = [_value(argument, answer, given) for argument in arguments]
    match name, values:
        case "true", []:
            return True
        case "false", []:
            return False
        case "not", [value]:
            inner = truth(value)
            return None if inner is None else not inner
        case (("date" | "date-time" | "decimal-date-time"), [str(text)]) if arguments[0] != answer.node:
            return _day(text)
        case "selected", [value, str(code)] if answer.kind == "select_one" and value is not None:
            return value == code
        case "number", [value] if arguments[0] == answer.node:
            return value
    return None


def _number(value: Value) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return math.nan
    return float(value) if value is not None else math.nan


def _is_day(text: str) -> bool:
    return not math.isnan(_day(text))


def _day(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    start = date(moment.year, moment.month, moment.day).toordinal()
    return start + (moment.hour * 60 + moment.minute) / 1440


def mismatches(node: Node, kind_of: Callable[[Node], str]) -> Iterator[tuple[Binary, str]]:
    """Comparisons of a number or date with a text that is neither; the second part says which kind it is."""
    for part in walk(node):
        match part:
            case Binary(sign, left, right) if sign in _FLIPPED:
                for one, other in ((left, right), (right, left)):
                    if isinstance(other, Literal) and other.text and _unlike(kind_of(one), sign, other.text):
                        yield part, kind_of(one)


def _unlike(kind: str, sign: str, text: str) -> bool:
    if "${" in text or text.lower() in {"nan", "null"}:
        return False  # meant for an answer that is not given, and told by the lookups
    is_number = not math.isnan(_number(text))
    if kind in {"integer", "decimal", "range"}:
        return not is_number
    if kind in _DAYS or kind == "time":
        return sign not in {"=", "!="} and not is_number
    # Less and more are about numbers only; no text of letters is one.
    return kind in {"text", "select_one"} and sign not in {"=", "!="} and not is_number


def answer_itself(kind: str, codes: Collection[str]) -> Answer | None:
    """The answer that a constraint judges: never an empty one."""
    return _answer(ITSELF, kind, codes, can_be_empty=False)


def answer_of(node: Node, kind: str, codes: Collection[str]) -> Answer | None:
    """An answer that a condition speaks of."""
    return _answer(node, kind, codes, can_be_empty=True)


def _answer(node: Node, kind: str, codes: Collection[str], *, can_be_empty: bool) -> Answer | None:
    if kind == "select_one":
        return Answer(node, kind, codes, can_be_empty=can_be_empty) if codes else None
    numeric = kind in {"integer", "decimal", "date", "datetime"}
    return Answer(node, kind, can_be_empty=can_be_empty) if numeric else None
