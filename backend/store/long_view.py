"""Reads the long view: one row an observation, in an order that says nothing about who was asked when."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Boolean, column, func, select, table
from sqlalchemy.orm import Session

from mappings.schema import fields

_FETCH = 2000
_FLAGS = frozenset({"value_bool", "consent_ok"})


def long_rows(session: Session, survey_id: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The named columns of table `observation`. Shuffled: stored order follows arrival, and arrival tells the day."""
    # SQLite has no booleans of its own; the type turns its 0 and 1 into what PostgreSQL gives.
    view = table(
        "observation", *(column(one.name, Boolean if one.name in _FLAGS else None) for one in fields("observation"))
    )
    query = select(*(view.c[name] for name in names)).where(view.c.survey_id == survey_id).order_by(func.random())
    for row in session.execute(query.execution_options(yield_per=_FETCH)):
        yield tuple(row)
