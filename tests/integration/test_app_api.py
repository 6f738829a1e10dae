"""The interface for scripts: figures as stored, limited by roles and areas, and nothing that no model names."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import web_site
from apiflask import APIFlask
from pydantic import ValidationError
from sqlalchemy import Engine

from backend.access import Role
from backend.app.api import models
from mappings.areas import demo

FIRST = demo.load().level(1)[0].pcode
SECOND = demo.load().level(2)[1]


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    web_site.fill(sqlite_engine)
    with web_site.site(sqlite_engine, tmp_path) as app:
        yield app


def _read(app: APIFlask, sqlite_engine: Engine, path: str, role: Role = Role.IM_OFFICER, **account: Any) -> Any:
    answer = web_site.visitor(app, sqlite_engine, role, **account).get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_forms_come_with_their_state_and_languages(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/forms")

    assert [(form["form_id"], form["practice"]) for form in found] == [
        (web_site.FORM, False),
        (web_site.PRACTICE, True),
    ]
    assert found[0]["languages"] == ["en", "ar"]


def test_versions_come_without_the_built_files(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, f"/forms/{web_site.FORM}/versions")

    assert found[0]["minutes"] == 24
    assert not {"xlsx", "xform", "mapping", "brief"} & set(found[0])


def test_an_unknown_form_has_no_versions(app: APIFlask, sqlite_engine: Engine) -> None:
    assert (
        web_site.visitor(app, sqlite_engine, Role.PARTNER, Role.ADMIN).get("/api/v1/forms/x/versions").status_code
        == 404
    )


def test_areas_come_with_their_names(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/areas?level=2")

    assert len(found) == len(demo.load().level(2))
    assert found[0]["names"]["en"]


def test_areas_of_a_limited_account_are_its_own(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/areas?level=2", areas=frozenset({FIRST}))

    assert {area["parent"] for area in found} == {FIRST}


def test_submissions_are_counted_by_day(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/monitor/daily")

    assert found[-1]["day"] == f"{web_site.TODAY:%Y-%m-%d}" or found[-1]["n"] > 0
    assert [day["day"] for day in found] == sorted(day["day"] for day in found)


def test_days_of_a_limited_account_are_fewer(app: APIFlask, sqlite_engine: Engine) -> None:
    everything = _read(app, sqlite_engine, "/monitor/daily")
    own = _read(app, sqlite_engine, "/monitor/daily", name="basma", areas=frozenset({FIRST}))

    assert 0 < sum(day["n"] for day in own) < sum(day["n"] for day in everything)


def test_somebody_limited_to_an_area_of_level_2_gets_no_days_of_level_1(app: APIFlask, sqlite_engine: Engine) -> None:
    assert _read(app, sqlite_engine, "/monitor/daily", areas=frozenset({SECOND.pcode})) == []


def test_coverage_of_a_limited_account_is_its_own(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/monitor/coverage", areas=frozenset({SECOND.pcode}))

    assert {line["adm2_pcode"] for line in found} == {SECOND.pcode}


def test_coverage_tells_interviews_outside_the_list_apart(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, f"/monitor/coverage?period={web_site.MONTH}")

    assert [line["n_sources"] for line in found if line["adm2_pcode"] is None] == [4]


def test_coverage_of_one_month_leaves_the_others_out(app: APIFlask, sqlite_engine: Engine) -> None:
    whole = _read(app, sqlite_engine, "/monitor/coverage")
    month = _read(app, sqlite_engine, f"/monitor/coverage?period={web_site.MONTH}", name="basma")

    assert 0 < sum(line["n_sources"] for line in month) < sum(line["n_sources"] for line in whole)


def test_outcomes_add_up_to_the_ledger(app: APIFlask, sqlite_engine: Engine) -> None:
    found = {line["outcome"]: line["n"] for line in _read(app, sqlite_engine, "/monitor/outcomes")}

    assert found == {"stored": 60, "refused": 9, "rejected": 3, "withdrawn": 1}


def test_letters_tell_posted_from_read(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/monitor/letters")

    assert (found[0]["posted"], found[0]["read"], found[0]["conflicts"]) == (80, 73, 0)


def test_pulls_tell_when_they_ended(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/monitor/pulls")

    assert (found[0]["running"], found[0]["error"]) == (False, None)
    assert found[0]["finished"].endswith(("Z", "+00:00"))


def test_rejects_come_by_question_and_reason(app: APIFlask, sqlite_engine: Engine) -> None:
    found = [(line["path"], line["reason"], line["n"]) for line in _read(app, sqlite_engine, "/monitor/rejects")]

    assert found == [("core/com_01", "not_in_list", 5), ("core/com_07", "too_many", 2), ("", "unknown_version", 1)]


@pytest.mark.parametrize("path", ["outcomes", "letters", "pulls", "rejects", "verdicts"])
def test_figures_of_whole_forms_are_not_for_limited_accounts(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR, areas=frozenset({FIRST}))

    assert client.get(f"/api/v1/monitor/{path}").status_code == 403


@pytest.mark.parametrize("role", Role)
def test_counts_never_tell_about_distress_or_disclosures(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    kinds = {line["kind"] for line in _read(app, sqlite_engine, "/monitor/counts", role, teams=web_site.NORTH)}

    assert kinds == {"received", "refused", "not_understood", "stopped_safety", "nil:adm2", "nil:site"}


def test_effort_comes_in_bands(app: APIFlask, sqlite_engine: Engine) -> None:
    found = {line["kind"]: line["n"] for line in _read(app, sqlite_engine, "/monitor/effort")}

    assert found["minutes:20"] == 160
    assert found["clock:future"] == 2


def test_answers_are_of_the_newest_month_and_carry_their_notice(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, "/answers")

    assert found["period"] == web_site.MONTH
    assert found["notice"] == "Internal: no disclosure control yet."
    some = next(line for line in found["answers"] if line["code"] == "some")
    assert (some["n_sources"], some["n_sites"], some["disaggregation"]) == (6, 4, [])


def test_answers_of_one_area_are_its_own(app: APIFlask, sqlite_engine: Engine) -> None:
    found = _read(app, sqlite_engine, f"/answers?area={demo.load().level(2)[0].pcode}")

    assert next(line["n_sources"] for line in found["answers"] if line["code"] == "some") == 3


def test_answers_of_an_area_outside_the_own_are_not_given(app: APIFlask, sqlite_engine: Engine) -> None:
    other = demo.load().level(1)[-1].pcode

    found = _read(app, sqlite_engine, f"/answers?area={demo.load().level(2)[0].pcode}", areas=frozenset({other}))

    assert found["answers"] == []


def test_a_form_that_does_not_exist_has_no_figures(app: APIFlask, sqlite_engine: Engine) -> None:
    assert _read(app, sqlite_engine, "/monitor/daily?form=nothing") == []


# ---- the description -------------------------------------------------------------------------------------------------


@pytest.fixture
def described(sqlite_engine: Engine, tmp_path: Path) -> Any:
    with web_site.site(sqlite_engine, tmp_path) as app:
        return web_site.visitor(app, sqlite_engine, Role.PARTNER).get("/api/v1/openapi.json").get_json()


def test_the_description_is_for_who_is_signed_in(sqlite_engine: Engine, tmp_path: Path) -> None:
    with web_site.site(sqlite_engine, tmp_path) as app:
        assert app.test_client().get("/api/v1/openapi.json").status_code == 401


def test_the_description_names_every_route_of_the_interface(described: dict[str, Any]) -> None:
    assert set(described["paths"]) == {
        "/api/v1/forms",
        "/api/v1/forms/{form_id}/versions",
        "/api/v1/areas",
        "/api/v1/answers",
        *(
            f"/api/v1/monitor/{name}"
            for name in ("daily", "coverage", "outcomes", "letters", "pulls", "rejects", "verdicts", "counts", "effort")
        ),
    }


def test_the_interface_only_reads(described: dict[str, Any]) -> None:
    assert {method for path in described["paths"].values() for method in path} == {"get"}


def test_every_route_is_described_with_its_answer(described: dict[str, Any]) -> None:
    silent = [
        path
        for path, methods in described["paths"].items()
        if not methods["get"].get("summary")
        or "schema" not in methods["get"]["responses"]["200"]["content"]["application/json"]
    ]

    assert silent == []


def test_the_description_says_how_to_sign_in(described: dict[str, Any]) -> None:
    assert described["components"]["securitySchemes"]["token"]["name"] == "Authentication-Token"


def test_the_description_loads_nothing_from_elsewhere(described: dict[str, Any]) -> None:
    assert "cdn" not in json.dumps(described)


# ---- models ----------------------------------------------------------------------------------------------------------


def test_a_field_that_no_model_names_does_not_leave() -> None:
    given = {"day": "2026-11-22", "n": 3, "collector_key": "secret"}

    assert models.DayOut.model_validate(given).model_dump() == {"day": web_site.date(2026, 11, 22), "n": 3}


def test_a_value_that_does_not_fit_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as raised:
        models.DayOut.model_validate({"day": "Amina", "n": "Amina"})

    assert "Amina" not in str(raised.value)


def test_all_models_stand_on_the_one_that_hides_values() -> None:
    found = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, models.BaseModel)]

    strays = [kind.__name__ for kind in found if kind is not models.BaseModel and not issubclass(kind, models.Model)]
    assert strays == []
