"""How commands speak: tables and JSON to standard output, what they are doing to standard error."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

_WIDE = 180

Tell = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is (0: nobody knows)."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")


def say(text: str) -> None:
    click.echo(text)


def note(text: str) -> None:
    click.echo(text, err=True)


def print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False))


def print_table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    numbers: Sequence[int] = (),
) -> None:
    """`numbers` are the columns that hold numbers."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place in numbers else "left", overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        # A file or another program has no width; what is cut off there is lost.
        console.width = _WIDE
    console.print(table)


@contextmanager
def progress_bars() -> Iterator[Tell]:
    """One bar a step, to standard error, and only where somebody watches it: a file or a program gets none."""
    bars = _Bars(Console(stderr=True))
    try:
        yield bars.tell
    finally:
        bars.end()


class _Bars:
    """May be moved from several threads. What is complete stands still, so that a terminal can be read and copied."""

    def __init__(self, console: Console) -> None:
        self._console, self._lock = console, threading.Lock()
        self._moving: Progress | None = None
        self._known: dict[str, TaskID] = {}
        self._complete: set[str] = set()

    def tell(self, step: str, done: int, whole: int) -> None:
        with self._lock:
            if not self._console.is_terminal or (step in self._complete and done >= whole):
                return
            bars = self._moving = self._moving or self._start()
            if step not in self._known:
                self._known[step] = bars.add_task(step, total=whole or None)
            bars.update(self._known[step], completed=done, total=whole or None)
            if bars.finished:
                self._complete |= set(self._known)
                self._stop()

    def end(self) -> None:
        with self._lock:
            self._stop()

    def _start(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bars = Progress(*columns, console=self._console)
        bars.start()
        return bars

    def _stop(self) -> None:
        if self._moving is not None:
            self._moving.stop()
        self._moving = None
        self._known.clear()


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def owner_only(path: str, flags: int) -> int:
    """An opener for files that nobody else may read, from their first byte on."""
    return os.open(path, flags, 0o600)
