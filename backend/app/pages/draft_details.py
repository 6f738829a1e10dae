"""The fields of a draft that are no lists: who answers, the survey, and the purpose with all that was decided first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backend.access import Permission
from backend.app import catalogue_terms
from backend.app.catalogue_words import choice_label
from backend.app.draft_desk import Desk, open_desk, place_of, with_content
from backend.app.guard import open_to
from backend.app.language import LANGUAGE_NAMES, language
from backend.app.pages.drafts import keep
from backend.app.words import N_, word
from forms import catalogue
from forms.brief.source import LISTS

blueprint = Blueprint("drafts_details", __name__)
_MOST_CHARACTERS = 600


class Widget(StrEnum):
    LINE = "line"
    AREA = "area"
    DAY = "day"
    CODE = "code"
    ONE = "one"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Field:
    """`answers` names the choice list that the words come from, where there is one."""

    name: str
    label: str
    widget: Widget = Widget.LINE
    answers: str = ""


_HEAD = (
    Field("title", N_("Title, as phones show it: nothing in it may name the subject")),
    Field("form_id", N_("Form id"), Widget.CODE),
    Field("respondent", N_("Who answers"), Widget.ONE, "kinds"),
    Field("languages", N_("Languages"), Widget.SEVERAL, "languages"),
)
_SURVEY = (
    Field("survey.id", N_("Survey id, such as CTE-S-XDV-2026-01"), Widget.CODE),
    Field("survey.round", N_("Round"), Widget.CODE),
    Field("survey.country", N_("Country (three capitals)"), Widget.CODE),
    Field("survey.operation", N_("Operation")),
    Field("survey.period_start", N_("First day of collection"), Widget.DAY),
    Field("survey.period_end", N_("Last day of collection"), Widget.DAY),
    Field("survey.organisation", N_("Organisation that answers for it (code)"), Widget.CODE),
)
_PURPOSE = (
    Field("purpose.codes", N_("What for"), Widget.SEVERAL, "purpose_code"),
    Field("purpose.decision", N_("Which decision the answers change"), Widget.AREA),
    Field("purpose.owner_role", N_("Role that takes this decision")),
    Field("purpose.author_role", N_("Role that writes the brief")),
    Field("purpose.approver_role", N_("Role that approves it (another one)")),
    Field("purpose.existing_data_checked", N_("Existing data were checked first"), Widget.ONE, "yes"),
    Field("purpose.gap_reason", N_("Why existing data are not enough"), Widget.AREA),
    Field("purpose.risk_assessed", N_("Risks and benefits were assessed with protection staff"), Widget.ONE, "yes"),
    Field("purpose.residual_risk", N_("Remaining risk"), Widget.ONE, "risk_level"),
    Field("purpose.referral_verified_on", N_("Day on which the referral pathway was verified"), Widget.DAY),
    Field("purpose.isp_ref", N_("Information sharing protocol")),
    Field("purpose.sharing_level", N_("Who may see the results"), Widget.ONE, "sharing_level"),
    Field("purpose.raw_retention_days", N_("Days that raw answers are kept (0 to 30)"), Widget.CODE),
    Field("purpose.sampling", N_("How places and people are chosen"), Widget.ONE, "sampling"),
    Field("purpose.population", N_("Whom the results speak for, and who is missing"), Widget.AREA),
    Field("purpose.limitations", N_("Limitations"), Widget.SEVERAL, "limitation"),
    Field("purpose.funding_focus", N_("What funding asked to look at")),
)
_GROUPS: Mapping[str, Sequence[Field]] = {
    N_("The form"): _HEAD,
    N_("The survey"): _SURVEY,
    N_("The purpose"): _PURPOSE,
}


@blueprint.get("/drafts/<draft_id>/details")
@open_to(Permission.MAKE_FORMS)
def show(draft_id: str) -> ResponseReturnValue:
    return _page(open_desk(draft_id))


@blueprint.post("/drafts/<draft_id>/details")
@open_to(Permission.MAKE_FORMS)
def save(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    changed = desk.draft.with_fields({field.name: _sent(field) for group in _GROUPS.values() for field in group})
    if not keep(desk, changed, "draft.details"):
        return _page(with_content(desk, changed)), 409
    return redirect(url_for("drafts_details.show", draft_id=draft_id), 303)


def _sent(field: Field) -> list[str]:
    if field.name in LISTS:
        return request.form.getlist(field.name)
    return [" ".join(request.form.get(field.name, "").split())[:_MOST_CHARACTERS]]


def _page(desk: Desk) -> str:
    options = {field.name: _options(field, desk) for group in _GROUPS.values() for field in group if field.answers}
    faults = {name: [one for one in desk.findings if place_of(one) == name] for name in _names()}
    return render_template("draft_details.html", desk=desk, groups=_GROUPS, options=options, faults=faults)


def _names() -> list[str]:
    return [field.name for group in _GROUPS.values() for field in group]


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
