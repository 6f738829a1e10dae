"""Counts by numpy are those that plain sets and counters find, however the rows fall into batches."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.store.columns import Arrays
from backend.store.counting import AnswerRow, Batch, Part

MOST = 12
IDS = st.lists(st.integers(1, MOST), max_size=5)
NUMBERS = st.lists(st.tuples(st.integers(1, MOST), st.integers(-9, 9)), max_size=4)


class Said(NamedTuple):
    adm2: str | None
    site: str | None
    minutes: int | None
    answers: list[int]
    numbers: list[tuple[int, int]]


ROWS = st.lists(
    st.builds(
        Said,
        st.sampled_from([None, "XA0101", "XA0102"]),
        st.sampled_from([None, "site-1", "site-2"]),
        st.sampled_from([None, 12, 40]),
        IDS,
        NUMBERS,
    ),
    max_size=12,
)


def arrays(lists: Sequence[Sequence[float]], kind: type) -> Arrays:
    items = [item for one in lists for item in one]
    return Arrays(np.array(items, kind), np.array([len(one) for one in lists], np.intp))


def batch(rows: Sequence[Said]) -> Batch:
    return Batch(
        adm2=[row.adm2 for row in rows],
        site=[row.site for row in rows],
        minutes=[row.minutes for row in rows],
        clock=["ok" for _ in rows],
        answers=arrays([row.answers for row in rows], np.int64),
        numbers=arrays([[number for number, _ in row.numbers] for row in rows], np.int64),
        values=arrays([[value for _, value in row.numbers] for row in rows], np.float64),
    )


def expected(rows: Sequence[Said]) -> AnswerRow:
    """Of the rows of one area, the long way round."""
    sources: Counter[int] = Counter()
    sites: defaultdict[int, set[str]] = defaultdict(set)
    totals: Counter[int] = Counter()
    for row in rows:
        said = {*row.answers, *(number for number, _ in row.numbers)}
        sources.update(said)
        for answer in said if row.site else ():
            sites[answer].add(str(row.site))
        for number, value in row.numbers:
            totals[number] += value
    ids, numbers = sorted(sources), sorted(totals)
    return AnswerRow(
        ids,
        [sources[answer] for answer in ids],
        [len(sites[answer]) for answer in ids],
        numbers,
        [float(totals[number]) for number in numbers],
    )


@given(ROWS, st.integers(1, 12))
def test_counts_are_those_of_plain_counters_however_rows_come(rows: list[Said], size: int) -> None:
    part = Part(MOST)

    for start in range(0, len(rows), size):
        part.add(batch(rows[start : start + size]))

    by_area: defaultdict[str | None, list[Said]] = defaultdict(list)
    for row in rows:
        by_area[row.adm2].append(row)
    assert {adm2: area.answers() for adm2, area in part.areas.items()} == {
        adm2: expected(of_area) for adm2, of_area in by_area.items()
    }
    assert {adm2: (area.n, area.n_sites) for adm2, area in part.areas.items()} == {
        adm2: (len(of_area), len({row.site for row in of_area if row.site})) for adm2, of_area in by_area.items()
    }
    assert part.minutes == Counter(row.minutes for row in rows)


def test_an_answer_that_the_dictionary_does_not_hold_is_an_error() -> None:
    with pytest.raises(IndexError):
        Part(MOST).add(batch([Said("XA0101", None, None, [MOST + 1], [])]))
