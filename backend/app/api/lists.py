"""Forms, their versions, and areas."""

from apiflask import APIBlueprint
from flask import abort

from backend.access import Permission
from backend.app.api.models import AreaOut, AreaQuery, FormOut, VersionOut, many
from backend.app.guard import open_to
from backend.app.places import in_scope
from backend.app.state import state, viewer
from backend.store import form_list
from backend.store.engine import reading
from mappings.areas import Area

blueprint = APIBlueprint("api_lists", __name__, tag="Lists")


@blueprint.get("/forms")
@blueprint.output(many(FormOut))
@blueprint.doc(summary="All forms, practice forms too")
@open_to(Permission.SEE_FORMS)
def list_forms() -> list[form_list.FormSummary]:
    with reading(state().engine) as session:
        return form_list.forms(session)


@blueprint.get("/forms/<form_id>/versions")
@blueprint.output(many(VersionOut))
@blueprint.doc(summary="The versions of one form, the newest first", responses=[404])
@open_to(Permission.SEE_FORMS)
def list_versions(form_id: str) -> list[form_list.VersionSummary]:
    with reading(state().engine) as session:
        found = [version for version in form_list.versions(session) if version.form_id == form_id]
    return found or abort(404)


@blueprint.get("/areas")
@blueprint.input(AreaQuery, location="query")
@blueprint.output(many(AreaOut))
@blueprint.doc(summary="The areas of one level in the list in use")
@open_to(Permission.SEE_WORK)
def list_areas(query_data: AreaQuery) -> list[Area]:
    with reading(state().engine) as session:
        return in_scope(state().places.current(session), query_data.level, viewer().areas)
