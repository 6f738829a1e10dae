"""Deleting raw answers on a KoBoToolbox: only what is here exactly, only what is old enough, and never by accident."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from kobo_lab import ASSET, SERVER, Lab, kobo_lab
from sqlalchemy import Engine, select

from backend.store import servers
from backend.store.engine import reading
from backend.store.tables import audit, ledger
from backend.store.verdicts import Standing
from workers.net import NetError
from workers.servers.kobo.client import open_client
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.purge import Purge, Purged, PurgeError

TODAY = date(2026, 5, 1)


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with kobo_lab(engine, tmp_path / "home") as found:
        yield found


def purge(lab: Lab, *, dry_run: bool = False, days: int = 14) -> Purged:
    with reading(lab.context.engine) as session:
        server = servers.find_server(session, SERVER)
    assert server is not None
    with closing(open_client(lab.context, server, lab.limits)) as client:
        work = Purge(lab.context.engine, KoboForm(client, ASSET, None), lab.reading(), client)
        return work.carry_out(today=TODAY, retention_days=days, actor="officer", dry_run=dry_run)


def marked(lab: Lab) -> int:
    with reading(lab.context.engine) as session:
        return len(session.scalars(select(ledger.c.submission_key).where(ledger.c.purged_at_source)).all())


def test_old_answers_go_there_and_stay_here_and_count_as_equal(lab: Lab) -> None:
    for number in range(3):
        lab.send(f"r{number}")
    lab.pull()

    done = purge(lab)
    lab.pull()

    assert (done.rows, done.is_done, len(done.proof)) == (3, True, 3)
    assert lab.form.rows == {}
    assert len(lab.stored()) == 3
    assert marked(lab) == 3
    assert lab.verdict().standing is Standing.EQUAL


def test_a_dry_run_counts_and_deletes_nothing(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()

    done = purge(lab, dry_run=True)

    assert (done.rows, done.is_done) == (1, False)
    assert len(lab.form.rows) == 1
    assert marked(lab) == 0


def test_what_is_younger_than_its_retention_stays(lab: Lab) -> None:
    lab.send("old")
    young = lab.send("young", _submission_time="2026-04-30T08:00:00")
    lab.pull()

    purge(lab)

    assert list(lab.form.rows) == [young]


def test_a_row_edited_since_it_was_read_stays(lab: Lab) -> None:
    number = lab.send("r1")
    lab.pull()
    lab.edit(number)

    purge(lab)

    assert list(lab.form.rows) == [number]


def test_a_row_that_could_not_be_read_stays(lab: Lab) -> None:
    number = lab.send("r1", "v2")
    lab.pull()

    purge(lab)

    assert list(lab.form.rows) == [number]


def test_an_account_without_the_history_can_purge_since_each_row_is_compared(lab: Lab) -> None:
    lab.form.rights["im_officer"].discard("manage_asset")
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
    lab.fake.before = lambda one: lab.fake.tokens.clear() if one.method == "DELETE" else None
    tokens = dict(lab.fake.tokens)
    with pytest.raises(NetError):
        purge(lab)
    lab.fake.before = lambda _one: None
    lab.fake.tokens.update(tokens)

    lab.pull()

    assert (len(lab.stored()), marked(lab)) == (3, 0)
    assert lab.verdict().standing is Standing.EQUAL


def test_the_audit_keeps_the_number_and_the_fingerprint_of_the_list(lab: Lab) -> None:
    lab.send("r1")
    lab.pull()

    done = purge(lab)

    with reading(lab.context.engine) as session:
        details = session.scalar(select(audit.c.details).where(audit.c.action == "raw.purged"))
    assert details == {"rows": 1, "fingerprint": done.fingerprint}
