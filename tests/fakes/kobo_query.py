"""How KoBo's data list chooses rows: a subset of MongoDB's words over texts; unknown words choose nothing, silently."""

import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda have, want: have > want,
    "$gte": lambda have, want: have >= want,
    "$lt": lambda have, want: have < want,
    "$lte": lambda have, want: have <= want,
    "$ne": lambda have, want: have != want,
    "$in": lambda have, want: have in want,
    "$nin": lambda have, want: have not in want,
}
_KNOWN = {*_COMPARE, "$or", "$and", "$exists", "$regex", "$elemMatch"}


def chosen(rows: list[Row], query: Row) -> list[Row]:
    return [row for row in rows if _matches(row, query)] if _is_allowed(query) else []


def _is_allowed(query: Any) -> bool:
    if isinstance(query, list):
        return all(_is_allowed(part) for part in query)
    if not isinstance(query, dict):
        return True
    return all((not name.startswith("$") or name in _KNOWN) and _is_allowed(part) for name, part in query.items())


def _matches(row: Row, query: Row) -> bool:
    for name, wanted in query.items():
        if name == "$or":
            if not any(_matches(row, part) for part in wanted):
                return False
        elif name == "$and":
            if not all(_matches(row, part) for part in wanted):
                return False
        elif not _fits(_value(row, name), int(wanted) if name == "_id" and isinstance(wanted, str) else wanted):
            return False
    return True


def _value(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    top, _, rest = name.partition(".")
    inner = row.get(top)
    return inner.get(rest) if isinstance(inner, dict) else None


def _fits(have: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(have == wanted)
    for word, value in wanted.items():
        if word == "$exists":
            good = (have is not None) == value
        elif word == "$regex":
            good = isinstance(have, str) and re.search(value, have) is not None
        elif word == "$elemMatch":
            good = isinstance(have, list) and any(_matches(one, value) for one in have)
        else:
            good = _same_kind(have, value) and _COMPARE[word](have, value)
        if not good:
            return False
    return True


def _same_kind(have: Any, value: Any) -> bool:
    """A text is never greater than a number, nor smaller."""
    if isinstance(value, list):
        return True
    return isinstance(have, str) == isinstance(value, str) and have is not None
