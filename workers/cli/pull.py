"""`fieldveil pull`: what a worker does on its schedule, now and in this process."""

from dataclasses import asdict

import click

from backend.store import form_list
from backend.store.engine import reading
from workers.cli.output import as_json, note, plural, print_json, progress_bars, say
from workers.cli.store import opened
from workers.context import Context
from workers.pull import PullReport, pull_form


@click.command("pull")
@click.argument("form_id", required=False)
@as_json
def pull(form_id: str | None, as_json: bool) -> int:
    """Read what phones sent for FORM_ID; without it, for every form that is not a practice form."""
    with opened() as context:
        wanted = [form_id] if form_id else _forms(context)
        reports = _pull_all(context, wanted)
    busy = [name for name, report in reports.items() if report is None]
    done = [report for report in reports.values() if report is not None]
    if as_json:
        print_json({"pulled": [asdict(report) for report in done], "busy": busy})
    else:
        for report in done:
            say(_line(report))
        if not reports:
            note("There is no form yet: fieldveil form deploy BRIEF")
    for name in busy:
        note(f"{name}: a worker is reading it in this moment. Try again in a little while.")
    left_out = sum(report.left_out for report in done)
    if left_out:
        note(f"{plural(left_out, 'letter')} could not be opened: the key is missing. `fieldveil doctor` says which.")
    return 1 if busy or left_out else 0


def _forms(context: Context) -> list[str]:
    with reading(context.engine) as session:
        return [form.form_id for form in form_list.real_forms(session)]


def _pull_all(context: Context, form_ids: list[str]) -> dict[str, PullReport | None]:
    reports = {}
    with progress_bars() as tell:
        for done, form_id in enumerate(form_ids):
            tell("forms", done, len(form_ids))
            reports[form_id] = pull_form(context, form_id)
            tell("forms", done + 1, len(form_ids))
    return reports


def _line(report: PullReport) -> str:
    read = plural(report.read, "submission")
    return (
        f"{report.form_id}: {read} read in {plural(report.pages, 'page')}, {report.new} new, {report.changed} changed."
    )
