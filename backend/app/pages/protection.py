"""Signs of distress and disclosures, as numbers of months that have ended: for the protection focal point alone."""

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backend.access import Permission
from backend.app.catalogue_words import choice_label
from backend.app.guard import open_to
from backend.app.language import language
from backend.app.places import area_name, with_former
from backend.app.state import state, viewer
from backend.app.words import COUNTERS, word
from backend.store.engine import reading
from backend.store.form_list import real_forms
from backend.store.monitor import PROTECTION_PREFIX, MonthCount, Scope, protection_counts
from mappings.areas import AreaRegistry

blueprint = Blueprint("protection", __name__)


@blueprint.get("/protection")
@open_to(Permission.SEE_PROTECTION)
def show() -> ResponseReturnValue:
    counts, registry = _counts()
    rows = [(line, area_name(registry, line.adm1_pcode, language()), _what(line.kind)) for line in counts]
    return render_template("protection.html", rows=rows)


def _counts() -> tuple[list[MonthCount], AreaRegistry | None]:
    this_month = f"{datetime.now(UTC):%Y-%m}"
    with reading(state().engine) as session:
        registry = state().places.current(session)
        forms = tuple(form.form_id for form in real_forms(session))
        scope = Scope(forms, with_former(registry, viewer().areas))
        return protection_counts(session, scope, this_month), registry


def _what(kind: str) -> str:
    if kind.startswith(PROTECTION_PREFIX):
        return choice_label("disclosure_action", kind.removeprefix(PROTECTION_PREFIX), language())
    return word(COUNTERS, kind)
