"""The versions of a form, and what is different between two of them."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from backend.access import Permission
from backend.app.guard import open_to
from backend.app.state import state
from backend.form_surveys import changes, stored_survey
from backend.store import form_list
from backend.store.engine import reading
from forms.archive import SheetError

# Not `versions`: the page belongs to the forms, and the first word of the name says so to the navigation.
blueprint = Blueprint("forms_versions", __name__)


@blueprint.get("/forms/<form_id>/versions")
@open_to(Permission.SEE_FORMS)
def show(form_id: str) -> ResponseReturnValue:
    with reading(state().engine) as session:
        form = next((one for one in form_list.forms(session) if one.form_id == form_id), None)
        versions = [one for one in form_list.versions(session) if one.form_id == form_id]
    if form is None:
        abort(404)
    versions.sort(key=lambda one: (one.version == form.current_version, str(one.deployed_on or "")), reverse=True)
    return render_template("form_versions.html", form=form, versions=versions)


@blueprint.get("/forms/<form_id>/diff")
@open_to(Permission.SEE_FORMS)
def diff(form_id: str) -> ResponseReturnValue:
    """Between two versions in the store, both named in the address."""
    old, new = request.args.get("old", ""), request.args.get("new", "")
    try:
        with reading(state().engine) as session:
            before, after = stored_survey(session, form_id, old), stored_survey(session, form_id, new)
    except SheetError:
        # Only where somebody wrote into the database.
        return render_template("form_diff.html", form_id=form_id, old=old, new=new, found=None)
    if before is None or after is None:
        abort(404)
    found = changes(before, after.survey)
    return render_template("form_diff.html", form_id=form_id, old=old, new=new, found=found)
