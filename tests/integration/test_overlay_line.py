"""A localised form through the whole line: built, given to phones, filled by the engine, pulled, stored and shown."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import fromstring

import pytest
import web_site
from brief_tables import written
from engine_forms import needs_engine
from small_letters import post
from sqlalchemy import Engine

from backend.access import Role
from backend.settings import Settings
from backend.store import form_list
from backend.store.areas import save_set
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.long_view import long_rows
from forms import demo
from forms.brief import load_brief
from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.engine import Engine as Phones
from forms.engine import Filled, Plan
from forms.overlay import adapted
from mappings.areas import demo as dorvania
from workers.context import Context
from workers.deploy import deploy
from workers.pull import pull_form

pytestmark = needs_engine

SURVEY = "CTE-S-XDV-2026-01"
RADIO = "LOC-XDV-ORGA-001"
ASKED = ["CTE-COM-014", "CTE-COM-026", "CTE-COM-027", RADIO]
NAMES = ("indicator_id", "value_code", "value_bool", "value_status", "level", "theme", "recall")


@cache
def today() -> Any:
    return datetime.now(UTC).date()


def form() -> BuiltForm:
    country = adapted(load(), demo.overlay())
    changes = {"indicators": ASKED, "languages": ["en", "ar"], "purpose.referral_verified_on": str(today())}
    return build(load_brief(written(changes), "brief.yaml", country), country, dorvania.load())


class Line(NamedTuple):
    engine: Engine
    home: Path
    built: BuiltForm
    fills: tuple[Filled, ...]

    def rows(self, indicator: str) -> list[dict[str, Any]]:
        with reading(self.engine) as session:
            rows = [dict(zip(NAMES, row, strict=True)) for row in long_rows(session, SURVEY, NAMES)]
        return [row for row in rows if row["indicator_id"] == indicator]

    def answers(self, name: str) -> list[set[str]]:
        """What phones sent, as it stands in the XML."""
        found = (fromstring(fill.xml).find(f".//{name}") for fill in self.fills)
        return [set((one.text or "").split()) for one in found if one is not None and one.text]


@cache
def filled() -> tuple[BuiltForm, tuple[Filled, ...]]:
    built = form()
    with Phones() as phones:
        return built, tuple(phones.open_form(built.xform, built.media).fill_many(range(40), Plan(today=today())))


@pytest.fixture
def line(sqlite_engine: Engine, tmp_path: Path) -> Line:
    built, fills = filled()
    context = Context(Settings(home=tmp_path), sqlite_engine)
    with transaction(sqlite_engine) as session:
        audit = Audit("test", "areas.imported", "demo")
        save_set(session, dorvania.load(), {}, source="demo", imported_on=today(), audit=audit)
    deploy(context, built, today=today(), actor="test")
    post(context, [(one.instance_id, "", one.xml) for one in fills], received_on=today(), form_id=built.form_id)
    pull_form(context, built.form_id)
    return Line(sqlite_engine, tmp_path, built, fills)


def test_what_a_country_added_reaches_the_store_as_the_standard_knows_it(line: Line) -> None:
    sent = line.answers("cte_com_027")
    as_parent = [one for one in sent if one & {"brick_kiln", "construction"}]
    rows = line.rows("CTE-COM-027")

    # Else nothing was shown: the country's own answer was chosen, also without its parent.
    assert any("brick_kiln" in one and "construction" not in one for one in sent)
    assert sum(row["value_code"] == "construction" and bool(row["value_bool"]) for row in rows) == len(as_parent)
    assert {row["value_code"] for row in rows} - {None} <= set(load().choice_list("labour_sector").names)


def test_a_local_indicator_is_stored_and_shown_in_its_words(line: Line) -> None:
    sent = line.answers("loc_xdv_orga_001")
    answered = [row for row in line.rows(RADIO) if row["value_status"] == "answered"]
    with web_site.site(line.engine, line.home) as app:
        visitor = web_site.visitor(app, line.engine, Role.IM_OFFICER)
        pages = {path: visitor.get(path).get_data(as_text=True) for path in ("/answers", "/forms")}
        plain = {path: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)) for path, page in pages.items()}

    assert len(answered) == len([one for one in sent if not one & {"dk", "pna"}]) > 0
    assert {(row["level"], row["theme"], row["recall"]) for row in answered} == {
        ("community", "protective_factor", "P3M")
    }
    assert "Has local radio told people here how to check an offer of work in the last 3 months?" in plain["/answers"]
    assert "Yes, once or twice" in plain["/answers"]
    assert f"Adapted by the overlay {line.built.mapping.overlay}" in plain["/forms"]
    assert "CTE-COM-027 0.95" in plain["/forms"]


def test_the_overlay_is_kept_with_the_version_and_comes_back_in_each_submission(line: Line) -> None:
    with reading(line.engine) as session:
        version = form_list.versions(session)[0]

    assert version.overlay == line.built.mapping.overlay
    assert version.overlay.startswith("XDV-ORGA-1-")
    assert version.adapted == ((RADIO, 0.0), ("CTE-COM-027", 0.95))
    assert {text for one in line.answers("fv_overlay") for text in one} == {version.overlay}
