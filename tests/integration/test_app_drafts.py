"""Forms made in the browser: picked, checked, handed out, given to phones; uploads are shown before they count.

The worker runs in this process.
"""

import zipfile
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from form_tables import checked
from sqlalchemy import Engine, select, update
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError
from web_site import DRAFT, plain, stored_draft

from backend.store import drafts, form_list, wishes
from backend.store.due import due_now
from backend.store.engine import reading, transaction
from backend.store.tables import audit, wish
from forms.brief import Draft, load_brief, read_draft
from forms.brief.source import TABLES
from forms.catalogue import load
from forms.catalogue.workbook import to_workbook
from forms.overlay import load_overlay
from forms.sentences import keepable
from forms.sheets import Table, read_tables, write_tables
from workers.context import Context
from workers.wishes import carry_out

PAGE = f"/drafts/{DRAFT}"


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.add_areas(sqlite_engine)
    web_site.add_draft(sqlite_engine, web_site.demo_draft())
    with web_site.site(sqlite_engine, tmp_path) as found:
        yield found


@pytest.fixture
def worker(sqlite_engine: Engine, tmp_path: Path) -> Context:
    return Context(web_site.settings_for(sqlite_engine, tmp_path), sqlite_engine)


def draft(engine: Engine) -> Draft:
    return read_draft(stored_draft(engine).content.encode(), "draft.yaml")


def send(client: FlaskClient, path: str, content: bytes, name: str = "file.xlsx", **data: str) -> Any:
    return web_site.post(client, path, file=(BytesIO(content), name), **data)


def change(engine: Engine, changed: Draft) -> None:
    with transaction(engine) as session:
        drafts.change_draft(session, DRAFT, stored_draft(engine).revision, changed.as_yaml().decode(), web_site.ENTRY)


def version_on_page(client: FlaskClient) -> str:
    page = client.get(f"{PAGE}/checks").get_data(as_text=True)
    return page.split('name="version" value="')[1].split('"')[0]


# ---- picking ---------------------------------------------------------------------------------------------------------


def test_a_draft_shows_minutes_core_and_comparability(officer: FlaskClient) -> None:
    page = plain(officer, PAGE)

    assert "Indicators asked 20 Core indicators 20/27 Comparability 1.00" in page
    assert "No rule is broken" in page


def test_picking_changes_what_was_shown_and_nothing_else(officer: FlaskClient, sqlite_engine: Engine) -> None:
    shown = ["CTE-COM-012", "CTE-COM-013", "CTE-COM-022"]

    web_site.post(officer, f"{PAGE}/indicators", revision="1", shown=shown, pick=["CTE-COM-012"])

    left = {row["indicator"] for row in draft(sqlite_engine).tables["indicators"]}
    assert left & set(shown) == {"CTE-COM-012"}
    assert len(left) >= 18
    assert stored_draft(sqlite_engine).revision == 2


def test_what_existing_data_should_answer_needs_its_reason(officer: FlaskClient) -> None:
    picked = {"shown": "CTE-HHD-001", "pick": "CTE-HHD-001"}

    silent = web_site.post(officer, f"{PAGE}/prospect", **picked).get_data(as_text=True)
    reasoned = web_site.post(officer, f"{PAGE}/prospect", **picked, **{"reason-CTE-HHD-001": "No survey asked it"})

    assert "R7, existing data first" in silent
    assert "R7, existing data first" not in reasoned.get_data(as_text=True)


def test_an_estimate_stores_nothing(officer: FlaskClient, sqlite_engine: Engine) -> None:
    before = stored_draft(sqlite_engine)

    web_site.post(officer, f"{PAGE}/prospect", shown="CTE-COM-013")

    assert stored_draft(sqlite_engine) == before


def test_who_was_slower_overwrites_nobody(officer: FlaskClient, sqlite_engine: Engine) -> None:
    change(sqlite_engine, draft(sqlite_engine).with_fields({"title": ["Of somebody else"]}))

    answer = web_site.post(officer, f"{PAGE}/indicators", revision="1", shown="CTE-COM-013")

    assert answer.status_code == 409
    assert draft(sqlite_engine).value("title") == "Of somebody else"


def test_a_telephone_number_is_never_kept(officer: FlaskClient, sqlite_engine: Engine) -> None:
    answer = web_site.post(
        officer,
        f"{PAGE}/indicators",
        revision="1",
        shown="CTE-HHD-001",
        pick="CTE-HHD-001",
        **{"reason-CTE-HHD-001": "Ask +963 944 123 456"},
    )

    assert answer.status_code == 409
    assert "+963" not in stored_draft(sqlite_engine).content
    assert "e-mail address or a telephone number" in answer.get_data(as_text=True)


def test_fields_are_saved_and_a_fault_stands_beside_its_field(officer: FlaskClient, sqlite_engine: Engine) -> None:
    now = draft(sqlite_engine)
    fields = {name: list(values) for name, values in now.fields.items() if name not in TABLES}

    web_site.post(officer, f"{PAGE}/details", revision="1", **{**fields, "purpose.residual_risk": ["high"]})

    assert draft(sqlite_engine).tables == now.tables
    assert "the remaining risk is high, so nothing may be collected" in plain(officer, f"{PAGE}/details")


@pytest.mark.parametrize(
    ("language", "missing", "country"),
    [
        ("en", "“Survey id” is missing", "“Country (three capitals)”"),
        ("fr", "« Identifiant de l’enquête » manque", "« Pays (trois majuscules) »"),
        ("es", "falta «Identificador de la encuesta»", "«País (tres mayúsculas)»"),
        ("ar", "«معرّف المسح» ناقص", "«البلد (ثلاثة أحرف لاتينية كبيرة)»"),
    ],
)
def test_a_fault_names_the_field_as_the_page_does(
    officer: FlaskClient, sqlite_engine: Engine, language: str, missing: str, country: str
) -> None:
    change(sqlite_engine, draft(sqlite_engine).with_fields({"survey.id": [""], "survey.country": ["Dorvania"]}))
    web_site.post(officer, "/language", language=language)

    pages = [" ".join(plain(officer, path).split()) for path in (f"{PAGE}/details", f"{PAGE}/checks", PAGE)]

    assert [(missing in page, country in page) for page in pages] == [(True, True)] * 3
    assert [name for page in pages for name in ("survey.id", "survey.country") if name in page] == []


def test_every_change_is_audited_without_its_content(officer: FlaskClient, sqlite_engine: Engine) -> None:
    web_site.post(officer, f"{PAGE}/indicators", revision="1", shown="CTE-COM-013")

    with reading(sqlite_engine) as session:
        entry = session.execute(select(audit.c.object, audit.c.details).order_by(audit.c.id.desc())).first()
    assert entry == (f"draft:{DRAFT}", {"revision": 2})


# ---- where drafts begin ----------------------------------------------------------------------------------------------


def test_a_draft_begins_from_nothing(officer: FlaskClient, sqlite_engine: Engine) -> None:
    answer = web_site.post(officer, "/drafts", name="New", respondent="expert", language=["en", "ar"])

    page = plain(officer, answer.headers["Location"])
    assert "Indicators for: Expert" in page
    assert "fields to fill or to mend" in page


def test_a_draft_begins_from_a_file(officer: FlaskClient) -> None:
    answer = send(officer, "/drafts", web_site.demo_draft().as_workbook(), name="ignored.xlsx")

    assert "No rule is broken" in plain(officer, answer.headers["Location"])


def test_a_bomb_is_refused(officer: FlaskClient) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 30_000_000)

    send(officer, "/drafts", packed.getvalue())

    assert "unpacks to far more than a spreadsheet does" in plain(officer, "/drafts")


def test_too_large_an_upload_is_not_read(officer: FlaskClient) -> None:
    answer = officer.post(f"{PAGE}/upload", data=b"x" * 3_000_000, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 413


# ---- out and back ----------------------------------------------------------------------------------------------------


def test_brief_and_roster_go_out_and_change_nothing_when_they_come_back(officer: FlaskClient) -> None:
    for file in ("brief.xlsx", "brief.yaml", "roster.xlsx"):
        send(officer, f"{PAGE}/upload", officer.get(f"{PAGE}/{file}").data, file)
        assert "there is nothing to change" in plain(officer, f"{PAGE}/files")


def test_a_roster_is_shown_first_and_counts_once_it_is_confirmed(officer: FlaskClient, sqlite_engine: Engine) -> None:
    rows = [{"code": "E77", "team": "T7", "supervisor": "SUP-7"}]
    send(officer, f"{PAGE}/upload", write_tables({"enumerators": Table(TABLES["enumerators"], rows)}))

    shown = plain(officer, f"{PAGE}/upload")
    before = draft(sqlite_engine)
    held = stored_draft(sqlite_engine)
    web_site.post(officer, f"{PAGE}/upload/confirm", sha256=held.pending_sha256 or "", revision="1")

    assert "enumerators: E77 – team T7, supervisor SUP-7" in shown
    assert before == web_site.demo_draft()
    assert draft(sqlite_engine).tables["enumerators"] == tuple(rows)
    assert stored_draft(sqlite_engine).pending is None


@pytest.mark.parametrize("seen", [{"sha256": "0" * 64, "revision": "1"}, {"revision": "2"}])
def test_only_what_was_looked_at_can_be_confirmed(
    officer: FlaskClient, sqlite_engine: Engine, seen: dict[str, str]
) -> None:
    send(officer, f"{PAGE}/upload", web_site.demo_draft().with_fields({"title": ["Other"]}).as_yaml(), "b.yaml")

    held = {"sha256": stored_draft(sqlite_engine).pending_sha256 or "", "revision": "1"}
    web_site.post(officer, f"{PAGE}/upload/confirm", **{**held, **seen})

    assert draft(sqlite_engine) == web_site.demo_draft()


def test_a_discarded_upload_leaves_no_trace(officer: FlaskClient, sqlite_engine: Engine) -> None:
    send(officer, f"{PAGE}/upload", web_site.demo_draft().with_fields({"title": ["Other"]}).as_yaml(), "b.yaml")

    web_site.post(officer, f"{PAGE}/upload/discard")

    assert stored_draft(sqlite_engine).pending is None
    assert draft(sqlite_engine) == web_site.demo_draft()


def test_an_upload_that_names_people_is_not_kept_for_a_moment(officer: FlaskClient, sqlite_engine: Engine) -> None:
    rows = [{"code": "Amina Diallo", "team": "T7", "supervisor": "SUP-7"}]

    answer = send(officer, f"{PAGE}/upload", write_tables({"enumerators": Table(TABLES["enumerators"], rows)}))

    assert answer.status_code == 422
    assert "Amina" not in answer.get_data(as_text=True)
    assert stored_draft(sqlite_engine).pending is None


def test_every_file_of_the_form_can_be_taken_along(officer: FlaskClient) -> None:
    form = read_tables(officer.get(f"{PAGE}/form.xlsx").data, "form.xlsx")
    with zipfile.ZipFile(BytesIO(officer.get(f"{PAGE}/form.zip").data)) as archive:
        names = archive.namelist()
    paper = officer.get(f"{PAGE}/paper-ar.html")

    assert {"survey", "choices", "settings"} <= set(form)
    assert names[0] == "demo_site_ki.xlsx"
    assert "variables" in read_tables(officer.get(f"{PAGE}/dictionary.xlsx").data, "dictionary.xlsx")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    assert 'dir="rtl"' in paper.get_data(as_text=True)
    assert load_brief(officer.get(f"{PAGE}/brief.yaml").data, "b.yaml").form_id == "demo_site_ki"


def test_a_form_that_cannot_be_built_leads_to_the_reason(officer: FlaskClient, sqlite_engine: Engine) -> None:
    change(sqlite_engine, draft(sqlite_engine).with_fields({"purpose.residual_risk": ["high"]}))

    answer = officer.get(f"{PAGE}/form.xlsx")

    assert answer.headers["Location"].endswith("/checks")
    assert "R13, risk first" in plain(officer, f"{PAGE}/checks")


# ---- checks and phones -----------------------------------------------------------------------------------------------


def passed(engine: Engine, client: FlaskClient) -> None:
    """As if the engine had filled the form without a finding."""
    web_site.post(client, f"{PAGE}/checks")
    with transaction(engine) as session:
        report = {"errors": 0, "fills": 40, "findings": []}
        session.execute(update(wish).values(problem="", report=report))


@pytest.mark.parametrize(
    ("language", "frame"),
    [
        ("en", "pyxform, the tool that makes the form, says in its own words: "),
        ("fr", "pyxform, l’outil qui fabrique le formulaire, dit dans ses propres mots : "),
        ("ar", "تقول pyxform، وهي الأداة التي تصنع الاستمارة، بكلماتها: "),
    ],
)
def test_words_of_the_form_tool_are_told_as_its_own(
    officer: FlaskClient, sqlite_engine: Engine, language: str, frame: str
) -> None:
    """As a worker keeps what it found, and a page tells it."""
    web_site.post(officer, f"{PAGE}/checks")
    found = checked("| survey |\n| | type | name | label |\n| | begin_group | a | A |\n| | integer | b | B |").as_dict()
    with transaction(sqlite_engine) as session:
        session.execute(update(wish).values(problem="", report=keepable({**found, "fills": 40})))
    web_site.post(officer, "/language", language=language)

    page = officer.get(f"{PAGE}/checks").get_data(as_text=True)

    assert frame in page
    assert (f'{frame}<bdi lang="en" dir="ltr">' in page) is (language != "en")


def test_the_engine_is_asked_by_an_id_alone(officer: FlaskClient, sqlite_engine: Engine) -> None:
    web_site.post(officer, f"{PAGE}/checks")

    with reading(sqlite_engine) as session:
        waiting = due_now(session, datetime.now(UTC) + timedelta(minutes=1))
    assert waiting == [("wishes.carry_out", f"{DRAFT}:check")]
    assert "A worker is at it" in plain(officer, f"{PAGE}/checks")


def test_no_form_goes_to_phones_before_the_engine_filled_it(officer: FlaskClient, sqlite_engine: Engine) -> None:
    web_site.post(officer, f"{PAGE}/deploy", revision="1", version=version_on_page(officer))

    with reading(sqlite_engine) as session:
        assert wishes.of_draft(session, DRAFT) == {}
    assert "The engine has not filled this form yet." in plain(officer, f"{PAGE}/checks")


def test_a_checked_form_goes_to_phones_by_a_worker(
    officer: FlaskClient, sqlite_engine: Engine, worker: Context
) -> None:
    passed(sqlite_engine, officer)
    version = version_on_page(officer)

    web_site.post(officer, f"{PAGE}/deploy", revision="1", version=version)
    problem = carry_out(worker, f"{DRAFT}:deploy", web_site.TODAY)

    with reading(sqlite_engine) as session:
        (form,) = form_list.forms(session)
    assert problem == ""
    assert (form.form_id, form.current_version, form.server) == ("demo_site_ki", version, "letterbox")
    assert f"demo_site_ki {version}" in plain(officer, f"{PAGE}/checks")


def test_another_revision_is_not_deployed(officer: FlaskClient, sqlite_engine: Engine, worker: Context) -> None:
    passed(sqlite_engine, officer)
    web_site.post(officer, f"{PAGE}/deploy", revision="1", version=version_on_page(officer))
    change(sqlite_engine, draft(sqlite_engine).with_fields({"title": ["Changed meanwhile"]}))

    problem = carry_out(worker, f"{DRAFT}:deploy", web_site.TODAY)

    with reading(sqlite_engine) as session:
        assert form_list.forms(session) == []
    assert problem == "draft_changed"


def test_what_breaks_the_series_needs_a_decision_in_writing(
    officer: FlaskClient, sqlite_engine: Engine, worker: Context
) -> None:
    passed(sqlite_engine, officer)
    web_site.post(officer, f"{PAGE}/deploy", revision="1", version=version_on_page(officer))
    carry_out(worker, f"{DRAFT}:deploy", web_site.TODAY)
    named = [one for one in load().core_field_form if one != "CTE-COM-013"]
    change(sqlite_engine, draft(sqlite_engine).with_indicators((one, "") for one in named))
    passed(sqlite_engine, officer)

    page = plain(officer, f"{PAGE}/checks")

    assert "It breaks the series of answers: deploy it by command, with a migration." in page
    assert "cte_com_013 Breaks the series" in page


def test_versions_of_a_form_and_what_changed_between_them(
    officer: FlaskClient, sqlite_engine: Engine, worker: Context
) -> None:
    versions = []
    for left_out in ("CTE-COM-013", ""):
        picked = [one for one in load().core_field_form if one != left_out]
        change(sqlite_engine, draft(sqlite_engine).with_indicators((one, "") for one in picked))
        versions.append(version_on_page(officer))
        passed(sqlite_engine, officer)
        web_site.post(
            officer, f"{PAGE}/deploy", revision=str(stored_draft(sqlite_engine).revision), version=versions[-1]
        )
        carry_out(worker, f"{DRAFT}:deploy", web_site.TODAY)

    listed = plain(officer, "/forms/demo_site_ki/versions")
    diff = plain(officer, f"/forms/demo_site_ki/diff?old={versions[0]}&new={versions[1]}")

    assert f"{versions[1]} current" in listed
    assert versions[0] in listed
    assert "To be looked at" in diff
    assert officer.get("/forms/demo_site_ki/diff?old=x&new=y").status_code == 404


def test_a_practice_form_needs_no_engine(officer: FlaskClient, sqlite_engine: Engine, worker: Context) -> None:
    web_site.post(officer, f"{PAGE}/deploy", revision="1", version=version_on_page(officer), practice="1")

    problem = carry_out(worker, f"{DRAFT}:practice", web_site.TODAY)

    with reading(sqlite_engine) as session:
        assert [form.practice for form in form_list.forms(session)] == [True]
    assert problem == ""


def test_a_wish_that_broke_off_says_so_and_does_not_wait_for_ever(
    officer: FlaskClient, sqlite_engine: Engine, worker: Context
) -> None:
    web_site.post(officer, f"{PAGE}/deploy", revision="1", version=version_on_page(officer), practice="1")
    with sqlite_engine.begin() as connection:
        connection.execute(sql("CREATE TRIGGER full BEFORE INSERT ON form BEGIN SELECT RAISE(ABORT, 'full'); END"))

    with pytest.raises(SQLAlchemyError):
        carry_out(worker, f"{DRAFT}:practice", web_site.TODAY)

    page = plain(officer, f"{PAGE}/checks")
    assert "It was interrupted. Try again" in page
    assert "A worker is at it" not in page


# ---- the catalogue as a workbook -------------------------------------------------------------------------------------


def test_the_catalogue_goes_out_and_says_the_same_when_it_comes_back(officer: FlaskClient) -> None:
    data = officer.get("/catalogue.xlsx").data

    assert "says the same as the catalogue" in send(officer, "/catalogue/workbook", data).get_data(as_text=True)


def test_a_changed_catalogue_is_shown_and_nothing_is_applied(officer: FlaskClient) -> None:
    tables = read_tables(to_workbook(load()), "c.xlsx")
    tables["indicators"][0]["name"] += " (reworded)"
    sheets = {name: Table([key for key in rows[0] if key], rows) for name, rows in tables.items()}

    page = send(officer, "/catalogue/workbook", write_tables(sheets)).get_data(as_text=True)

    assert "(reworded)" in page
    assert "fieldveil catalogue import" in page
    assert f"indicators/{tables['indicators'][0]['id']}.yaml" in page
    assert "(reworded)" not in officer.get(f"/catalogue/{tables['indicators'][0]['id']}").get_data(as_text=True)


def test_a_catalogue_that_breaks_a_rule_is_refused_with_the_place(officer: FlaskClient) -> None:
    tables = read_tables(to_workbook(load()), "c.xlsx")
    del tables["indicators"][0]
    sheets = {name: Table([key for key in rows[0] if key], rows) for name, rows in tables.items()}

    answer = send(officer, "/catalogue/workbook", write_tables(sheets))

    assert answer.status_code == 422
    assert "an id is never removed or renamed" in answer.get_data(as_text=True)


# ---- the overlay of a country ----------------------------------------------------------------------------------------


def test_an_overlay_is_shown_with_what_it_leaves_to_compare_and_handed_out(officer: FlaskClient) -> None:
    data = officer.get("/overlay/template.xlsx").data

    page = send(officer, "/overlay", data).get_data(as_text=True)
    handed_out = b64decode(page.split("data:application/yaml;base64,")[1].split('"')[0])

    assert "CTE-COM-" in page
    assert load_overlay(handed_out, "overlay.yaml", load()) == load_overlay(data, "overlay.xlsx", load())


def test_an_overlay_that_changes_the_standard_is_refused_with_its_rule(officer: FlaskClient) -> None:
    answer = send(officer, "/overlay", b"country: XDV\nversion: 1\nindicators:\n  - id: CTE-COM-999\n", "o.yaml")

    assert answer.status_code == 422
    assert "CTE-COM-999" in answer.get_data(as_text=True)
