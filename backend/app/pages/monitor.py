"""The monitor: how the work goes, live. The part that changes is asked for again every half minute."""

import re
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from backend.access import Permission
from backend.app.board import Board, Choice, build_board
from backend.app.guard import open_to
from backend.app.language import language
from backend.app.places import area_name
from backend.app.state import state, viewer
from backend.store import areas
from backend.store.engine import reading

blueprint = Blueprint("monitor", __name__)
_PERIOD = re.compile(r"\d{4}-\d{2}")


@blueprint.get("/")
@open_to(Permission.SEE_WORK)
def show() -> ResponseReturnValue:
    return _page("monitor.html", *_board())


@blueprint.get("/live")
@open_to(Permission.SEE_WORK)
def live() -> ResponseReturnValue:
    """Only the time of the look is sent when no figure has changed: charts stay as they are."""
    board, now = _board()
    if request.args.get("seen") != board.fingerprint:
        return _page("parts/live.html", board, now)
    unchanged = make_response(render_template("parts/as_of.html", now=now, apart=True))
    unchanged.headers["HX-Reswap"] = "none"
    return unchanged


@blueprint.get("/map/<int:level>.json")
@open_to(Permission.SEE_WORK)
def shapes(level: int) -> ResponseReturnValue:
    """Polygons of the areas of level 1 or 2, named by p-code; the page puts figures and names on them."""
    if level not in (1, 2):
        abort(404)
    with reading(state().engine) as session:
        set_id = areas.current_id(session)
        found = (
            {"type": "FeatureCollection", "features": []} if set_id is None else areas.shapes(session, set_id, level)
        )
    return jsonify(found)


def _board() -> tuple[Board, datetime]:
    now = datetime.now(UTC)
    with reading(state().engine) as session:
        board = build_board(
            session,
            viewer(),
            _choice(),
            places=state().places,
            now=now,
            pull_every=state().settings.pull_every_seconds,
        )
    return board, now


def _choice() -> Choice:
    period = request.args.get("period", "")
    return Choice(
        form_id=request.args.get("form") or None,
        period=period if _PERIOD.fullmatch(period) else None,
        level=1 if request.args.get("level") == "1" else 2,
    )


def _page(template: str, board: Board, now: datetime) -> Response:
    with reading(state().engine) as session:
        registry = state().places.current(session)

    def name(pcode: str) -> str:
        return area_name(registry, pcode, language())

    return make_response(render_template(template, board=board, now=now, area_name=name))
