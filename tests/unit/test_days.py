"""By which day things are destroyed when the clock leaps, workers were away, or nothing is amiss."""

from datetime import date
from pathlib import Path

import pytest

from backend.settings import Settings
from workers.days import FILE, to_destroy_by


def _november(number: int) -> date:
    return date(2026, 11, number)


NEXT_YEAR = date(2027, 11, 22)


@pytest.mark.parametrize(
    ("seen", "today", "by"),
    [
        ([], _november(22), _november(22)),
        ([21], _november(22), _november(22)),
        ([21, 22], _november(22), _november(22)),
        ([21, 22], NEXT_YEAR, _november(23)),
        ([1, 2], _november(22), _november(3)),
        ([21, 22], _november(20), _november(20)),
    ],
    ids=["the first day", "the day after", "later that day", "a leap", "workers were away", "a leap back"],
)
def test_what_is_destroyed_goes_by_days_that_workers_saw(
    tmp_path: Path, seen: list[int], today: date, by: date
) -> None:
    settings = Settings(home=tmp_path)
    for day in seen:
        to_destroy_by(settings, _november(day))

    # The second time of a day as the first.
    assert [to_destroy_by(settings, today), to_destroy_by(settings, today)] == [by, by]


def test_on_the_second_day_a_clock_is_believed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    days = [_november(22), NEXT_YEAR, date(2027, 11, 23)]

    assert [to_destroy_by(settings, day) for day in days][1:] == [_november(23), date(2027, 11, 23)]


def test_a_clock_that_is_set_right_again_has_done_no_harm(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    days = [_november(22), NEXT_YEAR, _november(22), _november(23), _november(24)]

    assert [to_destroy_by(settings, day) for day in days][2:] == days[2:]


@pytest.mark.parametrize("damaged", ["", "{", "7", '["someday"]', '{"a": 1}'])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damaged: str) -> None:
    settings = Settings(home=tmp_path)
    settings.worker_keys.mkdir(parents=True)
    (settings.worker_keys / FILE).write_text(damaged)

    assert to_destroy_by(settings, NEXT_YEAR) == NEXT_YEAR
    assert to_destroy_by(settings, date(2028, 11, 22)) == date(2027, 11, 23)
