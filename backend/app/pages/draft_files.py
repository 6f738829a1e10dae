"""A draft as files: brief and roster out and back, and the form that is built from it, on paper and in every sheet."""

import hashlib

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission
from backend.app.downloads import HTML, XLSX, YAML, ZIP, download, zipped
from backend.app.draft_desk import CANNOT_BE_BUILT, Desk, identifying, open_desk, place_of
from backend.app.draft_writing import entry, written
from backend.app.guard import open_to
from backend.app.pages.webform import preview_page
from backend.app.state import state
from backend.app.uploads import file_name, sent_file, sheet_fault
from backend.store import drafts
from backend.store.engine import transaction
from forms.archive import SheetError
from forms.brief import BriefError, judge_brief, read_draft
from forms.brief.draft import differences, read_upload
from forms.build import BuiltForm
from forms.dictionary import dictionary
from forms.paper import paper

blueprint = Blueprint("drafts_files", __name__)


@blueprint.get("/drafts/<draft_id>/files")
@open_to(Permission.MAKE_FORMS)
def show(draft_id: str) -> ResponseReturnValue:
    return render_template("draft_files.html", desk=open_desk(draft_id))


# ---- out -------------------------------------------------------------------------------------------------------------


@blueprint.get("/drafts/<draft_id>/brief.xlsx")
@open_to(Permission.MAKE_FORMS)
def brief_workbook(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    return download(desk.draft.as_workbook(), XLSX, f"{_name(desk)}-brief.xlsx")


@blueprint.get("/drafts/<draft_id>/brief.yaml")
@open_to(Permission.MAKE_FORMS)
def brief_yaml(draft_id: str) -> ResponseReturnValue:
    """For `fieldveil form deploy`."""
    desk = open_desk(draft_id)
    return download(desk.draft.as_yaml(), YAML, f"{_name(desk)}.yaml")


@blueprint.get("/drafts/<draft_id>/roster.xlsx")
@open_to(Permission.MAKE_FORMS)
def roster(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    return download(desk.draft.table_workbook("enumerators"), XLSX, f"{_name(desk)}-roster.xlsx")


@blueprint.get("/drafts/<draft_id>/form.xlsx")
@open_to(Permission.MAKE_FORMS)
def form(draft_id: str) -> ResponseReturnValue:
    built = _built(draft_id)
    return download(built.xlsx, XLSX, f"{built.form_id}.xlsx") if isinstance(built, BuiltForm) else built


@blueprint.get("/drafts/<draft_id>/form.zip")
@open_to(Permission.MAKE_FORMS)
def form_with_lists(draft_id: str) -> ResponseReturnValue:
    """The workbook and the files of areas and sites that it asks for, laid out as `form check` looks for them."""
    built = _built(draft_id)
    if not isinstance(built, BuiltForm):
        return built
    files = {f"{built.form_id}.xlsx": built.xlsx, **{f"media/{name}": text for name, text in built.media.items()}}
    return download(zipped(files), ZIP, f"{built.form_id}.zip")


@blueprint.get("/drafts/<draft_id>/dictionary.xlsx")
@open_to(Permission.MAKE_FORMS)
def form_dictionary(draft_id: str) -> ResponseReturnValue:
    desk, built = open_desk(draft_id), _built(draft_id)
    if not isinstance(built, BuiltForm):
        return built
    return download(dictionary(built, desk.known), XLSX, f"{built.form_id}-dictionary.xlsx")


@blueprint.get("/drafts/<draft_id>/paper-<language>.html")
@open_to(Permission.MAKE_FORMS)
def form_on_paper(draft_id: str, language: str) -> ResponseReturnValue:
    built = _built(draft_id)
    if not isinstance(built, BuiltForm):
        return built
    if language not in built.questionnaire.languages:
        abort(404)
    return download(paper(built.questionnaire, language, files=built.media), HTML, f"{built.form_id}-{language}.html")


@blueprint.get("/drafts/<draft_id>/preview")
@open_to(Permission.MAKE_FORMS)
def preview(draft_id: str) -> ResponseReturnValue:
    built = _built(draft_id)
    return preview_page(built.xform, built.media) if isinstance(built, BuiltForm) else built


def _built(draft_id: str) -> BuiltForm | Response:
    """The form, or the way to the page that says why there is none."""
    try:
        return open_desk(draft_id).built()
    except CANNOT_BE_BUILT:
        flash(_("No form can be built from the draft yet. Here is why."), "warning")
        found = redirect(url_for("drafts_checks.show", draft_id=draft_id), 303)
        assert isinstance(found, Response)  # noqa: S101 (Flask's redirect makes a Response of the application)
        return found


def _name(desk: Desk) -> str:
    return desk.form_id or "draft"


# ---- back ------------------------------------------------------------------------------------------------------------


@blueprint.post("/drafts/<draft_id>/upload")
@open_to(Permission.MAKE_FORMS)
def upload(draft_id: str) -> ResponseReturnValue:
    """Kept beside the draft until its differences were seen and confirmed."""
    desk, data = open_desk(draft_id), sent_file("file")
    back = redirect(url_for("drafts_files.show", draft_id=draft_id), 303)
    if not data:
        flash(_("Choose a file first."), "error")
        return back
    try:
        new = read_upload(data, file_name(data, "brief"), desk.draft)
        content = new.as_yaml()
        named = identifying(content)
    except SheetError as error:
        return _refused(draft_id, [sheet_fault(error)])
    except BriefError as error:
        return _refused(draft_id, [f"{one.place}: {one.what}. {one.remedy}." for one in error.findings])
    if named:
        return _refused(draft_id, [f"{place_of(one)}: {one.what}. {one.remedy}." for one in named])
    if not list(differences(desk.draft, new)):
        flash(_("The file says the same as the draft: there is nothing to change."), "success")
        return back
    revision, audit = desk.stored.revision, entry(draft_id, "draft.upload_held", bytes=len(data))
    held = written(
        lambda session: drafts.hold_upload(session, draft_id, revision, content.decode(), _sha256(content), audit),
        stale=_("Somebody changed the draft in the meantime. Send the file again."),
    )
    return redirect(url_for("drafts_files.review", draft_id=draft_id), 303) if held else back


@blueprint.get("/drafts/<draft_id>/upload")
@open_to(Permission.MAKE_FORMS)
def review(draft_id: str) -> ResponseReturnValue:
    """What the upload would change, and which rules it would break."""
    desk = open_desk(draft_id)
    pending = desk.stored.pending
    if pending is None:
        flash(_("No upload waits to be confirmed."), "warning")
        return redirect(url_for("drafts.pick", draft_id=draft_id), 303)
    new = read_draft(pending.encode(), "upload.yaml")
    return render_template(
        "draft_upload.html",
        desk=desk,
        changes=list(differences(desk.draft, new)),
        findings=judge_brief(pending.encode(), "upload.yaml", desk.known).findings,
        place=place_of,
        faults=[],
    )


@blueprint.post("/drafts/<draft_id>/upload/confirm")
@open_to(Permission.MAKE_FORMS)
def confirm(draft_id: str) -> ResponseReturnValue:
    """Holds for the content and the revision that were on the page, and for no other."""
    stored = open_desk(draft_id).stored
    pending, revision = stored.pending, stored.revision
    seen = (request.form.get("sha256", ""), request.form.get("revision", ""))
    back = redirect(url_for("drafts.pick", draft_id=draft_id), 303)
    if pending is None or seen != (stored.pending_sha256, str(revision)):
        flash(_("Draft or upload are not those you looked at. Look at the differences again."), "error")
        return back
    audit = entry(draft_id, "draft.uploaded", revision=revision + 1)
    if written(
        lambda session: drafts.change_draft(session, draft_id, revision, pending, audit),
        stale=_("Draft or upload are not those you looked at. Look at the differences again."),
    ):
        flash(_("The draft is now as in the file."), "success")
    return back


@blueprint.post("/drafts/<draft_id>/upload/discard")
@open_to(Permission.MAKE_FORMS)
def discard(draft_id: str) -> ResponseReturnValue:
    open_desk(draft_id)
    with transaction(state().engine) as session:
        drafts.drop_upload(session, draft_id, entry(draft_id, "draft.upload_dropped"))
    flash(_("The upload is gone; the draft is as it was."), "success")
    return redirect(url_for("drafts.pick", draft_id=draft_id), 303)


def _refused(draft_id: str, faults: list[str]) -> ResponseReturnValue:
    back = url_for("drafts_files.show", draft_id=draft_id)
    return render_template("draft_upload.html", desk=open_desk(draft_id), changes=[], faults=faults, back=back), 422


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
