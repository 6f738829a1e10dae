"""How much a page takes at once, and how often one address or account may try to sign in: guessing must not pay."""

import hmac
from typing import Any

from flask import Flask, current_app, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from backend.app.config import MOST_FORM_BYTES
from backend.app.uploads import MOST_BYTES
from backend.settings import Settings


def install_size_limit(app: Flask) -> None:
    """Must be the first to look at a request, before anything parses its body."""

    @app.before_request
    def keep_it_small() -> None:
        # The letterbox takes submissions, and counts them as they arrive.
        if request.blueprint != "letterbox":
            request.max_content_length = MOST_BYTES.get(request.endpoint or "", MOST_FORM_BYTES)


def install(app: Flask, settings: Settings) -> Limiter:
    """Counts in Redis, so that all web processes share them; in memory when there is none."""
    limiter = Limiter(
        _address_key,
        app=app,
        storage_uri=settings.redis_url or "memory://",
        in_memory_fallback_enabled=bool(settings.redis_url),
        strategy="fixed-window",
    )
    _limit(app, limiter, "security.login", "30 per minute")
    _limit(app, limiter, "security.login", "10 per 10 minutes", per_account=True)
    _limit(app, limiter, "security.two_factor_token_validation", "10 per 10 minutes", per_account=True)
    _limit(app, limiter, "security.two_factor_setup_validate", "10 per 10 minutes", per_account=True)
    _limit(app, limiter, "security.change_password", "10 per 10 minutes", per_account=True)
    _limit(app, limiter, "security.verify", "10 per 10 minutes", per_account=True)
    _limit(app, limiter, "entry.redeem", "30 per minute")
    _limit(app, limiter, "doorbell.ring", "120 per minute")
    return limiter


def _limit(app: Flask, limiter: Limiter, endpoint: str, rate: str, *, per_account: bool = False) -> None:
    decorate = limiter.limit(rate, key_func=_account_key if per_account else _address_key, methods=["POST"])
    limited: Any = decorate(app.view_functions[endpoint])
    app.view_functions[endpoint] = limited


def _address_key() -> str:
    return _keyed(get_remote_address())


def _account_key() -> str:
    """The account somebody tries to be."""
    # Only who signs in says who that is: later a name in the form would be another account for every guess.
    said = request.form.get("email") if request.endpoint == "security.login" else None
    name = said or session.get("tf_user_id") or session.get("_user_id") or get_remote_address()
    return _keyed(name.strip().lower())


def _keyed(text: str) -> str:
    """Names and addresses have no place in Redis, and are so few that a plain hash of one is soon guessed back."""
    return hmac.digest(str(current_app.secret_key).encode(), text.encode(), "sha256")[:16].hex()
