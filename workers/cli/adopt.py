"""`fieldveil form adopt`: versions that somebody published by hand on a form's server, and reading one from now on."""

from pathlib import Path

import click

from forms.conformance import Standing
from forms.migration import Migration, read_migration
from forms.writing import write_file
from workers.adoption import Candidate, Choice, look, take_over, undecided, why_not
from workers.cli.output import as_json, note, plural, print_json, print_table, say
from workers.cli.store import ACTOR, opened
from workers.context import Context

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("adopt")
@click.argument("form_id")
@click.argument("version", required=False)
@click.option("--of", default="", help="The version of ours it was made from, where it does not say so itself.")
@click.option(
    "--with", "decided", type=_FILE, help="A migration: what was renamed, and which other words are accepted."
)
@click.option("--migration", type=_NEW_FILE, help="Write a migration there, to decide about what keeps it out.")
@click.option("--workbook", type=_NEW_FILE, help="Write the workbook of VERSION there, to look at it.")
@click.option("--apply", "is_decided", is_flag=True, help="Read its answers from now on, those that wait too.")
@as_json
def adopt_version(
    form_id: str,
    version: str | None,
    of: str,
    decided: Path | None,
    migration: Path | None,
    workbook: Path | None,
    is_decided: bool,
    as_json: bool,
) -> int:
    """Show versions of FORM_ID that somebody published by hand on its server, and adopt VERSION with --apply.

    Each is compared with the version of ours it was made from: what is still standard, what is not, what of ours is not
    read from it, what of theirs is never read. One with another consent or safety gate cannot be adopted. Ends with 1
    while answers of a version wait, or cannot be read.
    """
    if (is_decided or migration or workbook) and not version:
        raise click.UsageError("Name the version: without one, all are shown.")
    decision = read_migration(decided.read_text("utf-8"), decided.name) if decided else None
    with opened() as context:
        found = look(context, form_id, Choice(version or "", of, decision))
        if version and found:
            _write(form_id, found[0], migration, workbook)
        done = _adopted(context, form_id, found, decision) if is_decided else []
    waiting = [one for one in found if one.version not in done]
    if as_json:
        print_json({"form": form_id, "adopted": done, "versions": [one.as_dict() for one in found]})
    elif version:
        for one in found:
            _show(form_id, one, is_done=one.version in done)
    else:
        _list(form_id, found)
    return 1 if waiting else 0


def _write(form_id: str, one: Candidate, migration: Path | None, workbook: Path | None) -> None:
    if migration:
        write_file(migration, undecided(form_id, one).encode())
        note(f"Written: {migration}. Replace every '?', then: form adopt {form_id} {one.version} --with {migration}")
    if workbook and one.files:
        write_file(workbook, one.files.xlsx)
        note(f"Written: {workbook}.")


def _adopted(context: Context, form_id: str, found: list[Candidate], decision: Migration | None) -> list[str]:
    for one in found:
        take_over(context, form_id, one, actor=ACTOR, decision=decision)
    return [one.version for one in found]


def _list(form_id: str, found: list[Candidate]) -> None:
    if not found:
        say(f"Every version of {form_id} on its server is known here.")
        return
    rows = [(one.version, one.published_on, one.of, _standing(one)) for one in found]
    print_table(("version", "published on", "made from", "standing"), rows)
    note(f"Their answers wait. Look at one: fieldveil form adopt {form_id} VERSION")


def _standing(one: Candidate) -> str:
    if one.adoption is None or not one.can_be_adopted:
        return f"cannot be adopted: {why_not(one)}"
    judged = one.adoption.conformance
    counts = ", ".join(f"{len(judged.of(each))} {each}" for each in Standing if judged.of(each))
    return f"can be adopted; indicators: {counts}"


def _show(form_id: str, one: Candidate, *, is_done: bool) -> None:
    say(f"{form_id}, version {one.version}, published on {one.published_on}, made from {one.of or 'none of ours'}")
    if one.adoption is not None:
        rows = [
            (each.indicator, each.question, each.standing, f"{each.score:.2f}", "; ".join(c.what for c in each.changes))
            for each in one.adoption.conformance.indicators
            if each.standing is not Standing.STANDARD
        ]
        if rows:
            print_table(("indicator", "question", "standing", "comparability", "what changed"), rows, numbers=(3,))
        for left in one.adoption.left:
            say(f"not read: {left.question}{f' ({left.indicator})' if left.indicator else ''}: {left.why}")
        if one.adoption.ignored:
            say(f"Never read, since nothing of ours asks or offers it: {', '.join(one.adoption.ignored)}.")
        for each in one.adoption.obstacles:
            say(f"in the way ({each.obstacle}): {f'{each.subject}: ' if each.subject else ''}{each.what}")
    say(f"{one.version} {_standing(one)}.")
    if is_done:
        say(f"Adopted. The next pull reads the answers that wait: fieldveil pull {form_id}")
    elif one.can_be_adopted:
        note(f"Nothing was changed. To read its answers: fieldveil form adopt {form_id} {one.version} --apply")
    elif one.adoption is not None and all(each.key for each in one.adoption.obstacles):
        words = plural(len(one.adoption.obstacles), "text")
        note(f"{words} of consent or safety were changed. Decide about them: --migration FILE, then --with FILE")
    else:
        note("Deploy the form as it should be; what was given with this version cannot be kept.")
