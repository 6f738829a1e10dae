"""What the backend seals, encrypts and recognises."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from backend.crypto import (
    SEAL_OVERHEAD,
    SUITE,
    CannotDecryptError,
    decrypt_field,
    encrypt_field,
    new_token,
    receipt,
    seal,
    token_hash,
)
from workers.crypto import LetterUnreadableError, load_private, new_private_key, open_letter, public_half

KEY = b"k" * 32


@pytest.fixture(scope="module")
def private() -> bytes:
    return new_private_key()


def test_a_worker_opens_what_the_door_sealed(private: bytes) -> None:
    sealed = seal(public_half(private), "core", "<data>\u0633\u0644\u0627\u0645</data>".encode())

    assert open_letter(load_private(private), "core", sealed).decode() == "<data>\u0633\u0644\u0627\u0645</data>"


def test_a_sealed_letter_shows_nothing_but_its_length(private: bytes) -> None:
    sealed = seal(public_half(private), "core", b"name " * 100)

    assert b"name" not in sealed
    assert len(sealed) == 500 + SEAL_OVERHEAD


def test_the_same_letter_sealed_twice_looks_different(private: bytes) -> None:
    assert seal(public_half(private), "core", b"x") != seal(public_half(private), "core", b"x")


def test_a_letter_moved_to_another_form_cannot_be_opened(private: bytes) -> None:
    sealed = seal(public_half(private), "core", b"x")

    with pytest.raises(LetterUnreadableError) as refused:
        open_letter(load_private(private), "other", sealed)
    assert "x" not in str(refused.value).split()
    assert refused.value.__cause__ is None


def test_a_changed_letter_cannot_be_opened(private: bytes) -> None:
    sealed = bytearray(seal(public_half(private), "core", b"x"))
    sealed[-1] ^= 1

    with pytest.raises(LetterUnreadableError):
        open_letter(load_private(private), "core", bytes(sealed))


@given(st.binary(max_size=200))
def test_bytes_that_were_never_sealed_are_refused_by_one_error(noise: bytes) -> None:
    with pytest.raises(LetterUnreadableError):
        open_letter(load_private(new_private_key()), "core", noise)


def test_the_suite_is_the_one_that_pages_use() -> None:
    # P-256, HKDF-SHA256, AES-256-GCM: a letter made elsewhere with these must open here, so the choice is a promise.
    private = load_private(new_private_key())
    sealed = SUITE.encrypt(b"from a page", private.public_key(), b"core")

    assert sealed[:1] == b"\x04"
    assert open_letter(private, "core", sealed) == b"from a page"


def test_a_field_is_read_back_with_its_key_and_row() -> None:
    encrypted = encrypt_field(KEY, "inbox:17", b"call me")

    assert decrypt_field(KEY, "inbox:17", encrypted) == b"call me"
    assert b"call me" not in encrypted


@pytest.mark.parametrize(("key", "row"), [(b"z" * 32, "inbox:17"), (KEY, "inbox:18")])
def test_a_field_cannot_be_read_with_another_key_or_in_another_row(key: bytes, row: str) -> None:
    encrypted = encrypt_field(KEY, "inbox:17", b"call me")

    with pytest.raises(CannotDecryptError) as refused:
        decrypt_field(key, row, encrypted)
    assert "call me" not in str(refused.value)
    assert not isinstance(refused.value.__cause__, InvalidTag)


@pytest.mark.parametrize("length", [0, 5, 12, 27])
def test_a_field_that_was_cut_short_is_refused_by_the_same_error(length: int) -> None:
    with pytest.raises(CannotDecryptError):
        decrypt_field(KEY, "inbox:17", encrypt_field(KEY, "inbox:17", b"call me")[:length])


def test_the_same_field_is_encrypted_differently_each_time() -> None:
    assert encrypt_field(KEY, "row", b"x") != encrypt_field(KEY, "row", b"x")


def test_a_receipt_has_128_bits_and_repeats() -> None:
    first = receipt(KEY, "instance", b"core", b"uuid:1")

    assert len(bytes.fromhex(first)) == 16
    assert receipt(KEY, "instance", b"core", b"uuid:1") == first


@pytest.mark.parametrize(
    "other",
    [
        receipt(b"z" * 32, "instance", b"core", b"uuid:1"),
        receipt(KEY, "page", b"core", b"uuid:1"),
        receipt(KEY, "instance", b"coreu", b"uid:1"),
        receipt(KEY, "instance", b"core", b"uuid:1", b""),
    ],
)
def test_a_receipt_changes_with_key_purpose_and_the_borders_of_its_parts(other: str) -> None:
    assert other != receipt(KEY, "instance", b"core", b"uuid:1")


def test_a_token_fits_into_a_url_and_is_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(token.replace("-", "").replace("_", "").isalnum() and len(token) >= 43 for token in tokens)


def test_a_token_hash_is_no_token() -> None:
    token = new_token()

    assert token_hash(token) == token_hash(token)
    assert token not in token_hash(token)
