"""What is wrong with a draft and with the form it makes, what changes for phones, and the way to phones.

Rules, converter and lint run here, in under a second; the engine and the deploy are a worker's.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission
from backend.app.draft_desk import CANNOT_BE_BUILT, Desk, NoAreasError, open_desk, place_of
from backend.app.draft_writing import entry
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.form_surveys import built_survey, changes, stored_survey
from backend.store import forms, wishes
from backend.store.engine import reading, transaction
from backend.store.forms import FormHead
from backend.store.wishes import Wish, WishAction
from backend.wake import wake
from forms.brief import BriefError
from forms.build import BuiltForm, check_built
from forms.checks import Report
from forms.diff import FormDiff
from forms.practice import practice_id
from forms.xlsform import FormError

blueprint = Blueprint("drafts_checks", __name__)
LETTERBOX = "letterbox"
# The engine fills a form forty times; after this long nobody seems to be at work.
_SHOULD_TAKE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Looked:
    """A form and what is known about it. `built` is None where `faults` say why; `head` is the form phones have."""

    built: BuiltForm | None
    faults: tuple[str, ...]
    report: Report | None
    head: FormHead | None
    changes: FormDiff | None
    asked: dict[WishAction, Wish]
    is_refused: bool = False


@blueprint.get("/drafts/<draft_id>/checks")
@open_to(Permission.MAKE_FORMS)
def show(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    looked = _look(desk)
    return render_template(
        "draft_checks.html",
        desk=desk,
        looked=looked,
        place=place_of,
        obstacles=_obstacles(desk, looked, _today()),
        **_engine(desk, looked.asked),
    )


@blueprint.get("/drafts/<draft_id>/checks/engine")
@open_to(Permission.MAKE_FORMS)
def engine(draft_id: str) -> ResponseReturnValue:
    """Asked for every other second while a worker is at it; when it is done the whole page is loaded anew."""
    desk = open_desk(draft_id)
    with reading(state().engine) as session:
        asked = wishes.of_draft(session, draft_id)
    page: Response = make_response(render_template("parts/draft_wishes.html", desk=desk, **_engine(desk, asked)))
    if not any(wish.is_open for wish in asked.values()):
        page.headers["HX-Refresh"] = "true"
    return page


@blueprint.post("/drafts/<draft_id>/checks")
@open_to(Permission.MAKE_FORMS)
def ask_engine(draft_id: str) -> ResponseReturnValue:
    desk = open_desk(draft_id)
    built = _built_or_back(desk, practice=False)
    if isinstance(built, BuiltForm):
        _ask(desk, WishAction.CHECK, built.version, "draft.check_asked")
    return redirect(url_for("drafts_checks.show", draft_id=draft_id), 303)


@blueprint.post("/drafts/<draft_id>/deploy")
@open_to(Permission.MAKE_FORMS)
def deploy(draft_id: str) -> ResponseReturnValue:
    """Holds for the revision and the version that were on the page."""
    desk = open_desk(draft_id)
    action = WishAction.PRACTICE if request.form.get("practice") else WishAction.DEPLOY
    back = redirect(url_for("drafts_checks.show", draft_id=draft_id), 303)
    looked = _look(desk)
    seen = (request.form.get("revision", ""), request.form.get("version", ""))
    if looked.built is None or seen != (str(desk.stored.revision), looked.built.version):
        flash(_("This is not the form you looked at any more. Look at it again."), "error")
        return back
    if action is WishAction.DEPLOY and _obstacles(desk, looked, _today()):
        flash(_("Something still keeps the form from phones. It stands below."), "error")
        return back
    built = looked.built if action is WishAction.DEPLOY else _built_or_back(desk, practice=True)
    if built is not None:
        _ask(desk, action, built.version, "draft.deploy_asked")
    return back


def _ask(desk: Desk, action: WishAction, version: str, event: str) -> None:
    draft_id, revision = desk.stored.draft_id, desk.stored.revision
    wish = Wish(draft_id, action, version, str(revision), viewer().name, datetime.now(UTC))
    with transaction(state().engine) as session:
        audit = entry(draft_id, event, version=version, action=action.value)
        wishes.ask(session, wish, audit)
        wake(session, "wishes.carry_out", wish.wish_id)


def _built_or_back(desk: Desk, *, practice: bool) -> BuiltForm | None:
    try:
        return desk.built(practice=practice)
    except CANNOT_BE_BUILT:
        flash(_("No form can be built from the draft yet. Here is why."), "warning")
        return None


# ---- what is known ---------------------------------------------------------------------------------------------------


def _look(desk: Desk) -> Looked:
    with reading(state().engine) as session:
        asked = wishes.of_draft(session, desk.stored.draft_id)
        head = forms.form_head(session, desk.form_id) if desk.form_id else None
    try:
        built = desk.built()
    except NoAreasError:
        return Looked(
            None, (_("There is no area list yet: fieldveil areas import FILE --apply"),), None, head, None, asked
        )
    except BriefError:
        return Looked(None, (), None, head, None, asked)  # its findings are on the desk
    except CANNOT_BE_BUILT as error:
        refused = isinstance(error, FormError)
        return Looked(None, tuple(str(error).splitlines()), None, head, None, asked, is_refused=refused)
    report = check_built(built, desk.known)
    return Looked(built, (), report, head, _changes(built, head), asked)


def _changes(built: BuiltForm, head: FormHead | None) -> FormDiff | None:
    if head is None or head.current_version is None:
        return None
    with reading(state().engine) as session:
        known = stored_survey(session, head.form_id, head.current_version)
    return changes(known, built_survey(built)) if known else None


def _obstacles(desk: Desk, looked: Looked, today: date) -> list[str]:
    """Everything that keeps the form from phones by a button; a worker holds it against the same rules again."""
    if looked.built is None:
        return [_("No form can be built from the draft yet.")]
    found = []
    check = looked.asked.get(WishAction.CHECK)
    if check is None or check.seen != str(desk.stored.revision) or check.version != looked.built.version:
        found.append(_("The engine has not filled this form yet."))
    elif check.problem or check.report is None or check.report["errors"] or check.is_open:
        found.append(_("The engine has not passed this form."))
    purpose = desk.judged.brief.purpose
    if not purpose.is_referral_live(today):
        age = purpose.referral_age(today)
        found.append(_("The referral pathway was verified %(days)s days ago; it must be at most 30.", days=age))
        found.append(_("Verify the referral pathway again and write the day into the brief."))
    if looked.head is not None and looked.head.server != LETTERBOX:
        found.append(_("The form is on another server than the letterbox: deploy it by command."))
    if looked.changes is not None and looked.changes.breaking:
        found.append(_("It breaks the series of answers: deploy it by command, with a migration."))
    return found


def _engine(desk: Desk, asked: dict[WishAction, Wish]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "asked": asked,
        "open_wish": next((wish for wish in asked.values() if wish.is_open), None),
        "slow": any(wish.is_open and now - wish.asked_at > _SHOULD_TAKE for wish in asked.values()),
        "check": asked.get(WishAction.CHECK),
        "practice_id": practice_id(desk.form_id) if desk.form_id else "",
    }


def _today() -> date:
    return datetime.now(UTC).date()
