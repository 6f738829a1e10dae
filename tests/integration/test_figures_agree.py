"""After a history with a bit of everything: what pages, API, command line and export say is what the rows say."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import web_site
from click.testing import CliRunner
from flask.testing import FlaskClient
from small_form import RECEIVED
from small_letters import context, post, send, xml
from sqlalchemy import Engine, func, select, text

from backend.access import Role
from backend.store.audit import Audit
from backend.store.closing import close_form
from backend.store.engine import reading, transaction
from backend.store.tables import answer, counter, ledger, reject, submission
from workers.cli.status import status
from workers.context import Context
from workers.pull import pull_form

_FAR: dict[str, Any] = {"who/adm1": "XA02", "who/adm2": "XA0201", "ctx/adm3": None, "ctx/site": "S2"}


@pytest.fixture
def field(engine: Engine, tmp_path: Path) -> Context:
    """14 interviews posted in time, 13 of them read: 8 stored, 3 refused, 2 rejected; one waits. One came too late."""
    found: Context = context(engine, tmp_path)
    for number in range(5):
        send(found, f"uuid:{number}", q_minutes=str(10 + number))
    for number in range(5, 8):
        send(found, f"uuid:{number}", today="2026-03-20", **_FAR)
    send(found, "uuid:e", previous="uuid:0", q_minutes="61", **{"rec/how_often": "never"})
    for number in range(8, 10):
        send(found, f"uuid:{number}", **{"con/given": "no"})
    send(found, "uuid:10", **{"con/understood": "no"})
    send(found, "uuid:11", **{"who/adm1": "ZZ"})
    post(found, [("uuid:12", "", xml("uuid:12", version="v9"))])
    send(found, "uuid:1", **{"rec/people": "77"})
    send(found, "uuid:2", q_minutes="12")
    pull_form(found, "small")
    with transaction(engine) as session:
        close_form(session, "small", RECEIVED, Audit("test", "form.closed", "small"))
    send(found, "uuid:13")
    post(found, [("uuid:14", "", xml("uuid:14"))], received_on=RECEIVED + timedelta(days=15))
    return found


@pytest.fixture
def officer(field: Context) -> Iterator[FlaskClient]:
    with web_site.site(field.engine, field.settings.home) as app:
        yield web_site.visitor(app, field.engine, Role.IM_OFFICER)


def _rows(field: Context) -> list[Any]:
    with reading(field.engine) as session:
        return list(session.execute(select(submission)).mappings())


def _scalar(field: Context, query: Any) -> Any:
    with reading(field.engine) as session:
        return session.scalar(query)


def _api(officer: FlaskClient, path: str) -> Any:
    answer = officer.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    return answer.get_json()


def test_the_command_line_says_what_the_ledger_says(field: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDVEIL_HOME", str(field.settings.home))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", field.engine.url.render_as_string(hide_password=False))

    [said] = json.loads(CliRunner().invoke(status, ["--json"]).stdout)

    shown = {name: said[name] for name in ("posted", "pulled", "stored", "refused", "rejected", "conflicts", "lost")}
    assert shown == {
        "posted": 14, "pulled": 13, "stored": 8, "refused": 3, "rejected": 2, "conflicts": 1, "lost": 0,
    }  # fmt: skip
    assert said["observations"] == _scalar(field, text("SELECT COUNT(*) FROM observation"))
    assert said["rejects"] == _scalar(field, select(func.count()).select_from(reject))
    assert not said["agree"]


def test_the_figures_of_the_monitor_add_up(officer: FlaskClient) -> None:
    page = officer.get("/").get_data(as_text=True)

    top = page[page.index('<dl class="figures">') : page.index("</dl>")]
    assert [int(n) for n in re.findall(r"<dd>(\d+)</dd>", top)] == [13, 8, 3, 2, 1]
    flow = page[page.index('<dl class="flow">') :]
    assert [int(n) for n in re.findall(r"<dd>(\d+)", flow[: flow.index("</dl>")])] == [14, 13, 8, 3, 2]
    assert "unaccounted" not in page


def test_the_interface_for_scripts_says_what_the_rows_say(field: Context, officer: FlaskClient) -> None:
    rows = _rows(field)

    [letters] = _api(officer, "monitor/letters")
    days = _api(officer, "monitor/daily")
    outcomes = {one["outcome"]: one["n"] for one in _api(officer, "monitor/outcomes")}
    coverage = {(one["adm1_pcode"], one["adm2_pcode"]): one for one in _api(officer, "monitor/coverage")}
    bad = {(one["path"], one["reason"]): one["n"] for one in _api(officer, "monitor/rejects")}
    effort = {one["kind"]: one["n"] for one in _api(officer, "monitor/effort")}

    assert (letters["posted"], letters["read"], letters["lost"], letters["conflicts"]) == (14, 13, 0, 1)
    assert days == [{"day": RECEIVED.isoformat(), "n": 13}]
    with reading(field.engine) as session:
        assert outcomes == dict(
            session.execute(select(ledger.c.outcome, func.count()).group_by(ledger.c.outcome)).all()
        )
        assert bad == Counter(tuple(row) for row in session.execute(select(reject.c.path, reject.c.reason)))
    places = Counter((row["adm1_pcode"], row["adm2_pcode"]) for row in rows)
    assert {place: one["n_sources"] for place, one in coverage.items()} == places
    assert effort == Counter(f"clock:{row['clock']}" for row in rows) + Counter(
        f"minutes:{max(low for low in (0, 5, 10, 15, 20, 25, 30, 45, 60) if low <= row['minutes'])}" for row in rows
    )


def test_refusals_by_month_and_area_are_those_of_the_counters(field: Context, officer: FlaskClient) -> None:
    shown = {(one["month"], one["adm1_pcode"], one["kind"]): one["n"] for one in _api(officer, "monitor/counts")}

    with reading(field.engine) as session:
        kept = session.execute(select(counter.c.month, counter.c.adm1_pcode, counter.c.kind, counter.c.n)).all()
    assert shown == {tuple(row[:3]): row[3] for row in kept if row[2] in {kind for _, _, kind in shown}}
    assert sum(n for (_, _, kind), n in shown.items() if kind in ("refused", "not_understood")) == 3
    assert sum(n for (_, _, kind), n in shown.items() if kind == "received") == 13


@pytest.mark.parametrize("period", ["2026-03", "2026-04"])
def test_answers_of_a_month_are_those_of_its_rows(field: Context, officer: FlaskClient, period: str) -> None:
    shown = Counter(
        {
            (one["indicator_id"], one["kind"], one["code"], tuple(one["disaggregation"])): one["n_sources"]
            for one in _api(officer, f"answers?period={period}")["answers"]
        }
    )

    with reading(field.engine) as session:
        known = {row["id"]: row for row in session.execute(select(answer)).mappings()}
    said: Counter[Any] = Counter()
    for row in [row for row in _rows(field) if row["period"] == period]:
        said.update({_name(known[number]) for number in (*row["c"], *row["nk"])})
    assert shown == said


def _name(entry: Any) -> tuple[str, str, str, tuple[str, ...]]:
    splits = (entry["disagg_sex"], entry["disagg_age"], entry["disagg_pop"], entry["disagg_form"])
    return entry["indicator_id"], entry["kind"], entry["code"], tuple(split for split in splits if split != "all")


def test_the_export_has_a_row_for_each_observation(field: Context, officer: FlaskClient) -> None:
    file = officer.get("/export/CTE-S-XAA-2026-01.csv").get_data(as_text=True)

    table = list(csv.reader(io.StringIO(file)))
    observations = _scalar(field, text("SELECT COUNT(*) FROM observation"))
    assert len(table) - 2 == observations > 8
