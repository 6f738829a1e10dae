"""`fieldveil demo`: shows the demo on a terminal; what happens in it is in workers/demo."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from backend.settings import Settings, settings
from workers.cli.output import Tell, as_json, note, print_json, print_table, progress_bars, say
from workers.cli.store import quiet_logs
from workers.demo.figures import Figures
from workers.demo.run import Demo, run_demo
from workers.demo.stage import Stage
from workers.processes.children import stopping_on_signals

_FOLDER = click.Path(file_okay=False, path_type=Path)
_SHOWN_ROLES = ("im_officer", "coordinator", "supervisor", "admin")
_MOST_FINDS = 20


@click.command("demo")
@click.option("--once", is_flag=True, help="End when everything is proved, instead of serving until Ctrl-C.")
@click.option("--submissions", type=click.IntRange(1, 1_000_000), default=150, show_default=True, help="How many.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed shows the same demo.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port of the web server.")
@click.option("--phones", type=click.IntRange(1, 50), default=6, show_default=True, help="How many send at once.")
@click.option("--home", type=_FOLDER, default=None, help="Keep database, keys and logs in this folder; else removed.")
@click.option("--postgres", is_flag=True, help="With an embedded PostgreSQL instead of SQLite.")
@click.option("--recorded", is_flag=True, help="Send recorded interviews, without the form engine (Java).")
@as_json
def demo(*, once: bool, as_json: bool, **options: Any) -> int:
    """Show the whole product on this machine: form, phones, letterbox, worker, pages.

    Everything is invented, and lies in a folder of its own. Simulated phones fill the form and put names and numbers
    wherever they can; in the end everything that was written down is searched for them.
    """
    chosen = settings()
    quiet_logs(chosen)
    with stopping_on_signals(), progress_bars() as tell:
        figures = run_demo(Demo(**options), chosen, _Terminal(tell, serve=not once, as_json=as_json))
    if as_json:
        print_json(figures.record())
    return 1 if figures.faults() else 0


class _Terminal:
    """Tells what happens to the person who watches; standard output is left to JSON when that was asked for."""

    def __init__(self, tell: Tell, *, serve: bool, as_json: bool) -> None:
        self._tell, self._serve, self._as_json = tell, serve, as_json
        self._links: dict[str, str] = {}
        self._url = ""

    def step(self, text: str) -> None:
        note(f"{text} ...")

    def doors_open(self, stage: Stage, settings: Settings) -> None:
        self._links, self._url = stage.links, settings.public_url
        if self._serve:
            note(f"Watch it live, as IM officer (this link signs in once): {stage.watch}")

    def progress(self, step: str, done: int, whole: int) -> None:
        self._tell(step, done, whole)

    def over(self, figures: Figures, wait: Callable[[], None]) -> None:
        if not self._as_json:
            self._show(figures)
        for fault in figures.faults():
            note(f"Does not hold: {fault}.")
        if self._serve:
            self._invite()
            try:
                wait()
            except KeyboardInterrupt:
                note("Stopping.")

    def _show(self, figures: Figures) -> None:
        say(f"\n{figures.phones.note}")
        print_table(("what happened", "count"), _rows(figures), numbers=(1,))
        searched = sum(figures.searched.values()) / 1e6
        if figures.canary:
            for find in figures.finds[:_MOST_FINDS]:
                note(f"Found: {find.place}, written as {find.writing}, in {find.where}")
        else:
            say(f"No identifier was found in {searched:.1f} MB of database, logs, broker, exports and error pages.")
        say(f"{figures.database}; {figures.seconds} seconds in all.")

    def _invite(self) -> None:
        say(f"\nServing at {self._url} until Ctrl-C. Each of these links signs in once:")
        for role in _SHOWN_ROLES:
            say(f"  {role.replace('_', ' ')}: {self._links[role]}")
        say("docs/demo.md says what to look at first.")


def _rows(figures: Figures) -> list[tuple[str, int]]:
    totals, sent = figures.second, figures.phones.counts
    repeated = sum(sent.get(name, 0) for name in ("lost_answer", "duplicate", "edit", "conflict"))
    return [
        ("interviews held by the phones", figures.phones.submissions),
        ("interviews in the letterbox (posted)", totals.posted),
        ("... sent again, edited or in conflict, and counted once", repeated),
        ("... uploads that broke off, and were sent again", sent.get("cut_off", 0)),
        ("... attachments dropped", sent.get("attachments", 0)),
        ("interviews read by the worker (pulled)", totals.pulled),
        ("... refused, not understood or stopped for safety", totals.refused),
        ("... stored", totals.stored),
        ("... rejected: no area, unknown version", totals.rejected),
        ("answers that did not fit (rejects)", totals.rejects),
        ("rows of the standard schema (observations)", totals.observations),
        ("submissions in conflict, waiting for the IM officer", totals.conflicts),
        ("identifiers found where none may be", figures.canary),
    ]
