"""What every answer carries and never carries: headers, caching, error pages, log lines."""

import gzip
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from sqlalchemy import Engine

from backend.access import Role
from backend.app import state
from backend.app.errors import PROBLEMS

TEMPLATES = Path(__file__).parents[2] / "backend" / "app" / "templates"
CANARY = "Amina-0944123456"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    with web_site.site(sqlite_engine, tmp_path) as app:
        yield app


# ---- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/", "/nothing-here", "/api/v1/forms", "/static/fieldveil.css", "/healthz"])
def test_every_answer_forbids_what_is_not_ours(app: APIFlask, path: str) -> None:
    headers = app.test_client().get(path).headers

    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_nothing_inline_is_allowed() -> None:
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_a_script_or_a_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    data = r"\stype=\"(?:importmap|application/json)\""
    assert not re.search(rf"<script(?![^>]*(?:\ssrc=|{data}))|<style|\sstyle=|\son\w+=|javascript:", text)


@pytest.mark.parametrize("path", ["/", "/account", "/forms", "/live", "/api/v1/forms", "/login"])
def test_private_pages_are_not_cached(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_static_file_is_kept_for_good_under_the_address_of_its_content(app: APIFlask) -> None:
    client = app.test_client()
    address = re.findall(r'"(/static/fieldveil\.css\?v=\w+)"', client.get("/login").get_data(as_text=True))[0]

    headers = {found: client.get(found).headers["Cache-Control"] for found in (address, "/static/fieldveil.css?v=old")}

    assert headers == {
        address: "public, max-age=31536000, immutable",
        "/static/fieldveil.css?v=old": "no-cache",
    }


def test_a_static_file_is_sent_compressed(app: APIFlask) -> None:
    client = app.test_client()

    small = client.get("/static/charts.js", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/static/charts.js")

    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_https_is_asked_for_in_production_only(app: APIFlask, sqlite_engine: Engine, tmp_path: Path) -> None:
    here = app.test_client().get("/login").headers
    with web_site.production_site(sqlite_engine, tmp_path) as production:
        there = production.test_client().get("/login").headers

    assert "Strict-Transport-Security" not in here
    assert there["Strict-Transport-Security"].startswith("max-age=63072000")


def test_in_production_another_host_name_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    with web_site.production_site(sqlite_engine, tmp_path) as app:
        answer = app.test_client().get("/login", base_url="https://evil.example")

    assert answer.status_code == 400


def _seen_from(app: APIFlask) -> str | None:
    seen: list[str | None] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(web_site.remote_address()))
    app.test_client().get("/login", headers={"X-Forwarded-For": "203.0.113.9"})
    return seen[0]


def test_what_a_client_says_about_itself_counts_behind_the_proxy_only(
    app: APIFlask, sqlite_engine: Engine, tmp_path: Path
) -> None:
    direct = _seen_from(app)
    with web_site.production_site(sqlite_engine, tmp_path) as production:
        proxied = _seen_from(production)

    assert (direct, proxied) == ("127.0.0.1", "203.0.113.9")


# ---- errors ----------------------------------------------------------------------------------------------------------


def _broken() -> str:
    raise ValueError(CANARY)


@pytest.fixture
def live(app: APIFlask, sqlite_engine: Engine) -> Any:
    """As outside of tests: errors become pages. One route breaks, with a value in its exception."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/broken", "health.broken", web_site.open_to_anyone(_broken))
    app.add_url_rule("/api/v1/broken", "health.broken_api", web_site.open_to_anyone(_broken))
    return web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing/" + CANARY, 404),
        ("/export/" + CANARY + ".csv", 404),
        ("/forms/" + CANARY + "/1.xlsx", 404),
        ("/protection?q=" + CANARY, 403),
        ("/broken", 500),
        ("/api/v1/broken", 500),
        ("/api/v1/nothing/" + CANARY, 404),
        ("/api/v1/areas?level=" + CANARY, 422),
        ("/api/v1/answers?period=" + CANARY, 422),
        ("/api/v1/monitor/effort?period=" + CANARY, 422),
    ],
)
def test_an_error_never_repeats_what_was_sent(live: Any, path: str, status: int) -> None:
    answer = live.get(path)

    assert answer.status_code == status
    assert CANARY not in answer.get_data(as_text=True)


def test_the_log_of_an_error_holds_no_value(live: Any, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.INFO)

    live.get("/broken", headers={"X-Name": CANARY})
    live.get("/letterbox/" + CANARY + "/formList")

    told = capsys.readouterr().err
    assert "in _broken" in told
    assert "rule=/broken" in told
    assert CANARY not in told
    assert "Amina" not in told


def test_an_error_of_the_interface_is_a_problem_in_json(live: Any) -> None:
    answer = live.get("/api/v1/nothing")

    assert answer.mimetype == "application/problem+json"
    assert set(json.loads(answer.data)) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize(("language", "title"), [("fr", "Cette page n’existe pas"), ("ar", "هذه الصفحة غير موجودة")])
def test_an_error_page_speaks_the_language_of_the_reader(live: Any, language: str, title: str) -> None:
    page = live.get("/nothing", headers={"Accept-Language": language}).get_data(as_text=True)

    assert f"<h1>{title}</h1>" in page


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500, 503])
def test_an_error_page_says_what_to_do(status: int) -> None:
    assert len(str(PROBLEMS[status].remedy._args[0])) > 15


def test_a_form_that_is_too_large_is_not_read(live: Any) -> None:
    answer = live.post("/login", data={"email": "x" * 200_000})

    assert answer.status_code == 413


def test_a_database_that_is_away_is_said_so_on_a_page_that_needs_none(live: Any, app: APIFlask) -> None:
    engine = state.of(app).engine
    engine.dispose()
    Path(str(engine.url.database)).unlink()

    answer = live.get("/")

    assert answer.status_code == 503
    assert "The database cannot be reached" in answer.get_data(as_text=True)


def test_health_fails_when_the_database_is_away(
    live: Any, app: APIFlask, sqlite_engine: Engine, tmp_path: Path
) -> None:
    engine = state.of(app).engine
    engine.dispose()
    Path(str(engine.url.database)).write_bytes(b"this is no database, whatever its name says" * 100)

    assert live.get("/healthz").status_code == 500
