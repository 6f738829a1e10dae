"""`form adopt` and `pull --full` as an IM officer types them, with what they say and how they end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from adoption_lab import (
    ADDED,
    CANARY,
    QUESTION,
    AdoptionLab,
    adds_a_choice,
    adds_a_question,
    adoption_lab,
    takes_a_question_out,
    takes_consent_out,
)
from deploy_lab import CENTRAL, FORM
from sqlalchemy import Engine, update
from typed_commands import Typed, install, terminal

from backend.store.engine import transaction
from backend.store.tables import submission


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[AdoptionLab]:
    with adoption_lab(sqlite_engine, tmp_path / "home", CENTRAL) as found:
        yield found


@pytest.fixture
def typed(
    lab: AdoptionLab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_engine: Engine
) -> Iterator[Typed]:
    monkeypatch.setenv("FIELDVEIL_SERVER_HOSTS", "127.0.0.1")
    install(monkeypatch, sqlite_engine, lab.context.settings.home)
    with terminal(capsys) as command:
        yield command


def test_a_version_is_shown_adopted_and_read(lab: AdoptionLab, typed: Typed) -> None:
    version = lab.publish(adds_a_question, takes_a_question_out)
    lab.send(version, **{ADDED: CANARY})

    listed, shown = typed("form", "adopt", FORM), typed("form", "adopt", FORM, version)
    applied, after = typed("form", "adopt", FORM, version, "--apply"), typed("form", "adopt", FORM)
    pulled = typed("pull", FORM)

    assert [one[0] for one in (listed, shown, applied, after, pulled)] == [1, 1, 0, 0, 0]
    assert f"not read: {QUESTION}" in shown[1]
    assert f"Never read, since nothing of ours asks or offers it: {ADDED}." in shown[1]
    assert "Nothing was changed" in shown[2]
    assert "1 new" in pulled[1]
    assert lab.versions() == [version]


def test_a_version_without_consent_stays_out_with_the_reason(lab: AdoptionLab, typed: Typed) -> None:
    version = lab.publish(takes_consent_out)

    code, out, err = typed("form", "adopt", FORM, version, "--apply")

    assert code == 1
    assert "con_given: the question of the gate is gone" in out + err


def test_programs_are_told_the_same(lab: AdoptionLab, typed: Typed) -> None:
    version = lab.publish(adds_a_choice)

    code, out, _ = typed("form", "adopt", FORM, "--json")

    [told] = json.loads(out)["versions"]
    assert code == 1
    assert (told["version"], told["can_be_adopted"], told["ignored"]) == (version, True, ["frequency:made_up"])


def test_the_workbook_and_the_open_decisions_are_written(lab: AdoptionLab, typed: Typed, tmp_path: Path) -> None:
    version = lab.publish(takes_consent_out)
    files = tmp_path / "their.xlsx", tmp_path / "migration.yaml"

    typed("form", "adopt", FORM, version, "--workbook", str(files[0]), "--migration", str(files[1]))

    assert files[0].read_bytes().startswith(b"PK")
    assert f"to_version: {version}" in files[1].read_text("utf-8")


def test_apply_names_the_version(typed: Typed) -> None:
    assert typed("form", "adopt", FORM, "--apply")[0] == 2


def test_a_full_pull_says_what_was_otherwise(lab: AdoptionLab, typed: Typed) -> None:
    lab.send(lab.publish())
    typed("form", "adopt", FORM, "by-hand", "--apply")
    typed("pull", FORM)
    with transaction(lab.context.engine) as session:
        session.execute(update(submission).values(minutes=1))

    first, second = typed("pull", "--full", "--server", CENTRAL), typed("pull", "--full", FORM)

    assert (first[0], second[0]) == (0, 0)
    assert "1 submission read anew. 0 were missing here, 1 were otherwise here" in first[1]
    assert "Everything here is as on the server" in second[1]
