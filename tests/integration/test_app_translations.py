"""Pages in the reader's language down to each finding, and how far the translations of forms are."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from language_packs import UKRAINIAN, write_pack
from sqlalchemy import Engine, update
from web_site import DRAFT

from backend.access import Role
from backend.store.engine import transaction
from backend.store.tables import wish
from forms.catalogue.languages import own
from forms.checks.codes import Code
from forms.checks.report import Finding, Place, report
from forms.sentences import keepable, say
from forms.sheets import ROW, Table, read_tables, write_tables
from forms.translation.strings import strings

PAGE = f"/drafts/{DRAFT}"
ARABIC = {"Accept-Language": "ar"}
FRENCH = own()["fr"].shown


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.add_areas(sqlite_engine)
    web_site.add_draft(sqlite_engine, web_site.demo_draft().with_fields({"purpose.residual_risk": ["high"]}))
    with web_site.site(sqlite_engine, tmp_path) as found:
        yield found


def text(client: FlaskClient, path: str, **headers: str) -> str:
    page: str = client.get(path, headers=headers).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def send(client: FlaskClient, content: bytes) -> Any:
    return web_site.post(client, "/translations", file=(BytesIO(content), "any.xlsx"))


def edited(workbook: bytes, key: str, **cells: str) -> bytes:
    """As a translator changes one row."""
    sheets = read_tables(workbook, "a.xlsx")
    row = next(row for rows in sheets.values() for row in rows if row.get("key") == key)
    row.update(cells)
    tables = {
        name: Table(
            [head for head in rows[0] if head != ROW],
            [{head: cell for head, cell in one.items() if head != ROW} for one in rows],
        )
        for name, rows in sheets.items()
        if rows
    }
    return write_tables(tables)


# ---- findings --------------------------------------------------------------------------------------------------------


def test_a_broken_rule_is_told_in_the_language_of_the_reader(officer: FlaskClient) -> None:
    page = text(officer, f"{PAGE}/checks", **ARABIC)

    assert "الخطر المتبقي مرتفع، فلا يجوز جمع شيء" in page
    assert "the remaining risk is high" not in page
    assert "the remaining risk is high" in text(officer, f"{PAGE}/checks")


def test_what_the_engine_found_is_kept_and_told_in_the_language_of_the_reader(
    officer: FlaskClient, app: APIFlask, sqlite_engine: Engine
) -> None:
    ready = web_site.demo_draft()
    web_site.add_draft(sqlite_engine, ready, "e" * 32)
    web_site.post(officer, f"/drafts/{'e' * 32}/checks")
    reason = say("'%(name)s' was not reached in %(fills)s fills", name="cte_com_013", fills=40)
    found = report("form.xlsx", [Finding(Code.NEVER_REACHED, Place("survey", 14, 2), reason)], 40)
    with transaction(sqlite_engine) as session:
        session.execute(update(wish).values(problem="", report=keepable(found.as_dict())))

    page = text(officer, f"/drafts/{'e' * 32}/checks", **ARABIC)

    assert "لم يُبلغ «cte_com_013» في 40 عمليات تعبئة" in page
    assert "انظر إلى شروط السؤال ومجموعاته" in page
    assert "was not reached in 40 fills" in text(officer, f"/drafts/{'e' * 32}/checks")


def test_codes_keep_their_direction_inside_an_arabic_sentence(officer: FlaskClient) -> None:
    page = officer.get("/catalogue/CTE-IND-001", headers=ARABIC).get_data(as_text=True)

    assert "يخص أفراداً" in page
    assert "<bdi>" in officer.get(f"{PAGE}/checks", headers=ARABIC).get_data(as_text=True)


# ---- how far the translations are ------------------------------------------------------------------------------------


def test_each_language_says_how_much_is_there_and_read(officer: FlaskClient) -> None:
    page = text(officer, "/translations")

    assert f"Of {len(strings())} texts {len(strings())} are there and 0 were read by a native speaker." in page
    assert "Translations and their review" in text(officer, "/catalogue")


def test_texts_are_filtered_by_state_part_and_words(officer: FlaskClient) -> None:
    consent = text(officer, "/translations/ar?part=MOD-CON&shown=unreviewed")

    assert "4 texts" in consent
    assert "items/MOD-CON/con_given" in consent
    assert "questions/CTE-COM-001" not in consent
    assert "Nothing fits all of these" in text(officer, "/translations/ar?shown=missing")
    assert "1 text " in text(officer, "/translations/fr?shown=&words=questions/CTE-COM-013")


def test_a_damaged_workbook_is_told_in_the_language_of_the_reader(officer: FlaskClient) -> None:
    officer.post("/language", data={"language": "ar", "csrf_token": web_site.form_token(officer, "/account")})

    answer = send(officer, b"PK\x03\x04 broken")

    assert answer.status_code == 422
    assert "مصنّف تالف" in answer.get_data(as_text=True)


def test_a_new_language_of_a_pack_is_shown_with_what_it_lacks(officer: FlaskClient, tmp_path: Path) -> None:
    write_pack(tmp_path / "languages", "uk", UKRAINIAN)

    assert "українська" in text(officer, "/translations").casefold()


def test_a_broken_pack_is_told_instead_of_a_page_that_fails(officer: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "languages" / "uk").mkdir(parents=True)

    assert "A language pack of this installation cannot be read" in text(officer, "/translations")


def test_a_workbook_goes_out_and_its_changes_are_shown_and_not_taken(officer: FlaskClient) -> None:
    book = officer.get("/translations/fr.xlsx").data

    same = send(officer, book).get_data(as_text=True)
    shown = send(officer, edited(book, "recall/P3M", **{FRENCH: "depuis trois mois"})).get_data(as_text=True)

    assert "says the same as the translations here" in same
    assert "depuis trois mois" in shown
    assert "form translate import translations-fr.xlsx --apply" in shown
    assert "depuis trois mois" not in text(officer, "/translations/fr?shown=&words=recall/P3M")


def test_a_workbook_with_a_fault_is_refused_with_sheet_and_row(officer: FlaskClient) -> None:
    book = edited(
        officer.get("/translations/fr.xlsx").data, "recall/P3M", **{"state": "reviewed", "read on": "2026-01-31"}
    )

    answer = send(officer, book)

    assert answer.status_code == 422
    assert re.search(r"sheet &#39;recall&#39;, row \d+: recall/P3M", answer.get_data(as_text=True))


def test_only_who_makes_forms_sees_the_translations(app: APIFlask, sqlite_engine: Engine) -> None:
    reviewer = web_site.visitor(app, sqlite_engine, Role.REVIEWER, name="basim")

    assert reviewer.get("/translations").status_code == 403
