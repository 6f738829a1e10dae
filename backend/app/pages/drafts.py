"""Drafts of briefs: made, looked at, and filled with indicators. Every IM officer here may work on every draft."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission
from backend.app import catalogue_terms
from backend.app.catalogue_filter import matrix, options, read_filter
from backend.app.draft_desk import Desk, identifying, open_desk, overlay_label, place_of, with_content
from backend.app.draft_writing import entry, written
from backend.app.guard import open_to
from backend.app.language import language
from backend.app.state import state
from backend.app.uploads import file_name, sent_file, sheet_fault
from backend.store import drafts, form_list, forms
from backend.store.engine import reading, transaction
from forms.archive import SheetError
from forms.brief import BriefError, Draft, new_draft, read_draft
from forms.catalogue import load
from forms.kinds import KINDS
from forms.prospect import Fit, fit

blueprint = Blueprint("drafts", __name__)
_FORM_ID = re.compile(r"[a-z][a-z0-9_]{2,39}")
_MOST_NAME, _MOST_REASON = 80, 500


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator to pick or to leave."""

    fit: Fit
    picked: bool
    pulled_by: str
    reason: str


@blueprint.get("/drafts")
@open_to(Permission.MAKE_FORMS)
def show() -> ResponseReturnValue:
    with reading(state().engine) as session:
        lines = drafts.list_drafts(session)
        deployed = form_list.real_forms(session)
    return render_template("drafts.html", lines=lines, deployed=deployed, languages=load().languages)


@blueprint.post("/drafts")
@open_to(Permission.MAKE_FORMS)
def create() -> ResponseReturnValue:
    """From a file, from the brief of a form that is in the store, or from nothing."""
    name = request.form.get("name", "").strip()[:_MOST_NAME]
    begun = _begun()
    if begun is None:
        return redirect(url_for("drafts.show"), 303)
    content = begun.content
    draft_id = uuid4().hex
    if not name:
        name = content.value("title") or content.value("form_id") or draft_id[:8]
    with transaction(state().engine) as session:
        text = content.as_yaml().decode()
        audit = entry(draft_id, "draft.created")
        drafts.create_draft(session, draft_id, name[:_MOST_NAME], text, audit, overlay=begun.overlay)
    return redirect(url_for("drafts.pick", draft_id=draft_id), 303)


@blueprint.get("/drafts/<draft_id>")
@open_to(Permission.MAKE_FORMS)
def pick(draft_id: str) -> ResponseReturnValue:
    return _page(open_desk(draft_id))


@blueprint.post("/drafts/<draft_id>/prospect")
@open_to(Permission.MAKE_FORMS)
def estimate(draft_id: str) -> ResponseReturnValue:
    """What the boxes that are ticked now would make of the draft; nothing is stored."""
    desk = open_desk(draft_id)
    return render_template("parts/prospect.html", desk=with_content(desk, _picked(desk)), place=place_of, unsaved=True)


@blueprint.post("/drafts/<draft_id>/indicators")
@open_to(Permission.MAKE_FORMS)
def save_indicators(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    changed = _picked(desk)
    if not keep(desk, changed, "draft.indicators"):
        return _page(with_content(desk, changed)), 409
    filtered: dict[str, Any] = dict(read_filter(request.args).chosen)
    return redirect(url_for("drafts.pick", draft_id=draft_id, **filtered), 303)


@blueprint.post("/drafts/<draft_id>/delete")
@open_to(Permission.MAKE_FORMS)
def delete(draft_id: str) -> ResponseReturnValue:
    open_desk(draft_id)
    with transaction(state().engine) as session:
        drafts.delete_draft(session, draft_id, entry(draft_id, "draft.deleted"))
    flash(_("The draft is deleted. Forms that were deployed from it stay as they are."), "success")
    return redirect(url_for("drafts.show"), 303)


def keep(desk: Desk, changed: Draft, action: str) -> bool:
    """Makes the next revision, unless it names people or somebody else was quicker; says which."""
    content = changed.as_yaml()
    try:
        named = identifying(content)
    except BriefError as error:
        named = error.findings
    for finding in named[:_MOST_TOLD]:
        flash(f"{place_of(finding)}: {finding.what}. {finding.remedy}.", "error")
    if named:
        return False
    sent = request.form.get("revision", "")
    revision = int(sent) if sent.isdigit() else 0
    draft_id = desk.stored.draft_id
    audit = entry(draft_id, action, revision=revision + 1)
    kept = written(
        lambda session: drafts.change_draft(session, draft_id, revision, content.decode(), audit),
        stale=_("Somebody changed the draft in the meantime, so yours was not saved. Reload the page first."),
    )
    if kept:
        flash(_("Saved."), "success")
    return kept


# ---- where a draft begins --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Begun:
    content: Draft
    overlay: str | None = None


def _begun() -> _Begun | None:
    """None when it cannot be used; the reason is flashed."""
    data, copied = sent_file("file"), request.form.get("copy", "")
    try:
        if data:
            found = _Begun(read_draft(data, file_name(data, "brief")))
        elif copied:
            found = _copy_of(copied)
        else:
            found = _Begun(_from_nothing())
        named = identifying(found.content.as_yaml())
    except SheetError as error:
        flash(sheet_fault(error), "error")
        return None
    except BriefError as error:
        for finding in error.findings[:_MOST_TOLD]:
            flash(f"{finding.place}: {finding.what}. {finding.remedy}.", "error")
        return None
    for finding in named[:_MOST_TOLD]:
        flash(f"{place_of(finding)}: {finding.what}. {finding.remedy}.", "error")
    return None if named else found


_MOST_TOLD = 8


def _copy_of(form_id: str) -> _Begun:
    """The brief of the version that phones have; the next round of a survey begins there.

    A form names its overlay and does not hold it: it is taken over where some draft has the same one.
    """
    with reading(state().engine) as session:
        head = forms.form_head(session, form_id)
        stored = forms.stored_version(session, form_id, head.current_version or "") if head else None
        kept = drafts.list_overlays(session) if stored and stored.mapping.overlay else []
    if stored is None:
        abort(404)
    wanted = stored.mapping.overlay
    overlay = next((one.content for one in kept if overlay_label(one.content) == wanted), None)
    if wanted and overlay is None:
        flash(_("The form was adapted by the overlay %(name)s. Give it to the draft, too.", name=wanted), "warning")
    return _Begun(read_draft(stored.brief.encode(), "brief.yaml"), overlay)


def _from_nothing() -> Draft:
    respondent = request.form.get("respondent", "")
    if respondent not in KINDS:
        abort(400)
    languages = [code for code in load().languages if code in request.form.getlist("language")]
    given = {"respondent": respondent, "languages": languages or list(load().languages)}
    form_id = request.form.get("form_id", "").strip()
    return new_draft(**given, **({"form_id": form_id} if _FORM_ID.fullmatch(form_id) else {}))


# ---- picking ---------------------------------------------------------------------------------------------------------


def _page(desk: Desk) -> str:
    wanted, spoken, kind = read_filter(request.args), language(), desk.kind
    every = request.args.get("all") == "1"
    lines = [] if kind is None or not kind.keeps_answers else _lines(desk)
    shown = [
        line
        for line in lines
        if (every or line.picked or line.pulled_by or line.fit.fault is None)
        and wanted.wants(line.fit.indicator, spoken)
    ]
    asked = {one.indicator for one in desk.judged.brief.indicators}
    askable = {line.fit.indicator.id for line in lines if line.fit.fault is None}
    return render_template(
        "draft.html",
        desk=desk,
        lines=shown,
        hidden=sum(line.fit.fault is not None and not line.picked for line in lines),
        every=every,
        wanted=wanted,
        options={name: values for name, values in options().items() if name != "kind"},
        matrix=matrix(desk.known.indicators, asked, lambda one: one.id in askable | asked),
        known=desk.known.entries.indicators,
        unknown=[name for name in desk.named if name not in desk.known.entries.indicators],
        place=place_of,
        terms=catalogue_terms,
    )


def _lines(desk: Desk) -> Sequence[Line]:
    kind = desk.kind
    pulled = {one.indicator: one.pulled_by for one in desk.judged.brief.indicators if one.pulled_by}
    if kind is None:
        return []
    return [
        Line(fit(one, kind, desk.known), one.id in desk.named, pulled.get(one.id, ""), desk.named.get(one.id, ""))
        for one in desk.known.indicators
    ]


def _picked(desk: Desk) -> Draft:
    """What was not on the page stays as it is: the page may show a part of the catalogue only."""
    shown, ticked = set(request.form.getlist("shown")), set(request.form.getlist("pick"))
    chosen: Mapping[str, str] = {
        name: _reason(name, desk) if name in shown else reason
        for name, reason in desk.named.items()
        if name not in shown or name in ticked
    }
    new = [name for name in desk.known.entries.indicators if name in shown & ticked and name not in chosen]
    return desk.draft.with_indicators([*chosen.items(), *((name, _reason(name, desk)) for name in new)])


def _reason(name: str, desk: Desk) -> str:
    sent = request.form.get(f"reason-{name}")
    return desk.named.get(name, "") if sent is None else " ".join(sent.split())[:_MOST_REASON]
