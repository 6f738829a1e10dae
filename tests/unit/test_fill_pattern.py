"""Texts made for the regular expressions that forms have for their codes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.engine.pattern import sample
from forms.engine.tendencies import repeatable


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{2}-[0-9]{3}$",
        r"^\d{4}$",
        r"^(EN|FR)[a-c]+x?$",
        "^[^0-9]{3,5}$",
        r"^a\.b$",
        "^(?:ab|cd){2}e*$",
        r"^\w+@\w+\.org$",
        "^[-_a]{2}$",
        "^.{3}$",
        "^[0-9]{2,}$",
        r"^[\d\-]{4}$",
        "^$",
    ],
)
@given(seed=st.integers())
def test_a_sample_fits_its_pattern(pattern: str, seed: int) -> None:
    assert re.fullmatch(pattern, sample(pattern, repeatable(seed)))


@given(pattern=st.text("ab0[](){}|\\^$*+?.,-5", max_size=12), seed=st.integers(0, 9))
def test_any_pattern_whole_or_broken_gives_some_text(pattern: str, seed: int) -> None:
    assert isinstance(sample(pattern, repeatable(seed)), str)
