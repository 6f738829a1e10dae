"""The file of certificate authorities: a bad one stops the program at its start, in words that say what to do."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certificates import authority

from backend.settings import Settings, child_environment
from workers.cli.checks import _authorities
from workers.cli.entry import run
from workers.cli.verdict import State

NAME = "FIELDVEIL_SERVER_AUTHORITIES"
DAY = timedelta(days=1)


def said(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What `fieldveil doctor` says at once, as any other command does."""
    monkeypatch.setenv(NAME, str(file))

    assert run(["doctor"]) == 1
    return capsys.readouterr().err


def test_a_missing_file_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(tmp_path / "none.pem", monkeypatch, capsys)

    assert NAME in text
    assert "cannot be read (No such file or directory)" in text


def test_a_folder_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert NAME in said(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nxx\n"])
def test_what_is_not_pem_is_told_as_such(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "authority.pem"
    file.write_bytes(content)

    assert "BEGIN CERTIFICATE" in said(file, monkeypatch, capsys)


def test_a_binary_certificate_is_told_how_to_become_pem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "authority.der"
    file.write_bytes(ssl.PEM_cert_to_DER_cert(authority(tmp_path / "ministry").file.read_text()))

    assert "openssl x509 -inform DER" in said(file, monkeypatch, capsys)


def test_none_is_the_default_also_when_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "")

    assert Settings().server_authorities == Path()


def test_a_child_process_finds_the_file_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority(tmp_path)
    monkeypatch.chdir(tmp_path)

    told = child_environment(Settings(server_authorities=Path("authority.pem")))

    assert told[NAME] == str(tmp_path / "authority.pem")


@pytest.mark.parametrize(
    ("days", "state"), [(400, State.GOOD), (10, State.CAREFUL), (-1, State.BAD)], ids=["long", "soon", "ended"]
)
def test_the_doctor_says_when_an_authority_ends(days: int, state: State, tmp_path: Path) -> None:
    made = authority(tmp_path, ends_in=days * DAY)

    verdict = _authorities(Settings(server_authorities=made.file))

    assert verdict.state is state
    assert f"{datetime.now(UTC) + days * DAY:%Y-%m-%d}" in verdict.text


def test_the_doctor_asks_for_an_authority_where_only_servers_stand_in_the_file(tmp_path: Path) -> None:
    authority(tmp_path).context("central.example.org")

    assert _authorities(Settings(server_authorities=tmp_path / "central.example.org.pem")).state is State.CAREFUL


def test_the_doctor_knows_of_no_file() -> None:
    assert _authorities(Settings()).state is State.GOOD
