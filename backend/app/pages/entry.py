"""Signing in with a one-time link: the link opens a page, the button on it uses the link up.

Two steps, since mail scanners and previews of chat programs open links too.
"""

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user, login_user

from backend.app.accounts import BY_LINK, load_account
from backend.app.guard import Gate, open_to
from backend.app.state import state
from backend.store.accounts import redeem_one_time_login
from backend.store.engine import transaction

blueprint = Blueprint("entry", __name__)


@blueprint.get("/enter/<token>")
@open_to(Gate.ANYONE)
def show(token: str) -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("monitor.show"))
    return render_template("enter.html", token=token)


@blueprint.post("/enter")
@open_to(Gate.ANYONE)
def redeem() -> ResponseReturnValue:
    with transaction(state().engine) as database:
        person = redeem_one_time_login(database, request.form.get("token", ""))
    if person is None:
        flash(_("This link was used before or is too old. Ask for a new one."), "error")
        return redirect(url_for("security.login"))
    account = load_account(person)
    session[BY_LINK] = account.fs_uniquifier
    # Who has set up a phone shows it here too: a link that was read on its way opens nothing.
    asks_for_code: ResponseReturnValue | None = current_app.extensions["security"].two_factor_plugins.tf_enter(
        account, False, "one_time_link", next_loc=None
    )
    if asks_for_code is not None:
        return asks_for_code
    login_user(account, remember=False, authn_via=["one_time_link"])
    flash(_("You are signed in. Choose a password before you sign out: the link does not work again."), "info")
    return redirect(url_for("monitor.show"))
