"""`fieldveil status`: the figures that must agree, form by form."""

from dataclasses import asdict
from datetime import UTC, datetime

import click

from backend.store import drifts, form_list, monitor
from backend.store.conditions import Condition, conditions
from backend.store.door import LETTERBOX
from backend.store.engine import reading
from backend.store.status import Totals, totals
from backend.troubles import TROUBLES
from workers.cli.drift import drift_lines
from workers.cli.output import as_json, note, print_json, print_table
from workers.cli.store import opened


@click.command("status")
@as_json
def status(as_json: bool) -> int:
    """Show for each form what was posted, read, stored, refused and rejected, and whether it equals its server.

    Ends with 1 when the figures of a form do not agree: something waits to be read, or something is wrong.
    """
    with opened() as context, reading(context.engine) as session:
        now, names = datetime.now(UTC), [form.form_id for form in form_list.real_forms(session)]
        pulls = {pull.form_id: pull for pull in monitor.pulls(session, names, now)}
        drifted = drifts.looks(session, names)
        found = conditions(session, names, now, context.settings.pull_every_seconds)
        rows = [_row(totals(session, one.form_id), one, pulls.get(one.form_id)) for one in found]
    if as_json:
        unknown = {one.form_id: {"added_or_missing": len(one.names), "unknown": one.unknown} for one in drifted}
        print_json([{**row, "drift": unknown.get(str(row["form"]))} for row in rows])
    elif rows:
        header = [name.replace("_", " ") for name in rows[0]]
        cells = [[" ".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows]
        print_table(header, cells, numbers=range(2, 13))
        for one in found:
            for code in one.troubles:
                note(f"{one.form_id}: {TROUBLES.get(code, code)}")
        for line in [line for look in drifted for line in drift_lines(look)]:
            note(line)
    else:
        note("There is no form yet: fieldveil form deploy BRIEF")
    return 0 if all(row["agree"] for row in rows) else 1


def _row(figures: Totals, one: Condition, last: monitor.Pull | None) -> dict[str, object]:
    """Of another server's form, `posted` is what that server counts."""
    is_here = one.server == LETTERBOX
    counts = asdict(figures) if is_here else asdict(figures) | {"posted": one.on_server}
    return {
        "form": one.form_id,
        "server": one.server,
        **counts,
        "agree": figures.agree if is_here else one.is_good,
        "verdict": one.standing.value if one.standing else None,
        "as_of": _moment(one.as_of),
        "last_equal": _moment(one.equal_at),
        "behind": one.behind,
        "waiting": one.waiting,
        "troubles": list(one.troubles),
        "last_pull": _moment(last.finished if last else None),
        "last_error": last.error if last else None,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
