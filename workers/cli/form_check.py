"""`fieldveil form check`: what is wrong with a form, whoever made it."""

from pathlib import Path

import click

from forms.checks import Gate, check_form, read_form
from workers.cli.output import as_json, print_json, say


@click.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fills", type=click.IntRange(1, 10_000), default=40, show_default=True, help="How often it is filled.")
@click.option("--no-engine", is_flag=True, help="Read the form only; do not fill it.")
@as_json
def check_one(file: Path, fills: int, *, no_engine: bool, as_json: bool) -> int:
    """Check any XLSForm, also one made elsewhere, with the CSV files that lie beside it.

    Three layers look at it: pyxform and ODK Validate; our own reading of logic, choices, translations, files and
    safety; and the engine of ODK Collect, which fills it again and again. docs/checks.md explains each code.
    """
    found = check_form(read_form(file), gate=None if no_engine else Gate(fills=fills))
    if as_json:
        print_json(found.as_dict())
    else:
        say(found.text())
    return 1 if found.errors else 0
