"""Every route says who may call it, and the application holds itself to it:

1. no route is silent; 2. a silent route is closed; 3. nobody gets in without signing in; 4. each role gets its pages
and no other; 5. an account limited to areas has no export; 6. a sensitive role needs a second factor in production.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import web_site
from apiflask import APIFlask
from sqlalchemy import Engine

from backend.access import GRANTS, Permission, Role
from backend.app.guard import LIBRARY_ROUTES, Gate, access_of
from mappings.areas import demo

PAGES = {
    "/": Permission.SEE_WORK,
    "/live": Permission.SEE_WORK,
    "/map/1.json": Permission.SEE_WORK,
    "/forms": Permission.SEE_FORMS,
    f"/forms/{web_site.FORM}/2026111501.xlsx": Permission.SEE_FORMS,
    f"/forms/{web_site.FORM}/versions": Permission.SEE_FORMS,
    "/catalogue": Permission.SEE_FORMS,
    "/catalogue/CTE-COM-013": Permission.SEE_FORMS,
    "/catalogue.xlsx": Permission.SEE_FORMS,
    "/overlay": Permission.MAKE_FORMS,
    "/overlay/template.xlsx": Permission.MAKE_FORMS,
    "/drafts": Permission.MAKE_FORMS,
    **{
        f"/drafts/{web_site.DRAFT}{page}": Permission.MAKE_FORMS
        for page in (
            "",
            "/details",
            "/checks",
            "/checks/engine",
            "/files",
            "/brief.xlsx",
            "/brief.yaml",
            "/roster.xlsx",
        )
    },
    f"/drafts/{web_site.DRAFT}/form.zip": Permission.MAKE_FORMS,
    "/servers": Permission.SEE_SERVERS,
    "/losses": Permission.DECIDE_LOSSES,
    "/conflicts": Permission.DECIDE_LOSSES,
    "/answers": Permission.SEE_ANSWERS,
    "/export": Permission.EXPORT_ANSWERS,
    f"/export/{web_site.SURVEY}.csv": Permission.EXPORT_ANSWERS,
    "/inbox": Permission.SEE_INBOX,
    "/protection": Permission.SEE_PROTECTION,
    "/api/v1/forms": Permission.SEE_FORMS,
    "/api/v1/areas": Permission.SEE_WORK,
    "/api/v1/monitor/daily": Permission.SEE_WORK,
    "/api/v1/monitor/outcomes": Permission.SEE_WORK,
    "/api/v1/monitor/verdicts": Permission.SEE_WORK,
    "/api/v1/answers": Permission.SEE_ANSWERS,
}

LINKS = ("/", "/forms", "/catalogue", "/drafts", "/servers", "/answers", "/export", "/inbox", "/protection")


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.fill(sqlite_engine)
    web_site.add_draft(sqlite_engine, web_site.demo_draft())
    with web_site.site(sqlite_engine, tmp_path) as app:
        yield app


def test_every_route_says_who_may_call_it(app: APIFlask) -> None:
    silent = [rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None]

    assert silent == [], "Put @open_to(...) on the function"


def test_routes_open_to_anyone_are_the_few_that_must_be(app: APIFlask) -> None:
    anyone = {rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is Gate.ANYONE}

    assert anyone == {
        "static",
        "health.healthz",
        "entry.show",
        "entry.redeem",
        "account.choose_language",
        "security.login",
        "security.logout",
        "security.two_factor_setup",
        "webform.offline",
        "security.two_factor_token_validation",
    }


def test_the_list_of_library_routes_names_no_route_that_is_gone(app: APIFlask) -> None:
    assert set(LIBRARY_ROUTES) <= set(app.view_functions)


def test_a_route_that_says_nothing_is_closed(app: APIFlask, sqlite_engine: Engine) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "answers")
    client = web_site.visitor(app, sqlite_engine, *Role, teams=web_site.NORTH)

    assert client.get("/forgotten").status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_nobody_gets_in_without_signing_in(app: APIFlask, path: str) -> None:
    answer = app.test_client().get(path)

    assert answer.status_code == (401 if path.startswith("/api/") else 302)


def test_after_signing_in_one_is_led_back_to_a_page_and_never_to_a_change(app: APIFlask) -> None:
    client = app.test_client()
    sent = {"csrf_token": web_site.form_token(client, "/login")}

    assert client.get("/forms?kind=all").headers["Location"] == "/login?next=/forms?kind%3Dall"
    assert client.post("/account/sign-out-everywhere", data=sent).headers["Location"] == "/login"


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_its_pages_and_no_other(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role, teams=web_site.NORTH)

    found = {path: client.get(path).status_code for path in PAGES}

    assert found == {path: 200 if permission in GRANTS[role] else 403 for path, permission in PAGES.items()}


@pytest.mark.parametrize("role", Role)
def test_a_page_links_only_to_what_its_reader_may_see(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role, teams=web_site.NORTH)

    page = client.get("/").get_data(as_text=True)

    linked = {path for path in LINKS if f'href="{path}"' in page}
    assert linked == {path for path in LINKS if PAGES[path] in GRANTS[role]}


@pytest.mark.parametrize("path", ["/phones", "/phones/1/code", "/phones/1/revoke"])
def test_who_may_not_manage_phones_cannot(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR)

    assert web_site.post(client, path, label="team-9", form=web_site.FORM).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/drafts",
        "/catalogue/workbook",
        "/overlay",
        *(f"/drafts/{web_site.DRAFT}/{do}" for do in ("indicators", "prospect", "details", "upload", "upload/confirm")),
        *(f"/drafts/{web_site.DRAFT}/{do}" for do in ("upload/discard", "checks", "deploy", "delete")),
    ],
)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.COORDINATOR])
def test_who_makes_no_forms_can_change_no_draft(app: APIFlask, sqlite_engine: Engine, role: Role, path: str) -> None:
    client = web_site.visitor(app, sqlite_engine, role)

    assert web_site.post(client, path).status_code == 403


@pytest.mark.parametrize("path", ["/export", f"/export/{web_site.SURVEY}.csv"])
def test_the_export_covers_all_areas_so_a_limited_account_has_none(
    app: APIFlask, sqlite_engine: Engine, path: str
) -> None:
    area = demo.load().level(1)[0].pcode
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER, areas=frozenset({area}))

    assert client.get(path).status_code == 403


def test_a_closed_account_is_out_at_once(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR)
    web_site.close_account(sqlite_engine, "amina")

    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    ("role", "status"), [(Role.IM_OFFICER, 302), (Role.ADMIN, 302), (Role.COORDINATOR, 200), (Role.PARTNER, 200)]
)
def test_in_production_a_sensitive_role_needs_a_second_factor(
    sqlite_engine: Engine, tmp_path: Path, role: Role, status: int
) -> None:
    with web_site.production_site(sqlite_engine, tmp_path) as app:
        client = web_site.visitor(app, sqlite_engine, role)

        answer = client.get("/")

        assert answer.status_code == status


def test_where_a_second_factor_is_missing_one_is_sent_to_set_it_up(sqlite_engine: Engine, tmp_path: Path) -> None:
    with web_site.production_site(sqlite_engine, tmp_path) as app:
        client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

        answer = client.get("/answers")

        assert answer.headers["Location"].endswith("/account/second-factor")
