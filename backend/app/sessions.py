"""A session is over when its person signs out, also for whoever holds a copy of its cookie."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask, request, session
from flask_login import user_logged_in, user_logged_out
from sqlalchemy.orm import Session

from backend.app.accounts import BY_LINK
from backend.app.state import of, state
from backend.store.accounts import Account
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.sessions import end_session, has_ended

_KEY: Final = "sign_in"


def install(app: Flask) -> None:
    app.before_request(_refuse_ended)
    # Signals hold their listeners weakly; the app keeps these alive.
    app.extensions["session_listeners"] = (_begin, _end)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)


def _begin(_app: Flask, **_about: Any) -> None:
    session[_KEY] = secrets.token_hex(16)


def _end(app: Flask, user: Account, **_about: Any) -> None:
    """Before the page says so: whoever cannot be signed out for good must not be told so."""
    session.pop(BY_LINK, None)
    token = session.pop(_KEY, None)
    if token is None:
        return
    entry = Audit(actor=user.email, action="account.sign_out", object=user.email)
    with _writing(app) as database:
        end_session(database, token, app.permanent_session_lifetime, entry)


@contextmanager
def _writing(app: Flask) -> Iterator[Session]:
    if request.blueprint != "security":
        with transaction(of(app).engine) as database:
            yield database
        return
    # Where Flask-Security answers, its own session is SQLite's one writer: another would wait for it for ever.
    database = app.extensions["security"].datastore.db.session
    yield database
    database.commit()


def _refuse_ended() -> None:
    token = session.get(_KEY) if request.endpoint != "static" else None
    if token is None:
        return
    with reading(state().engine) as database:
        if has_ended(database, token):
            session.clear()
