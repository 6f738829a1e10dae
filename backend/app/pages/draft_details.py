"""The page with the fields of a draft that are no lists: who answers, the survey, the purpose."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backend.access import Permission
from backend.app import catalogue_terms
from backend.app.brief_fields import GROUPS, MOST_CHARACTERS, Field
from backend.app.catalogue_words import choice_label
from backend.app.draft_desk import Desk, open_desk, place_of, with_content
from backend.app.guard import open_to
from backend.app.language import LANGUAGE_NAMES, language
from backend.app.pages.drafts import keep
from backend.app.words import word
from forms import catalogue
from forms.brief.source import LISTS

blueprint = Blueprint("drafts_details", __name__)


@blueprint.get("/drafts/<draft_id>/details")
@open_to(Permission.MAKE_FORMS)
def show(draft_id: str) -> ResponseReturnValue:
    return _page(open_desk(draft_id))


@blueprint.post("/drafts/<draft_id>/details")
@open_to(Permission.MAKE_FORMS)
def save(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    changed = desk.draft.with_fields({field.name: _sent(field) for group in GROUPS.values() for field in group})
    if not keep(desk, changed, "draft.details"):
        return _page(with_content(desk, changed)), 409
    return redirect(url_for("drafts_details.show", draft_id=draft_id), 303)


def _sent(field: Field) -> list[str]:
    if field.name in LISTS:
        return request.form.getlist(field.name)
    return [" ".join(request.form.get(field.name, "").split())[:MOST_CHARACTERS]]


def _page(desk: Desk) -> str:
    options = {field.name: _options(field, desk) for group in GROUPS.values() for field in group if field.answers}
    faults = {name: [one for one in desk.findings if place_of(one) == name] for name in _names()}
    return render_template("draft_details.html", desk=desk, groups=GROUPS, options=options, faults=faults)


def _names() -> list[str]:
    return [field.name for group in GROUPS.values() for field in group]


def _options(field: Field, desk: Desk) -> Mapping[str, str]:
    match field.answers:
        case "kinds":
            return {code: word(catalogue_terms.KINDS, code) for code in catalogue_terms.KINDS}
        case "languages":
            # Also those of the draft that its overlay does not speak: else they would be lost unseen.
            spoken = dict.fromkeys((*desk.known.languages, *desk.draft.fields.get(field.name, ())))
            return {code: LANGUAGE_NAMES.get(code, code) for code in spoken}
        case "yes":
            return {"yes": gettext("Yes"), "no": gettext("No")}
        case name:
            return {code: choice_label(name, code, language()) for code in catalogue.load().choice_list(name).names}
