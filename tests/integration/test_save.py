"""Saving pages on both databases: once, whole, replaced by edits, and equal to the standard's long view."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from small_form import DEPLOYED, KEYS, MAPPING, PLACES, RECEIVED, raw, rule
from small_store import put_areas, put_form
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from backend.store.answers import register_answers
from backend.store.engine import reading, transaction
from backend.store.long_view import long_rows
from backend.store.monitor import Scope
from backend.store.results import answer_counts
from backend.store.rollups import refresh_rollups
from backend.store.save import Item, save_page
from backend.store.tables import asked, counter, coverage, daily, inbox, ledger, reject, rollup, submission
from mappings.apply import Apply, needed_answers
from mappings.model import InboxNote, Outcome
from mappings.schema import fields
from mappings.strip import Setting, Strip

NAMES = tuple(field.name for field in fields("observation") if field.name != "obs_id")


@pytest.fixture
def store(engine: Engine) -> Engine:
    """A database in which phones have the small form."""
    put_areas(engine)
    put_form(engine)
    return engine


def item(session: Session, **answers: Any) -> Item:
    types = {site_type for site_type, _ in PLACES.sites.values()}
    ids = register_answers(session, needed_answers(MAPPING, types))
    stripped = Strip(MAPPING, Setting(KEYS, PLACES, DEPLOYED))(raw(**answers), RECEIVED)
    applied = Apply(MAPPING, PLACES, ids)(stripped.clean) if stripped.clean else None
    return Item.of(stripped, applied.row if applied else None, applied.rejects if applied else ())


def save(engine: Engine, *several: dict[str, Any]) -> tuple[int, int]:
    with transaction(engine) as session:
        items = [item(session, **answers) for answers in several]
        plan = save_page(session, "small", items, lambda note: repr(note.debrief).encode())
        refresh_rollups(session, "small")
    return len(plan.new), len(plan.changed)


def root(number: int) -> dict[str, str]:
    return {"meta/rootUuid": f"uuid:root-{number}", "meta/instanceID": f"uuid:root-{number}"}


def count(engine: Engine, table: Any) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def long_view(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as session:
        rows = [dict(zip(NAMES, row, strict=True)) for row in long_rows(session, MAPPING.survey_id, NAMES)]
    return sorted(
        rows, key=lambda row: [str(row[name]) for name in ("submission_key", "indicator_id", "value_code", "value_num")]
    )


def short(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(r["indicator_id"], r["value_code"], r["value_num"], r["value_bool"], r["value_status"]) for r in rows]


def test_the_long_view_of_one_interview_is_what_was_answered(store: Engine) -> None:
    save(store, {})

    assert short(long_view(store)) == [
        ("CTE-COM-012", "often", None, None, "answered"),
        ("CTE-COM-013", "job", None, True, "answered"),
        ("CTE-COM-013", "none", None, False, "answered"),
        ("CTE-COM-013", "school", None, True, "answered"),
        ("CTE-COM-050", None, 12.0, None, "answered"),
        ("CTE-COM-051", None, 2.5, None, "answered"),
        ("CTE-COM-060", "a", None, None, "answered"),
        ("CTE-COM-060", "b", None, None, "answered"),
        ("CTE-COM-061", None, 3.0, None, "answered"),
        ("CTE-COM-061", None, 4.0, None, "answered"),
    ]


def test_every_column_of_the_standard_is_filled(store: Engine) -> None:
    save(store, {})

    row = next(row for row in long_view(store) if row["indicator_id"] == "CTE-COM-050")
    assert {name: row[name] for name in NAMES if not name.endswith("_key")} == {
        "survey_id": "CTE-S-XAA-2026-01",
        "indicator_id": "CTE-COM-050",
        "indicator_version": 1,
        "level": "community",
        "theme": "recruitment",
        "value_code": None,
        "value_num": 12.0,
        "value_bool": None,
        "value_status": "answered",
        "unit": "site",
        "recall": "P3M",
        "disagg_sex": "f",
        "disagg_age": "all",
        "disagg_pop": "all",
        "disagg_form": "all",
        "adm1_pcode": "XA01",
        "adm2_pcode": "XA0101",
        "adm3_pcode": None,
        "site_type": "camp",
        "period": "2026-04",
        "method": "ki",
        "source_group": "leader",
        "source_sex": "f",
        "evidence_basis": "seen told",
        "confidence": "high",
        "limitations": "noise",
        "consent_ok": True,
        "sensitivity": 2,
        "source_kind": "primary",
        "source_ref": None,
        "mapping_version": MAPPING.version,
        "deid_profile": "fieldveil-1",
    }


@pytest.mark.parametrize(
    ("sensitivity", "place_and_time"),
    [
        (1, ("XA01", "XA0101", "XA010101", "2026-04")),
        (2, ("XA01", "XA0101", None, "2026-04")),
        (3, ("XA01", None, None, "2026-Q2")),
        (4, ("XA01", None, None, "2026")),
    ],
)
def test_place_and_time_are_as_coarse_as_the_indicator_asks(
    store: Engine, sensitivity: int, place_and_time: tuple[str | None, ...]
) -> None:
    save(store, {})
    with transaction(store) as session:
        session.execute(update(asked).values(sensitivity=sensitivity))

    shown = ("adm1_pcode", "adm2_pcode", "adm3_pcode", "period")
    assert {tuple(row[name] for name in shown) for row in long_view(store)} == {place_and_time}


def test_a_page_saved_twice_changes_nothing(store: Engine) -> None:
    save(store, {}, root(2))
    before = long_view(store)

    assert save(store, {}, root(2)) == (0, 0)
    assert long_view(store) == before
    assert count(store, daily) == 1


def test_the_same_submission_twice_in_a_page_is_stored_once(store: Engine) -> None:
    assert save(store, {}, {}) == (1, 0)


def test_a_page_of_more_rows_than_a_statement_takes_is_stored_whole(store: Engine) -> None:
    save(store, *[root(number) for number in range(100)])

    with reading(store) as session:
        keys = session.scalars(select(submission.c.submission_key)).all()
        listed = session.scalars(select(ledger.c.submission_key)).all()
    assert len(set(keys)) == 100
    assert set(listed) == set(keys)


def test_an_edit_leaves_no_answer_of_the_version_before(store: Engine) -> None:
    save(store, {})
    assert save(store, {"rec/how_often": "never", "rec/promise": None, "rep": []}) == (0, 1)

    assert short(long_view(store)) == [
        ("CTE-COM-012", "never", None, None, "answered"),
        ("CTE-COM-013", None, None, None, "not_asked"),
        ("CTE-COM-050", None, 12.0, None, "answered"),
        ("CTE-COM-051", None, 2.5, None, "answered"),
    ]


def test_an_edit_that_takes_consent_back_leaves_only_the_ledger(store: Engine) -> None:
    save(store, {})
    save(store, {"con/given": "no"})

    assert long_view(store) == []
    with reading(store) as session:
        assert session.execute(select(ledger.c.outcome)).scalars().all() == [Outcome.REFUSED]
        assert session.execute(select(rollup)).all() == []


def test_what_was_withdrawn_here_stays_away(store: Engine) -> None:
    save(store, {})
    with transaction(store) as session:
        session.execute(text("UPDATE ledger SET outcome = 'withdrawn'"))
        session.execute(text("DELETE FROM submission"))

    assert save(store, {"rec/people": "13"}) == (0, 0)
    assert count(store, submission) == 0


def test_counters_rise_once_however_often_a_submission_comes(store: Engine) -> None:
    for answers in ({"clo/distress": "yes"}, {"clo/distress": "yes", "rec/people": "1"}, {"con/given": "no"}):
        save(store, answers)

    with reading(store) as session:
        counted = session.execute(select(counter.c.kind, counter.c.n).order_by(counter.c.kind)).all()
    assert counted == [("disclosure_action:none", 1), ("distress", 1), ("received", 1)]


def test_a_refusal_keeps_a_count_and_no_answer(store: Engine) -> None:
    save(store, {"con/given": "no", "clo/talk": "yes"})

    assert count(store, submission) == 0
    assert count(store, inbox) == 1
    with reading(store) as session:
        kinds = session.execute(select(counter.c.month, counter.c.adm1_pcode, counter.c.kind, counter.c.n)).all()
    assert sorted(kinds) == [("2026-04", "XA01", "received", 1), ("2026-04", "XA01", "refused", 1)]


def test_a_bad_answer_is_a_reject_with_path_and_reason_only(store: Engine) -> None:
    save(store, {"rec/how_often": "AMINA", "rec/promise": "job"})

    with reading(store) as session:
        found = session.execute(select(reject.c.path, reject.c.reason)).all()
    assert found == [("rec/how_often", "not_in_list")]
    save(store, {})
    assert count(store, reject) == 0


def test_rollups_count_sources_and_sites(store: Engine) -> None:
    save(store, {}, root(2), root(3) | {"ctx/site": "XA010101-NIL", "rec/how_often": "some"})

    with reading(store) as session:
        counts = answer_counts(session, Scope(("small",)), "2026-04", None)
        found = [(one.code, one.n_sources, one.n_sites) for one in counts if one.indicator_id == "CTE-COM-012"]
        assert found == [("often", 2, 1), ("some", 1, 0)]
        covered = session.execute(select(coverage.c.adm2_pcode, coverage.c.n_sources, coverage.c.n_sites)).all()
        assert covered == [("XA0101", 3, 1)]


def test_an_answer_given_in_two_rows_of_a_repeat_has_one_source(store: Engine) -> None:
    rows = [{"rep/kind": "a", "rep/count": "3"}, {"rep/kind": "a", "rep/count": "4"}]
    save(store, {"rep": rows}, root(2) | {"rep": rows[:1]})

    with reading(store) as session:
        counts = answer_counts(session, Scope(("small",)), "2026-04", None)
        found = [(one.indicator_id, one.n_sources, one.n_sites, one.total) for one in counts]
        assert [one for one in found if one[0] in ("CTE-COM-060", "CTE-COM-061")] == [
            ("CTE-COM-060", 2, 1, None),
            ("CTE-COM-061", 2, 1, 10.0),
        ]


def test_rollups_follow_an_edit_to_another_area(store: Engine) -> None:
    save(store, {})
    save(store, {"who/adm1": "XA02", "who/adm2": "XA0201", "ctx/adm3": None, "ctx/site": "S2"})

    with reading(store) as session:
        assert session.execute(select(coverage.c.adm1_pcode, coverage.c.n_sources)).all() == [("XA02", 1)]
        assert set(session.scalars(select(rollup.c.adm1_pcode))) == {"XA02"}


def test_an_indicator_that_only_another_version_asks_is_not_asked(store: Engine) -> None:
    from msgspec.structs import replace

    save(store, {})
    later = replace(MAPPING, form_version="v2", rules=(*MAPPING.rules, rule("x/new", "CTE-COM-070", "integer")))
    put_form(store, later)

    new = [row for row in short(long_view(store)) if row[0] == "CTE-COM-070"]
    assert new == [("CTE-COM-070", None, None, None, "not_asked")]


def test_the_view_has_the_columns_of_the_standard(engine: Engine) -> None:
    with engine.connect() as connection:
        columns = list(connection.execute(text("SELECT * FROM observation")).keys())

    assert tuple(columns) == NAMES


def test_a_page_that_fails_leaves_nothing(store: Engine) -> None:
    def fails(_note: InboxNote) -> bytes:
        raise RuntimeError("no key")

    with pytest.raises(RuntimeError, match="no key"), transaction(store) as session:
        save_page(session, "small", [item(session, **{"clo/talk": "yes"})], fails)

    assert [count(store, table) for table in (ledger, submission, counter, daily, inbox)] == [0] * 5


@pytest.mark.postgres
def test_counting_waits_for_a_page_that_is_being_saved(postgres_engine: Engine) -> None:
    """The page found a mark that the count takes away: without waiting its rows would be in no count."""
    put_areas(postgres_engine)
    put_form(postgres_engine)
    with transaction(postgres_engine) as session:
        save_page(session, "small", [item(session, **root(1))], lambda _: b"")

    with ThreadPoolExecutor(1) as pool:
        with transaction(postgres_engine) as session:
            save_page(session, "small", [item(session, **root(2))], lambda _: b"")
            session.flush()
            counting = pool.submit(_refresh, postgres_engine)
            assert _waits(postgres_engine, counting)
        counting.result(timeout=30)

    with reading(postgres_engine) as session:
        assert session.scalar(select(func.sum(coverage.c.n_sources))) == 2


def _waits(engine: Engine, counting: Future[None]) -> bool:
    """Whether it comes to wait for a lock before it ends."""
    locked = text(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while not counting.done():
        with engine.connect() as connection:
            if connection.scalar(locked):
                return True
    return False


def _refresh(engine: Engine) -> None:
    with transaction(engine) as session:
        refresh_rollups(session, "small")
