"""Submissions that came twice with different content: an IM officer decides from what differs, seeing no answer."""

from itertools import groupby

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission, check_all_areas
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.store import conflicts
from backend.store.conflicts import Choice
from backend.store.engine import reading, transaction
from backend.store.form_list import real_forms
from backend.wake import wake

blueprint = Blueprint("conflicts", __name__)


@blueprint.get("/conflicts")
@open_to(Permission.DECIDE_LOSSES)
def show() -> ResponseReturnValue:
    check_all_areas(viewer())
    with reading(state().engine) as session:
        waiting = sorted(conflicts.waiting(session), key=lambda one: (one.form_id, one.number))
        titles = {form.form_id: form.title for form in real_forms(session)}
    by_form = [(form_id, list(found)) for form_id, found in groupby(waiting, key=lambda one: one.form_id)]
    return render_template("conflicts.html", by_form=by_form, titles=titles)


@blueprint.post("/conflicts/<form_id>/<int:number>")
@open_to(Permission.DECIDE_LOSSES)
def settle(form_id: str, number: int) -> ResponseReturnValue:
    check_all_areas(viewer())
    try:
        choice = Choice(request.form.get("choice", ""))
    except ValueError:
        abort(400)
    with transaction(state().engine) as session:
        is_settled = conflicts.settle(session, number, choice, viewer().name)
        if is_settled:
            wake(session, "pull.form", form_id)
    if is_settled:
        flash(_("Decided. The next pull reads what counts."), "success")
    else:
        flash(_("Nothing was changed: somebody else has decided, or it cannot be chosen so."), "error")
    return redirect(url_for("conflicts.show"), 303)
