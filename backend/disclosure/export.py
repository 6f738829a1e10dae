"""The long view as CSV for IM officers. Internal: no disclosure control has been applied to it yet."""

import csv
import io
from collections.abc import Iterator
from uuid import uuid4

from sqlalchemy.orm import Session

from backend.store.long_view import long_rows
from mappings.schema import fields

# Pseudonyms tie the rows of one interview together; the standard says that they are internal and never released.
_INTERNAL = frozenset({"submission_key", "collector_key", "site_key"})
MARK = "INTERNAL - not for sharing: single answers, no disclosure control applied"
_PAGE = 2000


def columns() -> list[str]:
    """The columns of the export: the standard's observation without the internal keys."""
    return [field.name for field in fields("observation") if field.name not in _INTERNAL]


def long_view_csv(session: Session, survey_id: str) -> Iterator[str]:
    """Header, HXL tags, rows, in pieces. `obs_id` is new at each export, so that two exports cannot be joined by it."""
    tags = {field.name: field.hxl for field in fields("observation")}
    names = columns()
    yield _line([*names, "sharing"])
    yield _line([*(tags[name] for name in names), "#meta+sharing"])
    rows: list[list[object]] = []
    for row in long_rows(session, survey_id, names[1:]):
        rows.append([uuid4(), *(_cell(value) for value in row), MARK])
        if len(rows) == _PAGE:
            yield "".join(map(_line, rows))
            rows = []
    yield "".join(map(_line, rows))


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else value


def _line(cells: list[object] | list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
