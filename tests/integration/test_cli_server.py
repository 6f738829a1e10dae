"""Servers by the command line, as a person types it, with a fake Central and a fake KoboToolbox on the other end."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from central_lab import SERVER, Lab, central_lab
from fakes.central_publishing import MANAGES
from fakes.fake_central import EMAIL, PASSWORD, VIEWER
from fakes.fake_kobo import TOKEN
from kobo_lab import ASSET, kobo_lab
from kobo_lab import Lab as KoboLab
from sqlalchemy import Engine, insert, select, update

from backend import logs
from backend.settings import settings
from backend.store.engine import reading, transaction
from backend.store.tables import audit, form
from workers.cli.entry import run

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def _settings(monkeypatch: pytest.MonkeyPatch, sqlite_engine: Engine, tmp_path: Path) -> None:
    monkeypatch.setenv("FIELDVEIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", str(sqlite_engine.url))
    monkeypatch.setenv("FIELDVEIL_SERVER_HOSTS", "127.0.0.1")
    settings.cache_clear()


@pytest.fixture
def lab(_settings: None, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


@pytest.fixture
def kobo(_settings: None, sqlite_engine: Engine, tmp_path: Path) -> Iterator[KoboLab]:
    with kobo_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Typed]:
    """Types a command, with credentials coming through a pipe: exit code, standard output, standard error."""

    def command(*words: str, piped: str = f"{EMAIL}\n{PASSWORD}\n") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(piped))
        capsys.readouterr()
        code = run(words)
        answer = capsys.readouterr()
        return code, answer.out, answer.err

    yield command
    logs.configure("WARNING", as_json=False)


def to_letterbox(lab: Lab | KoboLab) -> None:
    with transaction(lab.context.engine) as session:
        session.execute(update(form).values(server="letterbox", server_form_id="small"))


# ---- registering -----------------------------------------------------------------------------------------------------


def test_a_server_is_added_tested_shown_and_removed(lab: Lab, typed: Typed) -> None:
    added, out, _ = typed("server", "add", "second", lab.fake.url)
    _, listed, _ = typed("server", "list", "--json")
    _, shown, _ = typed("server", "show", "second")
    removed = typed("server", "remove", "second")[0]

    assert (added, removed) == (0, 0)
    assert "ODK Central at" in out
    assert "2026.1 or newer" in out
    assert [(one["server"], one["usable"]) for one in json.loads(listed)] == [(SERVER, None), ("second", True)]
    assert "works" in shown
    assert typed("server", "show", "second")[0] == 1


def test_credentials_come_from_a_private_file(lab: Lab, typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "credentials.env"
    file.write_text(f"# of the pull account\nACCOUNT={EMAIL}\nSECRET='{PASSWORD}'\n")
    file.chmod(0o644)
    open_to_all = typed("server", "rotate", SERVER, "--env-file", str(file), piped="")
    file.chmod(0o600)

    private = typed("server", "rotate", SERVER, "--env-file", str(file), "--json", piped="")

    assert open_to_all[0] == 1
    assert "chmod 600" in open_to_all[2]
    assert private[0] == 0
    assert json.loads(private[1])["usable"] is True


def test_a_wrong_password_is_told_with_its_remedy_and_nowhere_repeated(lab: Lab, typed: Typed) -> None:
    code, out, err = typed("server", "rotate", SERVER, piped=f"{EMAIL}\nCANARY-wrong-password\n")

    assert code == 1
    assert "server_sign_in" in out
    assert "fieldveil server rotate" in out
    assert "CANARY" not in out + err


def test_without_credentials_nothing_is_added(lab: Lab, typed: Typed) -> None:
    code, _, err = typed("server", "add", "second", lab.fake.url, piped="\n")

    assert code == 1
    assert "two lines" in err


def test_too_many_rights_are_told_in_words_and_in_the_words_of_the_server(lab: Lab, typed: Typed) -> None:
    lab.fake.verbs = (*VIEWER, "submission.delete")

    code, out, _ = typed("server", "test", SERVER)

    assert code == 0
    assert "more than needed: submission.delete" in out
    assert "Project Viewer is enough" in out


def test_rights_are_judged_for_deploying_when_asked_so(lab: Lab, typed: Typed) -> None:
    code, out, _ = typed("server", "test", SERVER, "--use", "deploy", "--json")

    assert code == 1
    assert "form.create" in json.loads(out)["finding"]["missing"]
    assert "a Project Manager" in json.loads(out)["finding"]["words"]


def test_a_test_for_deploying_does_not_spoil_the_state_of_a_server_that_is_read(lab: Lab, typed: Typed) -> None:
    typed("server", "test", SERVER)
    typed("server", "test", SERVER, "--use", "deploy")

    (listed,) = json.loads(typed("server", "list", "--json")[1])

    assert (listed["state"], listed["usable"]) == ("works", True)


def test_a_kobo_is_recognised_and_its_token_is_kept_out_of_sight(kobo: KoboLab, typed: Typed, tmp_path: Path) -> None:
    code, out, err = typed("server", "add", "second", kobo.fake.url, piped=f"puller\n{TOKEN}\n")

    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert code == 0
    assert "KoboToolbox at" in out
    assert TOKEN not in out + err
    assert TOKEN.encode() not in stored


def test_phones_of_central_are_looked_at_with_an_account_entered_for_it(lab: Lab, typed: Typed, tmp_path: Path) -> None:
    lab.fake.others = {"manager@example.org": ("a-managers-word", (*VIEWER, *MANAGES))}
    lab.fake.publishing.names[14], lab.fake.publishing.tokens[14] = "Team T1", "t" * 64
    file = tmp_path / "manager.env"
    file.write_text("ACCOUNT=manager@example.org\nSECRET=a-managers-word\n")
    file.chmod(0o600)

    refused = typed("phones", "list", "--server", SERVER)
    listed = typed("phones", "list", "--server", SERVER, "--env-file", str(file), "--json", piped="")
    revoked = typed("phones", "revoke", "14", "--server", SERVER, "--env-file", str(file), piped="")

    assert (refused[0], listed[0], revoked[0]) == (1, 0, 0)
    assert "Project Manager" in refused[2]
    assert json.loads(listed[1]) == [{"number": 14, "label": "Team T1", "forms": []}]
    assert lab.fake.publishing.tokens == {}


# ---- forms on it -----------------------------------------------------------------------------------------------------


def test_a_form_on_central_is_found_connected_pulled_and_taken_off(lab: Lab, typed: Typed) -> None:
    to_letterbox(lab)
    lab.send(1)
    lab.send(2)

    _, listed, _ = typed("server", "forms", SERVER, "--json")
    connected = typed("server", "connect", SERVER, "1/small", "small")
    pulled, out, _ = typed("pull")
    status, told, _ = typed("status", "--json")
    off, _, _ = typed("server", "disconnect", "small")

    found = [(one["server_form_id"], one["form_id"], one["submissions"]) for one in json.loads(listed)]
    assert found == [("1/small", None, 2)]
    assert connected[0] == pulled == status == off == 0
    assert "2 submissions read" in out
    row = json.loads(told)[0]
    assert (row["server"], row["posted"], row["pulled"], row["verdict"], row["troubles"]) == (SERVER, 2, 2, "equal", [])
    assert typed("pull", "--json")[1] == '{"pulled": [], "busy": [], "failed": []}\n'
    assert len(lab.stored()) == 2


def test_status_says_what_to_do_about_a_form_that_was_closed_on_central(lab: Lab, typed: Typed) -> None:
    lab.send(1)
    lab.form.state = "closing"
    typed("pull")

    code, told, words = typed("status")
    row = json.loads(typed("status", "--json")[1])[0]

    assert code == 0
    assert "yes" in told
    assert "small: The form is “Closing” on ODK Central" in words
    assert (row["verdict"], row["agree"], row["troubles"]) == ("equal", True, ["form_closing"])


def test_status_fits_a_terminal(lab: Lab, typed: Typed) -> None:
    long_id = "a-form-with-quite-a-long-name"
    lab.send(1)
    typed("pull")
    with transaction(lab.context.engine) as session:
        known = session.execute(select(form)).mappings().one()
        session.execute(insert(form).values({**known, "form_id": long_id, "server_form_id": "1/other"}))

    _, told, _ = typed("status")

    assert told.count(long_id) == told.count(SERVER) == 2
    assert max(map(len, told.splitlines())) <= 120


def test_a_form_on_kobo_is_found_and_connected(kobo: KoboLab, typed: Typed) -> None:
    to_letterbox(kobo)
    kobo.send("one")

    _, listed, _ = typed("server", "forms", "field-kobo", "--json")
    typed("server", "connect", "field-kobo", ASSET, "small")

    assert [(one["server_form_id"], one["state"]) for one in json.loads(listed)] == [(ASSET, "open")]
    assert typed("pull")[0] == 0
    assert typed("status")[0] == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("connect", SERVER, "1/other", "small"), "Form 1/other on"),
        (("connect", SERVER, "1/small", "nothing"), "There is no form nothing"),
        (("connect", SERVER, "1/small", "small"), "already"),
        (("disconnect", "nothing"), "on no server"),
    ],
)
def test_what_cannot_be_connected_is_told_why(lab: Lab, typed: Typed, words: tuple[str, ...], why: str) -> None:
    code, _, err = typed("server", *words)

    assert code == 1
    assert why in err


def test_an_encrypted_form_is_refused_before_it_is_connected(lab: Lab, typed: Typed) -> None:
    to_letterbox(lab)
    lab.form.key_id = 1

    code, _, err = typed("server", "connect", SERVER, "1/small", "small")

    assert code == 1
    assert "encrypts" in err


def test_a_server_that_is_down_is_told_and_status_is_not_good(lab: Lab, typed: Typed) -> None:
    lab.send(1)
    lab.fake.password = "another-password"
    lab.fake.expire_logins()

    pulled, _, err = typed("pull")
    status, told, _ = typed("status", "--json")

    assert (pulled, status) == (1, 1)
    assert "refuses the sign-in" in err
    assert json.loads(told)[0]["troubles"] == ["server_sign_in"]


# ---- gone at once ----------------------------------------------------------------------------------------------------


@pytest.fixture
def lost(lab: Lab) -> Lab:
    lab.lose_many()
    return lab


def test_what_is_gone_is_counted_and_applied_by_a_person(lost: Lab, typed: Typed) -> None:
    code, waiting, _ = typed("server", "gone", "--json")
    status, told, _ = typed("status", "--json")

    applied, out, _ = typed("server", "gone", "small", "--apply")

    assert (code, status, applied) == (1, 1, 0)
    assert [(one["form"], one["rows"]) for one in json.loads(waiting)] == [("small", 5)]
    assert json.loads(told)[0]["troubles"] == ["many_gone"]
    assert "5 submissions of form small are deleted here too" in out
    assert len(lost.stored()) == 7


def test_what_is_gone_may_be_kept_and_the_decision_is_in_the_audit(lost: Lab, typed: Typed) -> None:
    assert typed("server", "gone", "small", "--keep")[0] == 0

    lost.pull()
    with reading(lost.context.engine) as session:
        found = session.execute(select(audit.c.actor, audit.c.details).where(audit.c.action == "gone.kept")).all()
    assert found == [("cli", {"rows": 5})]
    assert len(lost.stored()) == 12
    assert typed("status")[0] == 0


def test_a_decision_without_anything_waiting_is_refused(lab: Lab, typed: Typed) -> None:
    assert typed("server", "gone", "small", "--keep")[0] == 1
    assert typed("server", "gone", "--keep")[0] == 2
