"""A pull from ODK Central: afterwards the store equals the server, whatever happened there and on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from central_lab import V1, V2, Lab, central_lab, document, fields, has_listed
from fakes.wire import Answer, Asked, Fault
from pull_lab import is_equal
from sqlalchemy import Engine, select, update

from backend.store import mirror
from backend.store.audit import Audit
from backend.store.conditions import conditions
from backend.store.engine import reading, transaction
from backend.store.tables import counter, form, ledger, reject, server
from backend.store.verdicts import Intake, Standing, Why
from mappings.language import FormMapping
from mappings.model import Reason
from workers.servers.source import PullError

A_DAY, AN_HOUR = timedelta(hours=25), timedelta(minutes=61)
# After this long the form itself is looked at again.
A_LOOK = timedelta(minutes=10)


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


@pytest.fixture
def either(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    """For what the database itself compares: once on SQLite, once on PostgreSQL."""
    with central_lab(engine, tmp_path / "home") as found:
        yield found


def asked(lab: Lab) -> list[str]:
    """The last pieces of the paths that were asked for since the last look."""
    found = [one.path.rpartition("/")[2] for one in lab.fake.asked]
    lab.fake.asked.clear()
    return found


def troubles(lab: Lab) -> list[str]:
    with reading(lab.context.engine) as session:
        (found,) = conditions(session, ["small"], datetime.now(UTC), 60)
    return [code for code in found.troubles if code != "late"]


def rejects(lab: Lab) -> list[str]:
    with reading(lab.context.engine) as session:
        return sorted(session.scalars(select(reject.c.reason)))


# ---- a form that was closed on the server ----------------------------------------------------------------------------


def test_a_form_closed_on_the_server_is_noted_and_stays_equal(lab: Lab) -> None:
    lab.send(1)
    noted = []
    for state in ("open", "closing", "closed", "open"):
        lab.form.state = state
        lab.let_pass(A_LOOK)
        lab.pull()
        assert is_equal(lab)
        noted.append(lab.verdict().intake)

    assert noted == [Intake.OPEN, Intake.CLOSING, Intake.CLOSED, Intake.OPEN]


def test_what_a_closing_form_still_takes_is_pulled(lab: Lab) -> None:
    lab.form.state = "closing"
    lab.send(1)
    lab.pull()
    lab.send(2)

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 2
    assert troubles(lab) == ["form_closing"]


@pytest.mark.parametrize("values", [{"state": "closed"}, {"server": "letterbox"}])
def test_a_form_that_was_closed_or_moved_here_is_no_surprise(lab: Lab, values: dict[str, str]) -> None:
    lab.send(1)
    lab.form.state = "closed"
    lab.pull()

    with transaction(lab.context.engine) as session:
        session.execute(update(form).values(values))

    assert troubles(lab) == []


# ---- what phones and people do on the server -------------------------------------------------------------------------


def test_submissions_on_central_become_standard_rows(lab: Lab) -> None:
    for number in range(5):
        lab.send(number, people=str(number))

    report = lab.pull()

    assert (report.read, report.new) == (5, 5)
    assert is_equal(lab)
    assert len(lab.stored()) == 5


def test_odata_and_the_xml_of_one_submission_give_the_same_row(lab: Lab) -> None:
    lab.send(1, **{"rec/share": "2.50", "rec/promise": "none", "clo/talk": " ", "rep": None})

    lab.pull()

    assert not any(name.endswith(".xml") for name in asked(lab))
    assert is_equal(lab)


def test_an_edit_replaces_every_answer(either: Lab) -> None:
    either.send(1, people="1")
    either.pull()
    either.edit("uuid:1", people="2")

    either.pull()

    assert is_equal(either)
    assert len(either.stored()) == 1


def test_an_edit_made_with_a_newer_version_is_read_with_that_version(lab: Lab) -> None:
    lab.send(1, people="1")
    lab.pull()
    lab.publish(V2)
    lab.edit("uuid:1", version="v2", people="7")

    lab.pull()

    assert is_equal(lab)
    assert lab.fake.store.forms[1, "small"].submissions["uuid:1"].edits[0].version == "v1"


def test_a_row_committed_late_is_found_among_older_ones(lab: Lab) -> None:
    late = lab.fake.store.post(lab.form, document("uuid:late"), commit=False)
    lab.send(2)
    lab.pull()
    lab.fake.store.commit(lab.form, late)

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 2


def test_what_is_deleted_on_the_server_goes_and_what_is_restored_comes_back(either: Lab) -> None:
    either.send(1)
    either.send(2)
    either.pull()
    either.fake.store.delete(either.form, "uuid:1")
    either.pull()
    without = either.stored()
    gone = either.outcomes()[either.key("uuid:1")]
    either.fake.store.restore(either.form, "uuid:1")

    either.pull()

    assert (list(without), gone) == ([either.key("uuid:2")], "deleted")
    assert is_equal(either)
    assert len(either.stored()) == 2


def test_a_purged_id_may_be_sent_again_with_other_answers(lab: Lab) -> None:
    lab.send(1, people="1")
    lab.pull()
    lab.fake.store.delete(lab.form, "uuid:1")
    lab.fake.store.purge(lab.form)
    lab.send(1, people="9")

    lab.pull()

    assert is_equal(lab)


def test_a_reviewers_decision_is_known_and_nothing_is_read_for_it(either: Lab) -> None:
    either.send(1)
    either.pull()
    asked(either)
    either.fake.store.review(either.form, "uuid:1", "approved")

    report = either.pull()

    with reading(either.context.engine) as session:
        assert mirror.reviews(session, "small") == {"approved": 1}
    assert report.read == 0
    assert "Submissions" not in asked(either)


def test_old_answers_survive_a_question_that_was_renamed(lab: Lab) -> None:
    lab.send(1, people="41")
    lab.publish(V2)
    lab.send(2, version="v2", people="42")
    lab.send(3, version="v1", people="43")

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 3


def test_a_version_that_is_not_known_here_waits_and_is_read_when_it_is(lab: Lab) -> None:
    lab.fake.store.publish(lab.form, "v2", fields(V2))
    lab.send(1, version="v2", people="7")
    lab.pull()
    before = rejects(lab)
    lab.register(V2)

    lab.pull()

    assert before == [Reason.UNKNOWN_VERSION.value]
    assert rejects(lab) == []
    assert is_equal(lab)


def test_half_an_xml_is_a_reject_and_not_a_row_of_half_answers(lab: Lab) -> None:
    whole = document("uuid:1")
    lab.fake.store.post(lab.form, whole[: len(whole) // 2])
    lab.send(2)

    lab.pull()

    assert rejects(lab) == [Reason.UNREADABLE.value]
    assert list(lab.stored()) == [lab.key("uuid:2")]
    assert lab.verdict().standing is Standing.EQUAL


def test_a_submission_without_an_id_is_stored_under_the_one_the_server_gave_it(lab: Lab) -> None:
    made = lab.fake.store.post(lab.form, document(""))

    lab.pull()
    again = lab.pull()

    assert list(lab.stored()) == [lab.key(made.root)]
    assert again.read == 0


def test_ids_with_odd_signs_are_found(lab: Lab) -> None:
    for name in ("my custom id/1", "it's", "a b&c=d", "ü+%20"):
        lab.fake.store.post(lab.form, document(name.replace("&", "&amp;")))
    lab.pull()
    for root in list(lab.form.submissions):
        lab.edit(root, people="3")

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 4


def test_refusals_and_counters_count_a_submission_once(lab: Lab) -> None:
    lab.send(1, **{"con/given": "no"})
    lab.pull()
    lab.edit("uuid:1", **{"con/given": "no", "rec/people": "3"})

    lab.pull()

    with reading(lab.context.engine) as session:
        counts = dict(session.execute(select(counter.c.kind, counter.c.n)).all())
    assert counts == {"received": 1, "refused": 1}
    assert lab.stored() == {}


# ---- cost ------------------------------------------------------------------------------------------------------------


def test_an_unchanged_form_costs_one_empty_answer_and_now_and_then_a_small_one(lab: Lab) -> None:
    for number in range(20):
        lab.send(number)
    lab.pull()
    first = lab.verdict()
    lab.fake.asked.clear()

    lab.pull()
    usual, then = list(lab.fake.asked), lab.verdict()
    lab.let_pass(A_LOOK)
    lab.pull()
    lab.pull()

    assert [one.status for one in usual] == [304]
    assert [one.status for one in lab.fake.asked] == [304, 200, 304, 304], "the form is looked at every ten minutes"
    assert sum(one.size for one in lab.fake.asked) < 500
    assert lab.verdict().at > then.at > first.at
    assert is_equal(lab)


def test_a_form_that_was_looked_at_just_now_is_read_at_once_when_it_changed(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    lab.send(2)
    lab.fake.asked.clear()

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 2
    assert asked(lab).count("submissions") == 1, "the list that told of the change is the one that is compared"


def test_a_form_that_encrypts_from_now_on_is_told_before_anything_of_it_is_read(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    lab.form.key_id = 7
    lab.send(2)

    with pytest.raises(PullError, match="encrypt"):
        lab.pull()


def test_answers_of_a_version_that_was_registered_just_now_are_read_at_once(lab: Lab) -> None:
    lab.fake.store.publish(lab.form, "v2", fields(V2))
    lab.send(1, "v2")
    lab.pull()
    lab.register(V2)

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 1


@pytest.mark.parametrize(("version", "schema"), [("v2", V2), ("v2", V1), ("v1", V2)], ids=["both", "name", "content"])
def test_a_new_version_is_not_hidden_by_an_unchanged_tag(lab: Lab, version: str, schema: FormMapping) -> None:
    lab.send(1)
    lab.pull()
    lab.fake.store.publish(lab.form, version, fields(schema))
    lab.let_pass(A_LOOK)
    lab.fake.asked.clear()

    lab.pull()

    assert 304 not in [one.status for one in lab.fake.asked]


def test_only_what_changed_is_asked_for(lab: Lab) -> None:
    for number in range(60):
        lab.send(number)
    lab.pull()
    lab.fake.asked.clear()
    lab.send(60)
    lab.send(61)

    report = lab.pull()

    assert report.read == 2
    assert [one.query.get("$top") for one in lab.fake.asked if one.path.endswith("Submissions")] == ["2"]


# ---- changes in the middle of a pull ---------------------------------------------------------------------------------


def test_rows_deleted_between_the_list_and_the_answers_shift_no_other_row_out(lab: Lab) -> None:
    for number in range(10):
        lab.send(number)
    deleted: list[str] = []

    def delete_once(one: Asked) -> None:
        if one.path.endswith("Submissions") and not deleted:
            deleted.append("uuid:9")
            lab.fake.store.delete(lab.form, "uuid:9")

    lab.fake.before = delete_once

    lab.pull()

    assert is_equal(lab)
    assert len(lab.stored()) == 9


def test_an_edit_between_the_list_and_the_answers_is_not_taken_for_the_old_one(lab: Lab) -> None:
    lab.send(1, people="1")
    edited: list[str] = []

    def edit_once(one: Asked) -> None:
        if one.path.endswith("Submissions") and not edited:
            edited.append("uuid:1")
            lab.edit("uuid:1", people="2")

    lab.fake.before = edit_once

    lab.pull()

    assert is_equal(lab)


def test_an_edit_with_a_newer_version_in_the_meantime_is_not_read_with_the_old_one(lab: Lab) -> None:
    lab.register(V2)
    lab.fake.store.publish(lab.form, "v2", fields(V2) | fields(V1))
    lab.send(1, people="1")
    edited: list[str] = []

    def edit_once(one: Asked) -> None:
        if one.path.endswith("Submissions") and not edited:
            edited.append("uuid:1")
            lab.edit("uuid:1", version="v2", people="2")

    lab.fake.before = edit_once

    lab.pull()

    assert is_equal(lab)


def test_a_row_deleted_between_the_list_and_its_xml_is_settled_by_another_look(lab: Lab) -> None:
    for number in range(3):
        lab.send(number)
    lab.pull()
    for number in range(3):
        lab.edit(f"uuid:{number}")

    def delete_once(one: Asked) -> None:
        if one.path.endswith("%3A1.xml") and len(lab.form.live()) == 3:
            lab.fake.store.delete(lab.form, "uuid:1")

    lab.fake.before = delete_once

    lab.pull()

    assert len(lab.stored()) == 2
    assert is_equal(lab)


def test_a_version_published_between_the_schema_and_the_answers_hides_no_answer(lab: Lab) -> None:
    lab.send(1, people="1")

    def publish_once(one: Asked) -> None:
        if one.path.endswith("Submissions") and len(lab.form.versions) == 1:
            lab.fake.store.publish(lab.form, "v2", fields(V2))

    lab.fake.before = publish_once

    lab.pull()

    assert len(lab.form.versions) == 2
    assert is_equal(lab)


def test_a_long_list_that_moves_while_it_is_read_deletes_nothing(either: Lab) -> None:
    either.part_size = 4
    for number in range(12):
        either.send(number)
    either.pull()
    sent = iter(range(100, 200))

    def never_still(one: Asked) -> None:
        if one.path.endswith("/submissions"):
            either.send(next(sent))
            either.fake.store.delete(either.form, either.form.live()[-1].root)

    either.fake.before = never_still
    either.pull()
    moving = either.verdict()
    outcomes = set(either.outcomes().values())
    either.fake.before = lambda _one: None

    either.pull()
    with transaction(either.context.engine) as session:
        mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))

    assert (moving.standing, moving.reason) == (Standing.DIFFERENT, Why.MOVING)
    assert outcomes == {"stored"}
    assert either.stored() == either.expected()


def test_a_row_that_goes_while_an_older_central_is_listed_takes_no_other_with_it(lab: Lab) -> None:
    """What stood behind it moves up, past the reader: it must not be taken for deleted."""
    lab.fake.etags, lab.part_size = False, 4
    for number in range(12):
        lab.send(number)
    lab.pull()
    lab.let_pass(A_DAY)

    def delete_once(one: Asked) -> None:
        if one.path.endswith("/submissions") and one.query["offset"] != "0" and len(lab.form.live()) == 12:
            lab.fake.store.delete(lab.form, lab.form.live()[0].root)

    lab.fake.before = delete_once

    lab.pull()

    assert len(lab.form.live()) == 11
    assert lab.stored() == lab.expected()


def test_a_row_that_a_moving_list_did_not_show_is_not_taken_for_deleted(lab: Lab) -> None:
    """Twice a part changes after it was read; the third time a row moves up, past the reader."""
    lab.part_size = 4
    for number in range(12):
        lab.send(number)
    lab.pull()
    newest, walks = lab.form.live()[0].root, iter(range(1, 10))
    lab.fake.store.review(lab.form, newest, "approved")

    def move(one: Asked) -> None:
        if one.path.endswith("/submissions") and one.query["offset"] == "4" and "if-none-match" not in one.headers:
            if next(walks) < 3:
                lab.fake.store.review(lab.form, newest, "hasIssues")
            else:
                lab.fake.store.delete(lab.form, newest)

    lab.fake.before = move

    lab.pull()

    assert (lab.verdict().reason, lab.verdict().waiting) == (Why.MOVING, 0)
    assert len(lab.form.live()) == 11
    assert set(lab.expected()) <= set(lab.stored())


def test_a_row_sent_after_the_last_part_of_an_older_list_shows_in_its_number(lab: Lab) -> None:
    lab.fake.etags, lab.part_size = False, 4
    for number in range(10):
        lab.send(number)

    def send_once(one: Asked, _answer: Answer, _took: float) -> None:
        if one.path.endswith("/submissions") and one.query["offset"] == "7" and len(lab.form.live()) == 10:
            lab.send(10)

    lab.fake.pause = send_once

    lab.pull()

    assert len(lab.form.live()) == 11
    assert lab.stored() == lab.expected()
    assert lab.verdict().on_server == 11


def test_a_long_list_is_read_in_parts_and_proved_unchanged_part_by_part(lab: Lab) -> None:
    lab.part_size = 4
    for number in range(10):
        lab.send(number)
    lab.pull()
    lab.fake.asked.clear()

    lab.pull()

    assert [one.status for one in lab.fake.asked] == [304, 304, 304]
    assert is_equal(lab)


def test_an_older_central_without_tags_and_filters_is_mirrored_all_the_same(lab: Lab) -> None:
    lab.fake.etags = lab.fake.filters_ids = False
    lab.part_size = 4
    for number in range(0, 9, 2):
        lab.send(number)
    lab.pull()
    for number in range(1, 9, 2):
        lab.send(number)
        lab.edit("uuid:0", people=str(number))

    lab.pull()

    assert lab.stored() == lab.expected()
    assert lab.verdict().standing is Standing.COUNT_EQUAL


# ---- without tags, and of a long form: what is recent, and the list now and then -------------------------------------


@pytest.fixture
def older(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    """A Central without tags, of which six submissions were read, an hour apart."""
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        lab.fake.etags = lab.fake.filters_ids = False
        send_six(lab)
        yield lab


@pytest.fixture
def long(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    """A Central with tags, where six submissions count as a long form."""
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        lab.long_list = 5
        send_six(lab)
        yield lab


@pytest.fixture(params=["older", "long"])
def seldom(request: pytest.FixtureRequest) -> Lab:
    """Either, which is seldom listed."""
    found: Lab = request.getfixturevalue(request.param)
    return found


def send_six(lab: Lab) -> None:
    lab.fake.store.pace = timedelta(hours=1)
    for number in range(6):
        lab.send(number, people=str(number))
    lab.pull()
    lab.fake.asked.clear()


def verdict_of(lab: Lab) -> tuple[Standing, Why, int]:
    found = lab.verdict()
    return found.standing, found.reason, found.on_server


def test_an_unchanged_form_on_an_older_central_costs_small_answers_and_a_list_once_a_day(older: Lab) -> None:
    listed_at = older.verdict().at
    older.pull()
    small, listed, between = sum(one.size for one in older.fake.asked), has_listed(older), older.verdict()
    older.let_pass(A_DAY)

    older.pull()

    assert (small < 1_500, listed, has_listed(older)) == (True, False, True)
    assert (between.standing, between.equal_at) == (Standing.COUNT_EQUAL, listed_at)
    assert between.contents_as_of is not None
    assert between.contents_as_of <= listed_at
    assert older.verdict().standing is Standing.EQUAL


def test_what_changes_in_a_long_form_costs_no_list_and_is_proved_within_the_hour(long: Lab) -> None:
    proved_at = long.verdict().at
    long.send(6)
    long.edit("uuid:1", people="8")
    long.pull()
    listed, between, stored = has_listed(long), long.verdict(), long.stored() == long.expected()
    long.fake.asked.clear()
    long.pull()
    unchanged, still = list(long.fake.asked), long.verdict()
    long.let_pass(AN_HOUR)

    long.pull()

    assert (listed, stored, has_listed(long)) == (False, True, True)
    assert (between.standing, between.contents_as_of, between.on_server) == (Standing.COUNT_EQUAL, proved_at, 7)
    assert [(one.method, one.status, one.size) for one in unchanged] == [("HEAD", 304, 0)]
    assert (still.standing, still.contents_as_of) == (Standing.COUNT_EQUAL, proved_at)
    assert is_equal(long)


def test_a_long_form_that_did_not_change_is_equal_for_as_long_as_that(long: Lab) -> None:
    for _ in range(3):
        long.let_pass(AN_HOUR)
        long.pull()

    assert not has_listed(long)
    assert is_equal(long)


def test_what_changes_while_a_long_form_is_asked_is_read_at_the_next_pull(long: Lab) -> None:
    """Between the tag and the questions, and after them."""

    def change(one: Asked) -> None:
        if one.path.endswith(".svc/Submissions") and len(long.form.live()) < 9:
            long.edit("uuid:2", people=str(len(long.form.live())))
            long.send(len(long.form.live()) + 10)

    long.send(6)
    long.fake.before = change
    long.pull()
    long.fake.before = lambda _one: None

    long.pull()

    assert long.stored() == long.expected()
    assert long.verdict().on_server == 9


def test_a_long_form_that_grows_beyond_its_parts_is_listed(long: Lab) -> None:
    long.part_size = 4
    long.send(6)
    long.pull()
    long.send(7)
    long.fake.asked.clear()

    long.pull()
    grown = has_listed(long)
    long.fake.asked.clear()
    long.pull()

    assert grown
    assert [(one.method, one.status) for one in long.fake.asked] == [("HEAD", 304)] * 3
    assert is_equal(long)


def test_new_interviews_of_an_app_between_two_lists_come_together(seldom: Lab) -> None:
    """Only what no app has checked is asked for one by one."""
    seldom.fake.filters_ids = True
    for number in range(10, 30):
        seldom.send(number)
    seldom.fake.asked.clear()

    report = seldom.pull()

    assert report.read == 20
    assert not has_listed(seldom)
    assert not [one for one in seldom.fake.asked if one.path.endswith(".xml")]
    assert seldom.stored() == seldom.expected()


def test_new_and_edited_rows_are_read_without_the_list(seldom: Lab) -> None:
    seldom.edit("uuid:2", people="77")
    seldom.send(7, people="7")

    report = seldom.pull()

    assert (report.read, has_listed(seldom)) == (2, False)
    assert seldom.stored() == seldom.expected()
    assert verdict_of(seldom) == (Standing.COUNT_EQUAL, Why.NOTHING, 7)


def test_the_next_question_begins_shortly_before_the_server_was_asked_last(older: Lab) -> None:
    older.edit("uuid:1", people="9")
    older.fake.store.clock += timedelta(hours=3)
    older.pull()
    last = older.fake.clock().replace(microsecond=0)
    older.fake.store.clock += timedelta(hours=1)
    older.fake.asked.clear()

    older.pull()

    since = [one.query["$filter"].split()[2] for one in older.fake.asked if " or " in one.query.get("$filter", "")]
    assert [datetime.fromisoformat(one) for one in since] == [last - timedelta(minutes=10)]


def test_a_server_whose_clock_was_ahead_is_asked_for_what_came_meanwhile(older: Lab) -> None:
    older.fake.store.clock = datetime.now(UTC) + timedelta(days=400)
    older.pull()
    older.fake.store.clock = datetime.now(UTC)

    older.edit("uuid:1", people="9")
    older.pull()

    assert older.stored() == older.expected()


def test_no_time_of_a_submission_is_kept(seldom: Lab) -> None:
    seldom.edit("uuid:1", people="9")
    last = seldom.fake.clock()
    seldom.fake.store.clock += timedelta(hours=3)

    seldom.pull()
    followed = str(seldom.verdict().proof)
    seldom.let_pass(A_DAY)
    seldom.pull()

    assert f"{last:%Y-%m-%dT%H}" not in followed + str(seldom.verdict().proof)


def test_a_review_between_two_lists_is_known_and_nothing_is_read_for_it(seldom: Lab) -> None:
    seldom.fake.store.review(seldom.form, "uuid:1", "approved")

    report = seldom.pull()

    assert (report.read, has_listed(seldom)) == (0, False)
    assert seldom.reviews() == {"": 5, "approved": 1}


def hide_a_late_row(lab: Lab) -> None:
    """Behind one that is deleted: the number of rows stays the same."""
    late = lab.fake.store.post(lab.form, document("uuid:late"), commit=False)
    lab.send(7)
    lab.pull()
    lab.fake.store.commit(lab.form, late)
    lab.fake.store.delete(lab.form, "uuid:3")


def test_a_late_row_is_not_hidden_by_one_that_was_deleted(seldom: Lab) -> None:
    """The numbers agree; that the server tells what was deleted is what leads to the list."""
    hide_a_late_row(seldom)

    seldom.pull()

    assert seldom.stored() == seldom.expected()
    assert seldom.verdict().standing is Standing.EQUAL


def test_what_only_a_list_can_tell_is_never_called_equal_before(seldom: Lab) -> None:
    """Before 2024.3 deletions are not told: one that hides a late row shows in the next list."""
    seldom.fake.filters_deleted = False
    hide_a_late_row(seldom)
    seldom.pull()
    between = verdict_of(seldom)
    seldom.let_pass(A_DAY)

    seldom.pull()

    assert between == (Standing.COUNT_EQUAL, Why.NOTHING, 7)
    assert seldom.stored() == seldom.expected()
    assert seldom.verdict().standing is Standing.EQUAL


@pytest.mark.parametrize("change", ["delete", "restore", "commit", "publish"])
def test_what_the_numbers_or_a_new_version_tell_leads_to_the_list(seldom: Lab, change: str) -> None:
    store, form = seldom.fake.store, seldom.form
    late = store.post(form, document("uuid:late"), commit=False)
    seldom.send(7)
    store.delete(form, "uuid:1")
    seldom.pull()
    steps = {
        "delete": lambda: store.delete(form, "uuid:2"),
        "restore": lambda: store.restore(form, "uuid:1"),
        "commit": lambda: store.commit(form, late),
        "publish": lambda: store.publish(form, "v2", fields(V2)),
    }
    steps[change]()
    seldom.let_pass(A_LOOK)
    asked(seldom)

    seldom.pull()

    assert has_listed(seldom)
    assert seldom.stored() == seldom.expected()
    assert seldom.verdict().standing is Standing.EQUAL


def test_a_central_that_does_not_know_the_questions_is_listed_every_time(seldom: Lab) -> None:
    seldom.edit("uuid:2", people="7")
    seldom.pull()
    seldom.fake.selects = False
    seldom.edit("uuid:1", people="8")
    asked(seldom)

    seldom.pull()

    assert has_listed(seldom)
    assert seldom.stored() == seldom.expected()
    assert seldom.verdict().standing is Standing.EQUAL


@pytest.mark.parametrize("many", ["edited", "deleted"])
def test_more_that_is_recent_than_fits_one_answer_leads_to_the_list(seldom: Lab, many: str) -> None:
    seldom.part_size = 2
    for number in (1, 2):
        if many == "edited":
            seldom.edit(f"uuid:{number}", people="70")
        else:
            seldom.fake.store.delete(seldom.form, seldom.send(number + 6).root)
    asked(seldom)

    seldom.pull()

    assert has_listed(seldom)
    assert seldom.stored() == seldom.expected()


def test_a_row_sent_between_the_questions_is_no_reason_for_the_list(seldom: Lab) -> None:
    seldom.send(7)

    def send_once(one: Asked) -> None:
        if "$count" in one.query and len(seldom.form.live()) == 7:
            seldom.send(8)

    seldom.fake.before = send_once

    seldom.pull()

    assert (len(seldom.form.live()), has_listed(seldom)) == (8, False)


def test_a_row_deleted_between_the_questions_leads_to_the_list(seldom: Lab) -> None:
    seldom.send(7)

    def delete_once(one: Asked) -> None:
        if one.path.endswith("%3A7.xml") and len(seldom.form.live()) == 7:
            seldom.fake.store.delete(seldom.form, "uuid:7")

    seldom.fake.before = delete_once

    seldom.pull()

    assert has_listed(seldom)
    assert seldom.stored() == seldom.expected()


def test_rows_that_wait_for_a_person_are_not_listed_again_at_every_pull(seldom: Lab) -> None:
    for number in range(3):
        seldom.fake.store.delete(seldom.form, f"uuid:{number}")
    seldom.pull()
    asked(seldom)

    seldom.pull()

    assert not has_listed(seldom)
    assert verdict_of(seldom) == (Standing.DIFFERENT, Why.MANY_GONE, 3)
    assert seldom.verdict().waiting == 3


# ---- what disappears -------------------------------------------------------------------------------------------------


def lost(lab: Lab) -> None:
    for number in range(30):
        lab.send(number)
    lab.pull()
    for number in range(10):
        lab.fake.store.delete(lab.form, f"uuid:{number}")
    lab.pull()


def test_many_rows_gone_at_once_wait_for_a_person(lab: Lab) -> None:
    lost(lab)

    found = lab.verdict()

    assert (found.standing, found.reason, found.waiting) == (Standing.DIFFERENT, Why.MANY_GONE, 10)
    assert len(lab.stored()) == 30


def test_a_person_may_say_that_the_server_is_right(either: Lab) -> None:
    lost(either)

    with transaction(either.context.engine) as session:
        mirror.delete_vanished(session, "small", Audit("officer", "vanished.deleted", "small"))
    either.pull()

    assert is_equal(either)
    assert len(either.stored()) == 20


def test_a_person_may_keep_what_the_server_lost(either: Lab) -> None:
    lost(either)

    with transaction(either.context.engine) as session:
        mirror.keep_vanished(session, "small", Audit("officer", "vanished.kept", "small"))
    either.send(99)
    either.pull()

    assert len(either.stored()) == 31
    assert either.verdict().standing is Standing.EQUAL


def test_rows_that_were_waiting_and_came_back_wait_no_more(either: Lab) -> None:
    lost(either)
    for number in range(10):
        either.fake.store.restore(either.form, f"uuid:{number}")

    either.pull()

    assert is_equal(either)
    assert either.verdict().waiting == 0


def test_a_withdrawal_outlives_deletion_and_return(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    with transaction(lab.context.engine) as session:
        session.execute(ledger.update().values(outcome="withdrawn"))
    lab.fake.store.delete(lab.form, "uuid:1")
    lab.pull()
    lab.fake.store.restore(lab.form, "uuid:1")

    lab.pull()

    assert lab.outcomes() == {lab.key("uuid:1"): "withdrawn"}


def test_a_form_that_is_not_there_deletes_nothing(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    lab.fake.store.forms.clear()

    with pytest.raises(PullError) as failure:
        lab.pull()

    assert failure.value.code == "server_form_missing"
    assert len(lab.stored()) == 1


def test_an_encrypted_project_is_refused_clearly(lab: Lab) -> None:
    lab.send(1)
    lab.form.key_id = 1

    with pytest.raises(PullError, match="encrypts its submissions") as failure:
        lab.pull()

    assert failure.value.code == "encrypted"
    assert lab.outcomes() == {}


# ---- faults on the way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.MISSING])
def test_a_fault_at_every_third_answer_is_overcome_within_the_pull(lab: Lab, fault: Fault) -> None:
    for number in range(3):
        lab.send(number)
    lab.pull()
    lab.send(4)
    lab.edit("uuid:1", people="5")
    lab.fake.faults.extend([fault, None, None] * 4)

    lab.pull()

    assert is_equal(lab)


def test_a_token_that_ran_out_is_renewed_once_and_kept_for_all_workers(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    lab.pull()
    before = lab.fake.logins
    lab.fake.expire_logins()
    lab.send(2)

    lab.pull()

    assert (before, lab.fake.logins) == (1, 2)
    assert is_equal(lab)


def test_a_wrong_password_is_a_state_with_a_remedy(lab: Lab) -> None:
    lab.fake.password = "changed"

    with pytest.raises(PullError, match="fieldveil server rotate") as failure:
        lab.pull()

    assert failure.value.code == "server_sign_in"
    assert lab.fake.logins == 0


def test_missing_rights_are_a_state_with_a_remedy(lab: Lab) -> None:
    lab.fake.verbs = ("form.read",)

    with pytest.raises(PullError, match="lacks a right") as failure:
        lab.pull()

    assert failure.value.code == "server_rights"


def test_a_server_that_stays_away_may_rest(lab: Lab) -> None:
    lab.send(1)
    lab.fake.faults.extend([Fault.GATEWAY] * 100)
    codes = []
    for _ in range(4):
        with pytest.raises(PullError) as failure:
            lab.pull()
        codes.append(failure.value.code)

    assert codes == ["server_away"] * 4
    with reading(lab.context.engine) as session:
        assert session.scalar(select(server.c.rest_until)) is not None


def test_a_server_that_asks_for_a_longer_rest_has_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Answer(503, b"", {"Retry-After": "1800"})
    monkeypatch.setattr(lab.fake, "answer", lambda _asked, _body: busy)
    before = datetime.now(UTC)

    with pytest.raises(PullError):
        lab.pull()

    with reading(lab.context.engine) as session:
        until = session.scalar(select(server.c.rest_until))
    assert until is not None
    assert timedelta(minutes=29) < until - before < timedelta(minutes=31)
    assert len(lab.fake.asked) == 1


def test_a_server_that_takes_no_password_says_so(lab: Lab) -> None:
    lab.fake.single_sign_on = True

    with pytest.raises(PullError, match="single sign-on") as failure:
        lab.pull()

    assert failure.value.code == "server_no_passwords"


@pytest.mark.parametrize("said", ["1,200", "42abc", "3.9", "about ten", "1" * 20])
def test_what_a_program_sends_as_a_number_is_not_taken_for_what_odata_makes_of_it(lab: Lab, said: str) -> None:
    lab.send(1, people=said).agent = "python-requests/2.34.2"
    lab.send(2).agent = None
    lab.send(3, people="3")

    lab.pull()

    assert lab.stored() == lab.expected()
    # Two at a time, so in no order.
    assert sorted(one.path.rpartition("/")[2] for one in lab.fake.asked if one.path.endswith(".xml")) == [
        "uuid%3A1.xml",
        "uuid%3A2.xml",
    ]


def test_what_is_sent_as_a_number_between_two_lists_is_read_as_it_was_sent(seldom: Lab) -> None:
    seldom.fake.filters_ids = True
    seldom.send(7, people="1,200")

    seldom.pull()

    assert seldom.stored() == seldom.expected()


def test_a_crash_in_the_middle_repeats_no_page_that_was_committed(lab: Lab) -> None:
    lab.context.settings.page_size = 4
    for number in range(10):
        lab.send(number)
    first = lab.pull(max_pages=1)

    second = lab.pull()

    assert (first.read, second.read, first.finished) == (4, 6, False)
    assert is_equal(lab)


def test_nothing_secret_and_no_id_of_a_submission_is_in_the_database(sqlite_engine: Engine, tmp_path: Path) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        lab.fake.store.post(lab.form, document("uuid:4c0ffee0-1111"))
        lab.pull()
        held = b"".join(path.read_bytes() for path in tmp_path.glob("fieldveil.sqlite*"))

        assert b"4c0ffee0" not in held
        assert lab.fake.password.encode() not in held
        assert b"viewer@example.org" not in held
        assert not any(token.encode() in held for token in lab.fake.tokens)
