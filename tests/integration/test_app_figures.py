"""The queries behind the pages say the same on SQLite and PostgreSQL, and no more than the reader may see."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import web_site
from sqlalchemy import Engine, delete, select, update

from backend.access import Role, Team, Viewer
from backend.app.board import Board, Choice, build_board
from backend.app.pages.answers import by_indicator
from backend.app.places import Places
from backend.store import form_list, inbox, monitor, results
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.monitor import Scope
from backend.store.tables import area_set, audit, form_version, ledger, letter, pull
from mappings.areas import demo

ALL = Scope((web_site.FORM,))
FIRST = demo.load().level(1)[0].pcode
SECOND = demo.load().level(2)[1]
NOW = datetime.now(UTC)


def _board(engine: Engine, *areas: str, choice: Choice = Choice()) -> Board:  # noqa: B008 (frozen)
    viewer = Viewer("amina", frozenset({Role.COORDINATOR}), frozenset(areas))
    with reading(engine) as session:
        return build_board(session, viewer, choice, places=Places(), now=NOW, pull_every=60)


def test_every_query_answers_on_both_databases(engine: Engine) -> None:
    web_site.add_work(engine)
    web_site.add_answers(engine)

    with reading(engine) as session:
        counts = {
            "days": len(monitor.received_by_day(session, ALL, date.min)),
            "periods": monitor.coverage_periods(session, ALL),
            "outcomes": {found.outcome: found.n for found in monitor.outcomes(session, ALL.form_ids)},
            "letters": [(found.posted, found.read) for found in monitor.letters(session, ALL.form_ids)],
            "rejects": [found.n for found in monitor.rejects(session, ALL.form_ids)],
            "work": {found.kind for found in monitor.work_counts(session, ALL)},
            "not_listed": {found.kind for found in monitor.not_listed_counts(session, ALL)},
            "protection": {found.kind for found in monitor.protection_counts(session, ALL, "2999-01")},
            "minutes": {found.kind: found.n for found in monitor.effort_counts(session, ALL, None)}["minutes:20"],
            "answers": sum(found.n_sources for found in results.answer_counts(session, ALL, web_site.MONTH, None)),
            "places": len(results.answer_areas(session, ALL, web_site.MONTH)),
            "versions": [found.version for found in form_list.versions(session)],
            "workbook": form_list.workbook(session, web_site.FORM, "2026111501"),
        }

    assert counts == {
        "days": 30,
        "periods": sorted({web_site.MONTH, web_site.LAST_MONTH}, reverse=True),
        "outcomes": {"stored": 60, "refused": 9, "rejected": 3, "withdrawn": 1},
        "letters": [(80, 73)],
        "rejects": [5, 2, 1],
        "work": {"received", "refused", "not_understood", "stopped_safety"},
        "not_listed": {"nil:adm2", "nil:site"},
        "protection": {"distress", "disclosure_action:referred"},
        "minutes": 160,
        "answers": 84,
        "places": 2,
        "versions": ["2026111501", "2026111501"],
        "workbook": b"PK-a-workbook",
    }


def test_a_board_is_put_together_on_both_databases(engine: Engine) -> None:
    web_site.add_work(engine)

    board = _board(engine)

    assert (board.figures.stored, board.figures.refused, board.figures.rejected, board.figures.waiting) == (60, 9, 3, 7)
    assert board.listed == len(demo.load().level(2))
    assert (board.lines[0].seen, board.lines[0].unaccounted, board.lines[0].condition.is_late) == (73, 0, False)


def test_a_message_goes_when_handled_on_both_databases(engine: Engine, tmp_path: Path) -> None:
    web_site.add_survey(engine)
    web_site.add_note(engine, tmp_path, "north", "E07", "ab" * 16)
    entry = Audit("amina", "inbox.handled", "inbox")
    north, south = Team(web_site.SURVEY, "north"), Team(web_site.SURVEY, "south")

    with transaction(engine) as session:
        found = inbox.notes_of_teams(session, web_site.NORTH, web_site.TODAY, entry)
        gone = [inbox.delete_note(session, found[0].id, {team}, entry) for team in (south, north, north)]

    assert gone == [False, True, False]


# ---- what a limited account sees -------------------------------------------------------------------------------------


def test_an_account_limited_to_areas_sees_no_figures_of_whole_forms(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    board = _board(sqlite_engine, FIRST)

    assert (board.lines, board.rejects, board.figures.rejected, board.figures.waiting) == ([], [], None, None)


def test_its_figures_are_those_of_its_areas(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    whole, own = _board(sqlite_engine), _board(sqlite_engine, FIRST)

    mine = [line for line in whole.areas if line.parent == FIRST]
    assert list(own.areas) == mine
    assert own.figures.stored == sum(line.n_sources for line in mine)
    assert 0 < own.figures.received < whole.figures.received


def test_an_account_limited_to_one_area_of_level_2_sees_that_one(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    board = _board(sqlite_engine, SECOND.pcode)

    assert [line.pcode for line in board.areas] == [SECOND.pcode]
    assert (list(board.days), list(board.months), list(board.not_listed)) == ([], [], [])


# ---- how figures are put together ------------------------------------------------------------------------------------


def test_areas_without_an_interview_are_listed_too(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    board = _board(sqlite_engine)

    assert 0 < board.reached < board.listed


def test_areas_of_level_1_hold_the_sum_of_those_below(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    below, above = _board(sqlite_engine), _board(sqlite_engine, choice=Choice(level=1))

    totals = {line.pcode: line.n_sources for line in above.areas}
    assert totals[FIRST] == sum(line.n_sources for line in below.areas if line.parent == FIRST)
    assert above.listed == len(demo.load().level(1))


def test_interviews_outside_the_list_have_a_line_of_their_own(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    board = _board(sqlite_engine)

    assert [(line.parent, line.n_sources) for line in board.areas if line.pcode is None] == [(FIRST, 4)]


def test_without_a_list_of_areas_coverage_shows_what_there_is(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(update(area_set).values(is_current=False))

    board = _board(sqlite_engine)

    assert board.reached == board.listed > 0


def test_practice_is_never_counted(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(update(ledger).values(form_id=web_site.PRACTICE))

    board = _board(sqlite_engine)

    assert [form.form_id for form in board.forms] == [web_site.FORM]
    assert board.figures.stored == 0


def test_what_was_read_and_is_in_no_outcome_shows(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(delete(ledger).where(ledger.c.outcome == "withdrawn"))

    assert _board(sqlite_engine).lines[0].unaccounted == 1


def test_an_edit_counts_once(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)
    with reading(sqlite_engine) as session:
        row = session.execute(select(letter).where(letter.c.seq == 1)).one()._asdict()
    web_site.insert_rows(sqlite_engine, letter, [{**row, "seq": 500, "receipt": "e" * 32, "kind": "edit"}])

    assert _board(sqlite_engine).lines[0].letters.posted == 80  # type: ignore[union-attr]


@pytest.mark.parametrize(("ago", "late"), [(timedelta(minutes=9), False), (timedelta(minutes=11), True)])
def test_an_open_form_that_was_not_pulled_for_long_is_late(sqlite_engine: Engine, ago: timedelta, late: bool) -> None:
    web_site.fill(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(update(pull).values(last_finished=NOW - ago))

    assert _board(sqlite_engine).lines[0].condition.is_late is late


@pytest.mark.parametrize(("ago", "late"), [(0, False), (1, True)])
def test_a_form_that_never_was_pulled_is_late_from_the_day_after_its_deploy(
    sqlite_engine: Engine, ago: int, late: bool
) -> None:
    web_site.fill(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(delete(pull))
        session.execute(update(form_version).values(deployed_on=NOW.date() - timedelta(days=ago)))

    assert _board(sqlite_engine).lines[0].condition.is_late is late


def test_a_pull_that_runs_is_not_late(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(update(pull).values(last_finished=None, lease_until=NOW + timedelta(minutes=1)))

    line = _board(sqlite_engine).lines[0]

    assert (line.condition.is_late, line.pull.running) == (False, True)  # type: ignore[union-attr]


def test_the_fingerprint_changes_with_a_figure_and_not_with_time(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    first, second = _board(sqlite_engine), _board(sqlite_engine)
    with transaction(sqlite_engine) as session:
        session.execute(update(letter).where(letter.c.seq == 80).values(read_with="m1"))
    third = _board(sqlite_engine)

    assert first.fingerprint == second.fingerprint != third.fingerprint


def test_a_month_that_has_not_ended_tells_nothing_about_distress(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)

    with reading(sqlite_engine) as session:
        found = monitor.protection_counts(session, ALL, web_site.MONTH)

    assert {line.month for line in found} == {web_site.LAST_MONTH}


def test_answers_count_sources_once_where_several_may_be_picked(sqlite_engine: Engine) -> None:
    web_site.fill(sqlite_engine)
    counts = [
        results.AnswerCount("CTE-X", 1, "multi", "", (), 5, 2, None),
        results.AnswerCount("CTE-X", 1, "choice", "a", (), 4, 2, None),
        results.AnswerCount("CTE-X", 1, "choice", "b", (), 3, 2, None),
        results.AnswerCount("CTE-X", 1, "status", "dk", (), 1, 1, None),
    ]

    with web_site.speaking("en"):
        found = by_indicator(counts, {})

    assert (found[0].answered, [line.label for line in found[0].lines], found[0].others[0].label) == (
        5,
        ["a", "b"],
        "Don’t know",
    )


# ---- the inbox -------------------------------------------------------------------------------------------------------


def test_each_look_into_the_legend_is_remembered(sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        inbox.notes_of_teams(session, web_site.NORTH, web_site.TODAY, Audit("amina", "legend.look", "team:north"))

    with reading(sqlite_engine) as session:
        entry = session.execute(select(audit.c.actor, audit.c.action, audit.c.object)).one()
    assert tuple(entry) == ("amina", "legend.look", "team:north")


def test_an_expired_message_is_not_shown(sqlite_engine: Engine, tmp_path: Path) -> None:
    web_site.add_survey(sqlite_engine)
    web_site.add_note(sqlite_engine, tmp_path, "north", "E07", "ab" * 16)

    with transaction(sqlite_engine) as session:
        late = inbox.notes_of_teams(session, web_site.NORTH, web_site.TODAY + timedelta(days=8), web_site.ENTRY)

    assert late == []


def test_a_message_of_an_unknown_sender_is_counted(sqlite_engine: Engine, tmp_path: Path) -> None:
    web_site.add_survey(sqlite_engine)
    web_site.add_note(sqlite_engine, tmp_path, "north", "E07", "ab" * 16)
    web_site.forget_enumerators(sqlite_engine)

    with reading(sqlite_engine) as session:
        assert inbox.waiting_notes(session, web_site.TODAY) == {None: 1}
