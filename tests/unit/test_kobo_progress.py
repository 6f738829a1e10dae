"""How far a KoBo form was read, and the addresses that ask for more: decided without a server."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.servers.kobo.address import LIST_FIELDS, LONGEST, after, batches, data_path
from workers.servers.kobo.progress import Progress, read_progress, write_progress

NOON = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def compared(top: int, at: datetime = NOON) -> Progress:
    return Progress().reached(top, at).compared_whole(at, 0)


def test_a_form_never_read_is_due_to_be_compared() -> None:
    assert Progress().must_compare(NOON)


def test_a_form_is_due_again_after_a_day() -> None:
    progress = compared(5_000)

    assert not progress.must_compare(NOON + timedelta(hours=23))
    assert progress.must_compare(NOON + timedelta(hours=24))


def test_two_hundred_rows_at_least_are_looked_at_again() -> None:
    assert compared(5_000).overlap_from == 4_800


def test_rows_of_the_last_hour_are_looked_at_again_however_many_they_are() -> None:
    progress = compared(5_000)
    for minutes in range(1, 150):
        progress = progress.reached(5_000 + 100 * minutes, NOON + timedelta(minutes=minutes))

    reached_an_hour_ago = 5_000 + 100 * (149 - 60)
    assert progress.overlap_from <= reached_an_hour_ago
    assert progress.overlap_from > 5_000


def test_the_highest_row_never_goes_back() -> None:
    assert compared(5_000).reached(3, NOON + HOUR).top == 5_000


def test_the_history_is_read_again_for_ten_minutes_before_the_last_time() -> None:
    assert compared(1).fed(NOON).feed_from == NOON - timedelta(minutes=10)
    assert compared(1).fed(None).feed_from is None


@given(st.integers(0, 2**40), st.integers(0, 2**31), st.integers(0, 10**6))
def test_progress_fits_into_its_column_and_comes_back_the_same(top: int, at: int, doubles: int) -> None:
    moment = datetime.fromtimestamp(at, UTC)
    progress = Progress().reached(top, moment).compared_whole(moment, doubles).fed(moment)

    text = write_progress(progress)

    assert len(text) <= 200
    assert read_progress(text) == progress


@given(st.lists(st.integers(1, 10**9), max_size=900), st.booleans())
def test_batches_ask_for_every_row_once_and_stay_below_the_longest_address(ids: list[int], whole: bool) -> None:
    fields = None if whole else tuple(f"group_{number}/question_{number}" for number in range(50))

    queries = list(batches("a" * 22, "_id", ids, fields))

    assert [number for query in queries for number in query["_id"]["$in"]] == ids
    assert all(len(data_path("a" * 22, query=query, fields=fields, limit=1000)) < LONGEST for query in queries)


def test_no_address_is_longer_than_four_thousand_letters_or_asks_for_more_than_two_hundred() -> None:
    """Proxies cut them at 4 to 8 kB."""
    roots = list(batches("a" * 22, "meta/rootUuid", [f"uuid:{number:036}" for number in range(300)], LIST_FIELDS))
    ids = list(batches("a" * 22, "_id", list(range(500)), LIST_FIELDS))

    paths = [data_path("a" * 22, query=query, fields=LIST_FIELDS, limit=1000) for query in roots]
    assert 3_500 < max(map(len, paths)) < 4_000
    assert [len(query["_id"]["$in"]) for query in ids] == [200, 200, 100]


def test_an_address_says_the_same_after_the_server_has_read_it() -> None:
    path = data_path("a1", query=after(7, 9), fields=("rec/how_often", "été & co"), limit=10)

    options = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}

    assert msgspec.json.decode(options["query"]) == {"_id": {"$gt": 7, "$lte": 9}}
    assert msgspec.json.decode(options["fields"]) == ["rec/how_often", "été & co"]
    assert msgspec.json.decode(options["sort"]) == {"_id": 1}


@pytest.mark.parametrize("word", ["start=", "offset=", "page="])
def test_pages_are_never_asked_for_by_position(word: str) -> None:
    assert word not in data_path("a1", query=after(7), limit=1000)
