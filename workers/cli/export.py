"""`fieldveil export`: the long view as CSV. Whoever may run it on the server is trusted as an IM officer is."""

from pathlib import Path

import click

from backend.disclosure.export import MARK, long_view_csv
from backend.store import form_list
from backend.store.audit import Audit, record
from backend.store.engine import reading, transaction
from forms.writing import owner_only
from workers.cli.output import note, say
from workers.cli.store import ACTOR, opened


@click.command("export", epilog="docs/export.md describes the columns, and how to open the file.")
@click.argument("survey_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(survey_id: str, file: Path) -> None:
    """Write all answers of SURVEY_ID to FILE.csv, one a row, with HXL tags. For IM officers only; not for sharing."""
    if file.suffix.lower() != ".csv":
        raise click.UsageError("The export is CSV: give FILE a name that ends in .csv. Spreadsheets open it.")
    with opened() as context:
        with transaction(context.engine) as session:
            known = sorted({form.survey_id for form in form_list.real_forms(session)})
            if survey_id not in known:
                raise click.ClickException(
                    f"There is no survey {survey_id}. There is: {', '.join(known) or 'none yet'}"
                )
            record(session, Audit(ACTOR, "export.long_view", survey_id))
        # Read without the right to write: a long export must not keep phones waiting.
        with (
            reading(context.engine) as session,
            open(file, "w", encoding="utf-8", newline="", opener=owner_only) as out,
        ):
            out.writelines(long_view_csv(session, survey_id))
    say(f"Written: {file}")
    note(MARK)
