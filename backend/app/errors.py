"""Error pages in the reader's language, and JSON problems for scripts. Neither repeats anything that was sent."""

from dataclasses import dataclass

import structlog
from apiflask import HTTPError
from flask import Flask, Response, current_app, g, json, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from backend.access import AccessDeniedError
from backend.store.failure import DATABASE_AWAY

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, and what to do."""

    status: int
    title: LazyString
    remedy: LazyString


_BAD_REQUEST = Problem(
    400, _l("This request could not be understood"), _l("Go back, check what you entered and try again.")
)
_UNAVAILABLE = Problem(
    503,
    _l("The database cannot be reached"),
    _l("Nothing was lost. Try again in a minute; if it stays so, tell your administrator."),
)
_BROKEN = Problem(
    500,
    _l("Something went wrong on our side"),
    _l("Try again. If it happens again, tell your administrator when it happened and on which page."),
)
_OLD_PAGE = Problem(400, _l("This page was open for too long"), _l("Go back, reload the page and send the form again."))
PROBLEMS = {
    problem.status: problem
    for problem in (
        _BAD_REQUEST,
        Problem(401, _l("You are not signed in"), _l("Sign in, or send a valid token.")),
        Problem(
            403,
            _l("Your account may not see this"),
            _l("Roles and areas decide who sees what. If your work needs this page, ask your administrator."),
        ),
        Problem(404, _l("There is no such page"), _l("Check the address, or start again from the first page.")),
        Problem(405, _l("This address does not take that"), _l("Use the buttons and links of the pages.")),
        Problem(413, _l("This is too large"), _l("Send less at once.")),
        Problem(422, _l("A part of the request has a wrong form"), _l("Check the parameters of the request.")),
        Problem(429, _l("Too many tries"), _l("Wait a few minutes, then try again.")),
        _BROKEN,
        _UNAVAILABLE,
    )
}


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(HTTPError, lambda error: answer(PROBLEMS.get(error.status_code, _BAD_REQUEST)))
    app.register_error_handler(CSRFError, lambda _error: answer(_OLD_PAGE))
    app.register_error_handler(AccessDeniedError, lambda _error: answer(PROBLEMS[403]))
    for error in DATABASE_AWAY:
        app.register_error_handler(error, _database_away)


def _http_error(error: HTTPException) -> Response:
    """Werkzeug's own description can quote the request, so only the number of the error is used."""
    status = error.code or 500
    if isinstance(error, SecurityError):
        # A host name that is not ours: no page can be built, since its links would have no address.
        return Response("400 Bad Request\n", status=400, mimetype="text/plain")
    if status < 400:
        return make_response(error.get_response())
    problem = PROBLEMS.get(status, _BAD_REQUEST if status < 500 else _BROKEN)
    response = answer(problem, status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _database_away(error: Exception) -> Response:
    _log.error("database_away", exc_info=error)
    return answer(_UNAVAILABLE)


def answer(problem: Problem, status: int | None = None) -> Response:
    code = status or problem.status
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": str(problem.title), "status": code, "detail": str(problem.remedy)}
        return Response(json.dumps(body), status=code, mimetype="application/problem+json")
    if code >= 500:
        # Whatever is broken, the page about it must not need it: it asks the database for nobody.
        g._login_user = current_app.extensions["security"].login_manager.anonymous_user()
    return make_response(render_template("error.html", problem=problem, back="/"), code)
