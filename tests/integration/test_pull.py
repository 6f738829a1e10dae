"""The straight line, from sealed letters to standard rows: nothing lost, nothing doubled, whatever happens."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from small_form import MAPPING
from small_letters import context, post, send, xml
from small_store import put_form
from sqlalchemy import Engine, Table, delete, func, select, update

from backend.keys import KeyFileError
from backend.store import pulls
from backend.store.engine import open_engine, reading, transaction
from backend.store.migrate import upgrade
from backend.store.status import Totals, totals
from backend.store.tables import (
    counter,
    daily,
    edit_chain,
    form,
    form_version,
    inbox,
    ledger,
    letter,
    letter_body,
    pull,
    reject,
    submission,
)
from mappings.model import Reason
from workers.context import Context
from workers.crypto import new_private_key
from workers.pseudonym_keys import read_keys
from workers.pull import PullReport, pull_form
from workers.servers.source import PullError


@pytest.fixture
def field(engine: Engine, tmp_path: Path) -> Context:
    return context(engine, tmp_path / "home")


def pulled(field: Context) -> PullReport:
    report = pull_form(field, "small")
    assert report is not None
    return report


def counts(field: Context) -> Totals:
    with reading(field.engine) as session:
        return totals(session, "small")


def people(field: Context) -> list[float]:
    """The women counted in each stored interview: a number that tells versions apart."""
    with reading(field.engine) as session:
        return sorted(row[0][0] for row in session.execute(select(submission.c.nv)))


def test_letters_become_standard_rows(field: Context) -> None:
    for number in range(5):
        send(field, f"uuid:{number}")
    send(field, "uuid:no", **{"con/given": "no"})

    report = pulled(field)

    assert (report.read, report.new, report.finished) == (6, 6, True)
    found = counts(field)
    assert (found.posted, found.pulled, found.stored, found.refused, found.rejected) == (6, 6, 5, 1, 0)
    assert found.agree


def test_a_second_pull_has_nothing_to_read(field: Context) -> None:
    send(field, "uuid:1")
    pulled(field)

    assert pulled(field).read == 0


def test_a_letter_sent_twice_is_stored_once(field: Context) -> None:
    send(field, "uuid:1")
    send(field, "uuid:1")
    pulled(field)

    assert counts(field).stored == 1
    assert counts(field).agree


def test_the_same_id_with_other_content_waits_for_a_person(field: Context) -> None:
    send(field, "uuid:1", **{"rec/people": "1"})
    send(field, "uuid:1", **{"rec/people": "2"})
    pulled(field)

    assert people(field) == [1.0]
    assert counts(field).conflicts == 1
    assert counts(field).agree


def test_an_edit_replaces_the_interview_it_edits(field: Context) -> None:
    send(field, "uuid:1", **{"rec/people": "1"})
    pulled(field)
    send(field, "uuid:2", previous="uuid:1", **{"rec/people": "2"})
    pulled(field)

    assert people(field) == [2.0]
    assert counts(field).agree


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2), (1, 3, 2), (2, 1, 3)])
@pytest.mark.parametrize("together", [True, False])
def test_edits_in_any_order_end_with_the_newest(
    sqlite_engine: Engine, tmp_path: Path, order: tuple[int, ...], together: bool
) -> None:
    field = context(sqlite_engine, tmp_path / "home")
    for version in order:
        previous = f"uuid:{version - 1}" if version > 1 else ""
        send(field, f"uuid:{version}", previous=previous, **{"rec/people": str(version)})
        if not together:
            pulled(field)
    pulled(field)

    assert people(field) == [3.0]
    assert counts(field).agree


def test_edits_in_a_ring_do_not_turn_for_ever(field: Context) -> None:
    send(field, "uuid:1", previous="uuid:2", **{"rec/people": "1"})
    send(field, "uuid:2", previous="uuid:1", **{"rec/people": "2"})
    pulled(field)

    assert len(people(field)) == 1


def test_an_unknown_version_is_rejected_and_read_when_it_is_known(field: Context) -> None:
    post(field, [("uuid:1", "", xml("uuid:1", version="v2"))])
    pulled(field)
    assert (counts(field).rejected, counts(field).stored) == (1, 0)
    assert counts(field).agree

    put_form(field.engine, replace(MAPPING, form_version="v2"))
    pulled(field)

    assert (counts(field).rejected, counts(field).stored) == (0, 1)
    assert counts(field).agree


def test_a_letter_that_stays_rejected_is_rejected_for_what_is_wrong_with_it_now(field: Context) -> None:
    post(field, [("uuid:1", "", xml("uuid:1", version="v2", **{"who/adm1": "XA77"}))])
    pulled(field)
    before = _reasons(field)

    put_form(field.engine, replace(MAPPING, form_version="v2"))
    pulled(field)

    assert before == {Reason.UNKNOWN_VERSION}
    assert Reason.UNKNOWN_VERSION not in _reasons(field)
    assert (counts(field).rejected, counts(field).agree) == (1, True)


def _reasons(field: Context) -> set[str]:
    with reading(field.engine) as session:
        return set(session.scalars(select(reject.c.reason)))


def test_a_corrected_mapping_reads_the_letters_again(field: Context) -> None:
    send(field, "uuid:1", **{"rec/how_often": "often", "rec/people": "6000"})
    pulled(field)
    assert counts(field).rejects == 1
    rules = tuple(replace(one, maximum=9000) if one.path == "rec/people" else one for one in MAPPING.rules)
    _change_mapping(field, replace(MAPPING, rules=rules))

    report = pulled(field)

    assert (report.read, report.changed, counts(field).rejects) == (1, 1, 0)
    assert people(field) == [6000.0]


def _change_mapping(field: Context, mapping: object) -> None:
    from mappings.language import FormMapping, dump

    assert isinstance(mapping, FormMapping)
    with transaction(field.engine) as session:
        changed = {"mapping": dump(mapping), "mapping_version": mapping.version}
        session.execute(update(form_version).where(form_version.c.version == "v1").values(**changed))


def test_a_letter_that_cannot_be_opened_is_rejected_and_counted(field: Context) -> None:
    send(field, "uuid:1")
    with transaction(field.engine) as session:
        session.execute(update(letter_body).values(sealed=b"\x04" + b"\x00" * 120))
    pulled(field)

    assert (counts(field).rejected, counts(field).agree) == (1, True)
    with reading(field.engine) as session:
        assert session.execute(select(reject.c.path, reject.c.reason)).all() == [("letter", "unreadable")]


def test_a_letter_that_can_be_opened_after_all_counts_once(field: Context) -> None:
    send(field, "uuid:1", **{"clo/talk": "yes"})
    with transaction(field.engine) as session:
        sealed = session.scalars(select(letter_body.c.sealed)).one()
        session.execute(update(letter_body).values(sealed=b"\x04" + b"\x00" * 120))
    pulled(field)
    with transaction(field.engine) as session:
        session.execute(update(letter_body).values(sealed=sealed))
    put_form(field.engine, replace(MAPPING, form_version="v2"))

    pulled(field)

    assert (counts(field).stored, counts(field).agree) == (1, True)
    assert (_counted(field, counter, "received"), _counted(field, daily)) == (1, 1)


def test_what_an_enumerator_says_in_an_unknown_version_reaches_the_supervisor(field: Context) -> None:
    answers = {"con/given": "no", "clo/safe": "no"}
    post(field, [("uuid:1", "", xml("uuid:1", version="v2", **answers))])
    pulled(field)

    put_form(field.engine, replace(MAPPING, form_version="v2"))
    pulled(field)

    assert [_counted(field, counter, kind) for kind in ("received", "refused")] == [1, 1]
    with reading(field.engine) as session:
        assert session.scalar(select(func.count()).select_from(inbox)) == 1


def _counted(field: Context, table: Table, *kinds: str) -> int:
    with reading(field.engine) as session:
        return session.scalar(select(func.sum(table.c.n)).where(*(table.c.kind == kind for kind in kinds))) or 0


def test_a_missing_letter_key_loses_nothing_and_is_said(field: Context) -> None:
    send(field, "uuid:1")
    key = next(field.settings.worker_keys.glob("letters-*-1"))
    for file in field.settings.worker_keys.glob("letters-*"):
        file.rename(file.with_suffix(".away"))
    report = pulled(field)
    assert (report.read, report.left_out) == (0, 1)
    assert _last_error(field) == "letter_key_missing"

    for file in field.settings.worker_keys.glob("*.away"):
        file.rename(file.with_suffix(""))
    pulled(field)

    assert key.exists()
    assert counts(field).agree
    assert _last_error(field) is None


def _last_error(field: Context) -> str | None:
    with reading(field.engine) as session:
        return session.scalar(select(pull.c.last_error))


@pytest.mark.parametrize("content", [new_private_key(), b"no key at all"], ids=["of another month", "damaged"])
def test_with_a_wrong_letter_key_letters_wait_for_the_right_one(field: Context, content: bytes) -> None:
    """They must not count as unreadable: nobody would open them again before they are destroyed."""
    send(field, "uuid:1")
    with reading(field.engine) as session:
        file = field.settings.worker_keys / f"letters-{session.scalars(select(letter.c.key_id)).one()}"
    right = file.read_bytes()
    file.write_bytes(content)
    report = pulled(field)
    assert (report.read, report.left_out, _last_error(field)) == (0, 1, "letter_key_missing")

    file.write_bytes(right)
    pulled(field)

    assert (counts(field).stored, counts(field).agree, _last_error(field)) == (1, True, None)


def test_a_lost_pseudonym_key_stops_the_pull_before_it_doubles_anything(field: Context) -> None:
    send(field, "uuid:1")
    pulled(field)
    next(field.settings.worker_keys.glob("round-*")).unlink()
    send(field, "uuid:2")

    with pytest.raises(PullError, match="A key of the workers is missing"):
        pulled(field)
    assert _last_error(field) == "key_missing"
    assert counts(field).stored == 1


def test_keys_are_never_made_by_a_pull(field: Context) -> None:
    with pytest.raises(KeyFileError):
        read_keys(field.settings, survey_id="CTE-S-XAA-2099-01", country="XAA")


def test_a_practice_form_is_never_pulled(field: Context) -> None:
    with transaction(field.engine) as session:
        session.execute(update(form).values(practice=True))

    with pytest.raises(PullError, match="practice"):
        pulled(field)


def test_a_form_that_does_not_exist_is_named(field: Context) -> None:
    with pytest.raises(PullError, match="Form nothing: There is no such form"):
        pull_form(field, "nothing")


def test_only_one_worker_reads_a_form(field: Context) -> None:
    now = datetime.now(UTC)
    with transaction(field.engine) as session:
        assert pulls.take_lease(session, "small", "somebody", now, timedelta(minutes=5))

    assert pull_form(field, "small") is None


def test_a_lease_that_ran_out_goes_to_the_next_worker(field: Context) -> None:
    send(field, "uuid:1")
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with transaction(field.engine) as session:
        pulls.take_lease(session, "small", "killed", long_ago, timedelta(minutes=5))

    assert pulled(field).read == 1


def test_a_lease_from_a_wrong_clock_keeps_nobody_away(field: Context) -> None:
    send(field, "uuid:1")
    next_year = datetime.now(UTC) + timedelta(days=365)
    with transaction(field.engine) as session:
        pulls.take_lease(session, "small", "killed", next_year, timedelta(minutes=15))

    assert pulled(field).read == 1


def test_a_worker_that_lost_its_lease_while_it_read_counts_nothing_anew(
    field: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its counts could be older than the rows that the other has saved since."""
    send(field, "uuid:1")

    def lose(_done: int) -> None:
        with transaction(field.engine) as session:
            session.execute(update(pull).values(lease_owner="other"))

    monkeypatch.setattr("workers.pace.tidy", lose)

    with pytest.raises(pulls.LeaseLostError):
        pull_form(field, "small", max_pages=1)


def test_a_worker_that_lost_its_lease_saves_nothing(field: Context) -> None:
    now = datetime.now(UTC)
    with transaction(field.engine) as session:
        pulls.take_lease(session, "small", "other", now, timedelta(minutes=5))

    with pytest.raises(pulls.LeaseLostError), transaction(field.engine) as session:
        pulls.renew_lease(session, "small", "sleeper", now)


def test_a_page_limit_leaves_the_rest_for_the_next_pull(engine: Engine, tmp_path: Path) -> None:
    field = context(engine, tmp_path / "home", page_size=2)
    for number in range(5):
        send(field, f"uuid:{number}")

    first = pull_form(field, "small", max_pages=1)

    assert first is not None
    assert (first.read, first.finished) == (2, False)
    assert pulled(field).read == 3
    assert counts(field).agree


def test_a_crash_in_a_page_repeats_it_and_doubles_nothing(field: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    send(field, "uuid:1", **{"clo/distress": "yes"})

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("backend.store.letters.mark_read", crash)
        with pytest.raises(KeyboardInterrupt):
            pulled(field)
    assert counts(field).pulled == 0
    pulled(field)

    assert counts(field).agree
    with reading(field.engine) as session:
        kinds = dict(session.execute(select(counter.c.kind, counter.c.n)).all())
    assert kinds == {"received": 1, "distress": 1, "disclosure_action:none": 1}


def test_no_day_of_an_interview_is_in_the_store(field: Context) -> None:
    send(field, "uuid:1", today="2026-03-17")
    pulled(field)

    with reading(field.engine) as session:
        rows = [
            *session.execute(select(submission)),
            *session.execute(select(ledger)),
            *session.execute(select(counter)),
        ]
    assert "2026-03-17" not in repr(rows)
    assert date(2026, 3, 17) not in [cell for row in rows for cell in row]


_STEPS = st.lists(
    st.tuples(st.sampled_from(["new", "again", "edit", "refuse", "bad", "pull", "pull one page"]), st.integers(0, 6)),
    min_size=1,
    max_size=14,
)


@given(_STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_with_what_was_posted(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]]
) -> None:
    home = tmp_path_factory.mktemp("history")
    engine = open_engine(f"sqlite:///{home / 'fieldveil.sqlite'}")
    upgrade(engine)
    field = context(engine, home, page_size=2)
    newest: dict[int, tuple[str, float]] = {}
    for step, (kind, who) in enumerate(history):
        _act(field, newest, step, kind, who)
    while (report := pull_form(field, "small")) and report.read:
        pass

    expected = sorted(number for _, number in newest.values() if number >= 0)
    assert people(field) == expected
    assert counts(field).agree
    engine.dispose()


def _act(field: Context, newest: dict[int, tuple[str, float]], step: int, kind: str, who: int) -> None:
    """One event; `newest` is the model: interview to (newest instance id, its number or -1 when nothing is stored)."""
    if kind.startswith("pull"):
        pull_form(field, "small", max_pages=1 if kind == "pull one page" else None)
        return
    known = newest.get(who)
    if kind == "again":
        if known is not None and known[1] >= 0:
            send(field, known[0], **({"rec/people": str(int(known[1]))}))
        return
    if known is not None and kind != "edit":
        return
    if known is None and kind == "edit":
        return
    instance = f"uuid:{who}-{step}"
    gone = {"con/given": "no"} if kind == "refuse" else {"who/adm1": "ZZ"} if kind == "bad" else {}
    send(field, instance, previous=known[0] if known else "", **({"rec/people": str(step)} | gone))
    newest[who] = (instance, -1.0 if gone else float(step))


def test_the_chains_of_edits_are_kept(field: Context) -> None:
    send(field, "uuid:2", previous="uuid:1")
    pulled(field)

    with reading(field.engine) as session:
        assert session.scalar(select(func.count()).select_from(edit_chain)) == 1
    with transaction(field.engine) as session:
        session.execute(delete(edit_chain))
