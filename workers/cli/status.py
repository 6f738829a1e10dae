"""`fieldveil status`: the figures that must agree, form by form."""

from dataclasses import asdict
from datetime import UTC, datetime

import click

from backend.store import form_list, monitor
from backend.store.engine import reading
from backend.store.status import totals
from workers.cli.output import as_json, note, print_json, print_table
from workers.cli.store import opened


@click.command("status")
@as_json
def status(as_json: bool) -> int:
    """Show for each form what was posted, read, stored, refused and rejected, and when it was last read.

    Ends with 1 when the figures of a form do not agree: something waits to be read, or something is wrong.
    """
    with opened() as context, reading(context.engine) as session:
        forms = form_list.real_forms(session)
        names = [form.form_id for form in forms]
        pulls = {pull.form_id: pull for pull in monitor.pulls(session, names, datetime.now(UTC))}
        rows = []
        for name in names:
            found, pull = totals(session, name), pulls.get(name)
            last = pull.finished.isoformat(timespec="seconds") if pull and pull.finished else None
            state = {"last_pull": last, "last_error": pull.error if pull else None}
            rows.append({"form": name, **asdict(found), "agree": found.agree, **state})
    if as_json:
        print_json(rows)
    elif rows:
        header = [name.replace("_", " ") for name in rows[0]]
        print_table(header, [tuple(row.values()) for row in rows], numbers=range(1, 12))
    else:
        note("There is no form yet: fieldveil form deploy BRIEF")
    return 0 if all(row["agree"] for row in rows) else 1
