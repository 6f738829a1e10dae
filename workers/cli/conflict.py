"""`fieldveil conflict`: submissions that came twice under one id with different content, and what becomes of them."""

import click

from backend.store import conflicts
from backend.store.conflicts import Choice, Conflict
from backend.store.engine import reading, transaction
from backend.wake import wake
from workers.cli.output import as_json, note, print_json, print_table, say
from workers.cli.store import ACTOR, opened

_DONE = {
    Choice.FIRST: "The later one is set aside: it is never read, and goes with its days of retention.",
    Choice.SECOND: "The later one takes the place of the first, whose answers go when it is read.",
    Choice.BOTH: "They are two interviews: both are read, and both count.",
}


@click.group()
def conflict() -> None:
    """List submissions that came twice with different content, and decide which of them counts.

    A phone that sent an interview, and had it changed before it noticed, sends it again under the same id: then few
    answers differ, and the second counts. A copied phone gives two interviews one id: then most of them differ.
    """


@conflict.command("list")
@as_json
def list_conflicts(as_json: bool) -> int:
    """List what waits for a decision, and in which questions the two differ. Ends with 1 when something waits."""
    with opened() as context, reading(context.engine) as session:
        found = conflicts.waiting(session)
    if as_json:
        print_json([_fields(one) for one in found])
    elif found:
        rows = [
            (one.number, one.form_id, str(one.first_received_on or ""), str(one.received_on), _said(one))
            for one in found
        ]
        print_table(("number", "form", "first came", "then", "they differ"), rows, numbers=(0,))
        note("Decide with `fieldveil conflict settle NUMBER first|second|both`.")
    else:
        say("Nothing waits for a decision.")
    return 1 if found else 0


@conflict.command("settle")
@click.argument("number", type=int)
@click.argument("choice", type=click.Choice([choice.value for choice in Choice]))
@click.option("--yes", is_flag=True, help="Do not ask.")
def settle(number: int, choice: str, yes: bool) -> int:
    """Decide about NUMBER of `fieldveil conflict list`: the first counts, the second does, or both do.

    It cannot be undone. What is chosen is read by the next pull.
    """
    if not yes:
        click.confirm(f"Settle {number} for good: {choice} counts?", abort=True, err=True)
    with opened() as context, transaction(context.engine) as session:
        found = {one.number: one for one in conflicts.waiting(session)}.get(number)
        if found is None:
            raise click.ClickException(f"Nothing of number {number} waits: `fieldveil conflict list` shows what does")
        if not conflicts.settle(session, number, Choice(choice), ACTOR):
            raise click.ClickException(
                f"Number {number} cannot replace the first, which came from another door: choose first or both"
            )
        wake(session, "pull.form", found.form_id)
    say(_DONE[Choice(choice)])
    return 0


def _said(one: Conflict) -> str:
    if one.difference is None:
        return "compared by the next pull"
    if not one.difference.answered:
        return "cannot be compared: one of them is destroyed, or cannot be opened"
    number = len(one.difference.paths)
    return f"in {number} of {one.difference.answered}: {', '.join(one.difference.paths)}"


def _fields(one: Conflict) -> dict[str, object]:
    return {
        "number": one.number,
        "form": one.form_id,
        "first_received_on": one.first_received_on and one.first_received_on.isoformat(),
        "received_on": one.received_on.isoformat(),
        "compared": one.difference is not None,
        "answered": one.difference.answered if one.difference else None,
        "differ": list(one.difference.paths) if one.difference else None,
        "choices": [choice.value for choice in one.choices],
    }
