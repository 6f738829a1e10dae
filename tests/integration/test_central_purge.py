"""Deleting raw answers on an ODK Central, and letters of the letterbox: what goes, what stays, and the proof of it."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from central_lab import SERVER, Lab, central_lab
from fakes.central_publishing import MANAGES
from fakes.central_store import RefusedError
from fakes.fake_central import EMAIL, PASSWORD, VIEWER
from fakes.wire import Asked
from small_form import RECEIVED
from small_letters import context as letter_context
from small_letters import send
from sqlalchemy import Engine, Table, func, select

from backend.store import purges
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.purges import fingerprint, hashed
from backend.store.status import totals
from backend.store.tables import audit, ledger, letter, letter_body, server
from backend.store.verdicts import Standing, read_verdict
from workers import purge as purging
from workers.cli import purge as command
from workers.cli.entry import run
from workers.context import Context
from workers.net import NetError
from workers.pull import pull_form
from workers.purge import Purged, purge_form
from workers.servers.central.client import open_client
from workers.servers.central.form import CentralForm
from workers.servers.central.purge import CentralPurge
from workers.servers.credentials import Credentials
from workers.servers.purgeable import PurgeError

LATER = date(2030, 1, 1)
MANAGER = Credentials(EMAIL, PASSWORD)


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(engine, tmp_path / "home") as found:
        found.fake.verbs = (*VIEWER, "submission.delete")
        with transaction(engine) as session:
            purges.allow(session, "small", is_allowed=True, audit=Audit("test", "raw.purge_switched", "small"))
        yield found


def purge(lab: Lab, *, dry_run: bool = False, today: date = LATER) -> Purged:
    entered = None if dry_run else MANAGER
    return purge_form(lab.context, "small", entered, today=today, actor="officer", dry_run=dry_run)


def marked(lab: Lab) -> int:
    with reading(lab.context.engine) as session:
        return session.scalar(select(func.count()).select_from(ledger).where(ledger.c.purged_at_source)) or 0


def test_old_answers_go_there_and_stay_here_and_count_as_equal(lab: Lab) -> None:
    for number in range(3):
        lab.send(number)
    lab.pull()
    before = lab.stored()

    dry, done = purge(lab, dry_run=True), purge(lab)
    lab.pull()

    assert (dry.rows, dry.is_done) == (3, False)
    assert (done.rows, done.remaining, done.on_server) == (3, 0, 3)
    assert lab.form.live() == []
    assert (lab.stored(), marked(lab)) == (before, 3)
    assert lab.verdict().standing is Standing.EQUAL
    assert "30 days" in done.afterwards


def test_what_is_young_or_was_edited_or_never_read_stays(lab: Lab) -> None:
    edited, _ = lab.send(1), lab.send(2)
    lab.pull()
    lab.edit(edited.root)
    lab.send(3)

    young, done = purge(lab, today=date(2020, 1, 1)), purge(lab)

    assert (young.rows, done.rows) == (0, 1)
    assert sorted(one.root for one in lab.form.live()) == ["uuid:1", "uuid:3"]


@pytest.mark.parametrize("filters_ids", [True, False], ids=["2025.3", "before"])
def test_what_is_edited_or_goes_while_the_purge_runs_is_left_to_the_next_pull(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, filters_ids: bool
) -> None:
    monkeypatch.setattr(purging, "BATCH", 1)
    lab.fake.filters_ids = filters_ids
    for number in (1, 2, 3):
        lab.send(number, people="1")
    lab.pull()
    begun: list[str] = []

    def meanwhile(one: Asked) -> None:
        if one.method == "DELETE" and not begun:
            begun.append(one.path.rpartition("/")[2])
            edited, gone = sorted(name for name in lab.form.submissions if quote(name, safe="") != begun[0])
            lab.edit(edited, people="2")
            lab.fake.store.delete(lab.form, gone)

    lab.fake.before = meanwhile
    done = purge(lab)
    lab.fake.before = lambda _one: None
    lab.pull()

    assert (done.rows, done.spared, done.remaining, len(lab.form.live())) == (1, 2, 0, 1)
    assert (marked(lab), len(lab.stored()), lab.verdict().standing) == (1, 2, Standing.EQUAL)
    assert lab.expected().items() <= lab.stored().items()


def test_an_account_that_may_not_delete_is_refused_before_anything_is_marked(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    lab.fake.verbs = VIEWER

    with pytest.raises(PurgeError, match="Project Manager"):
        purge(lab)

    assert (len(lab.form.live()), marked(lab)) == (1, 0)


def test_a_central_that_cannot_delete_says_so_to_a_manager_and_keeps_all(lab: Lab) -> None:
    """Before 2024.2 no role has the right, so to be sent for another account would be to be sent in a circle."""
    lab.fake.verbs, lab.fake.deletes = (*VIEWER, *MANAGES), False
    lab.send(1)
    lab.pull()

    with pytest.raises(PurgeError, match=r"2024\.2"):
        purge(lab)

    assert (len(lab.form.live()), marked(lab)) == (1, 0)


def test_a_viewer_of_a_central_that_cannot_delete_is_not_told_to_update_it(lab: Lab) -> None:
    lab.fake.verbs, lab.fake.deletes = VIEWER, False
    lab.send(1)
    lab.pull()

    with pytest.raises(PurgeError, match="Project Manager"):
        purge(lab)


def test_nothing_at_the_address_is_no_proof_that_a_submission_is_gone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_there(*_: object) -> None:
        raise RefusedError(404.1)

    lab.send(1)
    lab.pull()
    monkeypatch.setattr(lab.fake.store, "delete", nothing_there)

    with pytest.raises(PurgeError, match="cannot delete"):
        purge(lab)

    assert len(lab.form.live()) == 1


def test_a_list_that_moves_between_its_parts_proves_nothing_gone(lab: Lab) -> None:
    for number in range(4):
        lab.send(number)
    lab.pull()
    form = CentralForm(open_client(lab.context, lab.server(SERVER), lab.limits), "1/small", part_size=2)

    def meanwhile(one: Asked) -> None:
        if one.query.get("offset") == "2":
            lab.send(9)

    lab.fake.before = meanwhile
    with closing(CentralPurge(form, lab.reading(), None)) as source, pytest.raises(PurgeError, match="changed while"):
        list(source.listed())


def test_what_signed_in_to_delete_is_signed_out_and_kept_nowhere(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    with reading(lab.context.engine) as session:
        before = session.scalar(select(server.c.session))
    tokens = set(lab.fake.tokens)

    purge(lab)

    with reading(lab.context.engine) as session:
        assert session.scalar(select(server.c.session)) == before
    assert lab.fake.tokens == tokens


def test_a_purge_that_was_broken_off_is_settled_by_the_next(lab: Lab) -> None:
    for number in range(4):
        lab.send(number)
    lab.pull()

    def tired(one: Asked) -> None:
        if one.method == "DELETE" and len(lab.form.live()) < 4:
            lab.fake.verbs = VIEWER

    lab.fake.before = tired
    with pytest.raises(NetError):
        purge(lab)
    lab.fake.before = lambda _one: None
    lab.fake.verbs = (*VIEWER, "submission.delete")
    lab.pull()

    done = purge(lab)

    assert (done.earlier + done.rows, done.earlier > 0) == (4, True)
    assert (len(lab.stored()), marked(lab), lab.form.live()) == (4, 4, [])


def test_a_restored_submission_is_an_ordinary_one_again(lab: Lab) -> None:
    lab.send(1)
    lab.pull()
    purge(lab)
    lab.fake.store.restore(lab.form, "uuid:1")

    lab.pull()

    assert (marked(lab), lab.verdict().standing) == (0, Standing.EQUAL)


def test_the_command_asks_for_the_account_and_writes_the_proof(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.send(1)
    lab.pull()
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", lab.context.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("FIELDVEIL_HOME", str(lab.context.settings.home))
    monkeypatch.setenv("FIELDVEIL_SERVER_HOSTS", "127.0.0.1")
    monkeypatch.setattr(command, "today", lambda: LATER)
    account = tmp_path / "account"
    account.write_text(f"ACCOUNT={EMAIL}\nSECRET={PASSWORD}\n")
    account.chmod(0o600)
    file = tmp_path / "proof.json"

    code = run(["purge", "small", "--env-file", str(account), "--proof", str(file), "--json"])

    said, proof = json.loads(capsys.readouterr().out), json.loads(file.read_text())
    expected = hashed(lab.key("uuid:1"))
    assert (code, said["rows"], said["fingerprint"]) == (0, 1, fingerprint([expected]))
    assert (proof["form"], proof["rows"], proof["fingerprint"]) == ("small", 1, said["fingerprint"])
    [batch] = proof["batches"]
    assert (batch["verdict"], batch["hashes"], batch["server"]) == ("equal", [expected], "field-central")
    assert "30 days" in proof["afterwards"]
    assert "uuid:1" not in file.read_text()


# ---- letters ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def field(engine: Engine, tmp_path: Path) -> Context:
    return letter_context(engine, tmp_path / "home")


def destroyed(field: Context, today: date, *, dry_run: bool = False) -> Purged:
    return purge_form(field, "small", None, today=today, actor="officer", dry_run=dry_run)


def counted(field: Context, what: Table) -> int:
    with reading(field.engine) as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def test_letters_that_were_read_are_destroyed_and_their_receipts_stay(field: Context) -> None:
    for number in range(3):
        send(field, f"uuid:{number}")
    pull_form(field, "small")

    early = destroyed(field, RECEIVED + timedelta(days=14))
    dry = destroyed(field, RECEIVED + timedelta(days=15), dry_run=True)
    done = destroyed(field, RECEIVED + timedelta(days=15))

    assert (early.rows, dry.rows, done.rows, len(done.hashes)) == (0, 3, 3, 3)
    assert (counted(field, letter_body), counted(field, letter)) == (0, 3)
    with reading(field.engine) as session:
        assert totals(session, "small").agree
        assert session.scalar(select(func.count()).where(audit.c.action == "raw.purged")) == 1
        [batch] = purges.batches(session, "small")
    assert (batch.is_done, batch.hashes) == (True, done.hashes)


def test_a_letter_that_nobody_has_read_is_not_destroyed(field: Context) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")
    with reading(field.engine) as session:
        was_judged = read_verdict(session, "small") is not None
    send(field, "uuid:2")

    done = destroyed(field, RECEIVED + timedelta(days=15))

    assert was_judged
    assert (done.rows, counted(field, letter_body)) == (1, 1)
