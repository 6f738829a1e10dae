"""`fieldveil status`: the figures that must agree, form by form."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from backend.store import drifts, form_list, monitor
from backend.store.conditions import Condition, conditions
from backend.store.engine import reading
from backend.store.letter_plan import LETTERBOX
from backend.store.status import Totals, totals
from backend.store.verdicts import Standing
from backend.troubles import TROUBLES
from workers.cli.drift import drift_lines
from workers.cli.output import as_json, note, print_json, print_table
from workers.cli.store import opened

# A terminal is seldom wider than 120 signs: the rest is for programs, and on the monitor.
_FIGURES = ("form", "posted", "pulled", "stored", "refused", "rejected", "counted")
_SUBMISSIONS = (*_FIGURES, "withdrawn\n/ deleted", "lost", "agree")
_STANDINGS = ("form", "server", "verdict", "last equal (UTC)", "behind", "waiting", "last pull (UTC)")


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
        _print_tables(rows, found, pulls)
        for one in found:
            for code in one.troubles:
                note(f"{one.form_id}: {TROUBLES.get(code, code)}")
        for line in [line for look in drifted for line in drift_lines(look)]:
            note(line)
    else:
        note("There is no form yet: fieldveil form deploy BRIEF")
    return 0 if all(row["agree"] for row in rows) else 1


def _print_tables(
    rows: Sequence[Mapping[str, object]], found: Sequence[Condition], pulls: Mapping[str, monitor.Pull]
) -> None:
    print_table(_SUBMISSIONS, [_figures(row) for row in rows], title="Submissions", numbers=range(1, 9))
    standings = [_standing(one, pulls.get(one.form_id)) for one in found]
    print_table(_STANDINGS, standings, title="Compared with their servers", numbers=(4, 5))


def _figures(row: Mapping[str, object]) -> list[object]:
    gone = f"{row['withdrawn']} / {row['deleted']}"
    return [*(row[name] for name in _FIGURES), gone, row["lost"], "yes" if row["agree"] else "no"]


def _standing(one: Condition, last: monitor.Pull | None) -> list[object]:
    """Of numbers that agree, the contents were known to be equal when they were compared last."""
    equal_at = one.as_of if one.standing is Standing.COUNT_EQUAL else one.equal_at
    verdict = one.standing.value.replace("_", " ") if one.standing else None
    finished = last.finished if last else None
    return [one.form_id, one.server, verdict, _minute(equal_at), one.behind, one.waiting, _minute(finished)]


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


def _minute(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else None
