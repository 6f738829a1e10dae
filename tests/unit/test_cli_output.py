"""How commands speak: bars for those who watch, none for files and programs."""

import os
import re
import sys
from pathlib import Path

import click
import pytest

from workers.cli.output import owner_only, print_table, progress_bars


class Watched:
    """A terminal that somebody looks at."""

    def __init__(self, stream: object) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        return True


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the test itself: pytest takes standard error for each phase anew."""
    monkeypatch.setattr(sys, "stderr", Watched(sys.stderr))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def test_a_file_gets_no_bars(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars() as tell:
        tell("interviews", 1, 2)
        tell("interviews", 2, 2)

    assert capsys.readouterr() == ("", "")


def test_a_bar_that_is_complete_stands_still(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch(monkeypatch)

    with progress_bars() as tell:
        tell("interviews", 1, 2)
        tell("interviews", 2, 2)
        complete = capsys.readouterr().err
        tell("interviews", 2, 2)

    assert "interviews" in complete
    assert "2/2" in complete
    assert complete.endswith("\x1b[?25h")
    assert capsys.readouterr().err == ""


def test_the_next_step_has_a_bar_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch(monkeypatch)

    with progress_bars() as tell:
        tell("download", 1, 1)
        capsys.readouterr()
        tell("interviews", 1, 3)
        tell("filling forms", 7, 0)

    shown = capsys.readouterr().err
    assert "download" not in shown
    assert "1/3" in shown
    assert "7/?" in shown


# ---- tables ----------------------------------------------------------------------------------------------------------

HEADER = ("form", "title", "withdrawn\n/ deleted", "practice")
ROW = ("north_site_ki", "Life in the northern districts", None, False)


def test_a_file_gets_a_table_with_nothing_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEADER, [(ROW[0], "title " * 20, *ROW[2:])])

    assert "title " * 20 in capsys.readouterr().out


def table_on_a_terminal(columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "stdout", Watched(sys.stdout))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(HEADER, [ROW])
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


def test_a_terminal_breaks_lines_between_words_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = table_on_a_terminal(60, monkeypatch, capsys)

    assert {"Life", "northern", "districts", "withdrawn", "practice", "no"} <= set(shown.split())
    assert max(map(len, shown.splitlines())) <= 60


def test_where_words_find_no_room_side_by_side_a_row_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = table_on_a_terminal(40, monkeypatch, capsys)

    assert shown.split("\n") == [
        "",
        "north_site_ki",
        "  title                Life in the northern districts",
        "  practice             no",
        "",
        "",
    ]


def test_what_others_must_not_read_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("before")
    (tmp_path / "out.csv").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(click.UsageError, match="is a link to another place"):
        owner_only(str(tmp_path / "out.csv"), os.O_WRONLY | os.O_TRUNC)
    assert (tmp_path / "elsewhere").read_text() == "before"


def test_a_file_that_was_open_to_others_is_theirs_no_more(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    file.chmod(0o644)

    with open(file, "w", encoding="utf-8", opener=owner_only) as out:
        out.write("after")

    assert (file.stat().st_mode & 0o777, file.read_text()) == (0o600, "after")
