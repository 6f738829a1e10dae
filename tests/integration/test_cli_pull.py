"""`fieldveil pull` as a person types it: what it says of the form when it has ended, with a fake Central behind it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from central_lab import Lab, central_lab
from sqlalchemy import Engine
from typed_commands import Typed

from backend.store import pulls
from backend.store.engine import transaction

FORM = "small"


@pytest.fixture
def lab(installed: None, monkeypatch: pytest.MonkeyPatch, sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    monkeypatch.setenv("FIELDVEIL_SERVER_HOSTS", "127.0.0.1")
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


def sent(lab: Lab, typed: Typed, many: int) -> None:
    for number in range(many):
        lab.send(number)
    typed("pull", FORM)


def delete(lab: Lab, *numbers: int) -> None:
    for number in numbers:
        lab.fake.store.delete(lab.form, f"uuid:{number}")


def test_a_deletion_and_the_verdict_are_told(lab: Lab, typed: Typed) -> None:
    sent(lab, typed, 60)
    delete(lab, 7)

    code, out, err = typed("pull", FORM)

    assert (code, err) == (0, "")
    assert "0 new, 0 changed, 1 deleted on the server. Verdict: equal." in out


def test_what_came_back_hides_no_deletion_of_the_same_pull(lab: Lab, typed: Typed) -> None:
    sent(lab, typed, 60)
    delete(lab, 7)
    typed("pull", FORM)
    delete(lab, 8)
    lab.fake.store.restore(lab.form, "uuid:7")

    out = typed("pull", FORM)[1]

    assert "0 new, 1 changed, 1 deleted on the server. Verdict: equal." in out


def test_what_waits_for_a_decision_is_told_at_once(lab: Lab, typed: Typed) -> None:
    sent(lab, typed, 12)
    delete(lab, *range(5))

    _, out, err = typed("pull", FORM)
    row = json.loads(typed("pull", FORM, "--json")[1])["pulled"][0]

    assert "Verdict: different, 5 wait for a decision." in out
    assert f"{FORM}: Many submissions disappeared from the server at once." in err
    assert (row["verdict"], row["waiting"], row["troubles"]) == ("different", 5, ["many_gone"])


def test_where_numbers_agree_it_is_told_when_the_contents_were_compared(lab: Lab, typed: Typed) -> None:
    """As of a Central whose proxy takes the tags away."""
    lab.fake.etags = False
    sent(lab, typed, 3)
    compared = lab.verdict().contents_as_of
    assert compared is not None
    lab.send(3)

    out = typed("pull", FORM)[1]

    assert f"Verdict: count equal, contents as of {compared:%Y-%m-%d %H:%M} UTC." in out


def test_a_form_that_another_pull_holds_says_until_when(lab: Lab, typed: Typed) -> None:
    now = datetime.now(UTC)
    with transaction(lab.context.engine) as session:
        assert pulls.take_lease(session, FORM, "killed", now, timedelta(minutes=15))

    code, _, err = typed("pull", FORM)

    assert code == 1
    assert f"the form is free again at {now + timedelta(minutes=15):%H:%M} UTC" in err
