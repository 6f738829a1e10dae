"""Tells one form with its media from every other."""

from collections.abc import Mapping
from hashlib import sha256


def fingerprint(xform: bytes, media: Mapping[str, bytes]) -> str:
    digest = sha256(sha256(xform).digest())
    for name in sorted(media):
        digest.update(sha256(name.encode()).digest() + sha256(media[name]).digest())
    return digest.hexdigest()
