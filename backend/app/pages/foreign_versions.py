"""Versions that somebody published by hand on a form's server: a worker looks at them, an IM officer adopts one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.app.words import N_
from backend.store import form_list, wishes
from backend.store.audit import Audit
from backend.store.connections import NOWHERE
from backend.store.engine import reading, transaction
from backend.store.form_list import FormSummary
from backend.store.letter_plan import LETTERBOX
from backend.store.wishes import Wish, WishAction
from backend.wake import wake

# Not `foreign_versions`: the page belongs to the forms, and the first word of the name says so to the navigation.
blueprint = Blueprint("forms_foreign", __name__)
# The workbooks of some versions are compared; after this long nobody seems to be at work.
_SHOULD_TAKE = timedelta(seconds=60)

OBSTACLES = {
    "gate": N_("Consent or safety is not what it was. Nothing that comes in with it may be kept."),
    "gate_words": N_("Consent or safety has other words. Somebody has to decide about them in writing, by command."),
    "area": N_("The first-level area is not asked as it was, so no answer could be placed."),
    "mapping": N_("What would be left cannot be read."),
    "nothing": N_("No indicator is asked as in the standard."),
}
PROBLEMS = {
    "no_workbook": N_("It was published as an XForm, without a workbook that could be compared with ours."),
    "unreadable": N_("Its workbook cannot be read."),
    "bad_name": N_("Its name is empty or longer than 40 characters. Publish it again under another one."),
    "no_standard": N_("There is no version of ours to compare it with."),
}
STANDINGS = {
    "standard": N_("as in the standard"),
    "adapted": N_("adapted"),
    "broken": N_("another question now"),
    "missing": N_("not asked"),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """`look` and `adoption` are the last wishes of their kind; `open_wish` is the one a worker is at."""

    form: FormSummary
    look: Wish | None
    adoption: Wish | None
    now: datetime

    @property
    def open_wish(self) -> Wish | None:
        return next((wish for wish in (self.adoption, self.look) if wish is not None and wish.is_open), None)

    @property
    def is_slow(self) -> bool:
        return self.open_wish is not None and self.now - self.open_wish.asked_at > _SHOULD_TAKE

    @property
    def found(self) -> list[Any] | None:
        """None where nobody has looked. What was adopted since is found no more."""
        report = self.look.report if self.look is not None and self.look.problem == "" else None
        done = self.adoption.version if self.adoption is not None and self.adoption.problem == "" else ""
        return None if report is None else [one for one in report["versions"] if one["version"] != done]


@blueprint.get("/forms/<form_id>/foreign")
@open_to(Permission.MAKE_FORMS)
def show(form_id: str) -> ResponseReturnValue:
    return render_template("foreign_versions.html", **_shown(form_id))


@blueprint.get("/forms/<form_id>/foreign/status")
@open_to(Permission.MAKE_FORMS)
def status(form_id: str) -> ResponseReturnValue:
    """Asked for every other second while a worker is at it; when it is done the whole page is loaded anew."""
    shown = _shown(form_id)
    page: Response = make_response(render_template("parts/foreign_status.html", **shown))
    if shown["desk"].open_wish is None:
        page.headers["HX-Refresh"] = "true"
    return page


@blueprint.post("/forms/<form_id>/foreign/look")
@open_to(Permission.MAKE_FORMS)
def look(form_id: str) -> ResponseReturnValue:
    _ask(_desk(form_id), WishAction.LOOK)
    return redirect(url_for("forms_foreign.show", form_id=form_id), 303)


@blueprint.post("/forms/<form_id>/foreign/adopt")
@open_to(Permission.MAKE_FORMS)
def adopt(form_id: str) -> ResponseReturnValue:
    """Holds for the mapping that was on the page: a worker compares it again."""
    desk = _desk(form_id)
    version, mapping = request.form.get("version", ""), request.form.get("mapping", "")
    seen = [one for one in desk.found or [] if (one["version"], one.get("mapping")) == (version, mapping)]
    if not seen or not seen[0]["can_be_adopted"]:
        flash(_("This is not what you looked at any more. Look at it again."), "error")
    elif not request.form.get("understood"):
        flash(_("Tick that you have read what is left out."), "error")
    else:
        _ask(desk, WishAction.ADOPT, version, mapping)
    return redirect(url_for("forms_foreign.show", form_id=form_id), 303)


def _ask(desk: Desk, action: WishAction, version: str = "", mapping: str = "") -> None:
    if desk.open_wish is not None and not desk.is_slow:
        return
    wish = Wish(desk.form.form_id, action, version, mapping, viewer().name, datetime.now(UTC))
    with transaction(state().engine) as session:
        audit = Audit(viewer().name, f"form.version_{action}_asked", desk.form.form_id, {"version": version})
        wishes.ask(session, wish, audit)
        wake(session, "wishes.carry_out", wish.wish_id)


def _desk(form_id: str) -> Desk:
    with reading(state().engine) as session:
        form = next((one for one in form_list.forms(session) if one.form_id == form_id), None)
        asked = wishes.of_form(session, form_id)
    if form is None or form.practice or form.server in (LETTERBOX, NOWHERE):
        abort(404)
    return Desk(form, asked.get(WishAction.LOOK), asked.get(WishAction.ADOPT), datetime.now(UTC))


def _shown(form_id: str) -> dict[str, Any]:
    return {"desk": _desk(form_id), "OBSTACLES": OBSTACLES, "PROBLEMS": PROBLEMS, "CONFORMITY": STANDINGS}
