"""The standard rows of filled forms, computed here in another way and compared row by row with the product's.

The other way knows nothing of the recipe, of strip or of apply. It reads the XML with ElementTree, the workbook that an
officer downloads, and the catalogue's own files; what was asked it takes from JavaRosa, which left out what was not.
"""

import hmac
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import yaml
from kind_forms import fresh_form_of
from small_letters import post
from sqlalchemy import Engine

import forms.catalogue
from backend.settings import Settings
from backend.store.areas import save_set
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.long_view import long_rows
from forms.build import BuiltForm
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

INTERVIEWS = {"site_ki": 60}
OTHER_INTERVIEWS = 15
KINDS = ("site_ki", "group", "site_observation", "expert", "provider_monthly", "desk_structural")
METHODS = dict(zip(KINDS, ("ki", "fgd", "observation", "expert", "provider_agg", "desk"), strict=True))
PEOPLE = ("site_ki", "group", "expert")
RECORDS = ("provider_monthly", "desk_structural")
NAMES = tuple(field.name for field in fields("observation") if field.name != "obs_id")
CATALOGUE = Path(forms.catalogue.__file__).parent / "data"
NOT_ANSWERED = ("dk", "pna")
Row = dict[str, Any]


@cache
def today() -> date:
    return datetime.now(UTC).date()


@cache
def built(kind: str) -> BuiltForm:
    return fresh_form_of(kind, today())


@pytest.fixture(scope="module")
def fills() -> dict[str, tuple[Filled, ...]]:
    found = {}
    with Phones() as phones:
        for kind in KINDS:
            form, interviews = built(kind), range(INTERVIEWS.get(kind, OTHER_INTERVIEWS))
            found[kind] = phones.open_form(form.xform, form.media).fill_many(interviews, Plan(today=today(), skip=0.2))
    return found


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


def _is_kept(kind: str, answers: dict[str, str]) -> bool:
    if kind in PEOPLE:
        return answers.get("con_given") == "yes"
    if kind == "site_observation":
        return all(answers[f"saf_{name}"] == "yes" for name in ("trained", "card", "private"))
    if kind == "provider_monthly":
        return answers["prv_consent"] == answers["prv_totals"] == "yes"
    return bool(answers["src_ref"])


def expected(kind: str, fill: Filled, workbook: Workbook, round_key: bytes) -> Iterator[Row]:
    answers = {element.tag.rpartition("}")[2]: (element.text or "") for element in fromstring(fill.xml).iter()}
    if not _is_kept(kind, answers):
        return
    answers["kind"] = kind
    message = f"submission|t_{kind}|{answers['instanceID']}"
    key = hmac.new(round_key, message.encode(), "sha256").hexdigest()[:32]
    for name, (shape, list_name) in workbook.questions.items():
        entry = yaml.safe_load((CATALOGUE / "indicators" / f"{name.upper().replace('_', '-')}.yaml").read_text("utf-8"))
        codes = workbook.lists.get(list_name, [])
        yield from _question(name, shape, codes, answers, entry, workbook.section[name], key)


def _question(
    name: str, shape: str, codes: list[str], answers: dict[str, str], entry: Any, section: str, key: str
) -> Iterator[Row]:
    row = _shared(answers, entry, section) | {"submission_key": key, "indicator_id": name.upper().replace("_", "-")}
    answer = answers.get(name)
    if not answer or answer in NOT_ANSWERED:
        yield row | {"value_status": answer or ("skipped" if answers["kind"] in RECORDS else "not_asked")}
    elif shape == "integer":
        yield row | {"value_num": float(answer), "value_status": "answered"}
    elif shape == "select_one":
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
        "adm2_pcode": _known(answers.get("ctx_adm2", "")) if sensitivity <= 2 else None,
        "adm3_pcode": _known(answers.get("ctx_adm3", "")) if sensitivity == 1 else None,
        "period": month if sensitivity <= 2 else quarter,
        "method": METHODS[answers["kind"]],
        "source_group": answers.get("ctx_ki_group"),
        "source_sex": answers.get("ctx_ki_sex") or None,
        "evidence_basis": " ".join(sorted(answers.get(f"evi_basis_{section}", "").split())) or None,
        "confidence": answers.get(f"evi_confidence_{section}") or None,
        "limitations": " ".join(sorted(answers["clo_limits"].split())) or None,
        "consent_ok": True,
        "sensitivity": sensitivity,
        "source_kind": "secondary" if answers["kind"] in RECORDS else "primary",
        "source_ref": answers.get("src_ref"),
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


@pytest.mark.parametrize("kind", ["site_ki", "desk_structural"])
def test_every_row_is_the_one_that_another_way_computes(
    engine: Engine, fills: dict[str, tuple[Filled, ...]], kind: str
) -> None:
    _compare(engine, fills, kind)


@pytest.mark.parametrize("kind", ["group", "site_observation", "expert", "provider_monthly"])
def test_every_row_of_the_other_kinds_is_the_one_that_another_way_computes(
    sqlite_engine: Engine, fills: dict[str, tuple[Filled, ...]], kind: str
) -> None:
    _compare(sqlite_engine, fills, kind)


def _compare(engine: Engine, fills: dict[str, tuple[Filled, ...]], kind: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        rows, round_key = _read(engine, Path(home), built(kind), fills[kind])

    workbook = Workbook(built(kind).xlsx)
    other = [row for fill in fills[kind] for row in expected(kind, fill, workbook, round_key)]
    assert len(other) >= len(fills[kind]) / 2 * len(workbook.questions)
    assert {row["value_status"] for row in other} >= STATUSES.get(kind, {"answered"})
    assert _sorted(rows) == _sorted(other)


STATUSES = {
    "site_ki": {"answered", "dk", "pna", "not_asked"},
    "group": {"answered", "dk", "not_asked"},
    "provider_monthly": {"answered", "skipped"},
    "desk_structural": {"answered", "dk", "skipped"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_element_names_are_unique_in_the_form(fills: dict[str, tuple[Filled, ...]], kind: str) -> None:
    """The other way looks answers up by their last name; that is only right while no two questions share one."""
    leaves = list(_leaves(fromstring(fills[kind][0].xml)))

    assert len({leaf.tag for leaf in leaves}) == len(leaves)


def _leaves(element: Element) -> Iterator[Element]:
    if len(element) == 0:
        yield element
    for child in element:
        yield from _leaves(child)
