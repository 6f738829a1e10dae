"""From a brief in a file to a built form, for the commands that need one."""

import re
from dataclasses import replace
from pathlib import Path

import click

from backend.store import areas
from backend.store.engine import reading
from forms.brief import BriefError, judge_brief
from forms.brief.load import FORM_ID
from forms.build import BuiltForm, build
from forms.catalogue import Catalogue
from forms.overlay import catalogue_with
from forms.questionnaire.assemble import check_places
from workers.cli.output import note
from workers.context import Context

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

with_overlay = click.option(
    "--overlay", type=_FILE, default=None, help="What the country says in its own words (docs/overlay.md)."
)


def catalogue_in(overlay: Path | None) -> Catalogue:
    """The standard, or what the country of this file made of it."""
    return catalogue_with(overlay.read_bytes(), overlay.name) if overlay else catalogue_with(None)


def build_brief(
    context: Context, brief: Path, *, overlay: Path | None = None, form_id: str = "", practice: bool = False
) -> BuiltForm:
    """`form_id` in the place of the brief's own. Raises BriefError with all faults, of areas too."""
    if form_id and not re.fullmatch(FORM_ID, form_id):
        raise click.UsageError("--form-id begins with a small letter; 3 to 40 small letters, digits and _ in all.")
    catalogue = catalogue_in(overlay)
    judged = judge_brief(brief.read_bytes(), brief.name, catalogue)
    with reading(context.engine) as session:
        registry = areas.current(session)
    findings = [*judged.findings, *(check_places(judged.brief, catalogue, registry) if registry else ())]
    if findings:
        raise BriefError(findings)
    if registry is None:
        raise click.ClickException(
            "There is no area list yet: fieldveil areas import FILE --apply (docs/areas.md)."
            " To try it, take that of the invented country: mappings/areas/demo/areas.csv"
        )
    named = replace(judged.brief, form_id=form_id or judged.brief.form_id)
    return build(named, catalogue, registry, practice=practice)


def tell_built(built: BuiltForm) -> None:
    note(f"{built.title}: version {built.version}, about {built.minutes} minutes.")
    for line in built.notes:
        note(f"- {line}")
