"""Reads answer counts from the rollups. Internal: nothing here is protected against disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from backend.store.monitor import Scope
from backend.store.tables import answer, rollup

_ABOUT_INDICATORS = ("value", "choice", "multi", "number", "status")
_ALL = "all"


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many sources gave one answer; `code` is '' for numbers and for 'multi', which says that any code was picked.

    `total` is the sum of the numbers given.
    """

    indicator_id: str
    indicator_version: int
    kind: str
    code: str
    disaggregation: tuple[str, ...]
    n_sources: int
    n_sites: int
    total: float | None


def answer_periods(session: Session, scope: Scope) -> list[str]:
    """The newest first."""
    query = select(rollup.c.period).distinct().where(*_within(scope)).order_by(rollup.c.period.desc())
    return list(session.scalars(query))


def answer_areas(session: Session, scope: Scope, period: str) -> list[tuple[str, str | None]]:
    """Admin 1 and admin 2 of every place with an answer; None is 'not in the list'."""
    keys = (rollup.c.adm1_pcode, rollup.c.adm2_pcode)
    query = select(*keys).where(*_within(scope), rollup.c.period == period).distinct().order_by(*keys)
    return [(adm1, adm2) for adm1, adm2 in session.execute(query)]


def answer_counts(session: Session, scope: Scope, period: str, place: str | None) -> list[AnswerCount]:
    """Counts of one period, in all of the scope or in one area. A place lies in one area, so sums count it once."""
    conditions = [*_within(scope), rollup.c.period == period, answer.c.kind.in_(_ABOUT_INDICATORS)]
    if place is not None:
        conditions.append(or_(rollup.c.adm1_pcode == place, rollup.c.adm2_pcode == place))
    splits = (answer.c.disagg_sex, answer.c.disagg_age, answer.c.disagg_pop, answer.c.disagg_form)
    keys = (answer.c.indicator_id, answer.c.indicator_version, answer.c.kind, answer.c.code, *splits)
    query = (
        select(*keys, func.sum(rollup.c.n_sources), func.sum(rollup.c.n_sites), func.sum(rollup.c.total))
        .join(answer, answer.c.id == rollup.c.answer_id)
        .where(*conditions)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        AnswerCount(
            *row[:4],
            disaggregation=tuple(split for split in row[4:8] if split != _ALL),
            n_sources=int(row[8]),
            n_sites=int(row[9]),
            total=row[10],
        )
        for row in session.execute(query)
    ]


def _within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    forms = rollup.c.form_id.in_(scope.form_ids)
    if not scope.areas:
        return (forms,)
    return (forms, or_(rollup.c.adm1_pcode.in_(scope.areas), rollup.c.adm2_pcode.in_(scope.areas)))
