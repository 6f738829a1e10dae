"""How commands speak: bars for those who watch, none for files and programs."""

import re
import sys

import pytest

from workers.cli.output import print_table, progress_bars


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
