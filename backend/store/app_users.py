"""App users: one for each phone or team, with the forms it may fill. A token is shown once and kept as a hash."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.crypto import new_token, token_hash
from backend.store.audit import Audit, record
from backend.store.letter_plan import LETTERBOX
from backend.store.tables import app_user, app_user_form, form
from forms.brief.reader import is_contact

LABEL_LENGTH = 80


class AppUserError(ValueError):
    """An app user cannot be created or changed as asked. The message says what to do."""


@dataclass(frozen=True, slots=True)
class NewAppUser:
    """`token` exists here and in the QR code only."""

    app_user_id: int
    token: str


@dataclass(frozen=True, slots=True)
class AppUser:
    app_user_id: int
    label: str
    forms: tuple[str, ...]
    created_on: date
    revoked_on: date | None


def check_label(label: str) -> str:
    """The label as it is kept."""
    name = label.strip()
    if not 0 < len(name) <= LABEL_LENGTH:
        raise AppUserError(f"The label of an app user has 1 to {LABEL_LENGTH} characters")
    if is_contact(name):
        raise AppUserError("The label of an app user names a phone or a team: no telephone number, no e-mail address")
    return name


def create_app_user(session: Session, *, label: str, forms: Collection[str], today: date, audit: Audit) -> NewAppUser:
    name = check_label(label)
    _check_forms(session, forms)
    token = new_token()
    row = {"label": name, "token_hash": token_hash(token), "created_on": today}
    number = session.execute(insert(app_user).values(**row).returning(app_user.c.id)).scalar_one()
    _give(session, number, forms)
    record(session, audit)
    return NewAppUser(number, token)


def set_forms(session: Session, app_user_id: int, forms: Collection[str], audit: Audit) -> None:
    """The phone sees the change with its next look at the form list; its QR code stays."""
    _check_usable(session, app_user_id)
    _check_forms(session, forms)
    session.execute(delete(app_user_form).where(app_user_form.c.app_user_id == app_user_id))
    _give(session, app_user_id, forms)
    record(session, audit)


def new_qr_token(session: Session, app_user_id: int, audit: Audit) -> str:
    """The old QR code stops working at once; a phone that scans the new one sends what it still holds."""
    _check_usable(session, app_user_id)
    token = new_token()
    session.execute(update(app_user).where(app_user.c.id == app_user_id).values(token_hash=token_hash(token)))
    record(session, audit)
    return token


def revoke_app_user(session: Session, app_user_id: int, today: date, audit: Audit) -> None:
    _check_usable(session, app_user_id)
    session.execute(update(app_user).where(app_user.c.id == app_user_id).values(revoked_on=today))
    record(session, audit)


def list_app_users(session: Session) -> list[AppUser]:
    given: dict[int, list[str]] = {}
    for number, form_id in session.execute(select(app_user_form).order_by(app_user_form.c.form_id)):
        given.setdefault(number, []).append(form_id)
    columns = (app_user.c.id, app_user.c.label, app_user.c.created_on, app_user.c.revoked_on)
    rows = session.execute(select(*columns).order_by(func.lower(app_user.c.label), app_user.c.id))
    return [AppUser(row.id, row.label, tuple(given.get(row.id, ())), row.created_on, row.revoked_on) for row in rows]


def _check_usable(session: Session, app_user_id: int) -> None:
    found = select(app_user.c.id).where(app_user.c.id == app_user_id, app_user.c.revoked_on.is_(None))
    if session.scalar(found) is None:
        raise AppUserError("There is no phone of this number, or it was revoked: `fieldveil phones list` shows them")


def _check_forms(session: Session, forms: Collection[str]) -> None:
    """One kind only: a practice code is shown to many people, and must open nothing real."""
    found = select(form.c.form_id, form.c.practice).where(form.c.form_id.in_(forms), form.c.server == LETTERBOX)
    known = {row.form_id: row.practice for row in session.execute(found)}
    unknown = sorted(set(forms) - set(known))
    if unknown or not known:
        raise AppUserError(f"Not a form of the letterbox: {', '.join(unknown) or 'none was named'}")
    if len(set(known.values())) > 1:
        raise AppUserError("Practice forms and real ones need an app user each: a practice QR code opens nothing real")


def _give(session: Session, app_user_id: int, forms: Collection[str]) -> None:
    rows = [{"app_user_id": app_user_id, "form_id": form_id} for form_id in sorted(set(forms))]
    session.execute(insert(app_user_form), rows)
