"""Submissions that disappeared from a server many at once: an IM officer decides, from numbers alone."""

from collections import Counter

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission, check_all_areas
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.store import mirror
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.form_list import real_forms
from backend.wake import wake

blueprint = Blueprint("losses", __name__)
_ACTIONS = {"apply": "gone.applied", "keep": "gone.kept"}


@blueprint.get("/losses")
@open_to(Permission.DECIDE_LOSSES)
def show() -> ResponseReturnValue:
    check_all_areas(viewer())
    with reading(state().engine) as session:
        waiting = mirror.waiting_by_day(session)
        forms = {form.form_id: form for form in real_forms(session)}
    rows: Counter[str] = Counter()
    for one in waiting:
        rows[one.form_id] += one.rows
    return render_template("losses.html", waiting=waiting, rows=rows, forms=forms)


@blueprint.post("/losses/<form_id>")
@open_to(Permission.DECIDE_LOSSES)
def decide(form_id: str) -> ResponseReturnValue:
    """Holds for the number that was on the page: when more disappeared meanwhile, it has to be looked at again."""
    check_all_areas(viewer())
    decision, seen = request.form.get("decision", ""), request.form.get("rows", "")
    if decision not in _ACTIONS:
        abort(400)
    with transaction(state().engine) as session:
        rows = mirror.count_waiting(session, form_id)
        if not rows or seen != str(rows):
            flash(_("The number has changed in the meantime. Look at it again before you decide."), "error")
            return redirect(url_for("losses.show"), 303)
        audit = Audit(viewer().name, _ACTIONS[decision], form_id, {"rows": rows})
        if decision == "apply":
            mirror.delete_vanished(session, form_id, audit)
        else:
            mirror.keep_vanished(session, form_id, audit)
        wake(session, "pull.form", form_id)
    flash(_("Deleted here, too.") if decision == "apply" else _("The answers stay here."), "success")
    return redirect(url_for("losses.show"), 303)
