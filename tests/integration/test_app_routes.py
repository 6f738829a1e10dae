"""Each route of the application stands here once more with who may call it, and is called by everybody.

1. The table holds every route and no other: a new one is decided about twice. 2. It says what the code says.
3. Whoever may not is turned away, whatever the method, also as a part of a page. 4. Whoever may, is not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from backend.access import GRANTS, Permission, Role
from backend.app.guard import Access, Gate, access_of

ROUTES: dict[Access, str] = {
    Gate.ANYONE: """
        GET /enter/<token>
        POST /enter
        GET /fill/offline.js
        GET /healthz
        POST /language
        GET /login
        POST /login
        GET /login/code
        POST /login/code
        POST /logout
        GET /account/second-factor
        POST /account/second-factor
        GET /static/<path:filename>
    """,
    Gate.OWN_TOKEN: """
        POST /doorbell
        GET /fill/<token>
        GET /letterbox/<token>/formList
        GET /letterbox/<token>/forms/<form_id>/<version>.xml
        GET /letterbox/<token>/forms/<form_id>/<version>/manifest
        GET /letterbox/<token>/forms/<form_id>/<version>/media/<filename>
        POST /letterbox/<token>/forms/<form_id>/letters/<letter_id>
        GET /letterbox/<token>/key
        HEAD /letterbox/<token>/submission
        POST /letterbox/<token>/submission
    """,
    Gate.CLOSED: """
        GET /login/code/help
        POST /login/code/help
        GET /login/code/select
        POST /login/code/select
    """,
    Gate.SIGNED_IN: """
        GET /account
        GET /account/password
        POST /account/password
        POST /account/second-factor/<token>
        POST /account/sign-out-everywhere
        POST /account/token
        GET /api/v1/openapi.json
        GET /verify
        POST /verify
    """,
    Permission.SEE_WORK: """
        GET /
        GET /api/v1/areas
        GET /api/v1/monitor/counts
        GET /api/v1/monitor/coverage
        GET /api/v1/monitor/daily
        GET /api/v1/monitor/effort
        GET /api/v1/monitor/letters
        GET /api/v1/monitor/outcomes
        GET /api/v1/monitor/pulls
        GET /api/v1/monitor/rejects
        GET /api/v1/monitor/verdicts
        GET /live
        GET /map/<int:level>.json
    """,
    Permission.SEE_FORMS: """
        GET /api/v1/forms
        GET /api/v1/forms/<form_id>/versions
        GET /catalogue
        GET /catalogue.xlsx
        GET /catalogue/<indicator_id>
        GET /forms
        GET /forms/<form_id>/<version>.xlsx
        GET /forms/<form_id>/diff
        GET /forms/<form_id>/versions
        GET /preview/<form_id>
    """,
    Permission.MAKE_FORMS: """
        POST /catalogue/workbook
        GET /drafts
        POST /drafts
        GET /drafts/<draft_id>
        GET /drafts/<draft_id>/brief.xlsx
        GET /drafts/<draft_id>/brief.yaml
        GET /drafts/<draft_id>/checks
        POST /drafts/<draft_id>/checks
        GET /drafts/<draft_id>/checks/engine
        POST /drafts/<draft_id>/delete
        POST /drafts/<draft_id>/deploy
        GET /drafts/<draft_id>/details
        POST /drafts/<draft_id>/details
        GET /drafts/<draft_id>/dictionary.xlsx
        GET /drafts/<draft_id>/files
        GET /drafts/<draft_id>/form.xlsx
        GET /drafts/<draft_id>/form.zip
        POST /drafts/<draft_id>/indicators
        GET /drafts/<draft_id>/overlay
        POST /drafts/<draft_id>/overlay
        GET /drafts/<draft_id>/overlay.xlsx
        GET /drafts/<draft_id>/overlay.yaml
        POST /drafts/<draft_id>/overlay/confirm
        POST /drafts/<draft_id>/overlay/discard
        POST /drafts/<draft_id>/overlay/remove
        GET /drafts/<draft_id>/overlay/review
        GET /drafts/<draft_id>/paper-<language>.html
        GET /drafts/<draft_id>/preview
        POST /drafts/<draft_id>/prospect
        GET /drafts/<draft_id>/roster.xlsx
        GET /drafts/<draft_id>/upload
        POST /drafts/<draft_id>/upload
        POST /drafts/<draft_id>/upload/confirm
        POST /drafts/<draft_id>/upload/discard
        GET /forms/<form_id>/foreign
        POST /forms/<form_id>/foreign/adopt
        POST /forms/<form_id>/foreign/look
        GET /forms/<form_id>/foreign/status
        GET /overlay
        POST /overlay
        GET /overlay/template.xlsx
        GET /translations
        POST /translations
        GET /translations/<code>
        GET /translations/<code>.xlsx
    """,
    Permission.MANAGE_PHONES: """
        POST /phones
        POST /phones/<int:number>/code
        POST /phones/<int:number>/revoke
    """,
    Permission.SEE_SERVERS: """
        GET /servers
        GET /servers/<server_id>/status
    """,
    Permission.MANAGE_SERVERS: """
        POST /servers
        POST /servers/<server_id>/credentials
        POST /servers/<server_id>/remove
        POST /servers/<server_id>/test
    """,
    Permission.DECIDE_LOSSES: """
        GET /conflicts
        POST /conflicts/<form_id>/<int:number>
        GET /losses
        POST /losses/<form_id>
    """,
    Permission.SEE_ANSWERS: """
        GET /answers
        GET /api/v1/answers
    """,
    Permission.EXPORT_ANSWERS: """
        GET /export
        GET /export/<survey_id>.csv
    """,
    Permission.SEE_INBOX: """
        GET /inbox
        POST /inbox/<int:note_id>/handled
    """,
    Permission.SEE_PROTECTION: """
        GET /protection
    """,
}


TABLE: dict[str, Access] = {
    line.strip(): access for access, lines in ROUTES.items() for line in lines.strip().splitlines()
}
GIVEN = {
    # Nothing of this name is there: whoever may come in hears so, and no form is built for it.
    "draft_id": "e" * 32,
    "token": "t" * 43,
    "server_id": "nowhere",
    "form_id": web_site.FORM,
    "survey_id": web_site.SURVEY,
    "indicator_id": "CTE-COM-013",
    "version": "1",
    "language": "en",
    "code": "fr",
    "int:level": "1",
    "int:number": "99",
    "int:note_id": "99",
}
PERMITTED = {route: access for route, access in TABLE.items() if isinstance(access, Permission)}
CLOSED = [route for route, access in TABLE.items() if access is Gate.CLOSED]
INSIDE = [*PERMITTED, *(route for route, access in TABLE.items() if access is Gate.SIGNED_IN)]


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.fill(sqlite_engine)
    with web_site.site(sqlite_engine, tmp_path, log_level="ERROR") as app:
        yield app


def _registered(app: APIFlask) -> dict[str, Access | None]:
    """HEAD and OPTIONS come with the others, through the same door; where HEAD stands alone it is named."""
    return {
        f"{method} {rule.rule}": access_of(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
        if method != "HEAD" or "GET" not in (rule.methods or set())
    }


def _path(route: str) -> str:
    return re.sub(r"<([\w:]+)>", lambda found: GIVEN[found[1]], route.partition(" ")[2])


def _ask(client: FlaskClient, route: str, method: str, **headers: str) -> tuple[int, str]:
    found = client.open(_path(route), method=method, headers=headers)
    return found.status_code, found.headers.get("Location", "")


def _methods(route: str) -> tuple[str, ...]:
    method = route.partition(" ")[0]
    return (method, "HEAD", "OPTIONS") if method == "GET" else (method,)


def _is_turned_away(status: int, location: str) -> bool:
    return status in {401, 403} or location.startswith("/login")


# ---- 1 and 2 ---------------------------------------------------------------------------------------------------------


def test_1_the_table_holds_every_route_and_no_other(app: APIFlask) -> None:
    registered = set(_registered(app))

    assert sorted(registered - set(TABLE)) == [], "Decide who may call it, and write it into ROUTES"
    assert sorted(set(TABLE) - registered) == [], "There is no such route any more"


def test_2_the_table_says_what_the_code_says(app: APIFlask) -> None:
    registered = _registered(app)

    assert {route: registered.get(route) for route in TABLE} == TABLE


# ---- 3 and 4 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [{}, {"HX-Request": "true"}, {"Authentication-Token": "no token of anybody"}])
def test_3_nobody_gets_in_without_signing_in(app: APIFlask, extra: dict[str, str]) -> None:
    client = app.test_client()
    headers = {"X-CSRFToken": web_site.form_token(client), **extra}

    asked = {(route, method): _ask(client, route, method, **headers) for route in INSIDE for method in _methods(route)}

    assert [place for place, answer in asked.items() if not _is_turned_away(*answer)] == []


@pytest.mark.parametrize("role", Role)
def test_3_a_role_is_turned_away_where_it_may_not(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role, teams=web_site.NORTH)
    headers = {"X-CSRFToken": web_site.form_token(client, "/account")}
    forbidden = [route for route, needed in PERMITTED.items() if needed not in GRANTS[role]]

    asked = {
        (route, method): _ask(client, route, method, **headers)[0] for route in forbidden for method in _methods(route)
    }

    assert {place: status for place, status in asked.items() if status != 403} == {}


@pytest.mark.parametrize("role", Role)
def test_4_a_role_is_let_in_where_it_may(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role, teams=web_site.NORTH)
    headers = {"X-CSRFToken": web_site.form_token(client, "/account")}
    allowed = [route for route, needed in PERMITTED.items() if needed in GRANTS[role]]

    asked = {route: _ask(client, route, route.partition(" ")[0], **headers) for route in allowed}

    assert [route for route, answer in asked.items() if _is_turned_away(*answer)] == []


@pytest.mark.parametrize("route", CLOSED)
def test_3_what_is_closed_is_closed_for_everybody(app: APIFlask, sqlite_engine: Engine, route: str) -> None:
    client = web_site.visitor(app, sqlite_engine, *Role, teams=web_site.NORTH)
    headers = {"X-CSRFToken": web_site.form_token(client, "/account")}

    assert {_ask(client, route, method, **headers)[0] for method in _methods(route)} == {404}
