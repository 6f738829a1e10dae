"""The indicator catalogue to browse: filtered, counted by level and theme, and each indicator with all it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from backend.access import Permission
from backend.app.catalogue_filter import matrix, options, read_filter
from backend.app.guard import open_to
from backend.app.language import language
from forms import catalogue as forms_catalogue
from forms.catalogue import Catalogue, Indicator, UnknownEntryError
from forms.kinds import KINDS
from forms.prospect import Fit, fit

blueprint = Blueprint("catalogue", __name__)


@dataclass(frozen=True, slots=True)
class Wording:
    """The question in one language, with the period it looks back on, and whether a native speaker has read it."""

    language: str
    question: str
    review: str


@blueprint.get("/catalogue")
@open_to(Permission.SEE_FORMS)
def show() -> ResponseReturnValue:
    known, wanted, spoken = forms_catalogue.load(), read_filter(request.args), language()
    found = [one for one in known.indicators if wanted.wants(one, spoken)]
    return render_template(
        "catalogue.html",
        catalogue=known,
        wanted=wanted,
        options=options(),
        found=found,
        matrix=matrix(found, ()),
        known=known.entries.indicators,
    )


@blueprint.get("/catalogue/<indicator_id>")
@open_to(Permission.SEE_FORMS)
def indicator(indicator_id: str) -> ResponseReturnValue:
    known = forms_catalogue.load()
    try:
        found = known.indicator(indicator_id)
    except UnknownEntryError:
        abort(404)
    return render_template(
        "indicator.html",
        catalogue=known,
        indicator=found,
        wordings=[_wording(found, known, code) for code in known.languages],
        choices=known.choices(found.choices) if found.choices else (),
        leads_to=[one for one in known.indicators if found.id in one.depends_on],
        kinds=_kinds(found, known),
    )


def _wording(found: Indicator, known: Catalogue, code: str) -> Wording:
    back = known.recall(found.recall).label
    question = found.question[code].replace("{r}", back[code] if back else "").strip()
    state = {**dict(known.settings.review), **dict(found.review)}[code]
    return Wording(code, question, state.value)


def _kinds(found: Indicator, known: Catalogue) -> Mapping[str, Fit]:
    return {name: fit(found, kind, known) for name, kind in KINDS.items() if kind.keeps_answers}
