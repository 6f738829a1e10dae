"""Every route says who may call it, and a route that says nothing is closed."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

import structlog
from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug import Response

from backend.access import NEED_SECOND_FACTOR, Permission, check_access
from backend.app.state import State, account, state, viewer

_View = TypeVar("_View", bound=Callable[..., Any])
_MARK: Final = "__open_to__"
_log = structlog.get_logger(__name__)


class Gate(StrEnum):
    """Who may call a route that needs no permission."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    OWN_TOKEN = "own_token"  # noqa: S105 (the name of a gate: the letterbox checks the token in its path)
    CLOSED = "closed"


Access = Gate | Permission

# Routes of libraries, which cannot carry the decorator. Those of the letterbox begin with `letterbox.`.
LIBRARY_ROUTES: Mapping[str, Access] = {
    "static": Gate.ANYONE,
    "openapi.spec": Gate.SIGNED_IN,
    "security.login": Gate.ANYONE,
    "security.logout": Gate.ANYONE,
    "security.verify": Gate.SIGNED_IN,
    "security.change_password": Gate.SIGNED_IN,
    # Both are also steps of signing in; Flask-Security itself asks for the password first.
    "security.two_factor_setup": Gate.ANYONE,
    "security.two_factor_token_validation": Gate.ANYONE,
    "security.two_factor_setup_validate": Gate.SIGNED_IN,
    # Both would need mail or a second method; a lost phone is settled by an administrator.
    "security.two_factor_rescue": Gate.CLOSED,
    "security.tf_select": Gate.CLOSED,
}
_LETTERBOX: Final = "letterbox."
# Where a person without a second factor may go: to set it up, and out.
_BEFORE_SECOND_FACTOR: Final = frozenset({"account.show", "account.choose_language"})


def open_to(access: Access) -> Callable[[_View], _View]:
    """The decorator nearest to the function."""

    def mark(view: _View) -> _View:
        setattr(view, _MARK, access)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What a route declares; None when it declares nothing."""
    if endpoint.startswith(_LETTERBOX):
        return Gate.OWN_TOKEN
    declared: Access | None = getattr(app.view_functions.get(endpoint), _MARK, None)
    return LIBRARY_ROUTES.get(endpoint, declared)


def install(app: Flask) -> None:
    app.before_request(enforce)


def enforce() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None
    access = access_of(current_app, endpoint)
    if endpoint.startswith("security.") and request.is_json:
        # Sign-in limits count what a form sends; a second door would go around them.
        abort(415)
    if access in {Gate.ANYONE, Gate.OWN_TOKEN}:
        return None
    if access is Gate.CLOSED:
        abort(404)
    if access is None:
        _log.error("route_without_access", endpoint=endpoint)
        abort(403)
    if not current_user.is_authenticated:
        return sign_in_first()
    if _lacks_second_factor(state(), endpoint):
        flash(_("Your role needs a second factor. Set it up before you go on."), "warning")
        return redirect(url_for("security.two_factor_setup"))
    if isinstance(access, Permission):
        check_access(viewer(), access)
    return None


def sign_in_first() -> ResponseReturnValue:
    """Pages go to the sign-in page, scripts get a plain 401, and a part of a page sends the whole page there."""
    if request.path.startswith("/api/"):
        abort(401)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("security.login")})
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("security.login", next=wanted))


def _lacks_second_factor(now: State, endpoint: str) -> bool:
    person = account()
    if not now.is_production or person is None:
        return False
    if endpoint in _BEFORE_SECOND_FACTOR or endpoint.startswith("security."):
        return False
    return person.tf_primary_method is None and bool(person.viewer.roles & NEED_SECOND_FACTOR)
