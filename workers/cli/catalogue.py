"""`fieldveil catalogue`: the indicators and their texts, as files in the program and as a spreadsheet outside."""

from dataclasses import asdict
from pathlib import Path

import click

from backend.settings import settings
from forms.catalogue import Indicator, load, load_own, packs
from forms.catalogue.changes import ChangeKind, diff, raise_version
from forms.catalogue.files import DATA
from forms.catalogue.rules import advice
from forms.catalogue.workbook import from_workbook, is_stale, save, to_workbook
from forms.writing import write_file
from workers.cli.catalogue_list import coverage, list_indicators, warn_unreviewed
from workers.cli.output import as_json, note, plural, print_json, print_table, say

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(epilog="The files of the catalogue lie in forms/catalogue/data, one entry a file.")
def catalogue() -> None:
    """Look at the indicator catalogue, check it, and change it in a spreadsheet."""
    packs.use(settings().language_packs)


catalogue.add_command(list_indicators)
catalogue.add_command(coverage)


@catalogue.command()
@click.argument("entry")
@click.option("--language", default="en", show_default=True, help="Its code, such as fr.")
@as_json
def show(entry: str, language: str, as_json: bool) -> None:
    """Show one indicator, such as CTE-COM-013, with its question and its answers."""
    found = load().indicator(entry)
    choices = load().choices(found.choices) if found.choices else ()
    if language not in found.question:
        raise click.UsageError(f"The catalogue has no language '{language}'. It has: {', '.join(found.question)}.")
    if as_json:
        answers = {choice.name: dict(choice.label) for choice in choices}
        print_json({**_plain(found), "answers": answers})
        return
    fields = {name: value for name, value in _plain(found).items() if name != "question"}
    print_table(("field", "value"), [(name, _text(value)) for name, value in fields.items()], title=found.id)
    say(f"\n{found.question[language]}")
    print_table(("answer", "text"), [(choice.name, choice.label[language]) for choice in choices])
    if language in load().unreviewed_languages:
        note(f"Texts in '{language}' have not been reviewed by a native speaker.")


@catalogue.command()
@click.option("--folder", type=_FOLDER, default=None, help="Another folder of catalogue files than the program's own.")
@as_json
def check(folder: Path | None, as_json: bool) -> None:
    """Read every entry and hold it against all rules. Ends with 1 and every fault when there is one."""
    found = load(folder)
    counts = {
        "version": found.version,
        "digest": found.digest,
        "indicators": len(found.indicators),
        "choice_lists": len(found.choice_lists),
        "modules": len(found.modules),
        "unreviewed": {language: len(found.unreviewed(language)) for language in found.unreviewed_languages},
    }
    if as_json:
        print_json(counts)
        return
    say(
        f"Catalogue {found.version}: {plural(len(found.indicators), 'indicator')},"
        f" {plural(len(found.choice_lists), 'choice list')}, {plural(len(found.modules), 'module')}. No fault."
    )
    for finding in advice(found):
        note(f"Advice: {finding}")
    warn_unreviewed(found)


@catalogue.command()
@click.argument("file", type=_NEW_FILE)
def export(file: Path) -> None:
    """Write the catalogue to FILE.xlsx, to be changed in a spreadsheet program."""
    if file.suffix.lower() != ".xlsx":
        raise click.UsageError("The catalogue goes out as a workbook: give FILE a name that ends in .xlsx.")
    write_file(file, to_workbook(load_own()))
    say(f"Written: {file}. Change it, then: fieldveil catalogue import {file}")


@catalogue.command("import")
@click.argument("file", type=_FILE)
@click.option(
    "--apply", is_flag=True, help="Change the files of the catalogue. Without it, only show what would change."
)
@click.option("--folder", type=_FOLDER, default=DATA, help="The folder of catalogue files; default: the program's own.")
@as_json
def import_workbook(file: Path, apply: bool, folder: Path, as_json: bool) -> None:
    """Show what FILE.xlsx changes in the catalogue; with --apply, change it."""
    base = load(folder)
    data = file.read_bytes()
    new = from_workbook(data, base, file.name)
    changes = diff(base, new)
    if is_stale(data, base, file.name):
        note(f"{file.name} was exported from another state of the catalogue: look at each change twice.")
    if not as_json:
        for change in changes:
            say(str(change))
    counts = {kind: sum(change.kind is kind for change in changes) for kind in ChangeKind}
    note(", ".join(f"{count} {kind}" for kind, count in counts.items()) if changes else "No change.")
    files = save(raise_version(base, new), folder) if changes and apply else []
    if as_json:
        print_json({"applied": bool(files), "changes": [str(change) for change in changes], "files": files})
    if files:
        note(f"{plural(len(files), 'file')} written in {folder}. Commit them, so that the change can be reviewed.")
    elif changes:
        note("Nothing was changed. To do it: add --apply")


def _plain(found: Indicator) -> dict[str, object]:
    fields = asdict(found)
    fields["question"] = dict(found.question)
    del fields["review"]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")
