"""Counts who said what: sources, sites and sums by answer and area, of the submissions of one month.

With numpy, since this looks at every answer of every submission whose month changed: a table of rows by answers, true
where somebody said so, takes a third of the time of sets and counters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.store.columns import Arrays


class Batch(NamedTuple):
    """Submissions, column by column. `answers`: ids; `numbers`, `values`: ids of numbers and, in step, the numbers."""

    adm2: Sequence[str | None]
    site: Sequence[str | bytes | None]
    minutes: Sequence[int | None]
    clock: Sequence[str]
    answers: Arrays
    numbers: Arrays
    values: Arrays


class AnswerRow(NamedTuple):
    """What one area said: sources and sites in step with `answer_ids`, sums with `number_ids`. Ids ascend."""

    answer_ids: list[int]
    n_sources: list[int]
    n_sites: list[int]
    number_ids: list[int]
    totals: list[float]


@dataclass(slots=True)
class _Said:
    """Rows by answers, and the rows of each place. `ids` says which answer a column of `table` stands for."""

    ids: NDArray[np.intp]
    table: NDArray[np.bool_]


class Area:
    """What one area of level 2 (or 'not in the list') has. The place in an array is the id of an answer."""

    __slots__ = ("_by_site", "_given", "_size", "_sources", "_totals", "n")

    def __init__(self, size: int) -> None:
        self.n = 0
        self._size = size
        self._sources = np.zeros(size, np.int64)
        self._given = np.zeros(size, np.bool_)
        self._totals = np.zeros(size)
        self._by_site: dict[str | bytes, NDArray[np.bool_]] = {}

    @property
    def n_sites(self) -> int:
        return len(self._by_site)

    def add_sources(self, said: _Said, rows: Sequence[int]) -> None:
        self.n += len(rows)
        self._sources[said.ids] += said.table[rows].sum(axis=0)

    def add_site(self, site: str | bytes, said: _Said, rows: Sequence[int]) -> None:
        heard = self._by_site.setdefault(site, np.zeros(self._size, np.bool_))
        heard[said.ids] |= said.table[rows].any(axis=0)

    def add_numbers(self, numbers: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        self._given[numbers] = True
        self._totals += np.bincount(numbers, weights=values, minlength=self._size)

    def answers(self) -> AnswerRow:
        ids, numbers = np.flatnonzero(self._sources), np.flatnonzero(self._given)
        sites = np.zeros(self._size, np.int64)
        for heard in self._by_site.values():
            sites += heard
        columns = (ids, self._sources[ids], sites[ids], numbers, self._totals[numbers])
        return AnswerRow(*(column.tolist() for column in columns))


class Part:
    """One month in one area of level 1. `most`: the highest id of an answer there can be."""

    def __init__(self, most: int) -> None:
        self._size = most + 1
        self.areas: dict[str | None, Area] = {}
        self.minutes: Counter[int | None] = Counter()
        self.clocks: Counter[str] = Counter()

    def add(self, batch: Batch) -> None:
        said = self._said(batch)
        for adm2, sites in _places(batch):
            area = self.areas.setdefault(adm2, Area(self._size))
            area.add_sources(said, [row for rows in sites.values() for row in rows])
            for site, rows in sites.items():
                if site is not None:
                    area.add_site(site, said, rows)
        self._add_numbers(batch)
        self.minutes.update(batch.minutes)
        self.clocks.update(batch.clock)

    def _said(self, batch: Batch) -> _Said:
        """Who gives the same answer in several rows of a repeat is still one source: true is true however often."""
        given = (batch.answers, batch.numbers)
        is_said = np.zeros(self._size, np.bool_)
        for arrays in given:
            is_said[arrays.items] = True
        ids = np.flatnonzero(is_said)
        # A column for each answer that anybody gave: the dictionary holds the answers of all forms.
        column = np.cumsum(is_said) - 1
        table = np.zeros((len(batch.adm2), len(ids)), np.bool_)
        for arrays in given:
            table[arrays.rows, column[arrays.items]] = True
        return _Said(ids, table)

    def _add_numbers(self, batch: Batch) -> None:
        places = {adm2: place for place, adm2 in enumerate(dict.fromkeys(batch.adm2))}
        of_row = np.fromiter((places[adm2] for adm2 in batch.adm2), np.intp, len(batch.adm2))
        of_number = of_row[batch.numbers.rows]
        for adm2, place in places.items():
            mine = of_number == place
            self.areas[adm2].add_numbers(batch.numbers.items[mine], batch.values.items[mine])


def _places(batch: Batch) -> Iterator[tuple[str | None, dict[str | bytes | None, list[int]]]]:
    """The rows of each site of each area; None is 'not in the list'."""
    found: defaultdict[str | None, defaultdict[str | bytes | None, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, (adm2, site) in enumerate(zip(batch.adm2, batch.site, strict=True)):
        found[adm2][site].append(row)
    yield from found.items()
