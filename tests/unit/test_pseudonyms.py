"""Pseudonyms are HMAC-SHA-256 however they are computed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mappings.privacy.pseudonym import (
    Keys,
    Pseudonyms,
    pseudonym,
    submission_key,
    submission_keys,
    withdrawal_key,
    withdrawal_keys,
)

KEYS = Keys(b"r" * 32, b"c" * 32)


@given(st.binary(min_size=1, max_size=130), st.text(max_size=20), st.text(max_size=200))
@example(b"k" * 64, "submission", "uuid:one")
@example(b"k" * 65, "submission", "uuid:one")
def test_prepared_pseudonyms_are_those_of_the_library(key: bytes, kind: str, name: str) -> None:
    assert Pseudonyms(key, kind)(name) == pseudonym(key, kind, name)


def test_one_name_leaves_nothing_behind_for_the_next() -> None:
    prepared = Pseudonyms(KEYS.round_key, "submission")
    first = prepared("uuid:one")

    assert [prepared("uuid:two"), prepared("uuid:one")] == [pseudonym(KEYS.round_key, "submission", "uuid:two"), first]


@pytest.mark.parametrize("name", ["uuid:root-1", "0123abcd", ""])
def test_prepared_keys_name_what_single_keys_name(name: str) -> None:
    assert submission_keys(KEYS, "small")(name) == submission_key(KEYS, "small", name)
    assert withdrawal_keys(KEYS, "small")(name) == withdrawal_key(KEYS, "small", name)
