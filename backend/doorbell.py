"""The password of a form's doorbell: made from a key that web and workers share, so that none has to be stored."""

import hmac

_DIGITS = 40


def doorbell_password(field_key: bytes, form_id: str) -> str:
    """For the user name `form_id`. A new key gives new passwords: install the doorbells again."""
    return hmac.digest(field_key, f"doorbell|{form_id}".encode(), "sha256").hex()[:_DIGITS]


def is_password(field_key: bytes, form_id: str, given: str) -> bool:
    return hmac.compare_digest(doorbell_password(field_key, form_id).encode(), given.encode())
