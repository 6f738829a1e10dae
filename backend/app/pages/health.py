"""Whether this process serves: asked by the proxy and by Docker, tells nothing else."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from backend.app.guard import Gate, open_to
from backend.app.state import state
from backend.store.engine import reading
from backend.store.monitor import is_alive

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to(Gate.ANYONE)
def healthz() -> ResponseReturnValue:
    with reading(state().engine) as session:
        is_alive(session)
    return {"status": "ok"}
