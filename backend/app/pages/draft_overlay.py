"""The overlay of a draft: a country's own words and questions, shown with all that they move before they count."""

import hashlib

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission
from backend.app.downloads import XLSX, YAML, download
from backend.app.draft_desk import OVERLAY_FILE, Desk, moved, open_desk, place_of, with_overlay
from backend.app.draft_writing import entry, written
from backend.app.guard import open_to
from backend.app.state import state
from backend.app.uploads import file_name, sent_file, sheet_fault
from backend.store import drafts
from backend.store.engine import reading, transaction
from forms.archive import SheetError
from forms.catalogue import load
from forms.overlay import Overlay, OverlayError, as_workbook, as_yaml, differences, label, load_overlay

blueprint = Blueprint("drafts_overlay", __name__)


@blueprint.get("/drafts/<draft_id>/overlay")
@open_to(Permission.MAKE_FORMS)
def show(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    with reading(state().engine) as session:
        others = [one for one in drafts.list_overlays(session) if one.content != desk.stored.overlay]
    moves = moved(with_overlay(desk, None), desk)
    return render_template("draft_overlay.html", desk=desk, others=others, moves=moves, waiting=_not_asked(desk))


# ---- out -------------------------------------------------------------------------------------------------------------


@blueprint.get("/drafts/<draft_id>/overlay.yaml")
@open_to(Permission.MAKE_FORMS)
def as_file(draft_id: str) -> ResponseReturnValue:
    """For `fieldveil form deploy --overlay`."""
    desk = open_desk(draft_id)
    return download((desk.stored.overlay or abort(404)).encode(), YAML, OVERLAY_FILE)


@blueprint.get("/drafts/<draft_id>/overlay.xlsx")
@open_to(Permission.MAKE_FORMS)
def as_sheets(draft_id: str) -> ResponseReturnValue:
    overlay = open_desk(draft_id).overlay
    return download(as_workbook(overlay or abort(404), load()), XLSX, "overlay.xlsx")


# ---- back ------------------------------------------------------------------------------------------------------------


@blueprint.post("/drafts/<draft_id>/overlay")
@open_to(Permission.MAKE_FORMS)
def upload(draft_id: str) -> ResponseReturnValue:
    """A file, or the overlay of another draft. Kept beside this one until what it changes was seen and confirmed."""
    desk, data = open_desk(draft_id), _sent()
    back = redirect(url_for("drafts_overlay.show", draft_id=draft_id), 303)
    if not data:
        flash(_("Choose a file first."), "error")
        return back
    try:
        content = as_yaml(load_overlay(data, file_name(data, "overlay"), load())).decode()
    except SheetError as error:
        return _refused(desk, [], sheet_fault(error))
    except OverlayError as error:
        return _refused(desk, error.findings)
    if content == desk.stored.overlay:
        flash(_("The draft has this very overlay: there is nothing to change."), "success")
        return back
    held = written(
        lambda session: drafts.hold_overlay(
            session, draft_id, desk.stored.revision, content, entry(draft_id, "draft.overlay_held")
        ),
        stale=_("Somebody changed the draft in the meantime. Send the file again."),
    )
    return redirect(url_for("drafts_overlay.review", draft_id=draft_id), 303) if held else back


@blueprint.get("/drafts/<draft_id>/overlay/review")
@open_to(Permission.MAKE_FORMS)
def review(draft_id: str) -> ResponseReturnValue:
    """What the overlay would change: its entries, each indicator's comparability, and the rules it would break."""
    desk = open_desk(draft_id)
    pending = desk.stored.pending_overlay
    if pending is None:
        flash(_("No overlay waits to be confirmed."), "warning")
        return redirect(url_for("drafts_overlay.show", draft_id=draft_id), 303)
    after = with_overlay(desk, pending)
    if after.overlay is None:
        return _refused(desk, after.overlay_faults)
    return render_template(
        "draft_overlay_review.html",
        desk=desk,
        after=after,
        changes=differences(desk.overlay, after.overlay),
        moves=moved(desk, after),
        waiting=_not_asked(after),
        same_number=_has_same_number(desk.overlay, after.overlay),
        sha256=_sha256(pending),
        place=place_of,
        faults=(),
        fault="",
    )


@blueprint.post("/drafts/<draft_id>/overlay/confirm")
@open_to(Permission.MAKE_FORMS)
def confirm(draft_id: str) -> ResponseReturnValue:
    """Holds for the overlay and the revision that were on the page, and for no other."""
    stored = open_desk(draft_id).stored
    pending = stored.pending_overlay
    seen = (request.form.get("sha256", ""), request.form.get("revision", ""))
    if pending is None or seen != (_sha256(pending), str(stored.revision)):
        flash(_("Draft or overlay are not those you looked at. Look at the differences again."), "error")
        return redirect(url_for("drafts_overlay.show", draft_id=draft_id), 303)
    return _change(draft_id, stored.revision, pending, _("The draft is now in the words of the overlay."))


@blueprint.post("/drafts/<draft_id>/overlay/remove")
@open_to(Permission.MAKE_FORMS)
def remove(draft_id: str) -> ResponseReturnValue:
    sent = request.form.get("revision", "")
    said = _("The overlay is gone: the draft asks as the standard does.")
    return _change(draft_id, int(sent) if sent.isdigit() else 0, None, said)


@blueprint.post("/drafts/<draft_id>/overlay/discard")
@open_to(Permission.MAKE_FORMS)
def discard(draft_id: str) -> ResponseReturnValue:
    open_desk(draft_id)
    with transaction(state().engine) as session:
        drafts.drop_overlay_upload(session, draft_id, entry(draft_id, "draft.overlay_dropped"))
    flash(_("The upload is gone; the draft is as it was."), "success")
    return redirect(url_for("drafts_overlay.show", draft_id=draft_id), 303)


def _change(draft_id: str, revision: int, overlay: str | None, said: str) -> ResponseReturnValue:
    open_desk(draft_id)
    audit = entry(draft_id, "draft.overlay" if overlay else "draft.overlay_removed", revision=revision + 1)
    if written(
        lambda session: drafts.change_overlay(session, draft_id, revision, overlay, audit),
        stale=_("Draft or overlay are not those you looked at. Look at the differences again."),
    ):
        flash(said, "success")
    return redirect(url_for("drafts_overlay.show", draft_id=draft_id), 303)


def _sent() -> bytes:
    other = request.form.get("draft", "")
    if not other:
        return sent_file("file")
    with reading(state().engine) as session:
        stored = drafts.find_draft(session, other)
    return stored.overlay.encode() if stored and stored.overlay else abort(404)


def _refused(desk: Desk, faults: tuple[object, ...] | list[object], fault: str = "") -> ResponseReturnValue:
    back = url_for("drafts_overlay.show", draft_id=desk.stored.draft_id)
    return render_template("draft_overlay_review.html", desk=desk, faults=faults, fault=fault, back=back), 422


def _not_asked(desk: Desk) -> list[str]:
    """Its own questions that nobody has picked yet: an overlay brings them, and a brief has to name them."""
    asked = {one.indicator for one in desk.judged.brief.indicators}
    return [one.id for one in desk.overlay.local_indicators if one.id not in asked] if desk.overlay else []


def _has_same_number(old: Overlay | None, new: Overlay) -> bool:
    return old is not None and old.version == new.version and label(old) != label(new)


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
