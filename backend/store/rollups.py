"""Counts by answer, area and month, brought up to date for the parts of a form whose rows changed.

Pages read these tables and never the submissions. A part is a month in one area of level 1; saving a page marks it due
in the same transaction, so a crash between saving and counting loses nothing: the mark is still there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from backend.store.bulk import Cell, insert_rows
from backend.store.tables import EFFORT_BANDS, coverage, effort, rollup, rollup_due, submission

_PART_COLUMNS = ("form_id", "period", "adm1_pcode")
_ROLLUP_COLUMNS = (*_PART_COLUMNS, "adm2_pcode", "answer_id", "n_sources", "n_sites", "total")
_COVERAGE_COLUMNS = (*_PART_COLUMNS, "adm2_pcode", "n_sources", "n_sites")
_EFFORT_COLUMNS = (*_PART_COLUMNS, "kind", "n")
_FETCH = 5000


class _Area:
    """What one area of level 2 (or 'not in the list') has in one month."""

    __slots__ = ("by_site", "n", "sources", "totals")

    def __init__(self) -> None:
        self.n = 0
        self.sources: Counter[int] = Counter()
        self.by_site: defaultdict[str | None, set[int]] = defaultdict(set)
        self.totals: Counter[int] = Counter()

    def add(self, site: str | None, answers: list[int], numbers: list[int], values: list[float]) -> None:
        self.n += 1
        self.sources.update(answers)
        self.sources.update(numbers)
        self.by_site[site].update(answers, numbers)
        for number, value in zip(numbers, values, strict=True):
            self.totals[number] += value  # type: ignore[assignment]  # Counter adds floats as well

    @property
    def sites(self) -> list[set[int]]:
        return [answers for site, answers in self.by_site.items() if site is not None]

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        sites = Counter(chain.from_iterable(self.sites))
        for answer_id, n in sorted(self.sources.items()):
            yield answer_id, n, sites[answer_id], self.totals.get(answer_id)


def refresh_rollups(session: Session, form_id: str) -> int:
    """Counts anew every part that is due; returns how many. Cost follows the rows of those parts, not of the form.

    Counted here and not in SQL: the same on both databases, and three times faster than grouping unnested arrays. The
    marks go first: a page that is saved meanwhile waits for this transaction and then sets its mark again.
    """
    mine = delete(rollup_due).where(rollup_due.c.form_id == form_id)
    parts = session.execute(mine.returning(rollup_due.c.period, rollup_due.c.adm1_pcode)).all()
    for period, adm1 in parts:
        _refresh_part(session, (form_id, period, adm1))
    return len(parts)


def _refresh_part(session: Session, part: tuple[str, str, str]) -> None:
    for table in (rollup, coverage, effort):
        session.execute(
            delete(table).where(*(table.c[name] == value for name, value in zip(_PART_COLUMNS, part, strict=True)))
        )
    areas: defaultdict[str | None, _Area] = defaultdict(_Area)
    efforts: Counter[str] = Counter()
    for adm2, site, minutes, clock, answers, numbers, values in _rows(session, part):
        areas[adm2].add(site, answers, numbers, values)
        efforts[f"clock:{clock}"] += 1
        if minutes is not None:
            efforts[f"minutes:{_band(minutes)}"] += 1
    counts = [(*part, adm2, *row) for adm2, area in areas.items() for row in area.rows()]
    insert_rows(session, rollup, _ROLLUP_COLUMNS, counts)
    covered = [(*part, adm2, area.n, len(area.sites)) for adm2, area in areas.items()]
    insert_rows(session, coverage, _COVERAGE_COLUMNS, covered)
    insert_rows(session, effort, _EFFORT_COLUMNS, [(*part, kind, n) for kind, n in sorted(efforts.items())])


def _rows(
    session: Session, part: tuple[str, str, str]
) -> Iterable[tuple[str | None, str | None, int | None, str, list[int], list[int], list[float]]]:
    columns = [submission.c[name] for name in ("adm2_pcode", "site_key", "minutes", "clock", "c", "nk", "nv")]
    mine = and_(*(submission.c[name] == value for name, value in zip(_PART_COLUMNS, part, strict=True)))
    result = session.execute(select(*columns).where(mine).execution_options(yield_per=_FETCH))
    for row in result:
        yield tuple(row)


def _band(minutes: int) -> int:
    return max(low for low in EFFORT_BANDS if low <= minutes)
