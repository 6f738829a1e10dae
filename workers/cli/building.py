"""From a brief in a file to a built form, for the commands that need one."""

from dataclasses import replace
from pathlib import Path

import click

from backend.store import areas
from backend.store.engine import reading
from forms.brief import load_brief
from forms.build import BuiltForm, build
from forms.catalogue import Catalogue, load
from forms.overlay import adapted, load_overlay
from workers.cli.output import note
from workers.context import Context

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

with_overlay = click.option(
    "--overlay", type=_FILE, default=None, help="What the country says in its own words (docs/overlay.md)."
)


def catalogue_with(overlay: Path | None) -> Catalogue:
    """The standard, or what a country made of it."""
    standard = load()
    if overlay is None:
        return standard
    return adapted(standard, load_overlay(overlay.read_bytes(), overlay.name, standard))


def build_brief(
    context: Context, brief: Path, *, overlay: Path | None = None, form_id: str = "", practice: bool = False
) -> BuiltForm:
    """`form_id` in the place of the brief's own."""
    catalogue = catalogue_with(overlay)
    read = load_brief(brief.read_bytes(), brief.name, catalogue)
    with reading(context.engine) as session:
        registry = areas.current(session)
    if registry is None:
        raise click.ClickException(
            "There is no area list yet: fieldveil areas import FILE --apply (docs/areas.md)."
            " To try it, take that of the invented country: mappings/areas/demo/areas.csv"
        )
    return build(replace(read, form_id=form_id or read.form_id), catalogue, registry, practice=practice)


def tell_built(built: BuiltForm) -> None:
    note(f"{built.title}: version {built.version}, about {built.minutes} minutes.")
    for line in built.notes:
        note(f"- {line}")
