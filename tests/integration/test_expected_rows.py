"""The standard rows of filled forms, computed here in another way and compared row by row with the product's.

The other way knows nothing of the recipe, of strip or of apply. It reads the XML with ElementTree, the workbook that an
officer downloads, and the catalogue's own files; what was asked it takes from JavaRosa, which left out what was not.
"""

import hmac
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import yaml
from small_letters import post
from sqlalchemy import Engine

import forms.catalogue
import forms.demo
from backend.settings import Settings
from backend.store.areas import save_set
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.long_view import long_rows
from forms.build import BuiltForm, build
from forms.engine import Engine as Phones
from forms.engine import Filled, Plan, engine_available
from forms.sheets import read_tables
from mappings.areas import demo
from mappings.schema import fields
from workers.context import Context
from workers.deploy import deploy
from workers.pull import pull_form

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_available(), reason="no JavaRosa: install the extra 'engine'"),
]

INTERVIEWS = 60
NAMES = tuple(field.name for field in fields("observation") if field.name != "obs_id")
CATALOGUE = Path(forms.catalogue.__file__).parent / "data"
NOT_ANSWERED = ("dk", "pna")
Row = dict[str, Any]


@cache
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture(scope="module")
def built() -> BuiltForm:
    brief = forms.demo.brief()
    purpose = replace(brief.purpose, referral_verified_on=today())
    return build(replace(brief, purpose=purpose), forms.catalogue.load(), demo.load())


@pytest.fixture(scope="module")
def fills(built: BuiltForm) -> tuple[Filled, ...]:
    with Phones() as phones:
        return phones.open_form(built.xform, built.media).fill_many(range(INTERVIEWS), Plan(today=today()))


# ---- the other way ---------------------------------------------------------------------------------------------------


class Workbook:
    """What the officer's XLSX says: which list a question has, and the section that its evidence belongs to."""

    def __init__(self, xlsx: bytes) -> None:
        tables = read_tables(xlsx, "form.xlsx")
        self.lists: dict[str, list[str]] = {}
        for row in tables["choices"]:
            self.lists.setdefault(row["list_name"], []).append(row["name"])
        self.questions: dict[str, tuple[str, str]] = {}
        self.section: dict[str, str] = {}
        waiting: list[str] = []
        for row in tables["survey"]:
            if row["name"].startswith("cte_"):
                kind, _, list_name = row["type"].partition(" ")
                self.questions[row["name"]] = (kind, list_name)
                waiting.append(row["name"])
            if row["name"].startswith("evi_basis_"):
                self.section |= dict.fromkeys(waiting, row["name"].removeprefix("evi_basis_"))
                waiting = []


def expected(fill: Filled, workbook: Workbook, round_key: bytes) -> Iterator[Row]:
    answers = {element.tag.rpartition("}")[2]: (element.text or "") for element in fromstring(fill.xml).iter()}
    if answers.get("con_given") != "yes":
        return
    message = f"submission|demo_site_ki|{answers['instanceID']}"
    key = hmac.new(round_key, message.encode(), "sha256").hexdigest()[:32]
    for name, (kind, list_name) in workbook.questions.items():
        entry = yaml.safe_load((CATALOGUE / "indicators" / f"{name.upper().replace('_', '-')}.yaml").read_text("utf-8"))
        yield from _question(name, kind, workbook.lists[list_name], answers, entry, workbook.section[name], key)


def _question(
    name: str, kind: str, codes: list[str], answers: dict[str, str], entry: Any, section: str, key: str
) -> Iterator[Row]:
    row = _shared(answers, entry, section) | {"submission_key": key, "indicator_id": name.upper().replace("_", "-")}
    answer = answers.get(name)
    if answer is None or answer in NOT_ANSWERED:
        yield row | {"value_status": "not_asked" if answer is None else answer}
    elif kind == "select_one":
        yield row | {"value_code": answer, "value_status": "answered"}
    else:
        for code in codes:
            if code not in NOT_ANSWERED:
                yield row | {"value_code": code, "value_bool": code in answer.split(), "value_status": "answered"}


def _shared(answers: dict[str, str], entry: Any, section: str) -> Row:
    sensitivity = int(entry["sensitivity"])
    month = answers["ctx_date"][:7]
    quarter = f"{month[:4]}-Q{(int(month[5:]) - 1) // 3 + 1}"
    return {
        "survey_id": "CTE-S-XDV-2026-01",
        "indicator_version": int(entry["version"]),
        "level": entry["level"],
        "theme": entry["theme"],
        "value_code": None,
        "value_num": None,
        "value_bool": None,
        "unit": entry["unit"],
        "recall": entry["recall"],
        "disagg_sex": "all",
        "disagg_age": "all",
        "disagg_pop": "all",
        "disagg_form": "all",
        "adm1_pcode": answers["ctx_adm1"],
        "adm2_pcode": _known(answers["ctx_adm2"]) if sensitivity <= 2 else None,
        "adm3_pcode": _known(answers.get("ctx_adm3", "")) if sensitivity == 1 else None,
        "period": month if sensitivity <= 2 else quarter,
        "method": "ki",
        "source_group": answers["ctx_ki_group"],
        "source_sex": answers.get("ctx_ki_sex") or None,
        "evidence_basis": " ".join(sorted(answers.get(f"evi_basis_{section}", "").split())) or None,
        "confidence": answers.get(f"evi_confidence_{section}") or None,
        "limitations": " ".join(sorted(answers["clo_limits"].split())) or None,
        "consent_ok": True,
        "sensitivity": sensitivity,
        "source_kind": "primary",
        "source_ref": None,
        "deid_profile": "fieldveil-1",
        "site_type": _site_type(answers.get("ctx_site", "")),
    }


def _known(code: str) -> str | None:
    return None if not code or code.endswith("-NIL") else code


@cache
def _site_types() -> dict[str, str]:
    rows = read_tables(demo.demo_file(demo.SITES), demo.SITES)
    return {row["site_code"]: row["site_type"] for table in rows.values() for row in table}


def _site_type(code: str) -> str | None:
    return _site_types().get(code)


# ---- the product's way -----------------------------------------------------------------------------------------------


def _read(engine: Engine, home: Path, built: BuiltForm, fills: tuple[Filled, ...]) -> tuple[list[Row], bytes]:
    context = Context(Settings(home=home), engine)
    with transaction(engine) as session:
        audit = Audit("test", "areas.imported", "demo")
        save_set(session, demo.load(), {}, source="demo", imported_on=today(), audit=audit)
    deploy(context, built, today=today(), actor="test")
    letters = [(fill.instance_id, "", fill.xml) for fill in fills]
    post(context, letters, received_on=today(), form_id=built.form_id)
    pull_form(context, built.form_id)
    with reading(engine) as session:
        rows = [dict(zip(NAMES, row, strict=True)) for row in long_rows(session, "CTE-S-XDV-2026-01", NAMES)]
    return rows, (context.settings.worker_keys / "round-CTE-S-XDV-2026-01").read_bytes()


def _sorted(rows: list[Row]) -> list[tuple[tuple[str, str], ...]]:
    compared = [name for name in NAMES if name not in ("collector_key", "site_key", "mapping_version")]
    return sorted(tuple((name, repr(row[name])) for name in compared) for row in rows)


def test_every_row_is_the_one_that_another_way_computes(
    engine: Engine, built: BuiltForm, fills: tuple[Filled, ...]
) -> None:
    with tempfile.TemporaryDirectory() as home:
        rows, round_key = _read(engine, Path(home), built, fills)

    workbook = Workbook(built.xlsx)
    other = [row for fill in fills for row in expected(fill, workbook, round_key)]
    assert len(other) > INTERVIEWS * 50
    assert {row["value_status"] for row in other} >= {"answered", "dk", "pna", "not_asked"}
    assert _sorted(rows) == _sorted(other)


def test_element_names_are_unique_in_the_form(fills: tuple[Filled, ...]) -> None:
    """The other way looks answers up by their last name; that is only right while no two questions share one."""
    leaves = list(_leaves(fromstring(fills[0].xml)))

    assert len({leaf.tag for leaf in leaves}) == len(leaves)


def _leaves(element: Element) -> Iterator[Element]:
    if len(element) == 0:
        yield element
    for child in element:
        yield from _leaves(child)
