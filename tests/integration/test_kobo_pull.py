"""A pull from KoBoToolbox: afterwards the store equals the server, whatever happened there and on the way."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.fake_kobo import TOKEN
from fakes.wire import Asked, Fault
from kobo_clock import let_a_day_pass
from kobo_lab import Lab, kobo_lab
from pull_lab import is_equal
from sqlalchemy import Engine, select

from backend.store.engine import reading
from backend.store.tables import counter, reject
from backend.store.verdicts import Intake, Standing, Why
from mappings.model import Reason
from workers.servers.source import PullError


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with kobo_lab(sqlite_engine, tmp_path / "home", page_size=4) as found:
        yield found


@pytest.fixture
def any_lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    """On both databases: for what rests on a query of its own."""
    with kobo_lab(engine, tmp_path / "home", page_size=4) as found:
        yield found


def asked(lab: Lab) -> list[str]:
    """What was asked for since the last look: the part of the form, and whether answers came with it."""
    found = []
    for one in lab.fake.asked:
        part = one.path.strip("/").split("/")[4:] or ["form"]
        answers = "rec/how_often" in one.query.get("fields", "")
        found.append("answers" if answers else part[0])
    lab.fake.asked.clear()
    return found


def test_submissions_on_kobo_become_standard_rows(any_lab: Lab) -> None:
    for number in range(10):
        any_lab.send(f"r{number}", people=str(number))

    report = any_lab.pull()

    assert (report.read, report.new) == (10, 10)
    assert is_equal(any_lab)
    assert len(any_lab.stored()) == 10


@pytest.mark.parametrize(("status", "intake"), [("archived", Intake.ARCHIVED), ("draft", Intake.UNDEPLOYED)])
def test_a_form_that_was_taken_from_phones_is_noted_with_the_daily_list(lab: Lab, status: str, intake: Intake) -> None:
    lab.send("one")
    lab.pull()
    lab.form.status = status
    let_a_day_pass(lab)

    lab.pull()

    assert lab.verdict().intake is intake
    assert is_equal(lab)


def test_a_form_that_phones_have_again_is_noted_at_the_next_pull(lab: Lab) -> None:
    lab.send("one")
    lab.form.status = "archived"
    lab.pull()
    lab.pull()
    archived = lab.verdict().intake
    lab.form.status = "deployed"
    lab.pull()
    asked(lab)

    lab.pull()

    assert (archived, lab.verdict().intake) == (Intake.ARCHIVED, Intake.OPEN)
    assert asked(lab) == ["data", "history"]


def test_a_plan_that_is_used_up_is_noted_with_the_daily_list_since_only_phones_are_told(lab: Lab) -> None:
    lab.send("one")
    lab.pull()
    before = lab.verdict().intake
    lab.fake.over_plan = True
    let_a_day_pass(lab)
    lab.pull()
    during = lab.verdict().intake
    lab.fake.over_plan = False

    lab.pull()

    assert (before, during, lab.verdict().intake) == (Intake.OPEN, Intake.OVER_PLAN, Intake.OPEN)
    assert is_equal(lab)


@pytest.mark.parametrize("reason", ["not enforced", "of somebody else", "not told"])
def test_a_plan_that_stops_no_phone_of_this_form_is_nothing_to_note(lab: Lab, reason: str) -> None:
    lab.send("one")
    lab.fake.over_plan = True
    lab.fake.enforces = reason != "not enforced"
    lab.fake.tokens = {TOKEN: "viewer1"} if reason == "of somebody else" else lab.fake.tokens
    lab.form.rights["viewer1"] = {"view_submissions"}

    def break_down(one: Asked) -> None:
        if reason == "not told" and "service_usage" in one.path:
            lab.fake.faults.append(Fault.TIMEOUT)

    lab.fake.before = break_down

    lab.pull()

    assert lab.verdict().intake is Intake.OPEN
    assert len(lab.stored()) == 1


def test_an_unchanged_form_costs_two_small_requests(lab: Lab) -> None:
    for number in range(10):
        lab.send(f"r{number}")
    lab.pull()
    asked(lab)

    lab.pull()

    assert asked(lab) == ["data", "history"]
    assert is_equal(lab)


def test_new_rows_are_read_and_nothing_else(lab: Lab) -> None:
    for number in range(8):
        lab.send(f"r{number}")
    lab.pull()
    lab.send("new")
    asked(lab)

    report = lab.pull()

    assert report.read == 1
    assert asked(lab).count("answers") == 1
    assert is_equal(lab)


def test_what_is_new_late_or_edited_needs_no_look_at_the_whole_list(lab: Lab) -> None:
    for number in range(7):
        lab.send(f"early{number}")
    late = lab.send("late", commit=False)
    lab.send("early7")
    lab.pull()
    lab.fake.most = 3
    for number in range(7):
        lab.send(f"new{number}")
    lab.fake.store.commit(lab.form, late)
    lab.edit(late - 3)
    lab.fake.asked.clear()

    lab.pull()

    assert "form" not in asked(lab)
    assert is_equal(lab)
    assert len(lab.stored()) == 16


def test_a_history_too_long_to_be_read_leads_to_a_look_at_the_whole_list(lab: Lab) -> None:
    first, second = lab.send("one"), lab.send("two")
    lab.pull()
    lab.edit(first)
    for _ in range(21):
        lab.edit(second)
    lab.fake.most = 1

    lab.pull()

    assert is_equal(lab)


def test_an_edit_replaces_every_answer_although_its_id_changed(any_lab: Lab) -> None:
    number = any_lab.send("r1", people="1")
    any_lab.pull()
    any_lab.edit(number, people="2")

    any_lab.pull()

    assert is_equal(any_lab)
    assert len(any_lab.stored()) == 1


def test_without_the_history_an_edit_is_found_when_the_list_is_compared(lab: Lab) -> None:
    lab.form.rights["im_officer"].discard("manage_asset")
    number = lab.send("r1", people="1")
    lab.pull()
    lab.edit(number, people="2")
    lab.pull()
    standing = lab.verdict().standing
    let_a_day_pass(lab)

    lab.pull()

    assert standing is Standing.COUNT_EQUAL
    assert lab.stored() == lab.expected()


def test_a_row_that_becomes_visible_late_is_found_below_rows_that_were_read(lab: Lab) -> None:
    late = lab.send("late", commit=False)
    for number in range(6):
        lab.send(f"r{number}")
    lab.pull()
    lab.fake.store.commit(lab.form, late)
    asked(lab)

    lab.pull()

    # Not by comparing the whole list, which begins with the form itself.
    assert "form" not in asked(lab)
    assert is_equal(lab)
    assert len(lab.stored()) == 7


def test_a_late_row_and_a_deletion_do_not_hide_each_other(lab: Lab) -> None:
    late = lab.send("late", commit=False)
    numbers = [lab.send(f"r{number}") for number in range(6)]
    lab.pull()
    lab.fake.store.commit(lab.form, late)
    lab.fake.store.delete(lab.form, numbers[2])

    lab.pull()

    assert is_equal(lab)


def test_a_deleted_row_goes_and_is_remembered_as_deleted(any_lab: Lab) -> None:
    numbers = [any_lab.send(f"r{number}") for number in range(3)]
    any_lab.pull()
    any_lab.fake.store.delete(any_lab.form, numbers[1])

    any_lab.pull()

    assert any_lab.outcomes()[any_lab.key("r1")] == "deleted"
    assert is_equal(any_lab)


def test_what_waits_for_a_person_is_not_believed_because_the_form_grew(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}") for number in range(12)]
    lab.pull()
    lab.fake.store.delete(lab.form, *numbers[:2])
    lab.pull()
    for number in range(120):
        lab.send(f"s{number}")
    let_a_day_pass(lab)

    lab.pull()

    # Two of so many would have been taken for a cleaning by hand.
    assert (lab.verdict().reason, lab.verdict().waiting) == (Why.MANY_GONE, 2)
    assert len(lab.stored()) == 132


def test_many_rows_that_disappear_at_once_wait_for_a_person(any_lab: Lab) -> None:
    numbers = [any_lab.send(f"r{number}") for number in range(10)]
    any_lab.pull()
    any_lab.fake.store.delete(any_lab.form, *numbers[:5])

    any_lab.pull()
    any_lab.fake.asked.clear()
    any_lab.pull()

    assert len(any_lab.stored()) == 10
    assert (any_lab.verdict().reason, any_lab.verdict().waiting) == (Why.MANY_GONE, 5)
    assert asked(any_lab) == ["data", "history"]


def test_what_a_reviewer_decided_is_known_without_reading_answers_again(any_lab: Lab) -> None:
    numbers = [any_lab.send(f"r{number}") for number in range(3)]
    any_lab.pull()
    any_lab.fake.store.review(any_lab.form, numbers[0], "approved")
    any_lab.fake.store.review(any_lab.form, numbers[1], "not_approved")
    asked(any_lab)

    any_lab.pull()

    assert any_lab.reviews() == {"approved": 1, "not_approved": 1, "": 1}
    assert "answers" not in asked(any_lab)
    assert is_equal(any_lab)


def test_rows_of_two_versions_are_each_read_with_their_own(lab: Lab) -> None:
    lab.send("old", people="3")
    lab.pull()
    lab.publish()
    lab.send("new", "v2", people="4")
    lab.send("late phone", people="5")

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 3


def test_the_version_comes_from_the_form_and_not_from_what_somebody_wrote_into_a_row(lab: Lab) -> None:
    lab.publish()
    lab.send("r1", "v1", people="7", fv_version="v2")

    lab.pull()

    assert is_equal(lab)


def test_a_row_of_an_unknown_version_is_kept_as_rejected_and_read_when_it_is_known(lab: Lab) -> None:
    lab.send("r1", "v2", people="7")
    lab.pull()
    with reading(lab.context.engine) as session:
        reasons = list(session.scalars(select(reject.c.reason)))
    lab.publish()

    lab.pull()

    assert reasons == [Reason.UNKNOWN_VERSION]
    assert is_equal(lab)
    assert len(lab.stored()) == 1


def test_a_row_with_answers_of_an_impossible_shape_does_not_lose_the_others(lab: Lab) -> None:
    lab.send("r1", **{"rec/how_often": {"nested": True}})
    lab.send("r2")

    lab.pull()

    assert sorted(lab.outcomes().values()) == ["rejected", "stored"]


def test_counters_are_raised_once_however_often_a_row_is_read(lab: Lab) -> None:
    number = lab.send("r1")
    lab.pull()
    lab.edit(number)
    lab.pull()
    lab.publish()
    lab.pull()

    with reading(lab.context.engine) as session:
        received = session.scalar(select(counter.c.n).where(counter.c.kind == "received"))

    assert received == 1


# ---- what servers do -------------------------------------------------------------------------------------------------


def test_a_server_that_cuts_pages_down_without_a_word_loses_nothing(lab: Lab) -> None:
    lab.fake.most = 2
    for number in range(9):
        lab.send(f"r{number}")

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 9


@pytest.mark.parametrize("is_first", [True, False], ids=["first pull", "later pull"])
def test_a_server_that_counts_rows_and_shows_none_is_not_asked_for_ever(lab: Lab, is_first: bool) -> None:
    lab.send("r1")
    if not is_first:
        lab.pull()
        lab.send("r2")
    asked(lab)

    def end_it(_one: Asked) -> None:
        lab.fake.most = 0 if len(lab.fake.asked) < 40 else 1000

    lab.fake.before = end_it
    lab.pull()
    needed, verdict = len(lab.fake.asked), lab.verdict()
    lab.fake.before = lambda _one: None
    lab.fake.most = 1000
    lab.pull()

    assert needed < 40
    assert verdict.standing is Standing.DIFFERENT
    assert is_equal(lab)


def test_a_server_that_begins_at_the_start_each_time_is_not_asked_for_ever(lab: Lab) -> None:
    for number in range(10):
        lab.send(f"r{number}")
    lab.fake.ignores_queries = True

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "server_refused"
    assert len(lab.fake.asked) < 20


def test_a_flood_of_version_names_is_no_flood_of_questions(lab: Lab) -> None:
    """Anybody who may send can write any name of a version into a row."""
    for number in range(110):
        lab.send(f"r{number}", __version__=f"vFlood{number:016}")

    lab.pull()

    assert asked(lab).count("versions") == 100


def test_a_server_that_cuts_down_what_it_is_asked_for_by_name_loses_no_edit(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}", people="1") for number in range(6)]
    lab.pull()
    lab.fake.most = 2
    for number in numbers[:5]:
        lab.edit(number, people="2")
    asked(lab)

    lab.pull()

    assert "form" not in asked(lab)
    assert is_equal(lab)


def test_answers_that_do_not_come_lead_to_a_look_at_the_whole_list(lab: Lab) -> None:
    first, *_ = [lab.send(f"r{number}", people="1") for number in range(6)]
    lab.pull()
    late = lab.send("late", commit=False)
    lab.send("last")
    lab.pull()
    lab.edit(first, people="2")

    def swap() -> None:
        lab.fake.store.delete(lab.form, first)
        lab.fake.store.commit(lab.form, late)

    met = once_before(lab, has_answers, swap)
    asked(lab)

    lab.pull()

    assert met
    assert "form" in asked(lab)
    assert is_equal(lab) or lab.verdict().standing is Standing.DIFFERENT


def test_a_server_older_than_2025_names_no_root_and_an_edit_is_still_an_edit(lab: Lab) -> None:
    lab.fake.store.names_roots = False
    lab.form.rights["im_officer"].discard("manage_asset")
    number = lab.send("r1", people="1")
    lab.pull()
    lab.edit(number, people="2")
    let_a_day_pass(lab)

    lab.pull()

    assert len(lab.stored()) == 1
    assert [row[-2] for row in lab.stored().values()] == [row[-2] for row in lab.expected().values()]


def test_a_form_the_account_may_not_see_any_more_is_not_an_empty_form(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()
    lab.form.rights.clear()

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "server_form_missing"
    assert len(lab.stored()) == 1


def test_an_account_that_may_see_a_part_only_deletes_nothing(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}") for number in range(3)]
    lab.pull()
    lab.form.rights["im_officer"] = {"view_asset", "partial_submissions"}
    lab.form.sees["im_officer"] = lambda row: row["_id"] != numbers[0]

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "server_partial_rights"
    assert len(lab.stored()) == 3


@pytest.mark.parametrize(("key", "deployed"), [("MIIB", False), (None, True)], ids=["in the draft", "on phones"])
def test_an_encrypted_form_is_refused_with_a_remedy(lab: Lab, key: str | None, deployed: bool) -> None:
    lab.form.public_key, lab.form.encrypted = key, deployed
    lab.send("r1")

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "encrypted"


def test_a_token_that_is_refused_is_said_to_be_so(lab: Lab) -> None:
    lab.fake.tokens.clear()

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "server_sign_in"


@pytest.mark.parametrize(
    "fault",
    [Fault.CUT, Fault.GARBLED, Fault.HTML, Fault.HANG, Fault.BUSY, Fault.GATEWAY, Fault.TIMEOUT],
)
def test_a_passing_fault_is_tried_again(lab: Lab, fault: Fault) -> None:
    for number in range(3):
        lab.send(f"r{number}")
    lab.fake.faults.extend([None, fault, None, fault])

    lab.pull()

    assert is_equal(lab)


def test_a_pull_that_broke_off_goes_on_where_it_stopped(any_lab: Lab) -> None:
    for number in range(10):
        any_lab.send(f"r{number}")
    any_lab.pull(max_pages=1)
    asked(any_lab)

    report = any_lab.pull()

    assert report.new == 6
    assert is_equal(any_lab)


def test_rows_sent_deleted_and_edited_while_a_pull_runs_are_settled_by_the_next(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}", people="1") for number in range(12)]
    busy = iter(range(100))

    def meanwhile(_: Asked) -> None:
        turn = next(busy)
        lab.send(f"m{turn}")
        if turn == 3:
            lab.fake.store.delete(lab.form, numbers[0])
            lab.edit(numbers[1], people="2")

    lab.fake.before = meanwhile
    lab.pull()
    moving = lab.verdict()
    lab.fake.before = lambda _asked: None

    lab.pull()

    assert moving.standing is not Standing.EQUAL
    assert is_equal(lab)


# ---- lists that change, and answers that do not come, while they are compared ----------------------------------------


@pytest.fixture
def compared(lab: Lab) -> Lab:
    """Six rows were read a day ago, by an account that may not read the history; the whole list is due."""
    lab.form.rights["im_officer"].discard("manage_asset")
    for number in range(6):
        lab.send(f"r{number}", people="1")
    lab.pull()
    let_a_day_pass(lab)
    return lab


def once_before(lab: Lab, wanted: Callable[[Asked], bool], change: Callable[[], None]) -> list[Asked]:
    """Lets `change` happen before the first request that is `wanted`; holds it when it has come."""
    met: list[Asked] = []

    def look(one: Asked) -> None:
        if not met and wanted(one):
            met.append(one)
            change()

    lab.fake.before = look
    return met


def has_answers(one: Asked) -> bool:
    return "rec/how_often" in one.query.get("fields", "")


def test_a_row_that_goes_after_it_was_seen_is_in_no_verdict_that_says_equal(compared: Lab) -> None:
    first = min(compared.form.rows)
    met: list[Asked] = []

    def look(one: Asked) -> None:
        parts = [asked for asked in [*met, one] if "_validation_status" in asked.query.get("fields", "")]
        met.append(one)
        if len(parts) == 2 and first in compared.form.rows:
            compared.fake.store.delete(compared.form, first)

    compared.fake.before = look

    compared.pull()

    assert first not in compared.form.rows
    assert compared.verdict().reason is Why.MOVING
    compared.pull()
    assert is_equal(compared)


def test_a_reviewed_row_is_known_as_reviewed_when_it_is_read_first(lab: Lab) -> None:
    """The server leaves a review out of a row unless it is asked for by name."""
    lab.fake.store.review(lab.form, lab.send("r1"), "approved")

    lab.pull()

    assert lab.reviews() == {"approved": 1}


def test_a_row_whose_answers_did_not_come_is_looked_for_again_though_the_number_is_right(lab: Lab) -> None:
    lab.form.rights["im_officer"].discard("manage_asset")
    late = lab.send("late", commit=False)
    first, *_ = [lab.send(f"r{number}") for number in range(6)]
    lab.pull()
    let_a_day_pass(lab)
    lab.edit(first, people="2")

    def swap() -> None:
        lab.fake.store.delete(lab.form, first)
        lab.fake.store.commit(lab.form, late)

    met = once_before(lab, has_answers, swap)

    lab.pull()
    moving = lab.verdict().reason
    lab.pull()

    assert met
    assert moving is Why.MOVING
    assert lab.stored() == lab.expected()


def test_a_row_edited_between_list_and_answers_is_no_row_that_the_server_withheld(compared: Lab) -> None:
    first, *_ = sorted(compared.form.rows)
    compared.edit(first, people="2")
    met = once_before(compared, has_answers, lambda: compared.edit(first, people="3"))

    compared.pull()
    moving = compared.verdict()
    compared.pull()

    assert met
    assert (moving.standing, moving.reason) == (Standing.DIFFERENT, Why.MOVING)
    assert is_equal(compared)


def test_a_right_that_is_cut_while_the_list_is_read_deletes_nothing(compared: Lab) -> None:
    *_, last = sorted(compared.form.rows)

    def cut() -> None:
        compared.form.rights["im_officer"] = {"view_asset", "partial_submissions"}
        compared.form.sees["im_officer"] = lambda row: row["_id"] != last

    met = once_before(compared, lambda one: "_validation_status" in one.query.get("fields", ""), cut)

    compared.pull()

    assert met
    assert len(compared.stored()) == 6
    assert (compared.verdict().reason, compared.verdict().waiting) == (Why.MOVING, 0)


def test_a_proxy_that_knows_no_answers_is_not_an_empty_form(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()
    let_a_day_pass(lab)

    def nothing_there(one: Asked) -> None:
        if one.path.endswith("/data/"):
            lab.fake.faults.append(Fault.MISSING)

    lab.fake.before = nothing_there

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "server_form_missing"
    assert len(lab.stored()) == 1


def test_a_late_row_that_was_edited_too_is_one_row_and_no_reason_for_the_whole_list(lab: Lab) -> None:
    late = lab.send("late", commit=False)
    for number in range(4):
        lab.send(f"r{number}")
    lab.pull()
    lab.fake.store.commit(lab.form, late)
    lab.edit(late, people="5")
    asked(lab)

    lab.pull()

    assert "form" not in asked(lab)
    assert is_equal(lab)


def test_a_first_reading_that_broke_off_comes_to_its_end_before_anything_is_compared(lab: Lab) -> None:
    for number in range(10):
        lab.send(f"r{number}")
    lab.pull(max_pages=1)
    asked(lab)

    lab.pull()

    parts = asked(lab)
    assert parts.index("answers") < parts.index("form")
    assert parts[parts.index("form") :].count("answers") == 1
    assert is_equal(lab)


def test_only_named_questions_are_asked_for_and_no_address_is_too_long(lab: Lab) -> None:
    for number in range(10):
        lab.send(f"r{number}")
    lab.pull()
    lab.publish()
    for row in lab.form.live():
        lab.edit(row["_id"], "v2")
    lab.fake.asked.clear()

    lab.pull()

    fields = " ".join(one.query.get("fields", "") for one in lab.fake.asked)
    wholes = [one for one in lab.fake.asked if one.path.endswith("/data/") and "fields" not in one.query]
    assert "_submitted_by" not in fields
    assert "_attachments" not in fields
    assert (wholes, {one.status for one in lab.fake.asked}) == ([], {200})
