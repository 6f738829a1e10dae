"""What the pages show to whom, as a reader without JavaScript finds it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from backend.access import Role, Team
from backend.app import words
from backend.store.app_users import list_app_users
from backend.store.engine import reading, transaction
from backend.store.tables import app_user, audit, inbox, pull
from mappings.areas import demo
from mappings.model import Clock, Outcome, Reason, Status

EVERY_PAGE = ("/", "/forms", "/answers", "/account", "/export", "/inbox", "/protection")
ID = r'\sid="([^"]+)"'
FIRST = demo.load().level(1)[0]


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.fill(sqlite_engine)
    with web_site.site(sqlite_engine, tmp_path) as app:
        yield app


def _text(client: FlaskClient, path: str, **headers: str) -> str:
    page: str = client.get(path, headers=headers).get_data(as_text=True)
    return page


def _tags_gone(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def _actions(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(audit.c.action)))


# ---- the monitor -----------------------------------------------------------------------------------------------------


def test_the_monitor_shows_the_figures_in_tables(app: APIFlask, sqlite_engine: Engine) -> None:
    page = _tags_gone(_text(web_site.visitor(app, sqlite_engine, Role.COORDINATOR), "/"))

    assert "Stored 60" in page
    assert "Refused 9" in page
    assert "Rejected 3" in page
    assert "Waiting to be read 7" in page
    assert "core/com_01 The code is not in the list of answers 5" in page
    assert "20–24 160" in page
    assert "6 behind, 2 ahead" in page


def test_the_monitor_warns_on_top_when_a_form_was_not_read_for_long(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR)
    at_once = _tags_gone(_text(client, "/"))
    with transaction(sqlite_engine) as session:
        session.execute(update(pull).values(last_finished=datetime.now(UTC) - timedelta(days=1)))

    later = _tags_gone(_text(client, "/"))

    assert "figures that hold" not in at_once
    assert "1 form was not read for some time, or differs from its server" in later


@pytest.mark.parametrize(("areas", "number"), [(frozenset(), 5), (frozenset({FIRST.pcode}), 3)])
def test_each_figure_is_explained(app: APIFlask, sqlite_engine: Engine, areas: frozenset[str], number: int) -> None:
    page = _text(web_site.visitor(app, sqlite_engine, Role.PARTNER, areas=areas), "/")
    figures, words_of_them = (
        re.findall(r"<dt>([^<]+)</dt>", page.split(begin)[1].split("</dl>")[0])
        for begin in ('<dl class="figures">', 'id="figures-explained"')
    )

    assert figures == words_of_them
    assert len(figures) == number


def test_what_is_typed_into_a_terminal_is_shown_as_such() -> None:
    assert words.with_commands("No <worker>: `fieldveil form close`.") == (
        'No &lt;worker&gt;: <code class="code">fieldveil form close</code>.'
    )


def test_a_series_has_the_comma_of_its_language(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.PARTNER, Role.COORDINATOR)

    assert "Coordinator, Partner" in _text(client, "/account")
    assert "منسّق/ة، شريك" in _text(client, "/account", **{"Accept-Language": "ar"})


def test_the_monitor_names_areas_in_the_language_of_the_reader(app: APIFlask, sqlite_engine: Engine) -> None:
    page = _text(web_site.visitor(app, sqlite_engine, Role.COORDINATOR), "/?level=1", **{"Accept-Language": "ar"})

    assert FIRST.names["ar"] in page
    assert '<html lang="ar" dir="rtl">' in page


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROTECTION_FOCAL_POINT])
def test_distress_and_disclosures_are_on_no_page_of_others(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role, teams=web_site.NORTH)

    told = "".join(_text(client, path) for path in ("/", "/forms", "/answers", "/api/v1/monitor/counts"))

    assert "distress" not in told.lower()
    assert "disclosure_action" not in told


def test_the_focal_point_reads_months_that_have_ended(app: APIFlask, sqlite_engine: Engine) -> None:
    page = _tags_gone(_text(web_site.visitor(app, sqlite_engine, Role.PROTECTION_FOCAL_POINT), "/protection"))

    assert f"{web_site.LAST_MONTH} {FIRST.names['en']} Somebody seemed distressed or at risk 3" in page
    assert web_site.MONTH not in page


def test_the_live_part_says_only_the_time_when_nothing_changed(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR)
    address = re.findall(r'hx-get="([^"]+)"', _text(client, "/"))[0].replace("&amp;", "&")

    again = client.get(address, headers={"HX-Request": "true"})

    assert again.headers["HX-Reswap"] == "none"
    assert len(again.data) < 200
    assert b"As of" in again.data


def test_the_live_part_comes_whole_when_a_figure_changed(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR)

    part = client.get("/live?seen=old", headers={"HX-Request": "true"})

    assert b'id="live"' in part.data
    assert b"<html" not in part.data


def test_when_the_session_is_over_the_live_part_sends_the_whole_page_to_sign_in(app: APIFlask) -> None:
    answer = app.test_client().get("/live", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_a_country_without_forms_is_told_what_comes_next(sqlite_engine: Engine, tmp_path: Path) -> None:
    with web_site.site(sqlite_engine, tmp_path) as app:
        assert "There is no form yet" in _text(web_site.visitor(app, sqlite_engine, Role.PARTNER), "/")


@pytest.mark.parametrize("level", [1, 2])
def test_polygons_come_by_p_code(app: APIFlask, sqlite_engine: Engine, level: int) -> None:
    found = web_site.visitor(app, sqlite_engine, Role.PARTNER).get(f"/map/{level}.json").get_json()

    assert {shape["properties"]["name"] for shape in found["features"]} == {
        area.pcode for area in demo.load().level(level)
    }


def test_there_are_no_polygons_of_level_3(app: APIFlask, sqlite_engine: Engine) -> None:
    assert web_site.visitor(app, sqlite_engine, Role.PARTNER).get("/map/3.json").status_code == 404


@pytest.mark.parametrize("path", ["/", "/forms", "/answers", "/account", "/export"])
def test_every_table_has_a_caption_and_named_headers(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    page = _text(web_site.visitor(app, sqlite_engine, Role.IM_OFFICER), path)

    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert all("<caption" in table and 'scope="col"' in table for table in tables)
    assert "<th>" not in page


@pytest.mark.parametrize("path", ["/", "/forms", "/answers", "/account", "/export", "/login"])
def test_every_field_has_a_label_and_every_id_is_given_once(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    client = app.test_client() if path == "/login" else web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)
    page = _text(client, path)

    fields = re.findall(r'<(?:select|input(?![^>]*type="hidden"))[^>]*>', page)
    named = {f'for="{name}"' for name in re.findall(r'\bfor="([^"]+)"', page)}
    asked = {field: f'for="{re.findall(ID, field)[0]}"' for field in fields if "aria-label=" not in field}
    nameless = [field for field, name in asked.items() if name not in named]
    ids = re.findall(ID, page)
    assert nameless == []
    assert len(ids) == len(set(ids))


# ---- forms and phones ------------------------------------------------------------------------------------------------


def test_the_workbook_of_a_version_is_handed_out(app: APIFlask, sqlite_engine: Engine) -> None:
    answer = web_site.visitor(app, sqlite_engine, Role.COORDINATOR).get(f"/forms/{web_site.FORM}/2026111501.xlsx")

    assert answer.data == b"PK-a-workbook"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{web_site.FORM}-2026111501.xlsx"'


def test_phones_are_not_shown_to_who_may_not_manage_them(app: APIFlask, sqlite_engine: Engine) -> None:
    web_site.add_phone(sqlite_engine, "team-secret")

    assert "team-secret" not in _text(web_site.visitor(app, sqlite_engine, Role.COORDINATOR), "/forms")


def _server_url(page: str) -> str:
    return re.findall(r'<code class="token">([^<]+)</code>', page)[0]


def test_a_new_phone_gets_its_code_once(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    page = web_site.post(client, "/phones", label="team-7", form=web_site.FORM).get_data(as_text=True)

    url = _server_url(page)
    assert "<svg" in page
    assert url.startswith("http://127.0.0.1:8080/letterbox/")
    assert url.rsplit("/", 1)[1] not in _text(client, "/forms")


def test_the_code_of_a_new_phone_opens_the_letterbox(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)
    url = _server_url(web_site.post(client, "/phones", label="team-7", form=web_site.FORM).get_data(as_text=True))

    assert app.test_client().get(url.removeprefix("http://127.0.0.1:8080") + "/formList").status_code == 200


def test_a_new_code_ends_the_old_one(app: APIFlask, sqlite_engine: Engine) -> None:
    old = web_site.add_phone(sqlite_engine)
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)

    new = _server_url(web_site.post(client, "/phones/1/code").get_data(as_text=True)).rsplit("/", 1)[1]

    phone = app.test_client()
    found = [phone.get(f"/letterbox/{token}/formList").status_code for token in (old, new)]
    assert found == [403, 200]


def test_a_revoked_phone_gets_nothing_and_its_row_stays(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.add_phone(sqlite_engine)
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)

    web_site.post(client, "/phones/1/revoke")

    assert app.test_client().get(f"/letterbox/{token}/formList").status_code == 403
    assert "revoked on" in _text(client, "/forms")


@pytest.mark.parametrize("path", ["/phones/77/code", "/phones/77/revoke"])
def test_a_phone_that_does_not_exist_is_not_found(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    assert web_site.post(web_site.visitor(app, sqlite_engine, Role.ADMIN), path).status_code == 404


@pytest.mark.parametrize(
    "sent", [{"label": "", "form": web_site.FORM}, {"label": "x"}, {"label": "x", "form": "no such form"}]
)
def test_a_phone_that_cannot_be_made_is_explained(app: APIFlask, sqlite_engine: Engine, sent: dict[str, str]) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)

    web_site.post(client, "/phones", **sent)

    assert "Give the phone or team a short label" in _text(client, "/forms")
    with reading(sqlite_engine) as session:
        assert list_app_users(session) == []


def test_practice_and_real_forms_do_not_share_a_phone(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)

    web_site.post(client, "/phones", label="x", form=[web_site.FORM, web_site.PRACTICE])

    with reading(sqlite_engine) as session:
        assert session.execute(select(app_user)).all() == []


def test_what_is_done_to_phones_is_remembered_without_the_token(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)
    web_site.post(client, "/phones", label="team-7", form=web_site.FORM)
    web_site.post(client, "/phones/1/code")
    web_site.post(client, "/phones/1/revoke")

    assert _actions(sqlite_engine)[-3:] == ["app_user.create", "app_user.new_code", "app_user.revoke"]


def test_a_message_that_reaches_nobody_is_an_alarm(app: APIFlask, sqlite_engine: Engine, tmp_path: Path) -> None:
    web_site.add_note(sqlite_engine, tmp_path, "north", "E07", "ab" * 16)
    web_site.forget_enumerators(sqlite_engine)

    page = _text(web_site.visitor(app, sqlite_engine, Role.IM_OFFICER), "/forms")

    assert "1 message of an enumerator about the own safety reaches no supervisor" in page


# ---- answers and export ----------------------------------------------------------------------------------------------


def test_answers_are_worded_and_marked_internal(app: APIFlask, sqlite_engine: Engine) -> None:
    page = _tags_gone(_text(web_site.visitor(app, sqlite_engine, Role.IM_OFFICER), "/answers"))

    assert "Internal: no disclosure control yet." in page
    assert "What type of site or community is this?" in page
    assert "CTE-COM-001 · 14 sources answered" in page
    assert "Don’t know 10 4" in page


def test_answers_are_worded_in_the_language_of_the_reader(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    page = _text(client, "/answers", **{"Accept-Language": "es"})

    assert "Interno: aún sin control de divulgación." in page


def test_an_export_is_internal_tagged_and_remembered(app: APIFlask, sqlite_engine: Engine) -> None:
    answer = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER).get(f"/export/{web_site.SURVEY}.csv")

    lines = answer.get_data(as_text=True).splitlines()
    assert "INTERNAL" in answer.headers["Content-Disposition"]
    assert lines[1].count("#") > 10
    assert "export.long_view" in _actions(sqlite_engine)


# ---- the inbox -------------------------------------------------------------------------------------------------------


@pytest.fixture
def noted(app: APIFlask, sqlite_engine: Engine, tmp_path: Path) -> APIFlask:
    """Two enumerators of two teams asked for their supervisor."""
    web_site.add_note(sqlite_engine, tmp_path, "north", "E07", "ab" * 16)
    web_site.add_note(sqlite_engine, tmp_path, "south", "E21", "cd" * 16)
    return app


def test_a_supervisor_reads_the_messages_of_the_own_team(noted: APIFlask, sqlite_engine: Engine) -> None:
    page = _tags_gone(_text(web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH), "/inbox"))

    assert "Enumerator E07 Did not feel safe. Would like to talk" in page
    assert "E21" not in page


def test_two_surveys_with_teams_of_one_name_have_two_inboxes(
    noted: APIFlask, sqlite_engine: Engine, tmp_path: Path
) -> None:
    theirs = frozenset({Team(web_site.NEXT_SURVEY, "north")})
    web_site.add_next_survey(sqlite_engine)
    web_site.add_note(
        sqlite_engine, tmp_path, "north", "E33", "ef" * 16, form_id=web_site.NEXT_FORM, survey_id=web_site.NEXT_SURVEY
    )
    first = web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH)
    second = web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, name="basma", teams=theirs)
    both = web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, name="chadi", teams=web_site.NORTH | theirs)

    web_site.post(second, "/inbox/1/handled")

    assert _enumerators(first) == {"E07"}
    assert _enumerators(second) == {"E33"}
    assert _enumerators(both) == {"E07", "E33"}


def _enumerators(client: FlaskClient) -> set[str]:
    return {code for code in ("E07", "E21", "E33") if code in _text(client, "/inbox")}


def test_messages_of_a_team_without_a_supervisor_are_told(noted: APIFlask, sqlite_engine: Engine) -> None:
    web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH)

    page = _tags_gone(_text(web_site.visitor(noted, sqlite_engine, Role.ADMIN, name="basma"), "/forms"))

    assert "waits for a supervisor of team south of survey CTE-S-DRV-2026-01" in page
    assert "fieldveil users teams NAME --join CTE-S-DRV-2026-01/south" in page
    assert "supervisor of team north" not in page


def test_a_supervisor_whose_account_is_closed_leads_no_team(noted: APIFlask, sqlite_engine: Engine) -> None:
    web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH)
    web_site.close_account(sqlite_engine, "amina")

    page = _tags_gone(_text(web_site.visitor(noted, sqlite_engine, Role.ADMIN, name="basma"), "/forms"))

    assert "supervisor of team north" in page


def test_each_look_is_remembered(noted: APIFlask, sqlite_engine: Engine) -> None:
    web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH).get("/inbox")

    assert _actions(sqlite_engine)[-1] == "legend.look"


def _messages(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.execute(select(inbox.c.id)).all())


def test_a_handled_message_is_gone(noted: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH)

    web_site.post(client, "/inbox/1/handled")

    assert _messages(sqlite_engine) == 1
    assert "E07" not in _text(client, "/inbox")


def test_a_supervisor_cannot_delete_a_message_of_another_team(noted: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(noted, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH)

    web_site.post(client, "/inbox/2/handled")

    assert _messages(sqlite_engine) == 2


def test_a_message_that_cannot_be_read_says_what_to_do(app: APIFlask, sqlite_engine: Engine, tmp_path: Path) -> None:
    web_site.add_note(sqlite_engine, tmp_path / "another-home", "north", "E07", "ab" * 16)

    page = _text(web_site.visitor(app, sqlite_engine, Role.SUPERVISOR, teams=web_site.NORTH), "/inbox")

    assert "ask your team how they are" in page


# ---- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown"), [("fr-CA,en;q=0.5", "fr"), ("ar", "ar"), ("de,es;q=0.3", "es"), ("de", "en"), ("", "en")]
)
def test_the_browser_says_which_language(app: APIFlask, asked: str, shown: str) -> None:
    assert f'<html lang="{shown}"' in _text(app.test_client(), "/login", **{"Accept-Language": asked})


def test_a_chosen_language_is_kept_with_the_account(app: APIFlask, sqlite_engine: Engine) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.PARTNER)
    web_site.post(client, "/language", language="ar", next="/account")
    client.delete_cookie("fieldveil", domain="127.0.0.1")
    token = web_site.one_time_link(sqlite_engine, 1)
    client.post("/enter", data={"token": token, "csrf_token": web_site.form_token(client)})

    assert '<html lang="ar" dir="rtl">' in _text(client, "/")


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/forms?x=1", "/forms?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_leads_back_to_a_page_of_ours(app: APIFlask, wanted: str, goes: str) -> None:
    client = app.test_client()
    known = {"csrf_token": web_site.form_token(client), "language": "fr", "next": wanted}

    assert client.post("/language", data=known).headers["Location"] == goes


@pytest.mark.parametrize(("language", "said"), [("en", False), ("fr", True), ("es", True), ("ar", True)])
def test_a_language_nobody_has_read_says_so(app: APIFlask, language: str, said: bool) -> None:
    page = _text(app.test_client(), "/login", **{"Accept-Language": language})

    notes = ("relus par une personne", "revisados por una persona", "لم يراجع")
    assert any(note in page for note in notes) is said


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (Outcome, words.OUTCOMES),
        (Reason, words.REASONS),
        (Status, words.STATUSES),
        (Clock, words.CLOCKS),
        (Role, words.ROLES),
    ],
)
def test_every_code_has_a_word(kind: Any, known: dict[str, str]) -> None:
    assert set(known) == {str(code) for code in kind}


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_every_page_is_built_in_every_language(app: APIFlask, sqlite_engine: Engine, language: str) -> None:
    client = web_site.visitor(app, sqlite_engine, *Role, teams=web_site.NORTH)

    pages = {path: _text(client, path, **{"Accept-Language": language}) for path in EVERY_PAGE}

    assert [path for path, page in pages.items() if f'<html lang="{language}"' not in page] == []


# ---- size ------------------------------------------------------------------------------------------------------------


def _weight(app: APIFlask, client: FlaskClient, path: str) -> int:
    page = client.get(path, headers={"Accept-Encoding": "gzip"})
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.get_data(as_text=True))
    parts = [client.get(found, headers={"Accept-Encoding": "gzip"}).data for found in assets]
    return len(page.data) + sum(map(len, parts))


@pytest.mark.parametrize("path", ["/login", "/forms", "/answers", "/account", "/inbox"])
def test_a_page_without_charts_is_light(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    client = web_site.visitor(app, sqlite_engine, *Role, teams=web_site.NORTH)

    assert _weight(app, client, path) < 100_000


def test_all_that_a_page_loads_is_under_a_megabyte(app: APIFlask, sqlite_engine: Engine) -> None:
    assert _weight(app, web_site.visitor(app, sqlite_engine, *Role, teams=web_site.NORTH), "/") < 1_000_000
