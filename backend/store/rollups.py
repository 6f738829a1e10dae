"""Counts by answer, area and month, brought up to date for the parts of a form whose rows changed.

Pages read these tables and never the submissions. A part is a month in one area of level 1; saving a page marks it due
in the same transaction, so a crash between saving and counting loses nothing: the mark is still there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.store.bulk import Cell, insert_rows, stream_rows
from backend.store.tables import EFFORT_BANDS, coverage, effort, rollup, rollup_due, submission

_PART_COLUMNS = ("form_id", "period", "adm1_pcode")
_ROLLUP_COLUMNS = (*_PART_COLUMNS, "adm2_pcode", "answer_id", "n_sources", "n_sites", "total")
_COVERAGE_COLUMNS = (*_PART_COLUMNS, "adm2_pcode", "n_sources", "n_sites")
_EFFORT_COLUMNS = (*_PART_COLUMNS, "kind", "n")
_COUNTED = ("adm2_pcode", "site_key", "minutes", "clock", "c", "nk", "nv")
# Of one interview: ids of answers, ids of numbers, and in step with these the values.
_Said = tuple[list[int], list[int], list[float]]


class _Area:
    """What one area of level 2 (or 'not in the list') has in one month."""

    __slots__ = ("by_site", "n", "sources", "totals")

    def __init__(self) -> None:
        self.n = 0
        self.sources: Counter[int] = Counter()
        self.by_site: defaultdict[str | None, set[int]] = defaultdict(set)
        self.totals: defaultdict[int, float] = defaultdict(float)

    def add(self, site: str | None, rows: list[_Said]) -> None:
        """The interviews of one site; many at once, since to count is quick and to begin to count is slow."""
        # Sets: who gives the same answer in several rows of a repeat is still one source.
        said = [set(ids) for answers, numbers, _ in rows for ids in (answers, numbers)]
        self.n += len(rows)
        self.sources.update(chain.from_iterable(said))
        self.by_site[site].update(*said)
        for _, numbers, values in rows:
            for number, value in zip(numbers, values, strict=True):
                self.totals[number] += value

    @property
    def sites(self) -> list[set[int]]:
        return [answers for site, answers in self.by_site.items() if site is not None]

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        sites = Counter(chain.from_iterable(self.sites))
        for answer_id, n in sorted(self.sources.items()):
            yield answer_id, n, sites[answer_id], self.totals.get(answer_id)


class _Part:
    """One month in one area of level 1."""

    __slots__ = ("areas", "clocks", "minutes")

    def __init__(self) -> None:
        self.areas: defaultdict[str | None, _Area] = defaultdict(_Area)
        self.minutes: Counter[int | None] = Counter()
        self.clocks: Counter[str] = Counter()

    def add(self, batch: Sequence[tuple[Any, ...]]) -> None:
        """`batch` has the columns `_COUNTED`."""
        by_place: defaultdict[tuple[str | None, str | None], list[_Said]] = defaultdict(list)
        for adm2, site, _, _, answers, numbers, values in batch:
            by_place[adm2, site].append((answers, numbers, values))
        for (adm2, site), rows in by_place.items():
            self.areas[adm2].add(site, rows)
        self.minutes.update(row[2] for row in batch)
        self.clocks.update(row[3] for row in batch)

    def efforts(self) -> Counter[str]:
        found = Counter({f"clock:{clock}": n for clock, n in self.clocks.items()})
        for length, n in self.minutes.items():
            if length is not None:
                found[f"minutes:{max(low for low in EFFORT_BANDS if low <= length)}"] += n
        return found


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
    mine = dict(zip(_PART_COLUMNS, part, strict=True))
    for table in (rollup, coverage, effort):
        session.execute(delete(table).where(*(table.c[name] == value for name, value in mine.items())))
    found = _Part()
    for batch in stream_rows(session, submission, _COUNTED, mine):
        found.add(batch)
    areas = found.areas.items()
    counts = [(*part, adm2, *row) for adm2, area in areas for row in area.rows()]
    insert_rows(session, rollup, _ROLLUP_COLUMNS, counts)
    covered = [(*part, adm2, area.n, len(area.sites)) for adm2, area in areas]
    insert_rows(session, coverage, _COVERAGE_COLUMNS, covered)
    insert_rows(session, effort, _EFFORT_COLUMNS, [(*part, kind, n) for kind, n in sorted(found.efforts().items())])
