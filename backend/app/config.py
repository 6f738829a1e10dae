"""The configuration of Flask and its extensions, made from our settings and the session key."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.settings import Environment, Settings

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
# Pages send small forms only; phones have their own door with its own limit.
MOST_FORM_BYTES = 100_000
_WORKING_DAY = timedelta(hours=12)


def flask_config(settings: Settings, session_key: bytes) -> dict[str, Any]:
    return {
        "SECRET_KEY": _derived(session_key, "cookies"),
        **_cookies(settings),
        **_signing_in(session_key),
        **_second_factor(session_key),
        "BABEL_DEFAULT_LOCALE": settings.default_language,
        "BABEL_TRANSLATION_DIRECTORIES": str(TRANSLATIONS),
        "BABEL_DEFAULT_TIMEZONE": "UTC",
        "MAX_FORM_MEMORY_SIZE": MOST_FORM_BYTES,
        "WTF_CSRF_TIME_LIMIT": int(_WORKING_DAY.total_seconds()),
        "SPEC_FORMAT": "json",
        **_addresses(settings),
    }


def _derived(key: bytes, purpose: str) -> str:
    """One key file, another secret for each purpose."""
    return hmac.digest(key, f"fieldveil web {purpose}".encode(), "sha256").hex()


def _cookies(settings: Settings) -> Mapping[str, Any]:
    secure = settings.public_url.startswith("https://")
    return {
        # The prefix makes browsers refuse the cookie from any other host or without TLS.
        "SESSION_COOKIE_NAME": "__Host-fieldveil" if secure else "fieldveil",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # From the last change of the session on: a page that only refreshes itself does not keep it alive for ever.
        "PERMANENT_SESSION_LIFETIME": _WORKING_DAY,
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_DURATION": _WORKING_DAY,
    }


def _addresses(settings: Settings) -> Mapping[str, Any]:
    address = urlsplit(settings.public_url)
    found: dict[str, Any] = {"PREFERRED_URL_SCHEME": address.scheme}
    if settings.environment is Environment.PRODUCTION:
        found["TRUSTED_HOSTS"] = [address.hostname, "127.0.0.1"]
    return found


def _signing_in(session_key: bytes) -> Mapping[str, Any]:
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2", "plaintext"],
        # Without this every password would die with the session key.
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_SALT": _derived(session_key, "passwords"),
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_SEND_REGISTER_EMAIL": False,
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_FRESHNESS": timedelta(minutes=30),
        "SECURITY_FRESHNESS_ALLOW_AUTH_TOKEN": False,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        # A token in an address ends up in histories and logs: this name of the parameter nobody can guess.
        "SECURITY_TOKEN_AUTHENTICATION_KEY": secrets.token_hex(16),
        "SECURITY_TOKEN_MAX_AGE": timedelta(days=30),
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_I18N_DOMAIN": "messages",
        "SECURITY_I18N_DIRNAME": [str(TRANSLATIONS)],
    }


def _second_factor(session_key: bytes) -> Mapping[str, Any]:
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        # Seconds by which the clock of the phone may be wrong.
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 60,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/second-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/login/code",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/login/code/help",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/login/code/select",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
        "SECURITY_TOTP_SECRETS": {"1": _derived(session_key, "second factor")},
        "SECURITY_TOTP_ISSUER": "Fieldveil",
    }
