"""Where form servers ring when an interview came in: it wakes a pull. What they say is not read; we answer nothing.

KoBoToolbox rings for new interviews only, gives up on most errors, and keeps our answer in its log.
"""

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend import keys
from backend.app.guard import Gate, open_to
from backend.app.state import state
from backend.doorbell import is_password
from backend.store.due import PULL
from backend.store.engine import transaction
from backend.store.forms import form_head
from backend.wake import wake

blueprint = Blueprint("doorbell", __name__)


@blueprint.post("/doorbell")
@open_to(Gate.OWN_TOKEN)
def ring() -> Response:
    """The same answer for a wrong password and for a form that is not there."""
    who = request.authorization
    form_id, given = (who.username or "", who.password or "") if who and who.type == "basic" else ("", "")
    if not is_password(keys.field_key(state().settings), form_id, given):
        return Response(status=401)
    try:
        with transaction(state().engine) as session:
            _wake(session, form_id)
    except SQLAlchemyError:
        return busy()
    return Response(status=202)


@blueprint.errorhandler(429)
def busy(_error: Exception | None = None) -> Response:
    """Of all refusals only this one makes the server ring again later."""
    return Response(status=503)


def _wake(session: Session, form_id: str) -> None:
    head = form_head(session, form_id)
    if head is not None and not head.practice:
        wake(session, PULL, form_id)
