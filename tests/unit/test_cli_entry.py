"""The entrance of the command line: quick, complete, and without a traceback."""

import errno
import subprocess
import sys
from importlib import import_module

import click
import pytest
from cli_page import PAGE, command, reference, words_of_all
from sqlalchemy.exc import OperationalError

from backend.settings import Settings
from workers.cli.entry import COMMANDS, run
from workers.messages import SPEAKING, explain
from workers.net import NetError

HEAVY = ("sqlalchemy", "celery", "flask", "pyxform", "requests", "pandas", "rich", "cryptography", "yaml")
PERSON = "Amina-Hidden"


def test_help_loads_nothing_that_takes_time() -> None:
    code = (
        "import sys; from workers.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stderr.strip() == "[]"
    assert all(name in answer.stdout for name in COMMANDS)


@pytest.mark.parametrize("words", words_of_all(), ids=" ".join)
def test_every_command_explains_itself_and_its_options(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([*words, "--help"])

    help_text = capsys.readouterr().out
    assert code == 0
    assert help_text.startswith(f"Usage: fieldveil {' '.join(words)}")
    found = command(words[0])
    found = found.commands[words[1]] if len(words) > 1 and isinstance(found, click.Group) else found
    assert [one.name for one in found.params if isinstance(one, click.Option) and not one.help] == []
    assert found.help


def test_the_page_about_the_command_line_is_made_from_it() -> None:
    """If not: python tests/unit/cli_page.py"""
    assert PAGE.read_text(encoding="utf-8").endswith(reference())


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("Fieldveil ")


@pytest.mark.parametrize(
    "words", [["bogus"], ["fill"], ["demo", "--submissions", "none"], ["areas", "import"], ["--odd"]]
)
def test_a_wrong_use_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_classes_whose_text_is_shown_are_there() -> None:
    """By the name of the module that defines it: that is what `explain` goes by."""
    missing = []
    for name in SPEAKING:
        module, _, kind = name.rpartition(".")
        found = getattr(import_module(module), kind)
        if not issubclass(found, Exception) or f"{found.__module__}.{found.__qualname__}" != name:
            missing.append(name)

    assert missing == []


def test_an_error_for_people_is_shown_as_it_is() -> None:
    assert explain(NetError("https://a.org: no answer")) == "https://a.org: no answer"


def test_a_file_that_cannot_be_used_is_named() -> None:
    assert explain(PermissionError(13, "Permission denied", "/x/form.xlsx")) == "/x/form.xlsx: Permission denied"


def test_an_error_of_the_database_shows_no_statement() -> None:
    text = explain(OperationalError("INSERT INTO letter VALUES (?)", {"name": PERSON}, Exception(PERSON)))

    assert PERSON not in text
    assert "INSERT" not in text
    assert "doctor" in text


def test_a_mistake_of_the_program_shows_kind_and_place_only() -> None:
    def broken() -> None:
        raise KeyError(PERSON)

    with pytest.raises(KeyError) as caught:
        broken()
    text = explain(caught.value)

    assert "KeyError" in text
    assert "test_cli_entry.py:" in text
    assert PERSON not in text


def test_bad_settings_are_named_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDVEIL_PAGE_SIZE", PERSON)
    with pytest.raises(ValueError, match="page_size") as caught:
        Settings()

    text = explain(caught.value)

    assert "FIELDVEIL_PAGE_SIZE" in text
    assert PERSON not in text


def test_a_command_with_bad_settings_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIELDVEIL_ENVIRONMENT", "production")

    assert run(["doctor"]) == 1
    assert "FIELDVEIL_PUBLIC_URL must start with https" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    program = [sys.executable, "-c", "from workers.cli import main; main(['catalogue', 'list'])"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read().decode()

    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://name:word@host/base"),
        ("DATABASE_URL", "10.0.0.7/fieldveil"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("PUBLIC_URL", "10.0.0.7:8080"),
        ("LOG_LEVEL", "loud"),
        ("DEFAULT_LANGUAGE", "de"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_with_what_may_stand_there(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FIELDVEIL_{name}", value)
    with pytest.raises(ValueError, match="must be") as caught:
        Settings(_env_file=None)

    text = explain(caught.value)

    assert f"- FIELDVEIL_{name}: must be" in text
    assert value not in text


def test_a_full_disk_is_told_as_one() -> None:
    assert "no room is left" in explain(OSError(errno.ENOSPC, "No space left on device"))
    assert explain(OSError(errno.ENOSPC, "No space left on device", "out.csv")).startswith("out.csv: no room is left")


def test_what_is_no_address_is_told_before_anything_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fill", "--url", "fieldveil"]) == 2
    assert "--url is no address" in capsys.readouterr().err
