"""Deleting raw answers on a KoBoToolbox: only what is here exactly, only what is old enough, and never by accident."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from fakes.fake_kobo import TOKEN
from fakes.kobo_store import OWNER
from fakes.wire import Asked
from kobo_lab import ASSET, SERVER, Lab, kobo_lab
from sqlalchemy import Engine, select, update

from backend.store import purges
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.purges import fingerprint
from backend.store.tables import audit, ledger, survey
from backend.store.verdicts import Standing
from workers import purge as purging
from workers.net import NetError
from workers.purge import Purged, purge_form
from workers.servers.credentials import Credentials
from workers.servers.kobo.client import open_client
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.purge import KoboPurge
from workers.servers.purgeable import PurgeError

TODAY = date(2026, 5, 1)
DELETER = "another-token-that-may-delete-0000000000"


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with kobo_lab(engine, tmp_path / "home") as found:
        found.fake.tokens[DELETER] = "deleter"
        found.form.rights["deleter"] = {"view_asset", "view_submissions", "delete_submissions"}
        with transaction(engine) as session:
            purges.allow(session, "small", is_allowed=True, audit=Audit("test", "raw.purge_switched", "small"))
        yield found


def purge(lab: Lab, *, dry_run: bool = False, secret: str = DELETER) -> Purged:
    entered = None if dry_run else Credentials("", secret)
    return purge_form(lab.context, "small", entered, today=TODAY, actor="officer", dry_run=dry_run)


def marked(lab: Lab) -> int:
    with reading(lab.context.engine) as session:
        return len(session.scalars(select(ledger.c.submission_key).where(ledger.c.purged_at_source)).all())


def proof(lab: Lab) -> list[str]:
    with reading(lab.context.engine) as session:
        return [one for batch in purges.batches(session, "small") if batch.is_done for one in batch.hashes]


def test_to_delete_nothing_is_no_request_since_without_ids_it_would_be_everything(lab: Lab) -> None:
    lab.send("r1")
    server = lab.server(SERVER)
    form = KoboForm(open_client(lab.context, server), ASSET, None)

    with closing(KoboPurge(form, lab.reading(), (), open_client(lab.context, server))) as source:
        source.delete(())

    assert lab.fake.asked == []


def test_old_answers_go_there_and_stay_here_and_count_as_equal(lab: Lab) -> None:
    for number in range(3):
        lab.send(f"r{number}")
    lab.pull()

    done = purge(lab)
    lab.pull()

    assert (done.rows, done.remaining, len(proof(lab))) == (3, 0, 3)
    assert lab.form.rows == {}
    assert len(lab.stored()) == 3
    assert marked(lab) == 3
    assert lab.verdict().standing is Standing.EQUAL


def test_a_dry_run_counts_and_deletes_nothing_and_needs_no_account(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()

    done = purge(lab, dry_run=True)

    assert (done.rows, done.on_server, done.is_done) == (1, 1, False)
    assert len(lab.form.rows) == 1
    assert (marked(lab), proof(lab)) == (0, [])


def test_a_form_that_nobody_switched_on_keeps_its_raw_answers(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()
    with transaction(lab.context.engine) as session:
        purges.allow(session, "small", is_allowed=False, audit=Audit("test", "raw.purge_switched", "small"))

    with pytest.raises(PurgeError, match="--switch on"):
        purge(lab)

    assert len(lab.form.rows) == 1


def test_what_is_younger_than_its_retention_stays(lab: Lab) -> None:
    lab.send("old")
    young = lab.send("young", _submission_time="2026-04-30T08:00:00")
    lab.pull()

    purge(lab)

    assert list(lab.form.rows) == [young]


def test_the_days_are_those_of_the_brief(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()
    with transaction(lab.context.engine) as session:
        session.execute(update(survey).values(raw_retention_days=30))

    assert purge(lab).rows == 0


def test_a_row_edited_since_it_was_read_stays(lab: Lab) -> None:
    number = lab.send("r1")
    lab.pull()
    lab.edit(number)

    purge(lab)

    assert list(lab.form.rows) == [number]


def test_a_row_edited_while_the_purge_runs_stays_and_is_read_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 1)
    first, second = lab.send("r1"), lab.send("r2", people="1")
    lab.pull()
    lab.fake.before = lambda one: (
        lab.edit(second, people="2") if one.method == "DELETE" and first in lab.form.rows else None
    )

    done = purge(lab)
    lab.fake.before = lambda _one: None
    left = list(lab.form.rows)
    lab.pull()

    assert (done.rows, done.spared, done.remaining, left) == (1, 1, 0, [second])
    assert (len(proof(lab)), marked(lab), lab.verdict().standing) == (1, 1, Standing.EQUAL)
    assert lab.expected().items() <= lab.stored().items()


def test_an_account_that_sees_a_part_only_proves_nothing_gone(lab: Lab) -> None:
    """Rows that it does not see would look as if they were deleted already."""
    for number in range(2):
        lab.send(f"r{number}")
    lab.pull()
    lab.form.rights[OWNER] = {"view_asset", "partial_submissions"}
    lab.form.sees[OWNER] = lambda row: row["_id"] == max(lab.form.rows)

    with pytest.raises(PurgeError, match="View submissions"):
        purge(lab)

    assert (len(lab.form.rows), marked(lab)) == (2, 0)


def test_a_list_that_shows_too_few_rows_proves_nothing_gone(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}") for number in range(3)]
    lab.pull()
    hidden = {numbers[1]: lab.form.rows[numbers[1]]}

    def hide(one: Asked) -> None:
        is_list = "_submission_time" in one.query.get("fields", "")
        shown, other = (lab.form.rows, hidden) if is_list else (hidden, lab.form.rows)
        if numbers[1] in shown:
            other[numbers[1]] = shown.pop(numbers[1])

    lab.fake.before = hide

    with pytest.raises(PurgeError, match="changed while it was read"):
        purge(lab)

    assert (proof(lab), marked(lab)) == ([], 0)


def test_a_row_that_could_not_be_read_stays(lab: Lab) -> None:
    number = lab.send("r1", "v2")
    lab.pull()

    purge(lab)

    assert list(lab.form.rows) == [number]


def test_a_row_of_a_known_version_that_could_not_be_opened_stays_too(lab: Lab) -> None:
    number = lab.send("r1", **{"rec/how_often": {"nested": True}})
    lab.pull()

    purge(lab)

    assert list(lab.form.rows) == [number]


def test_an_account_without_the_history_can_purge_since_each_row_is_compared(lab: Lab) -> None:
    lab.form.rights[OWNER].discard("manage_asset")
    edited, other = lab.send("r1"), lab.send("r2")
    lab.pull()
    lab.edit(edited)
    lab.pull()

    purge(lab)

    assert other not in lab.form.rows
    assert list(lab.form.rows) == [edited]


def test_nothing_is_deleted_while_the_form_differs(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}") for number in range(10)]
    lab.pull()
    lab.fake.store.delete(lab.form, *numbers[:5])
    lab.pull()

    with pytest.raises(PurgeError, match="not known to equal"):
        purge(lab)

    assert len(lab.form.rows) == 5


def test_nothing_is_deleted_before_the_form_is_known_to_be_equal(lab: Lab) -> None:
    lab.send("r1")

    with pytest.raises(PurgeError, match="not known to equal"):
        purge(lab)

    assert len(lab.form.rows) == 1


@pytest.mark.parametrize("rights", [{"view_submissions"}, set()], ids=["sees the form", "does not see it"])
def test_an_account_that_may_not_delete_is_refused_before_anything_is_marked(lab: Lab, rights: set[str]) -> None:
    lab.send("r1")
    lab.pull()
    lab.form.rights["deleter"] = rights

    with pytest.raises(PurgeError, match="may not delete"):
        purge(lab)

    assert (len(lab.form.rows), marked(lab)) == (1, 0)


def test_only_the_account_that_was_entered_deletes_and_it_is_kept_nowhere(lab: Lab, engine: Engine) -> None:
    lab.send("r1")
    lab.pull()
    deleting: list[Asked] = []
    lab.fake.before = lambda one: deleting.append(one) if one.method == "DELETE" else None

    purge(lab)

    assert {one.headers["authorization"] for one in deleting} == {f"Token {DELETER}"}
    assert lab.fake.tokens[TOKEN] == OWNER
    with reading(engine) as session:
        kept = str(session.execute(select(audit)).all())
    assert DELETER not in kept


def test_a_row_that_somebody_else_deleted_does_not_stop_the_others(lab: Lab) -> None:
    numbers = [lab.send(f"r{number}") for number in range(3)]
    lab.pull()
    lab.fake.before = lambda one: (
        lab.fake.store.delete(lab.form, numbers[0])
        if one.method == "DELETE" and one.path.endswith("bulk/") and numbers[0] in lab.form.rows
        else None
    )

    purge(lab)

    assert lab.form.rows == {}


def test_when_the_server_fails_in_the_middle_no_answer_is_lost(lab: Lab) -> None:
    for number in range(3):
        lab.send(f"r{number}")
    lab.pull()
    lab.fake.before = lambda one: lab.fake.tokens.pop(DELETER, None) if one.method == "DELETE" else None
    with pytest.raises(NetError):
        purge(lab)
    lab.fake.before = lambda _one: None

    lab.pull()

    assert (len(lab.stored()), marked(lab)) == (3, 0)
    assert lab.verdict().standing is Standing.EQUAL


def test_a_purge_that_was_broken_off_goes_on_and_its_proof_holds_each_row_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for number in range(5):
        lab.send(f"r{number}")
    lab.pull()
    lab.fake.before = lambda one: (
        lab.fake.tokens.pop(DELETER, None) if one.method == "DELETE" and len(lab.form.rows) == 3 else None
    )
    with pytest.raises(NetError):
        purge(lab)
    lab.fake.before = lambda _one: None
    lab.fake.tokens[DELETER] = "deleter"
    assert (len(lab.form.rows), marked(lab), proof(lab)) == (3, 4, [])
    lab.pull()

    done = purge(lab)

    assert (done.earlier, done.rows, lab.form.rows) == (2, 3, {})
    assert (len(proof(lab)), len(set(proof(lab)))) == (5, 5)
    assert (len(lab.stored()), marked(lab)) == (5, 5)


def test_no_pull_reads_while_a_purge_deletes(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()
    refused: list[str] = []

    def second(one: Asked) -> None:
        if one.method == "DELETE":
            with pytest.raises(PurgeError, match="in this moment"):
                purge(lab)
            refused.append(one.path)

    lab.fake.before = second

    purge(lab)

    assert len(refused) == 1


def test_the_audit_keeps_who_how_many_and_the_fingerprint_of_the_list(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()

    done = purge(lab)

    with reading(lab.context.engine) as session:
        rows = session.execute(
            select(audit.c.action, audit.c.actor, audit.c.details).where(audit.c.action.startswith("raw.purg"))
        ).all()
    details = {"rows": 1, "fingerprint": fingerprint(done.hashes)}
    assert [tuple(row) for row in rows[1:]] == [
        ("raw.purging", "officer", details),
        ("raw.purged", "officer", details),
    ]
