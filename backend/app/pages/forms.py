"""Forms with their versions and files, and the phones that may fill them. A QR code is shown once."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission, can_access, can_see_all_areas
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.letterbox.qr import code_for_phone, web_form_address
from backend.store import app_users, drifts, form_list
from backend.store.accounts import LANGUAGES, led_teams
from backend.store.app_users import AppUserError
from backend.store.audit import Audit
from backend.store.conditions import conditions
from backend.store.engine import reading, transaction
from backend.store.inbox import waiting_notes

blueprint = Blueprint("forms", __name__)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


@blueprint.get("/forms")
@open_to(Permission.SEE_FORMS)
def show() -> ResponseReturnValue:
    manages = can_access(viewer(), Permission.MANAGE_PHONES)
    with reading(state().engine) as session:
        forms = form_list.forms(session)
        versions = form_list.versions(session)
        phones = app_users.list_app_users(session) if manages else []
        now, pull_every = datetime.now(UTC), state().settings.pull_every_seconds
        names = [form.form_id for form in forms if not form.practice]
        drifted = {look.form_id: look for look in drifts.looks(session, names)}
        standing = {one.form_id: one for one in conditions(session, names, now, pull_every)}
        waiting = waiting_notes(session, _today()) if manages else {}
        led = led_teams(session)
    of_form = {form.form_id: [version for version in versions if version.form_id == form.form_id] for form in forms}
    return render_template(
        "forms.html",
        forms=forms,
        versions=of_form,
        phones=phones,
        lost_notes=waiting.pop(None, 0),
        unread_notes={team: n for team, n in waiting.items() if team not in led},
        standing=standing,
        drifted=drifted,
        sees_all_areas=can_see_all_areas(viewer()),
    )


@blueprint.get("/forms/<form_id>/<version>.xlsx")
@open_to(Permission.SEE_FORMS)
def workbook(form_id: str, version: str) -> ResponseReturnValue:
    with reading(state().engine) as session:
        content = form_list.workbook(session, form_id, version)
    if content is None:
        abort(404)
    name = f"{_UNSAFE.sub('_', form_id)}-{_UNSAFE.sub('_', version)}.xlsx"
    return Response(content, mimetype=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/phones")
@open_to(Permission.MANAGE_PHONES)
def create_phone() -> ResponseReturnValue:
    label, wanted = request.form.get("label", ""), request.form.getlist("form")
    entry = Audit(actor=viewer().name, action="app_user.create", object=f"forms:{','.join(sorted(wanted))}"[:120])
    try:
        with transaction(state().engine) as session:
            made = app_users.create_app_user(session, label=label, forms=wanted, today=_today(), audit=entry)
    except AppUserError:
        flash(_("Give the phone or team a short label and choose forms: either practice forms or real ones."), "error")
        return redirect(url_for("forms.show"))
    return _show_code(label.strip(), made.token, wanted)


@blueprint.post("/phones/<int:number>/code")
@open_to(Permission.MANAGE_PHONES)
def new_code(number: int) -> ResponseReturnValue:
    """The old code stops working; what the phone still holds is sent once it has scanned the new one."""
    entry = Audit(actor=viewer().name, action="app_user.new_code", object=f"app_user:{number}")
    try:
        with transaction(state().engine) as session:
            token = app_users.new_qr_token(session, number, entry)
            phone = next(found for found in app_users.list_app_users(session) if found.app_user_id == number)
    except AppUserError:
        abort(404)
    return _show_code(phone.label, token, phone.forms)


@blueprint.post("/phones/<int:number>/revoke")
@open_to(Permission.MANAGE_PHONES)
def revoke(number: int) -> ResponseReturnValue:
    entry = Audit(actor=viewer().name, action="app_user.revoke", object=f"app_user:{number}")
    try:
        with transaction(state().engine) as session:
            app_users.revoke_app_user(session, number, _today(), entry)
    except AppUserError:
        abort(404)
    flash(_("The phone is revoked: it can neither fetch forms nor send."), "success")
    return redirect(url_for("forms.show"))


def _show_code(label: str, token: str, form_ids: Collection[str]) -> ResponseReturnValue:
    """Answers the POST itself, so that no address leads back to the code."""
    with reading(state().engine) as session:
        practice = any(form.practice for form in form_list.forms(session) if form.form_id in form_ids)
    wanted = request.form.get("language", "")
    spoken = wanted if wanted in LANGUAGES else None
    code = code_for_phone(state().settings.public_url, token, label, language=spoken, practice=practice)
    web_form = web_form_address(state().settings.public_url, token)
    return render_template("phone_code.html", label=label, code=code, practice=practice, web_form=web_form)


def _today() -> date:
    return datetime.now(UTC).date()
