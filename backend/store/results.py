"""Reads answer counts from the rollups. Internal: nothing here is protected against disclosure."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, or_, select
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


def answer_counts(
    session: Session, scope: Scope, period: str, places: Collection[str] | None = None
) -> list[AnswerCount]:
    """Counts of one period, in all of the scope or in the area that has or had one of the p-codes `places`.

    A place lies in one area, so sums count it once.
    """
    sums = _sums(session, scope, period, places)
    splits = (answer.c.disagg_sex, answer.c.disagg_age, answer.c.disagg_pop, answer.c.disagg_form)
    keys = (answer.c.indicator_id, answer.c.indicator_version, answer.c.kind, answer.c.code, *splits)
    query = select(answer.c.id, *keys).where(answer.c.id.in_(list(sums)), answer.c.kind.in_(_ABOUT_INDICATORS))
    # The same answer of two sections is one answer here.
    rows = [tuple(row) for row in session.execute(query.order_by(*keys))]
    return [_count(key, [sums[row[0]] for row in same]) for key, same in groupby(rows, key=itemgetter(slice(1, None)))]


@dataclass(slots=True)
class _Sum:
    n_sources: int = 0
    n_sites: int = 0
    total: float | None = None


def _sums(session: Session, scope: Scope, period: str, places: Collection[str] | None) -> dict[int, _Sum]:
    """By id of the answer. Added up here: the two databases take arrays apart in different words, and more slowly."""
    conditions = [*_within(scope), rollup.c.period == period]
    if places is not None:
        conditions.append(or_(rollup.c.adm1_pcode.in_(places), rollup.c.adm2_pcode.in_(places)))
    columns = (rollup.c.answer_ids, rollup.c.n_sources, rollup.c.n_sites, rollup.c.number_ids, rollup.c.totals)
    sums: defaultdict[int, _Sum] = defaultdict(_Sum)
    for ids, sources, sites, numbers, totals in session.execute(select(*columns).where(*conditions)):
        for number, n_sources, n_sites in zip(ids, sources, sites, strict=True):
            found = sums[number]
            found.n_sources += n_sources
            found.n_sites += n_sites
        for number, total in zip(numbers, totals, strict=True):
            sums[number].total = (sums[number].total or 0) + total
    return sums


def _count(key: tuple[Any, ...], sums: Sequence[_Sum]) -> AnswerCount:
    totals = [found.total for found in sums if found.total is not None]
    indicator_id, version, kind, code, *splits = key
    return AnswerCount(
        indicator_id,
        version,
        kind,
        code,
        disaggregation=tuple(split for split in splits if split != _ALL),
        n_sources=sum(found.n_sources for found in sums),
        n_sites=sum(found.n_sites for found in sums),
        total=sum(totals) if totals else None,
    )


def _within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    forms = rollup.c.form_id.in_(scope.form_ids)
    if not scope.areas:
        return (forms,)
    return (forms, or_(rollup.c.adm1_pcode.in_(scope.areas), rollup.c.adm2_pcode.in_(scope.areas)))
