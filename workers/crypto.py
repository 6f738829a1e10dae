"""The cryptography of the workers: only they hold the private halves of the letter keys."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from backend.crypto import SUITE

PrivateKey = ec.EllipticCurvePrivateKey


class LetterUnreadableError(Exception):
    """Sealed for another key or another form, or changed on the way. Carries nothing of the letter."""


def new_private_key() -> bytes:
    """A P-256 private key as PKCS#8."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_half(private: bytes) -> bytes:
    """The uncompressed point that the door seals with."""
    return load_private(private).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def load_private(private: bytes) -> PrivateKey:
    try:
        key = load_der_private_key(private, None)
    except ValueError:
        key = None
    if not isinstance(key, PrivateKey):
        raise LetterUnreadableError("A letter key file holds another kind of key; put it back from the backup")
    return key


def open_letter(private: PrivateKey, form_id: str, sealed: bytes) -> bytes:
    """The letter in clear, in memory only. Raises LetterUnreadableError."""
    try:
        return SUITE.decrypt(sealed, private, form_id.encode())
    except (InvalidTag, ValueError):
        raise LetterUnreadableError("A letter cannot be opened with the key it names") from None
