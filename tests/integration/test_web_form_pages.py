"""The pages of the web form as the server gives them: their own policy, no session, and what is in them for whom."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from sqlalchemy import Engine, delete, insert, update

from backend.access import Role
from backend.app.pages import webform
from backend.store.accounts import LANGUAGES
from backend.store.engine import transaction
from backend.store.letter_keys import LetterKey, opens_until
from backend.store.tables import form, form_media, form_version

FILL = "/fill/some-token"


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[APIFlask]:
    """With or without the published files, which only a browser needs."""
    monkeypatch.setattr(webform, "is_up_to_date", lambda: True)
    web_site.add_survey(sqlite_engine)
    with web_site.site(sqlite_engine, tmp_path) as app:
        yield app


def _told(page: Any) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="given">(.*?)</script>', page.get_data(as_text=True), re.S)
    assert found is not None
    told: dict[str, Any] = json.loads(found[1])
    return told


def _policy(page: Any) -> dict[str, str]:
    parts = page.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


def test_filling_in_sets_no_cookie_and_reaches_its_own_letterbox_only(app: APIFlask) -> None:
    page = app.test_client().get(FILL)

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    reached = _policy(page)["connect-src"].split()
    assert [where.partition("//")[2].partition("/")[2] for where in reached if where != "data:"] == [
        "letterbox/some-token/",
        "fill/",
        "static/",
    ]
    assert "'unsafe-eval'" not in _policy(page)["script-src"]
    assert "allow-popups" not in _policy(page)["sandbox"]


def test_the_preview_has_no_origin_and_may_ask_for_nothing(app: APIFlask, sqlite_engine: Engine) -> None:
    page = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER).get(f"/preview/{web_site.FORM}")

    assert "Set-Cookie" not in page.headers
    assert _policy(page)["sandbox"] == "allow-scripts allow-forms"
    assert _policy(page)["connect-src"] == "data:"


def test_every_other_page_keeps_the_strict_policy(app: APIFlask) -> None:
    assert _policy(app.test_client().get("/login"))["script-src"] == "'self'"


def test_the_form_and_its_files_are_in_the_preview(app: APIFlask, sqlite_engine: Engine) -> None:
    xform = "<x>‏نعم</x></script><script>alert(1)</script>".encode()
    row = {"form_id": web_site.FORM, "version": "2026111501", "filename": "adm2.csv", "content": b"name\n", "md5": "0"}
    with transaction(sqlite_engine) as session:
        session.execute(update(form_version).values(xform=xform))
        session.execute(insert(form_media).values(**row))

    page = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER).get(f"/preview/{web_site.FORM}")

    assert (_told(page)["xform"].encode(), _told(page)["media"]) == (xform, {"adm2.csv": "name\n"})


def test_a_version_that_was_never_deployed_can_be_previewed(app: APIFlask, sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        session.execute(update(form).values(state="draft", current_version=None))
        session.execute(update(form_version).values(deployed_on=None))
    visitor = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    assert visitor.get(f"/preview/{web_site.FORM}").status_code == 200
    assert visitor.get(f"/preview/{web_site.FORM}?version=2026111501").status_code == 200
    assert visitor.get(f"/preview/{web_site.FORM}?version=no").status_code == 404


def test_who_may_not_see_forms_sees_no_preview(app: APIFlask, sqlite_engine: Engine) -> None:
    assert app.test_client().get(f"/preview/{web_site.FORM}").status_code == 302
    partner = web_site.visitor(app, sqlite_engine, Role.PARTNER)
    assert partner.get(f"/preview/{web_site.FORM}").status_code == 403


def test_a_form_without_versions_has_no_preview(app: APIFlask, sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        session.execute(delete(form_version))

    visitor = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    assert visitor.get(f"/preview/{web_site.FORM}").status_code == 404


def test_every_text_is_there_in_every_language(app: APIFlask) -> None:
    words = _told(app.test_client().get(FILL))["words"]

    assert set(words) == set(LANGUAGES)
    assert {frozenset(texts) for texts in words.values()} == {frozenset(words["en"])}
    assert [key for key in words["en"] if words["en"][key] == words["ar"][key]] == []


def test_without_the_published_files_the_page_says_what_to_do(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webform, "is_up_to_date", lambda: False)

    page = app.test_client().get(FILL)

    assert page.status_code == 503
    assert "make assets" in page.get_data(as_text=True)


def test_the_service_worker_rules_over_its_own_folder_only(app: APIFlask) -> None:
    script = app.test_client().get("/fill/offline.js")

    assert script.mimetype == "text/javascript"
    assert "Service-Worker-Allowed" not in script.headers
    assert _policy(script) == {"default-src": "'none'", "connect-src": "'self'"}


@pytest.mark.parametrize(
    ("retention", "day"), [(0, date(2026, 11, 30)), (14, date(2026, 12, 14)), (30, date(2026, 12, 30))]
)
def test_a_page_is_told_until_when_its_letters_surely_open(retention: int, day: date) -> None:
    assert opens_until(LetterKey("2026-11-1", "2026-11", b""), retention) == day
