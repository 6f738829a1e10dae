"""`fieldveil pull`: what a worker does on its schedule, now and in this process."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import click

from backend.store import mirror, pulls
from backend.store.audit import Audit, record
from backend.store.conditions import Condition, conditions
from backend.store.engine import reading, transaction
from backend.store.forms import form_head, pulled_forms
from backend.store.verdicts import Standing
from backend.troubles import TROUBLES
from workers.cli.output import as_json, note, plural, print_json, progress_bars, say
from workers.cli.store import ACTOR, opened
from workers.context import Context
from workers.pull import PullReport, pull_form
from workers.servers.registry import LETTERBOX
from workers.servers.source import PullError

_NONE_THERE = "There is no such form: `fieldveil form list` shows which are where."


@click.command("pull")
@click.argument("form_id", required=False)
@click.option("--server", help="Only the forms on this server.")
@click.option(
    "--full", "anew", is_flag=True, help="Read everything again, whatever is here, and say what was otherwise."
)
@as_json
def pull(form_id: str | None, server: str | None, anew: bool, as_json: bool) -> int:
    """Read what phones sent for FORM_ID, from the letterbox or its server; without it, for every form.

    Practice forms are never read. A form that cannot be read does not keep the others from it. With --full what is
    stored is compared with each submission on the server, and written anew where it is otherwise; that is for forms on
    KoboToolbox and ODK Central.
    """
    with opened() as context:
        wanted = [form_id] if form_id else _forms(context, server)
        if anew:
            wanted = _elsewhere(context, wanted)
        before = {name: _gone(context, name) for name in wanted}
        reports, failures = _pull_all(context, wanted, anew=anew)
        gone = {name: len(_gone(context, name) - before[name]) for name in wanted}
        done = {name: report for name, report in reports.items() if report is not None}
        found = _conditions(context, done)
        busy = {name: _until(context, name) for name, report in reports.items() if report is None}
    if as_json:
        print_json(_figures(done.values(), found, gone) | {"busy": list(busy), "failed": _failed(failures)})
    else:
        for report in done.values():
            said = _compared if anew else _line
            say(f"{said(report, gone[report.form_id])} {_verdict(found.get(report.form_id))}".rstrip())
        if not wanted:
            is_narrowed = anew or server is not None
            note(_NONE_THERE if is_narrowed else "There is no form yet: fieldveil form deploy BRIEF")
    for name, until in busy.items():
        note(
            f"{name}: another pull of it is under way. Try again in a little while. If that one was killed, the form "
            f"is free again at {until}."
        )
    for name, error in failures.items():
        note(str(error) if name in str(error) else f"{name}: {error}")
    for name, condition in found.items():
        for code in condition.troubles:
            note(f"{name}: {TROUBLES.get(code, code)}")
    left_out = sum(report.left_out for report in done.values())
    if left_out:
        note(f"{plural(left_out, 'letter')} could not be opened: the key is missing. `fieldveil doctor` says which.")
    return 1 if busy or left_out or failures else 0


def _forms(context: Context, server: str | None) -> list[str]:
    with reading(context.engine) as session:
        heads = [form_head(session, name) for name in pulled_forms(session)]
    return [head.form_id for head in heads if head and server in (None, head.server)]


def _elsewhere(context: Context, form_ids: list[str]) -> list[str]:
    """The letterbox is part of this store, and there is nothing to compare it with. Who reads all again, is noted."""
    found = []
    with transaction(context.engine) as session:
        for name in form_ids:
            head = form_head(session, name)
            if head is not None and head.server == LETTERBOX:
                note(f"{name} is on the letterbox, whose letters are compared at every pull.")
            else:
                record(session, Audit(ACTOR, "form.read_anew", name))
                found.append(name)
    return found


def _gone(context: Context, form_id: str) -> set[str]:
    """Which submissions were here and are deleted on the server: as many may have come back in the same pull."""
    with reading(context.engine) as session:
        return mirror.deleted(session, form_id)


def _conditions(context: Context, form_ids: Iterable[str]) -> dict[str, Condition]:
    """What `fieldveil status` would say of these forms now."""
    with reading(context.engine) as session:
        found = conditions(session, list(form_ids), datetime.now(UTC), context.settings.pull_every_seconds)
    return {one.form_id: one for one in found}


def _until(context: Context, form_id: str) -> str:
    with reading(context.engine) as session:
        until = pulls.held_until(session, form_id)
    return f"{until or datetime.now(UTC):%H:%M} UTC"


def _pull_all(
    context: Context, form_ids: list[str], *, anew: bool
) -> tuple[dict[str, PullReport | None], dict[str, PullError]]:
    reports, failures = {}, {}
    with progress_bars() as tell:
        for done, form_id in enumerate(form_ids):
            tell("forms", done, len(form_ids))
            try:
                reports[form_id] = pull_form(context, form_id, anew=anew)
            except PullError as error:
                failures[form_id] = error
            tell("forms", done + 1, len(form_ids))
    return reports, failures


def _figures(
    reports: Iterable[PullReport], found: Mapping[str, Condition], gone: Mapping[str, int]
) -> dict[str, object]:
    pulled = []
    for report in reports:
        condition = found.get(report.form_id)
        standing = condition.standing if condition else None
        pulled.append(
            asdict(report)
            | {
                "deleted": gone[report.form_id],
                "verdict": standing.value if standing else None,
                "waiting": condition.waiting if condition else 0,
                "troubles": list(condition.troubles) if condition else [],
            }
        )
    return {"pulled": pulled}


def _failed(failures: Mapping[str, PullError]) -> list[dict[str, str]]:
    return [{"form": name, "code": error.code} for name, error in failures.items()]


def _line(report: PullReport, gone: int) -> str:
    read = f"{plural(report.read, 'submission')} read in {plural(report.pages, 'page')}"
    deleted = f", {gone:,} deleted on the server" if gone else ""
    return f"{report.form_id}: {read}, {report.new:,} new, {report.changed:,} changed{deleted}."


def _verdict(found: Condition | None) -> str:
    """Nothing of a form that no pull has read to its end."""
    if found is None or found.standing is None:
        return ""
    is_old = found.standing is Standing.COUNT_EQUAL and found.as_of is not None
    as_of = f", contents as of {found.as_of:%Y-%m-%d %H:%M} UTC" if is_old else ""
    waiting = f", {found.waiting:,} wait for a decision" if found.waiting else ""
    return f"Verdict: {found.standing.value.replace('_', ' ')}{as_of}{waiting}."


def _compared(report: PullReport, gone: int) -> str:
    read = f"{report.form_id}: {plural(report.read, 'submission')} read anew. "
    if not (report.new or report.changed or gone):
        return f"{read}Everything here is as on the server."
    return (
        f"{read}{report.new:,} were missing here, {report.changed:,} were otherwise here, {gone:,} are deleted on the "
        f"server; they are as on the server now."
    )
