"""A draft in a country's own words: shown first, moved by what it says, the same as the command builds, and undone."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from typed_commands import install, terminal
from web_site import DRAFT, plain, stored_draft

from backend.store import form_list
from backend.store.engine import reading, transaction
from backend.store.tables import audit, draft_brief, wish
from forms import demo
from forms.brief import read_draft
from forms.catalogue import load
from forms.overlay import as_workbook, as_yaml, load_overlay
from forms.sheets import read_tables
from workers.context import Context
from workers.wishes import carry_out

PAGE = f"/drafts/{DRAFT}"
RADIO = "LOC-XDV-ORGA-001"
COUNTRY = """
country: XDV
organisation: ORGA
version: 1
catalogue: 1.0.0
languages: [en, fr]
indicators:
  - id: CTE-COM-012
    recall: P6M
    question: {en: "How many people left this place for work elsewhere {r}?"}
choices:
  - list: labour_sector
    code: brick_kiln
    parent: construction
    label: {en: Brick kilns, fr: Briqueteries}
"""


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.add_areas(sqlite_engine)
    spoken = {"languages": ["en", "fr"]}
    web_site.add_draft(sqlite_engine, web_site.demo_draft().with_fields(spoken))
    with web_site.site(sqlite_engine, tmp_path) as found:
        yield found


def send(client: FlaskClient, content: bytes) -> Any:
    return web_site.post(client, f"{PAGE}/overlay", file=(BytesIO(content), "any.xlsx"))


def confirm(client: FlaskClient) -> Any:
    page = client.get(f"{PAGE}/overlay/review").get_data(as_text=True)
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("sha256", "revision")}
    return web_site.post(client, f"{PAGE}/overlay/confirm", **seen)


def give(client: FlaskClient, content: bytes = COUNTRY.encode()) -> None:
    assert send(client, content).status_code == 303
    assert confirm(client).status_code == 303


# ---- shown, given, taken back ----------------------------------------------------------------------------------------


def test_an_overlay_is_shown_with_each_score_before_it_counts(officer: FlaskClient, sqlite_engine: Engine) -> None:
    send(officer, COUNTRY.encode())

    shown = plain(officer, f"{PAGE}/overlay/review")

    assert "CTE-COM-012 other words, hints or examples; it looks back over another period" in shown
    assert "not comparable with other countries 1.00 0.50" in shown
    assert "choices labour_sector: brick_kiln" in shown
    assert "Of the whole form: 1.00 before, 0.97 after." in shown
    assert stored_draft(sqlite_engine).overlay is None
    assert "Comparability 1.00" in plain(officer, PAGE)


def test_wording_and_comparability_move_with_the_overlay_and_come_back_without_it(
    officer: FlaskClient, sqlite_engine: Engine
) -> None:
    standard = officer.get(f"{PAGE}/form.xlsx").data
    give(officer)

    page = plain(officer, PAGE)
    rows = {row["name"]: row for row in read_tables(officer.get(f"{PAGE}/form.xlsx").data, "form.xlsx")["survey"]}
    variables = read_tables(officer.get(f"{PAGE}/dictionary.xlsx").data, "dictionary.xlsx")["variables"]

    assert "Comparability 0.97" in page
    assert "How many people left this place for work elsewhere" in page
    assert "left this place for work elsewhere" in rows["cte_com_012"]["label::English (en)"]
    assert "left this place for work elsewhere" in officer.get(f"{PAGE}/paper-en.html").get_data(as_text=True)
    assert {row["comparability"] for row in variables if row["indicator"] == "CTE-COM-012"} == {"0.50"}
    assert "--overlay overlay.yaml" in plain(officer, f"{PAGE}/checks")

    web_site.post(officer, f"{PAGE}/overlay/remove", revision="2")

    assert officer.get(f"{PAGE}/form.xlsx").data == standard
    assert "Comparability 1.00" in plain(officer, PAGE)
    assert stored_draft(sqlite_engine).revision == 3


def test_another_overlay_is_compared_with_the_one_in_use(officer: FlaskClient) -> None:
    give(officer)

    send(officer, COUNTRY.replace("    recall: P6M\n", "").encode())

    shown = plain(officer, f"{PAGE}/overlay/review")
    assert "other words, hints or examples 0.50 1.00" in shown
    assert "It has the version number of the overlay in use, and another content." in shown


def test_the_countrys_own_questions_can_be_picked(officer: FlaskClient) -> None:
    give(officer, as_yaml(demo.overlay()))

    waiting = plain(officer, f"{PAGE}/overlay")
    web_site.post(officer, f"{PAGE}/indicators", revision="2", shown=RADIO, pick=RADIO)

    assert f"Its own questions are asked when you tick them: {RADIO}" in waiting
    assert f"In no standard, and so compared with nothing: {RADIO}" in plain(officer, PAGE)
    assert "loc_xdv_orga_001" in str(read_tables(officer.get(f"{PAGE}/form.xlsx").data, "form.xlsx")["survey"])


def test_a_question_of_the_country_can_be_taken_out_after_its_overlay(
    officer: FlaskClient, sqlite_engine: Engine
) -> None:
    give(officer, as_yaml(demo.overlay()))
    web_site.post(officer, f"{PAGE}/indicators", revision="2", shown=RADIO, pick=RADIO)
    web_site.post(officer, f"{PAGE}/overlay/remove", revision="3")

    left = plain(officer, PAGE)
    web_site.post(officer, f"{PAGE}/indicators", revision="4", shown=RADIO)

    assert f"Not in this catalogue: {RADIO}" in left
    named = read_draft(stored_draft(sqlite_engine).content.encode(), "draft.yaml").tables["indicators"]
    assert RADIO not in {row["indicator"] for row in named}
    assert "No rule is broken" in plain(officer, PAGE)


def test_the_overlay_of_another_draft_can_be_chosen(officer: FlaskClient, sqlite_engine: Engine) -> None:
    give(officer)
    web_site.add_draft(sqlite_engine, web_site.demo_draft().with_fields({"languages": ["en"]}), "e" * 32)

    offered = officer.get(f"/drafts/{'e' * 32}/overlay").get_data(as_text=True)
    web_site.post(officer, f"/drafts/{'e' * 32}/overlay", draft=DRAFT)

    assert f'<option value="{DRAFT}">' in offered
    assert "CTE-COM-012" in plain(officer, f"/drafts/{'e' * 32}/overlay/review")


def test_it_goes_out_as_it_came_in(officer: FlaskClient) -> None:
    overlay = load_overlay(COUNTRY.encode(), "a.yaml", load())

    give(officer, as_workbook(overlay, load()))

    assert load_overlay(officer.get(f"{PAGE}/overlay.yaml").data, "b.yaml", load()) == overlay
    assert load_overlay(officer.get(f"{PAGE}/overlay.xlsx").data, "b.xlsx", load()) == overlay


# ---- refused ---------------------------------------------------------------------------------------------------------


def test_a_broken_rule_is_told_with_cell_reason_and_remedy_and_changes_nothing(
    officer: FlaskClient, sqlite_engine: Engine
) -> None:
    give(officer)
    before = stored_draft(sqlite_engine)

    answer = send(officer, COUNTRY.replace("parent: construction", "parent: none").encode())

    said = web_site.words(answer)
    assert answer.status_code == 422
    assert re.search(r"overlay.yaml, line \d+, labour_sector: brick_kiln", said)
    assert "is nothing that an answer of" in said
    assert "R26, added answers" in said
    assert stored_draft(sqlite_engine) == before


def test_a_sheet_that_is_no_overlay_is_refused(officer: FlaskClient, sqlite_engine: Engine) -> None:
    answer = send(officer, b"PK\x03\x04 broken")

    assert answer.status_code == 422
    assert stored_draft(sqlite_engine).pending_overlay is None


def test_an_overlay_of_another_country_is_told_before_it_counts(officer: FlaskClient) -> None:
    send(officer, COUNTRY.replace("XDV", "XAA").encode())

    assert "the overlay is of XAA, and the survey of XDV" in plain(officer, f"{PAGE}/overlay/review")


def test_only_the_overlay_that_was_looked_at_can_be_confirmed(officer: FlaskClient, sqlite_engine: Engine) -> None:
    send(officer, COUNTRY.encode())

    web_site.post(officer, f"{PAGE}/overlay/confirm", sha256="0" * 64, revision="1")

    assert stored_draft(sqlite_engine).overlay is None


def test_a_discarded_overlay_leaves_no_trace(officer: FlaskClient, sqlite_engine: Engine) -> None:
    before = stored_draft(sqlite_engine)
    send(officer, COUNTRY.encode())

    web_site.post(officer, f"{PAGE}/overlay/discard")

    assert stored_draft(sqlite_engine) == before


def test_an_overlay_that_fits_the_catalogue_no_more_stops_the_build_and_says_why(
    officer: FlaskClient, sqlite_engine: Engine
) -> None:
    outdated = COUNTRY.replace("CTE-COM-012", "CTE-COM-912")
    with transaction(sqlite_engine) as session:
        session.execute(update(draft_brief).values(overlay=outdated))

    assert "no form can be built" in plain(officer, PAGE)
    assert "there is no indicator CTE-COM-912 in the standard" in plain(officer, f"{PAGE}/checks")
    assert officer.get(f"{PAGE}/form.xlsx").headers["Location"].endswith("/checks")


# ---- the same as the command, and on phones --------------------------------------------------------------------------


def test_a_draft_builds_the_bytes_that_the_command_builds(
    officer: FlaskClient,
    sqlite_engine: Engine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give(officer)
    (tmp_path / "brief.yaml").write_bytes(officer.get(f"{PAGE}/brief.yaml").data)
    (tmp_path / "country.yaml").write_text(COUNTRY, "utf-8")
    install(monkeypatch, sqlite_engine, tmp_path / "home")

    with terminal(capsys) as typed:
        code, _, _ = typed(
            *("form", "build", tmp_path / "brief.yaml", "--overlay", tmp_path / "country.yaml"),
            *("--out", tmp_path / "out"),
        )

    assert code == 0
    assert officer.get(f"{PAGE}/form.xlsx").data == (tmp_path / "out/demo_site_ki.xlsx").read_bytes()


def test_phones_get_the_form_in_the_words_of_the_country_and_the_next_round_begins_with_them(
    officer: FlaskClient, sqlite_engine: Engine, tmp_path: Path
) -> None:
    give(officer)
    web_site.post(officer, f"{PAGE}/checks")
    with transaction(sqlite_engine) as session:
        session.execute(update(wish).values(problem="", report={"errors": 0, "fills": 40, "findings": []}))
    page = officer.get(f"{PAGE}/checks").get_data(as_text=True)
    version = page.split('name="version" value="')[1].split('"')[0]

    web_site.post(officer, f"{PAGE}/deploy", revision="2", version=version)
    worker = Context(web_site.settings_for(sqlite_engine, tmp_path), sqlite_engine)
    problem = carry_out(worker, f"{DRAFT}:deploy", web_site.TODAY)
    begun = web_site.post(officer, "/drafts", name="Next round", copy="demo_site_ki").headers["Location"]

    with reading(sqlite_engine) as session:
        (form,) = form_list.forms(session)
        (found,) = form_list.versions(session)
    assert problem == ""
    assert form.current_version == version
    assert found.overlay.startswith("XDV-ORGA-1-")
    assert found.adapted[0] == ("CTE-COM-012", 0.5)
    assert "Adapted by the overlay XDV-ORGA-1-" in plain(officer, begun)


def test_every_change_of_an_overlay_is_audited_without_its_content(officer: FlaskClient, sqlite_engine: Engine) -> None:
    give(officer)
    web_site.post(officer, f"{PAGE}/overlay/remove", revision="2")

    with reading(sqlite_engine) as session:
        entries = session.execute(select(audit.c.action, audit.c.details).order_by(audit.c.id.desc()).limit(3)).all()
    assert entries == [
        ("draft.overlay_removed", {"revision": 3}),
        ("draft.overlay", {"revision": 2}),
        ("draft.overlay_held", {}),
    ]
