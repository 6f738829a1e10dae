"""`fieldveil form translate`: how far each language is, out to translators in a workbook, and back."""

from pathlib import Path

import click

from backend.settings import settings
from forms.catalogue.files import Tree
from forms.catalogue.languages import SOURCE, Direction
from forms.catalogue.packs import read_packs
from forms.translation.folder import find_pack, start_pack, write_pack
from forms.translation.preview import preview
from forms.translation.status import Progress, Standing, every_progress, progress
from forms.translation.taking import language_of, read_workbook
from forms.translation.workbook import to_workbook
from forms.writing import write_file
from workers.cli.output import as_json, note, plural, print_json, print_table, say
from workers.cli.store import today

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_MANY = 40
_packs = click.option(
    "--packs", type=_FOLDER, default=None, help="The folder of language packs; default FIELDVEIL_LANGUAGE_PACKS."
)


@click.group(epilog="A new language is a folder with texts and needs no program: docs/translations.md.")
def translate() -> None:
    """See what is translated, send texts to translators, take them back, and begin a new language."""


@translate.command()
@click.option("--language", default="", help="Only this one, with every text that needs somebody.")
@_packs
@as_json
def status(language: str, packs: Path | None, as_json: bool) -> int:
    """Show what of each language is missing, doubtful, unread by a native speaker, or read.

    Ends with 1 if a text is missing or the English changed after it was translated.
    """
    folder = _folder(packs)
    found = [_progress(folder, language)] if language else every_progress(read_packs(folder))
    if as_json:
        print_json([one.as_dict() for one in found])
    else:
        _show(found)
        if language:
            _show_texts(found[0])
    return 1 if any(one.of(Standing.MISSING) or one.of(Standing.NEEDS_WORK) for one in found) else 0


@translate.command()
@click.argument("language")
@click.option("--name", required=True, help="In English, such as Ukrainian.")
@click.option("--native", required=True, help="As its speakers write it, such as Українська.")
@click.option("--script", required=True, help="As Unicode names its letters: LATIN, ARABIC, CYRILLIC, ETHIOPIC ...")
@click.option("--right-to-left", is_flag=True, help="It runs from right to left.")
@_packs
def start(language: str, name: str, native: str, script: str, right_to_left: bool, packs: Path | None) -> None:
    """Begin a new LANGUAGE, named by its ISO 639 code, such as uk or prs."""
    facts: dict[str, Tree] = {
        "name": name,
        "native": native,
        "direction": (Direction.RTL if right_to_left else Direction.LTR).value,
        "script": script.upper(),
    }
    say(f"Written: {start_pack(_folder(packs), language, facts)}")
    note(f"Next: fieldveil form translate export {language} {language}.xlsx")


@translate.command()
@click.argument("language")
@click.argument("file", type=_NEW_FILE)
@_packs
def export(language: str, file: Path, packs: Path | None) -> None:
    """Write the texts of LANGUAGE to FILE.xlsx, with English and the other languages beside, for a translator."""
    _check_translated(language)
    write_file(file, to_workbook(language, find_pack(_folder(packs), language)))
    say(f"Written: {file}. Translate in it, then: fieldveil form translate import {file}")


@translate.command("import")
@click.argument("file", type=_FILE)
@click.option("--apply", is_flag=True, help="Change the language pack. Without it, only show what would change.")
@_packs
def import_workbook(file: Path, apply: bool, packs: Path | None) -> int:
    """Show what FILE.xlsx changes in its language; with --apply, change it.

    Ends with 1 if rows are left out, since the English or the translation changed after the export.
    """
    folder, data = _folder(packs), file.read_bytes()
    code = language_of(data, file.name)
    _check_translated(code)
    taken = read_workbook(data, file.name, find_pack(folder, code), today())
    for change in taken.changes:
        say(str(change))
    for conflict in taken.conflicts:
        note(f"Left out: {conflict}")
    note(f"{plural(len(taken.changes), 'change')}, {plural(len(taken.conflicts), 'conflict')}.")
    if taken.changes and not apply:
        note("Nothing was changed. To do it: add --apply")
    elif taken.changes:
        for path in write_pack(folder, taken.pack):
            note(f"Written: {path}")
        note("Web server and workers know it when they are started again.")
    return 1 if taken.conflicts else 0


@translate.command("preview")
@click.argument("language")
@click.option("--out", type=_NEW_FILE, default=None, help="The page to write; left out, preview-LANGUAGE.html.")
@_packs
def preview_form(language: str, out: Path | None, packs: Path | None) -> None:
    """Write the core form in LANGUAGE as a page to look at, the way it runs; a missing text is marked ⟦no text⟧."""
    file = out or Path(f"preview-{language}.html")
    write_file(file, preview(find_pack(_folder(packs), language)))
    say(f"Written: {file}. On a phone's screen: deploy the form, and open its preview in the web pages.")


def _folder(packs: Path | None) -> Path:
    return packs or settings().language_packs


def _check_translated(code: str) -> None:
    if code == SOURCE:
        raise click.UsageError("English is what the others are translated from: fieldveil catalogue export FILE")


def _progress(folder: Path, code: str) -> Progress:
    _check_translated(code)
    return progress(code, find_pack(folder, code))


def _show(found: list[Progress]) -> None:
    header = ("language", "name", "runs", "texts", *(standing.replace("_", " ") for standing in Standing), "doubtful")
    rows = [
        (
            *(one.language.code, one.language.native, one.language.direction, len(one.judged)),
            *(len(one.of(standing)) for standing in Standing),
            len(one.doubtful),
        )
        for one in found
    ]
    print_table(header, rows, numbers=tuple(range(3, len(header))))
    for one in found:
        if not one.is_usable:
            note(
                f"{one.language.code} is a draft that no form can have: protection staff who speak it must list"
                f" the safety words first ({', '.join(one.lacks)}). They stand in the sheet 'safety' of the workbook."
            )


def _show_texts(one: Progress) -> None:
    rows = [
        (judged.string.key, judged.standing, "; ".join(doubt.meaning for doubt in judged.doubts))
        for judged in one.judged
        if judged.doubts or judged.standing in {Standing.MISSING, Standing.NEEDS_WORK}
    ]
    if rows:
        print_table(("string", "standing", "look at"), rows[:_MANY])
    if len(rows) > _MANY:
        note(f"... and {len(rows) - _MANY} more: add --json, or export the workbook")
    note(f"To look at it as it runs: fieldveil form translate preview {one.language.code}")
