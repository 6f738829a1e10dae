"""What a fake ODK Central understands of `$filter` and `$select`, and what it refuses."""

import re
from datetime import datetime
from typing import Any

from fakes.central_store import Form, RefusedError, Submission

_ANY_ID = re.compile(r"__id eq '((?:[^']|'')*)'")
_TERMS = re.compile(r"__id eq '(?:[^']|'')*'( or __id eq '(?:[^']|'')*')*")
_TIME = re.compile(r"__system/(submissionDate|updatedAt|deletedAt) (gt|ge|lt|le) (\d{4}-\d\d-\d\dT[\d:.]+Z)")


def filtered(wanted: str | None, form: Form, *, ids: bool, deleted: bool) -> list[Submission]:
    """`ids` and `deleted`: whether this Central can filter by them."""
    if wanted is None:
        return form.live()
    if "__system/deletedAt" in wanted and not deleted:
        raise RefusedError(501.5)
    times = [_TIME.fullmatch(one) for one in wanted.split(" or ")]
    if all(times):
        # To name deletion in a filter is to be shown what is deleted.
        rows = [*form.live(), *(form.trashed() if "__system/deletedAt" in wanted else [])]
        return sorted((one for one in rows if any(time and _is_in(one, *time.groups()) for time in times)), key=age)
    if "__system/deletedAt" in wanted:
        both = "or" in wanted.split()
        return sorted([*form.live(), *form.trashed()], key=age) if both else form.trashed()
    if _TERMS.fullmatch(wanted) and ids:
        named = {found.replace("''", "'") for found in _ANY_ID.findall(wanted)}
        return [one for one in form.live() if one.root in named]
    if wanted.endswith((" gt", " eq", " ge")):
        raise RefusedError(400.18)
    raise RefusedError(501.4 if "(" in wanted else 501.5)


def _is_in(one: Submission, column: str, way: str, bound: str) -> bool:
    """Nothing is before or after a time that is not there. Times are in milliseconds."""
    found = {"submissionDate": one.created, "updatedAt": one.updated, "deletedAt": one.deleted}[column]
    if found is None:
        return False
    time, limit = datetime.fromisoformat(moment(found) or ""), datetime.fromisoformat(bound)
    return {"gt": time > limit, "ge": time >= limit, "lt": time < limit, "le": time <= limit}[way]


def age(one: Submission) -> tuple[float, int]:
    return -one.created.timestamp(), -one.number


_SYSTEM = (
    *("submissionDate", "updatedAt", "deletedAt", "submitterId", "submitterName", "attachmentsPresent", "reviewState"),
    *("deviceId", "edits", "formVersion"),
)


def selected(wanted: str | None, form: Form, expand: str | None) -> list[str] | None:
    if wanted is None:
        return None
    if expand is not None:
        raise RefusedError(501.11)
    names = [name.strip() for name in wanted.split(",")]
    known = {"__id", "__system/status", *(f"__system/{one}" for one in _SYSTEM), *form.published.fields}
    if not set(names) <= known:
        raise RefusedError(400.23)
    return names


def picked(row: dict[str, Any], names: list[str] | None) -> dict[str, Any]:
    """Only what was asked for, in the groups it lies in."""
    if names is None:
        return row
    found: dict[str, Any] = {}
    for name in names:
        *groups, leaf = name.split("/")
        source, target = row, found
        for group in groups:
            source, target = source.get(group) or {}, target.setdefault(group, {})
        target[leaf] = source.get(leaf)
    return found


def moment(value: Any) -> str | None:
    return None if value is None else f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
