"""How commands speak: tables and JSON to standard output, what they are doing to standard error."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import click
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

_WIDE = 180
# Blanks between two columns, and what the box takes on both sides.
_GAP, _EDGES = 2, 2

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
    """`numbers` are the columns that hold numbers. Where the words of a row find no room side by side, they stand."""
    texts = [[_cell(cell) for cell in row] for row in rows]
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        # A file or another program has no width; what is cut off there is lost.
        console.width = _WIDE
    widths = [max(map(_longest_word, column)) for column in zip(header, *texts, strict=True)]
    if console.is_terminal and sum(widths) + _GAP * (len(widths) - 1) + _EDGES > console.width:
        _stand(console, header, texts, title)
        return
    table = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.padding = (0, _GAP - 1, 0, 0)
    for place, (name, width) in enumerate(zip(header, widths, strict=True)):
        side: Literal["left", "right"] = "right" if place in numbers else "left"
        table.add_column(name, justify=side, overflow="fold", no_wrap=place == 0, min_width=width)
    for row in texts:
        table.add_row(*row)
    console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _stand(console: Console, header: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> None:
    """One block a row: its first cell, and below it each other that says something, with its name before it."""
    if title:
        console.print(title, style="bold")
    names = [" ".join(name.split()) for name in header[1:]]
    room = max(map(len, names), default=0)
    for first, *others in rows:
        console.print(f"\n{first}", style="bold", soft_wrap=True)
        for name, text in zip(names, others, strict=True):
            if text:
                console.print(f"  {name:{room}}  {text}", soft_wrap=True)
    console.print()


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
