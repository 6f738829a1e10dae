"""Keyed pseudonyms: HMAC-SHA-256 cut to 128 bit. A plain hash of a short code or a known id could be guessed back."""

import hashlib
import hmac
from dataclasses import dataclass, field

KEY_BYTES = 32
_BLOCK = 64
_INNER, _OUTER = bytes(byte ^ 0x36 for byte in range(256)), bytes(byte ^ 0x5C for byte in range(256))


@dataclass(frozen=True, slots=True)
class Keys:
    """`round_key` dies when the round closes; `country_key` stays, so that a site can be followed over rounds.

    Both are 32 random bytes kept in files of the workers, never in the database. ValueError when one is too short.
    """

    round_key: bytes = field(repr=False)
    country_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if min(len(self.round_key), len(self.country_key)) < KEY_BYTES:
            raise ValueError(
                f"A pseudonym key has fewer than {KEY_BYTES} bytes; restore the key files from their backup"
            )


def pseudonym(key: bytes, kind: str, name: str) -> str:
    """32 hex digits for `name`. `kind` keeps apart names of different things that happen to be spelt alike."""
    return hmac.digest(key, f"{kind}|{name}".encode(), "sha256")[:16].hex()


class Pseudonyms:
    """`pseudonym` for many names of one kind: HMAC of RFC 2104 on two hash states that hold key and kind already.

    To copy them takes 0.6 microseconds where `hmac.digest` takes 1.4, twice for each submission.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, kind: str) -> None:
        short = hashlib.sha256(key).digest() if len(key) > _BLOCK else key
        block = short.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER) + f"{kind}|".encode())
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def __call__(self, name: str) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(name.encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:32]


def submission_keys(keys: Keys, form_id: str) -> Pseudonyms:
    return Pseudonyms(keys.round_key, f"submission|{form_id}")


def withdrawal_keys(keys: Keys, form_id: str) -> Pseudonyms:
    return Pseudonyms(keys.round_key, f"withdrawal|{form_id}")


def submission_key(keys: Keys, form_id: str, root_id: str) -> str:
    """The submission's name inside. `root_id` is the instance id of the first version, the same for all its edits."""
    return pseudonym(keys.round_key, "submission", f"{form_id}|{root_id}")


def withdrawal_key(keys: Keys, form_id: str, code: str) -> str:
    return pseudonym(keys.round_key, "withdrawal", f"{form_id}|{code}")


def collector_key(keys: Keys, enumerator: str) -> str:
    return pseudonym(keys.round_key, "collector", enumerator)


def site_key(keys: Keys, site_code: str) -> str:
    return pseudonym(keys.country_key, "site", site_code)
