"""The cryptography of the backend: it seals letters and cannot open them; private keys are the workers' alone."""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

# Pages seal with the same suite in the browser, and workers open with it.
SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SEAL_OVERHEAD = 65 + 16
_NONCE_BYTES = 12


class CannotDecryptError(ValueError):
    """Wrong key, wrong row, or the bytes were changed. Holds nothing of the content."""


def seal(public_key: bytes, form_id: str, content: bytes) -> bytes:
    """Bound to the form: a letter moved to another form cannot be opened there."""
    return SUITE.encrypt(content, _point(public_key), form_id.encode())


@lru_cache(maxsize=16)
def _point(public_key: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)


def encrypt_field(key: bytes, row: str, content: bytes) -> bytes:
    """`row` names table, row and column (`inbox:17:text`): copied to another row, the bytes cannot be read."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, row.encode())


def decrypt_field(key: bytes, row: str, encrypted: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], row.encode())
    except (InvalidTag, ValueError):
        raise CannotDecryptError(f"{row} cannot be decrypted: wrong key, or the bytes are not of this row") from None


def receipt(key: bytes, purpose: str, *parts: bytes) -> str:
    """128 bits that recognise the same parts again and tell nothing about them without the key."""
    message = [purpose.encode(), *parts]
    # Lengths go in too: without them ("ab", "c") and ("a", "bc") would be the same.
    framed = b"".join(len(part).to_bytes(8) + part for part in message)
    return hmac.digest(key, framed, "sha256")[:16].hex()


def new_token() -> str:
    """256 random bits in characters that a URL takes as they are."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """A plain hash is enough: a token is random, so there is no list of likely ones to try."""
    return hashlib.sha256(token.encode()).hexdigest()
