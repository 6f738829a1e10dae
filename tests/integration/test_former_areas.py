"""An area gets another p-code: what was stored before and what comes after is of one area, for whoever may see it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select

from backend.access import Role
from backend.store.areas import save_set
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.tables import coverage
from mappings.areas import demo
from mappings.areas.registry import Area, build_registry

OLD = demo.load().level(2)[1]
NEW = "XD0199"


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.fill(sqlite_engine)
    with web_site.site(sqlite_engine, tmp_path) as found:
        yield found


def _rename(engine: Engine) -> None:
    """What is stored stays under the former p-code; what comes after is stored under the new one."""
    registry, code = demo.load(), {OLD.pcode: NEW}
    areas = [
        Area(code.get(area.pcode, area.pcode), area.level, code.get(area.parent or "", area.parent), area.names)
        for area in registry.areas.values()
    ]
    renamed = build_registry(areas, label="renamed", aliases={OLD.pcode: NEW})
    with transaction(engine) as session:
        audit = Audit("test", "areas", "renamed")
        save_set(session, renamed, {}, source="test", imported_on=date(2026, 11, 1), audit=audit)
        [row] = session.execute(select(coverage).where(coverage.c.adm2_pcode == OLD.pcode)).mappings().all()
        session.execute(insert(coverage), [dict(row) | {"adm2_pcode": NEW, "n_sources": 1000}])


def _areas_of(client: FlaskClient) -> set[str]:
    return {line["adm2_pcode"] for line in client.get("/api/v1/monitor/coverage").get_json()}


def test_the_monitor_counts_it_as_one_area(app: APIFlask, sqlite_engine: Engine) -> None:
    _rename(sqlite_engine)

    page = web_site.visitor(app, sqlite_engine, Role.COORDINATOR).get("/").get_data(as_text=True)

    assert f"of {len(demo.load().level(2))} areas have interviews" in page
    assert OLD.pcode not in page


def test_who_may_see_the_area_of_today_sees_what_came_before(app: APIFlask, sqlite_engine: Engine) -> None:
    _rename(sqlite_engine)

    partner = web_site.visitor(app, sqlite_engine, Role.PARTNER, areas=frozenset({NEW}))

    assert _areas_of(partner) == {OLD.pcode, NEW}


def test_who_may_see_the_former_area_sees_no_more_than_before(app: APIFlask, sqlite_engine: Engine) -> None:
    """The area of today may be larger."""
    partner = web_site.visitor(app, sqlite_engine, Role.PARTNER, areas=frozenset({OLD.pcode}))

    _rename(sqlite_engine)

    assert _areas_of(partner) == {OLD.pcode}


def test_answers_of_the_area_are_those_of_both_codes(app: APIFlask, sqlite_engine: Engine) -> None:
    _rename(sqlite_engine)
    officer = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    before, today = (officer.get(f"/api/v1/answers?area={pcode}").get_json() for pcode in (OLD.pcode, NEW))
    page = officer.get("/answers").get_data(as_text=True)

    assert before == today
    assert today["answers"]
    assert (f'value="{NEW}"' in page, f'value="{OLD.pcode}"' in page) == (True, False)
