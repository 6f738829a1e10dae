"""The versions of the area list in the database."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import NoResultFound, StatementError

from backend.store import areas
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.tables import area, audit
from mappings.areas import AreaFiles, AreaRegistry, Draft, InUse, build_registry, demo, read_areas

DAY = date(2025, 6, 1)
ENTRY = Audit("cli", "areas.import", "areas", {"areas": 300})


def save(engine: Engine, registry: AreaRegistry, shapes: Any = None) -> areas.Saved:
    with transaction(engine) as session:
        return areas.save_set(session, registry, shapes or {}, source="areas.csv", imported_on=DAY, audit=ENTRY)


def renamed(registry: AreaRegistry) -> AreaRegistry:
    first, *others = registry.areas.values()
    other = replace(first, names={"en": "Renamed"})
    return build_registry([other, *others], label="Renamed", sites=registry.sites.values(), aliases={"OLD": "XD01"})


def count(engine: Engine, table: Any) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture(scope="module")
def country() -> Draft:
    return demo.draft()


def test_an_empty_store_has_no_version_in_use(engine: Engine) -> None:
    with reading(engine) as session:
        assert areas.current(session) is None
        assert areas.current_id(session) is None
        assert areas.in_use(session) is None
        assert areas.sets(session) == ()


def test_a_saved_version_comes_back_whole(engine: Engine, country: Draft) -> None:
    saved = save(engine, country.accept(), country.shapes)

    with reading(engine) as session:
        assert saved == areas.Saved(areas.current_id(session) or 0, changed=True)
        assert areas.current(session) == country.accept()
        assert list(areas.load(session, saved.set_id).areas) == sorted(country.accept().areas)
        assert areas.in_use(session) == InUse(country.accept(), country.shapes)


def test_a_version_without_sites_polygons_and_aliases_is_whole_too(engine: Engine, country: Draft) -> None:
    bare = build_registry(country.accept().areas.values(), label="Bare")

    save(engine, bare)

    with reading(engine) as session:
        assert areas.current(session) == bare


def test_the_same_content_twice_changes_nothing(engine: Engine, country: Draft) -> None:
    first = save(engine, country.accept(), country.shapes)
    relabelled = build_registry(
        country.accept().areas.values(),
        label="Another label",
        sites=country.accept().sites.values(),
        shapes=country.shapes,
    )

    again = save(engine, relabelled, country.shapes)

    assert again == areas.Saved(first.set_id, changed=False)
    assert (count(engine, area), count(engine, audit)) == (300, 1)


def test_an_older_version_stays_and_can_still_be_read(engine: Engine, country: Draft) -> None:
    old = save(engine, country.accept())
    new = save(engine, renamed(country.accept()))

    with reading(engine) as session:
        assert areas.load(session, old.set_id) == country.accept()
        assert areas.current(session) == renamed(country.accept())
        assert [(found.id, found.is_current) for found in areas.sets(session)] == [
            (new.set_id, True),
            (old.set_id, False),
        ]


def test_an_older_version_is_taken_up_again_not_stored_twice(engine: Engine, country: Draft) -> None:
    old = save(engine, country.accept())
    save(engine, renamed(country.accept()))

    again = save(engine, country.accept())

    assert again == areas.Saved(old.set_id, changed=True)
    assert count(engine, area) == 600
    with reading(engine) as session:
        assert [found.id for found in areas.sets(session) if found.is_current] == [old.set_id]


def test_every_change_leaves_its_audit_entry(engine: Engine, country: Draft) -> None:
    save(engine, country.accept())

    with reading(engine) as session:
        rows = session.execute(select(audit.c.actor, audit.c.action, audit.c.object, audit.c.details)).all()

    assert [tuple(row) for row in rows] == [("cli", "areas.import", "areas", {"areas": 300})]


def test_what_is_known_of_a_version_is_listed(engine: Engine, country: Draft) -> None:
    saved = save(engine, country.accept(), country.shapes)

    with reading(engine) as session:
        assert areas.sets(session) == (
            areas.AreaSet(saved.set_id, demo.LABEL, "areas.csv", DAY, country.accept().content_sha256, is_current=True),
        )


def test_a_long_list_of_files_is_cut_to_what_the_store_holds(engine: Engine, country: Draft) -> None:
    with transaction(engine) as session:
        areas.save_set(session, country.accept(), {}, source="x" * 300, imported_on=DAY, audit=ENTRY)

    with reading(engine) as session:
        assert areas.sets(session)[0].source == "x" * 200


def test_a_level_comes_as_a_map_in_the_order_of_its_p_codes(engine: Engine, country: Draft) -> None:
    saved = save(engine, country.accept(), country.shapes)

    with reading(engine) as session:
        found = areas.shapes(session, saved.set_id, 2)

    assert found["type"] == "FeatureCollection"
    pcodes = [item["properties"]["name"] for item in found["features"]]
    assert pcodes == [level_2.pcode for level_2 in country.accept().level(2)]
    assert found["features"][0]["properties"]["parent"] == "XD01"
    assert found["features"][0]["geometry"] == country.shapes["XD0101"]


def test_an_area_without_polygon_is_left_out_of_the_map(engine: Engine, country: Draft) -> None:
    saved = save(engine, country.accept(), {"XD01": country.shapes["XD01"]})

    with reading(engine) as session:
        assert [item["properties"]["pcode"] for item in areas.shapes(session, saved.set_id, 1)["features"]] == ["XD01"]


def test_a_version_that_does_not_exist_is_an_error(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(NoResultFound):
        areas.load(session, 77)


def test_a_crash_in_the_middle_leaves_the_version_before_in_use(engine: Engine, country: Draft) -> None:
    save(engine, country.accept())
    undrawable = {"XD01": {"type": object()}}

    with pytest.raises((StatementError, TypeError), match="not JSON serializable"):
        save(engine, renamed(country.accept()), undrawable)

    with reading(engine) as session:
        assert areas.current(session) == country.accept()
        assert len(areas.sets(session)) == 1


def test_an_import_of_sites_alone_keeps_the_map_and_its_version_when_nothing_changed(
    engine: Engine, country: Draft
) -> None:
    save(engine, country.accept(), country.shapes)
    with reading(engine) as session:
        in_use = areas.in_use(session)

    again = read_areas(AreaFiles(sites=demo.demo_files().sites), label="June", in_use=in_use)

    assert save(engine, again.accept(), again.shapes).changed is False
