"""`fieldveil form print` and `form dictionary`: a form on paper, and the workbook that explains its variables."""

from pathlib import Path

import click

from forms.dictionary import dictionary
from forms.paper import paper
from forms.writing import write_below, write_file
from workers.cli.building import build_brief, catalogue_in, tell_built, with_overlay
from workers.cli.output import say
from workers.cli.store import opened

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("print")
@click.argument("brief", type=_FILE)
@click.option("--language", default="", help="One of the form's languages; left out, every one.")
@click.option("--out", type=_FOLDER, default=Path("paper"), show_default=True, help="The folder to write to.")
@with_overlay
def print_form(brief: Path, language: str, out: Path, overlay: Path | None) -> None:
    """Write the form of BRIEF for paper: a page of HTML for each language, to be printed by any browser."""
    with opened() as context:
        built = build_brief(context, brief, overlay=overlay)
    for wanted in [language] if language else built.questionnaire.languages:
        name = f"{built.form_id}-{wanted}.html"
        write_below(out, name, paper(built.questionnaire, wanted, files=built.media))
        say(str(out / name))
    tell_built(built)


@click.command("dictionary")
@click.argument("brief", type=_FILE)
@click.option("--out", type=_NEW_FILE, default=None, help="The workbook to write; left out, named after the form.")
@with_overlay
def form_dictionary(brief: Path, out: Path | None, overlay: Path | None) -> None:
    """Write the data dictionary of the form of BRIEF: what each variable asks, and what becomes of its answers."""
    with opened() as context:
        built = build_brief(context, brief, overlay=overlay)
    file = out or Path(f"{built.form_id}-dictionary.xlsx")
    write_file(file, dictionary(built, catalogue_in(overlay)))
    say(str(file))
