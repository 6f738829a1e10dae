"""Signing in with Flask-Security: its sessions on our database, names instead of mail, one audit entry a sign-in."""

from typing import Any, Final, cast

from flask import Flask, current_app, g, request, session
from flask_security import (
    ChangePasswordForm,
    Form,
    FSQLALiteUserDatastore,
    LoginForm,
    MailUtil,
    Security,
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    UserMixin,
    current_user,
)
from flask_security.signals import password_changed, tf_disabled, tf_profile_changed, user_authenticated
from flask_security.utils import get_message
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectChoice

from backend.app.sign_in_words import SIGN_IN_WORDS
from backend.store.accounts import Account, AccountError, AccountRole, normal_name
from backend.store.audit import Audit, record

BY_LINK: Final = "by_link"
"""In the session of who came by a one-time link: the account as it was then. A new password makes it another one."""


class AccountDatabase:
    """What Flask-Security calls its database: one session a request, on the engine of everything else."""

    def __init__(self, engine: Engine) -> None:
        self._writing = engine
        self._reading = engine.execution_options(reads_only=True)

    @property
    def session(self) -> Session:
        if "account_session" not in g:
            g.account_session = Session(self._writing if _may_write() else self._reading, expire_on_commit=False)
        found: Session = g.account_session
        return found


def load_account(number: int) -> Account:
    """In the session of this request, so that it lives as long as the page."""
    database: AccountDatabase = current_app.extensions["security"].datastore.db
    return database.session.get_one(Account, number)


def _may_write() -> bool:
    # SQLite has one writer: a page that only shows who is signed in must not keep phones and workers waiting.
    return request.method == "POST" and request.blueprint == "security"


def _close_session(_error: BaseException | None) -> None:
    session: Session | None = g.pop("account_session", None)
    if session is not None:
        session.close()


class NamesInsteadOfMail(MailUtil):
    """Accounts have names; no mail is ever sent."""

    def send_mail(self, *_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("Fieldveil sends no mail: a lost password or phone is settled by an administrator")

    def normalize(self, email: str) -> str:
        try:
            return normal_name(email)
        except AccountError:
            raise ValueError(get_message("INVALID_EMAIL_ADDRESS")[0]) from None

    validate = normalize


class CodesOnce(Totp):
    """A code somebody has read over the shoulder is worth nothing: each signs in once."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        assert isinstance(user, Account)  # noqa: S101 (our only model)
        return user.tf_last_counter

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:
        assert isinstance(user, Account)  # noqa: S101 (our only model)
        user.tf_last_counter = tmatch.counter


class SignIn(LoginForm):
    """Without a box to be remembered: that cookie would sign in again whoever holds a copy, also after signing out."""

    remember = None


class NewPassword(ChangePasswordForm):
    """Who came by a one-time link is not asked for the old password: a forgotten one is what links are for."""

    @property
    def asks_for_old(self) -> bool:
        return bool(session.get(BY_LINK) != current_user.fs_uniquifier)

    def validate(self, **kwargs: Any) -> bool:
        if self.asks_for_old:
            return bool(super().validate(**kwargs))
        if not Form.validate(self, **kwargs):
            return False
        rules = current_app.extensions["security"].password_util
        faults, self.new_password.data = rules.validate(self.new_password.data or "", False, user=current_user)
        self.new_password.errors = [*self.new_password.errors, *(faults or [])]
        return not faults


class PhoneSetup(TwoFactorSetupForm):
    """An app on a phone, or nothing: codes by mail or text message are not offered."""

    setup: RadioField = RadioField(
        choices=[SelectChoice("authenticator"), SelectChoice("disable")], validate_choice=False
    )


class LostPhone(TwoFactorRescueForm):
    """Made with the page that asks for the code; the page shows a sentence instead, and its route is closed."""

    help_setup: RadioField = RadioField(choices=[SelectChoice("help")])


def install(app: Flask, engine: Engine) -> None:
    # Before Security: it hands its own forms over to this protection.
    csrf = CSRFProtect(app)
    for key, words in SIGN_IN_WORDS.items():
        app.config[f"SECURITY_MSG_{key}"] = words
    database = AccountDatabase(engine)
    # It needs `session` of its database and nothing else; Flask-SQLAlchemy would open an engine of its own.
    datastore = FSQLALiteUserDatastore(cast(Any, database), Account, AccountRole)
    Security(
        app,
        datastore,
        mail_util_cls=NamesInsteadOfMail,
        totp_cls=CodesOnce,
        login_form=SignIn,
        change_password_form=NewPassword,
        two_factor_setup_form=PhoneSetup,
        two_factor_rescue_form=LostPhone,
    )
    app.teardown_appcontext(_close_session)
    app.extensions["csrf"] = csrf
    _keep_audit(app, database)


def _keep_audit(app: Flask, database: AccountDatabase) -> None:
    """In the transaction of the change itself, which Flask-Security commits at the end of the request."""

    def entry(action: str) -> Any:
        def write(_sender: Flask, user: Account, **_details: Any) -> None:
            if _may_write():
                record(database.session, Audit(actor=user.email, action=action, object=user.email))

        return write

    # Signals hold their listeners weakly; the app keeps these alive.
    app.extensions["account_audit"] = listeners = [
        (user_authenticated, entry("account.sign_in")),
        (password_changed, entry("account.password_changed")),
        (tf_profile_changed, entry("account.second_factor_set")),
        (tf_disabled, entry("account.second_factor_off")),
    ]
    for signal, listener in listeners:
        signal.connect(listener, app)
