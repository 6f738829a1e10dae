"""`fieldveil pull`: what a worker does on its schedule, now and in this process."""

from dataclasses import asdict

import click

from backend.store.engine import reading
from backend.store.forms import pulled_forms
from workers.cli.output import as_json, note, plural, print_json, progress_bars, say
from workers.cli.store import opened
from workers.context import Context
from workers.pull import PullReport, pull_form
from workers.servers.source import PullError


@click.command("pull")
@click.argument("form_id", required=False)
@as_json
def pull(form_id: str | None, as_json: bool) -> int:
    """Read what phones sent for FORM_ID, from the letterbox or its server; without it, for every form.

    Practice forms are never read. A form that cannot be read does not keep the others from it.
    """
    with opened() as context:
        wanted = [form_id] if form_id else _forms(context)
        reports, failures = _pull_all(context, wanted)
    busy = [name for name, report in reports.items() if report is None]
    done = [report for report in reports.values() if report is not None]
    if as_json:
        failed = [{"form": name, "code": error.code} for name, error in failures.items()]
        print_json({"pulled": [asdict(report) for report in done], "busy": busy, "failed": failed})
    else:
        for report in done:
            say(_line(report))
        if not wanted:
            note("There is no form yet: fieldveil form deploy BRIEF")
    for name in busy:
        note(f"{name}: a worker is reading it in this moment. Try again in a little while.")
    for name, error in failures.items():
        note(str(error) if name in str(error) else f"{name}: {error}")
    left_out = sum(report.left_out for report in done)
    if left_out:
        note(f"{plural(left_out, 'letter')} could not be opened: the key is missing. `fieldveil doctor` says which.")
    return 1 if busy or left_out or failures else 0


def _forms(context: Context) -> list[str]:
    with reading(context.engine) as session:
        return pulled_forms(session)


def _pull_all(context: Context, form_ids: list[str]) -> tuple[dict[str, PullReport | None], dict[str, PullError]]:
    reports, failures = {}, {}
    with progress_bars() as tell:
        for done, form_id in enumerate(form_ids):
            tell("forms", done, len(form_ids))
            try:
                reports[form_id] = pull_form(context, form_id)
            except PullError as error:
                failures[form_id] = error
            tell("forms", done + 1, len(form_ids))
    return reports, failures


def _line(report: PullReport) -> str:
    read = plural(report.read, "submission")
    return (
        f"{report.form_id}: {read} read in {plural(report.pages, 'page')}, {report.new} new, {report.changed} changed."
    )
