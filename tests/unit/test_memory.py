"""What strip and apply remember of earlier submissions changes nothing about the next one."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_form import DEPLOYED, FULL, KEYS, MAPPING, PLACES, RECEIVED, apply, raw

from mappings.apply import Apply
from mappings.strip import Setting, Strip

_ODD = st.sampled_from(
    [None, "", "no", "often", "S2", "XA02", "XA99", "XA01-NIL", "2026-04-08", "E02", "AMINA", "7", -1]
)
_PATHS = sorted(name for name in FULL if name != "rep" and not name.startswith("_"))
# Mostly full interviews: what is remembered is what comes again. Some come before the day they were made on.
_SUBMISSIONS = st.lists(st.dictionaries(st.sampled_from(_PATHS), _ODD, max_size=3), min_size=2, max_size=12)


def _read(reader: Strip, mapper: Apply, answers: dict[str, Any], received_on: date) -> tuple[Any, Any]:
    stripped = reader(raw(**answers), received_on)
    return stripped, mapper(stripped.clean) if stripped.clean else None


def _fresh() -> tuple[Strip, Apply]:
    return Strip(MAPPING, Setting(KEYS, PLACES, DEPLOYED)), apply()


@given(_SUBMISSIONS, st.lists(st.integers(-10, 40), min_size=12, max_size=12))
def test_a_submission_is_read_alike_whatever_was_read_before(found: list[dict[str, Any]], days: list[int]) -> None:
    reader, mapper = _fresh()

    for answers, late in [*zip(found, days, strict=False), *zip(found, days, strict=False)]:
        received_on = RECEIVED + timedelta(days=late)
        assert _read(reader, mapper, answers, received_on) == _read(*_fresh(), answers, received_on)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mappings.strip._MEMORY", 3)
    monkeypatch.setattr("mappings.apply._MEMORY", 3)
    reader, mapper = _fresh()
    before = _sizes(reader, mapper)

    for late in range(30):
        _read(reader, mapper, {"rec__people": str(late), "rec__share": str(late / 2)}, RECEIVED + timedelta(days=late))

    after = _sizes(reader, mapper)
    assert [name for name, size in after.items() if size > before[name] + 3] == []


def _sizes(*owners: object) -> dict[str, int]:
    return {
        f"{type(owner).__name__}.{name}": len(value)
        for owner in owners
        for name, value in vars(owner).items()
        if isinstance(value, dict | set)
    }
