"""What a person decides about the own account: language, password, second factor, token, ending all sessions."""

import re

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user, logout_user

from backend.app.guard import Gate, open_to
from backend.app.language import SESSION_KEY
from backend.app.state import account, state
from backend.store import accounts
from backend.store.audit import Audit, record
from backend.store.engine import transaction

blueprint = Blueprint("account", __name__)
# Browsers read a backslash as a slash and drop tabs: each could turn a path into the address of another site.
_OWN_PATH = re.compile(r"/(?!/)[^\\\x00-\x20]*")


@blueprint.get("/account")
@open_to(Gate.SIGNED_IN)
def show() -> ResponseReturnValue:
    return render_template("account.html", account=account(), token=None)


@blueprint.post("/account/token")
@open_to(Gate.SIGNED_IN)
def new_token() -> ResponseReturnValue:
    """Shown once; it is signed, not stored, and ends with all other sessions of the account."""
    with transaction(state().engine) as database:
        record(database, Audit(actor=_name(), action="account.token", object=_name()))
    return render_template("account.html", account=account(), token=current_user.get_auth_token())


@blueprint.post("/account/sign-out-everywhere")
@open_to(Gate.SIGNED_IN)
def end_sessions() -> ResponseReturnValue:
    with transaction(state().engine) as database:
        entry = Audit(actor=_name(), action="account.sessions_ended", object=_name())
        accounts.end_sessions(database, current_user.id, entry)
    logout_user()
    flash(_("All sessions and tokens of your account were ended."), "success")
    return redirect(url_for("security.login"))


@blueprint.post("/language")
@open_to(Gate.ANYONE)
def choose_language() -> ResponseReturnValue:
    """Kept in the session, and with the account so that it holds on every device."""
    wanted = request.form.get("language", "")
    if wanted in accounts.LANGUAGES:
        session[SESSION_KEY] = wanted
        if current_user.is_authenticated:
            with transaction(state().engine) as database:
                entry = Audit(actor=_name(), action="account.language", object=_name())
                accounts.set_language(database, current_user.id, wanted, entry)
    return redirect(_own_path(request.form.get("next", "")))


def _name() -> str:
    return str(current_user.email)


def _own_path(wanted: str) -> str:
    """A path of this site; whatever else is sent leads to the first page."""
    return wanted if _OWN_PATH.fullmatch(wanted) else url_for("monitor.show")
