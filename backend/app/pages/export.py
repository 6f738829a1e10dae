"""The long view of a survey as CSV, for IM officers only and marked internal."""

import re
from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine

from backend.access import Permission, check_all_areas
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.disclosure.export import long_view_csv
from backend.store.audit import Audit, record
from backend.store.engine import reading, transaction
from backend.store.form_list import real_forms

blueprint = Blueprint("export", __name__)
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


@blueprint.get("/export")
@open_to(Permission.EXPORT_ANSWERS)
def show() -> ResponseReturnValue:
    check_all_areas(viewer())
    with reading(state().engine) as session:
        surveys = sorted({form.survey_id for form in real_forms(session)})
    return render_template("export.html", surveys=surveys)


@blueprint.get("/export/<survey_id>.csv")
@open_to(Permission.EXPORT_ANSWERS)
def long_view(survey_id: str) -> ResponseReturnValue:
    """The export covers all areas, so whoever is limited to some of them has none. The entry stands before the file."""
    check_all_areas(viewer())
    engine = state().engine
    with transaction(engine) as session:
        if survey_id not in {form.survey_id for form in real_forms(session)}:
            abort(404)
        record(session, Audit(actor=viewer().name, action="export.long_view", object=survey_id))
    name = f"fieldveil-INTERNAL-{_UNSAFE.sub('_', survey_id)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_lines(engine, survey_id), mimetype="text/csv; charset=utf-8", headers=headers)


def _lines(engine: Engine, survey_id: str) -> Iterator[str]:
    with reading(engine) as session:
        yield from long_view_csv(session, survey_id)
