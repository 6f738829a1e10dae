"""A country of 50,000 areas: the form is built in seconds, stays small, and the phone's engine fills it."""

import time
from collections.abc import Iterator
from datetime import date

import pytest
from brief_tables import loaded, of_kind
from engine_forms import needs_engine

from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.engine import Ending, Engine, Plan
from mappings.areas import Area, AreaRegistry, Site, build_registry

REGIONS, DISTRICTS, COMMUNITIES = 20, 100, 24
SECONDS = 6.0
MEGABYTE = 1_000_000


def areas() -> Iterator[Area]:
    for region in range(REGIONS):
        above = f"XL{region:02d}"
        yield Area(above, 1, None, _names("Region", region))
        for district in range(DISTRICTS):
            middle = f"{above}{district:02d}"
            yield Area(middle, 2, above, _names("District", district))
            for community in range(COMMUNITIES):
                yield Area(f"{middle}{community:02d}", 3, middle, _names("Community", community))


def _names(kind: str, number: int) -> dict[str, str]:
    return {"en": f"{kind} {number}", "ar": f"مكان {number}"}


@pytest.fixture(scope="module")
def country() -> AreaRegistry:
    found = list(areas())
    homes = [area.pcode for area in found if area.level == 3][::500]
    places = [
        Site(f"XL-S{number:04d}", home, _names("Site", number), "planned_site") for number, home in enumerate(homes)
    ]
    return build_registry(found, label="large", sites=places)


@pytest.fixture(scope="module")
def form(country: AreaRegistry) -> BuiltForm:
    return build(loaded(of_kind("site_ki")), load(), country)


def test_the_country_has_fifty_thousand_areas(country: AreaRegistry) -> None:
    assert len(country.areas) > 50_000


def test_the_form_is_built_in_seconds(country: AreaRegistry) -> None:
    started = time.process_time()

    build(loaded(of_kind("site_ki")), load(), country)

    assert time.process_time() - started < SECONDS


def test_areas_lie_beside_the_form_and_not_in_it(form: BuiltForm) -> None:
    lines = {name: content.count(b"\n") - 1 for name, content in form.media.items()}

    # Below every area "not in the list" can be chosen, also below that.
    assert len(form.xform) < MEGABYTE
    assert lines["adm2.csv"] == REGIONS * (DISTRICTS + 1)
    assert lines["adm3.csv"] == REGIONS * (DISTRICTS * (COMMUNITIES + 1) + 1)


@pytest.mark.slow
@pytest.mark.engine
@needs_engine[1]
def test_the_engine_fills_it_down_to_the_last_area(form: BuiltForm) -> None:
    wanted = {"ctx_adm1": "XL19", "ctx_adm2": "XL1999", "ctx_adm3": "XL199923"}
    safe = {f"saf_{name}": "yes" for name in ("trained", "card", "private", "adult", "role")}
    plan = Plan(today=date(2026, 3, 4)).with_forced(**safe, con_understood="yes", con_given="yes", **wanted)

    with Engine(seconds=120) as engine:
        fills = engine.open_form(form.xform, form.media).fill_many(range(3), plan)

    assert {(filled.ending, filled.valid, filled.problems) for filled in fills} == {(Ending.COMPLETE, True, ())}
    assert {filled.answers["/data/context/ctx_adm3"] for filled in fills} == {"XL199923"}
