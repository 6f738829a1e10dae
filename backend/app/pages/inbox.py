"""What enumerators of the own teams ask for: read by their supervisor alone, gone when handled."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend import keys
from backend.access import Permission, Team, check_teams
from backend.app.guard import open_to
from backend.app.state import state, viewer
from backend.crypto import CannotDecryptError
from backend.notes import Note, open_enumerator, open_note
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.inbox import SealedNote, delete_note, notes_of_teams

blueprint = Blueprint("inbox", __name__)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """`enumerator` and `note` are None when they cannot be decrypted with the key this server has."""

    id: int
    form_title: str
    team: Team
    expires_on: date
    enumerator: str | None
    note: Note | None


@blueprint.get("/inbox")
@open_to(Permission.SEE_INBOX)
def show() -> ResponseReturnValue:
    teams = check_teams(viewer())
    entry = Audit(viewer().name, "legend.look", "legend", {"teams": ", ".join(map(str, teams))})
    with transaction(state().engine) as session:
        sealed = notes_of_teams(session, teams, datetime.now(UTC).date(), entry)
    key = keys.field_key(state().settings)
    return render_template("inbox.html", teams=teams, messages=[_opened(key, note) for note in sealed])


@blueprint.post("/inbox/<int:note_id>/handled")
@open_to(Permission.SEE_INBOX)
def handled(note_id: int) -> ResponseReturnValue:
    entry = Audit(actor=viewer().name, action="inbox.handled", object=f"inbox:{note_id}")
    with transaction(state().engine) as session:
        found = delete_note(session, note_id, check_teams(viewer()), entry)
    flash(_("The message was deleted.") if found else _("The message was gone already."), "success")
    return redirect(url_for("inbox.show"))


def _opened(key: bytes, sealed: SealedNote) -> Message:
    enumerator, note = None, None
    try:
        enumerator = open_enumerator(key, sealed.survey_id, sealed.collector_key, sealed.enumerator)
        note = open_note(key, sealed.form_id, sealed.collector_key, sealed.note)
    except CannotDecryptError:
        _log.error("inbox_not_decrypted", note=sealed.id)
    team = Team(sealed.survey_id, sealed.team)
    return Message(sealed.id, sealed.form_title, team, sealed.expires_on, enumerator, note)
