"""`fieldveil overlay`: a country's own words and questions, as a file and as a spreadsheet."""

from pathlib import Path

import click

from forms import demo
from forms.catalogue import load
from forms.catalogue.changes import ChangeKind
from forms.overlay import Overlay, adapted, as_workbook, as_yaml, diff, label, load_overlay, raise_version
from forms.overlay.source import is_stale
from forms.writing import write_file
from workers.cli.output import as_json, note, plural, print_json, print_table, say

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(epilog="docs/overlay.md says what a country may change. Begin with: overlay template FILE.xlsx")
def overlay() -> None:
    """Adapt the catalogue to a country, without changing what its answers mean."""


@overlay.command()
@click.argument("file", type=_NEW_FILE)
def template(file: Path) -> None:
    """Write an example overlay to FILE (.xlsx or .yaml), to be filled in."""
    _write(demo.overlay(), file)
    say(f"Written: {file}. It is the overlay of the demo; put your own country and words in its place.")


@overlay.command()
@click.argument("file", type=_FILE)
@as_json
def check(file: Path, as_json: bool) -> None:
    """Hold FILE against the catalogue and all rules; say what is left to compare. Ends with 1 and every fault."""
    found = _read(file)
    local = adapted(load(), found).local
    compared = [local.compared(one) for one in sorted(local.adaptations)]
    compared += [local.compared(one.id) for one in found.local_indicators]
    if as_json:
        rows = [{"indicator": one.indicator, "comparability": one.score, "why": one.why} for one in compared]
        print_json({"overlay": local.overlay, "indicators": rows, "notes": list(local.notes)})
        return
    table = [(one.indicator, f"{one.score:.2f}", one.why) for one in compared]
    print_table(("indicator", "comparability", "why"), table, numbers=(1,))
    for line in local.notes:
        note(line)
    say(f"Overlay {local.overlay}: {plural(len(compared), 'indicator')} adapted or added. No fault.")


@overlay.command()
@click.argument("file", type=_FILE)
@click.argument("to", type=_NEW_FILE)
def export(file: Path, to: Path) -> None:
    """Write the overlay in FILE to the workbook TO, to be changed in a spreadsheet program."""
    _write(_read(file), to)
    say(f"Written: {to}. Change it, then: fieldveil overlay import {to} {file}")


@overlay.command("import")
@click.argument("file", type=_FILE)
@click.argument("into", type=_NEW_FILE)
@click.option("--apply", is_flag=True, help="Change INTO. Without it, only show what would change.")
def import_overlay(file: Path, into: Path, apply: bool) -> None:
    """Show what the workbook FILE changes in the overlay INTO; with --apply, change it and raise its version."""
    new, old = _read(file), _read(into) if into.exists() else None
    changes = diff(old, new)
    if old and is_stale(file.read_bytes(), file.name, label(old)):
        note(f"{file.name} was exported from another state of {into.name}: look at each change twice.")
    for change in changes:
        say(str(change))
    counts = {kind: sum(change.kind is kind for change in changes) for kind in ChangeKind}
    note(", ".join(f"{count} {kind}" for kind, count in counts.items()) if changes else "No change.")
    if changes and not apply:
        note("Nothing was changed. To do it: add --apply")
    elif changes:
        raised = raise_version(old, new)
        _write(raised, into)
        note(f"Written: {into}, version {raised.version}. Build with: fieldveil form build BRIEF --overlay {into}")


def _read(file: Path) -> Overlay:
    return load_overlay(file.read_bytes(), file.name, load())


def _write(found: Overlay, file: Path) -> None:
    is_workbook = file.suffix.lower() == ".xlsx"
    write_file(file, as_workbook(found, load()) if is_workbook else as_yaml(found))
