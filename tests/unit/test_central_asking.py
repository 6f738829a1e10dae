"""How changed submissions are asked for: every one exactly once, in few requests, none with too long an address."""

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.servers.central.asking import Stretch, plan
from workers.servers.central.form import any_of, batches, review_word

PLACES = st.lists(st.integers(0, 400), unique=True).map(sorted)


@given(places=PLACES, longest=st.integers(1, 50))
def test_every_wanted_place_is_asked_for_exactly_once(places: list[int], longest: int) -> None:
    asking = plan(places, longest)

    inside = [place for one in asking.stretches for place in range(one.skip, one.skip + one.top)]
    assert sorted(set(inside) & set(places) | set(asking.apart)) == places
    assert len(inside) == len(set(inside))
    assert not set(inside) & set(asking.apart)
    assert all(one.top <= longest for one in asking.stretches)


def test_new_rows_at_the_head_of_the_list_are_one_request() -> None:
    assert plan(list(range(900)), 1000).stretches == [Stretch(0, 900)]


def test_rows_far_apart_are_asked_for_by_their_ids() -> None:
    asking = plan([3, 500, 900], 1000)

    assert (asking.stretches, asking.apart) == ([], [3, 500, 900])


def test_a_full_read_is_as_few_requests_as_pages() -> None:
    asking = plan(list(range(2500)), 1000)

    assert asking.stretches == [Stretch(0, 1000), Stretch(1000, 1000), Stretch(2000, 500)]


@given(ids=st.lists(st.text(min_size=1, max_size=80), unique=True, max_size=150))
def test_every_id_is_in_one_address_that_a_proxy_takes(ids: list[str]) -> None:
    found = batches(ids)

    assert [one for batch in found for one in batch] == ids
    assert all(0 < len(batch) <= 100 for batch in found)
    assert all(len(quote_plus(any_of(batch))) <= 6_000 for batch in found)


def test_no_address_asks_for_more_than_a_hundred_ids() -> None:
    assert [len(batch) for batch in batches([str(number) for number in range(250)])] == [100, 100, 50]


def test_ids_as_phones_make_them_fill_an_address_and_no_more() -> None:
    found = batches([f"uuid:{number:036}" for number in range(250)])

    assert {len(quote_plus(any_of(batch))) > 5_500 for batch in found[:-1]} == {True}
    assert max(len(quote_plus(any_of(batch))) for batch in found) <= 6_000


@pytest.mark.parametrize(
    ("said", "kept"),
    [(None, ""), ("", ""), ("hasIssues", "hasIssues"), ("approved", "approved"), ("Amina 0944", "other")],
)
def test_a_review_in_words_that_are_not_centrals_own_is_not_repeated(said: str | None, kept: str) -> None:
    assert review_word(said) == kept
