"""`fieldveil form diff` and `form conform`: what changed between forms, and what of a form is still standard."""

from dataclasses import dataclass, replace
from pathlib import Path

import click

from backend.form_surveys import stored_survey
from backend.store import forms
from backend.store.engine import reading
from forms.catalogue import load
from forms.checks.run import read_form
from forms.checks.survey import Survey, understand
from forms.conformance import Conformance, Standing, conform
from forms.diff import Aliases, compare, stakes, twins
from forms.migration import Step, read_migration, write_migration
from forms.writing import write_file
from mappings.language import FormMapping
from workers.cli.output import as_json, note, print_json, print_table, say
from workers.cli.store import opened
from workers.context import Context

_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_decided = click.option(
    "--with", "decided", type=_FILE, help="A migration: what was renamed counts as the same question."
)


@dataclass(frozen=True, slots=True)
class _Known:
    """A form as it was named; the mapping is known of those in the store only."""

    survey: Survey
    mapping: FormMapping | None = None


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--migration", type=_NEW_FILE, help="Write a migration there, to decide about what breaks.")
@_decided
@click.option("--all", "show_all", is_flag=True, help="Show harmless changes too.")
@as_json
def diff_forms(old: str, new: str, migration: Path | None, decided: Path | None, show_all: bool, as_json: bool) -> int:
    """Show what changed from OLD to NEW, graded by what it does to the answers.

    OLD and NEW are workbooks (.xlsx), or forms in the store: FORM for the version on phones, FORM@VERSION for another.
    Ends with 1 if a change breaks the series of answers.
    """
    with opened() as context:
        before, after = _open(context, old), _open(context, new)
    found = compare(
        before.survey,
        after.survey,
        aliases=_aliases(decided),
        stakes=stakes(before.survey, mapping=before.mapping, catalogue=load()),
    )
    if migration:
        settings = before.survey.settings, after.survey.settings
        versions = (one.get("version", "") for one in settings)
        step = Step(settings[1].get("form_id", ""), *versions)
        write_file(migration, write_migration(step, found, twins(before.survey, after.survey)).encode())
        note(f"Written: {migration}. Replace every '?', and deploy with --migration {migration}.")
    if as_json:
        print_json(found.as_dict())
    else:
        # Two versions of a form lie in two folders under one name more often than not.
        named = replace(found, old=old, new=new) if found.old == found.new else found
        for line in named.lines(harmless=show_all):
            say(line)
    return 1 if found.breaking else 0


@click.command("conform")
@click.argument("file", type=_FILE)
@click.option("--of", "standard", required=True, help="The form it was made from: FORM or FORM@VERSION.")
@_decided
@as_json
def conform_form(file: Path, standard: str, decided: Path | None, as_json: bool) -> int:
    """Say what of FILE, a form edited in Excel or in KoBo's builder, is still standard, and what is not.

    Ends with 1 if consent or safety was changed, or an indicator is no longer comparable.
    """
    with opened() as context:
        origin = _open(context, standard)
    if origin.mapping is None:
        raise click.UsageError("--of names a form in the store: `fieldveil form list` shows them.")
    found = conform(
        origin.survey,
        understand(read_form(file), {}),
        origin.mapping,
        stakes=stakes(origin.survey, mapping=origin.mapping, catalogue=load()),
        aliases=_aliases(decided),
    )
    if as_json:
        print_json(found.as_dict())
    else:
        _show(found)
    return 0 if found.is_readable and not found.of(Standing.BROKEN) else 1


def _aliases(decided: Path | None) -> Aliases:
    return read_migration(decided.read_text("utf-8"), decided.name).aliases() if decided else Aliases()


def _show(found: Conformance) -> None:
    rows = [
        (one.indicator, one.question, one.standing, f"{one.score:.2f}", "; ".join(c.what for c in one.changes))
        for one in found.indicators
        if one.standing is not Standing.STANDARD
    ]
    if rows:
        print_table(("indicator", "question", "standing", "comparability", "what changed"), rows, numbers=(3,))
    for change in found.gate:
        say(f"gate: {change.subject}: {change.what}. {change.kind.meaning.remedy}.")
    if found.added:
        say(f"Not in the standard: {', '.join(found.added)}. Their answers are never read.")
    say(found.summary())


def _open(context: Context, named: str) -> _Known:
    """A name that ends like a workbook is a file; anything else is a form in the store."""
    path = Path(named)
    if path.suffix.lower() in {".xlsx", ".xlsm", ".xls"} or path.is_file():
        if not path.is_file():
            raise click.UsageError(f"There is no file {named}.")
        return _Known(understand(read_form(path), {}))
    form_id, _, version = named.partition("@")
    with reading(context.engine) as session:
        head = forms.form_head(session, form_id)
        known = stored_survey(session, form_id, version or (head.current_version if head else "") or "")
    if known is None:
        raise click.UsageError(f"There is no form {named} in the store: `fieldveil form list` shows them.")
    return _Known(known.survey, known.mapping)
