"""`fieldveil form drift`: whether the form on its server is still the form that was built."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from backend.store.drifts import Look
from workers.cli.output import as_json, print_json, say
from workers.cli.store import opened, today
from workers.drift import ADDED, look

_MOST_NAMES = 12


@click.command("drift")
@click.argument("form_id")
@as_json
def form_drift(form_id: str, as_json: bool) -> int:
    """Compare FORM_ID on its server with the form that was built, now. Workers do it once a day.

    Ends with 1 when something differs.
    """
    with opened() as context:
        found = look(context, form_id, today())
    if as_json:
        print_json({**asdict(found), "looked_on": found.looked_on.isoformat()})
    elif found.is_clean:
        say(f"{form_id} is as it was built; {found.scanned} submissions fit it.")
    else:
        for line in drift_lines(found):
            say(line)
    return 0 if found.is_clean else 1


def drift_lines(found: Look) -> Iterator[str]:
    """Names of schemas in clear, whatever else as a number, each with what to do."""
    added = sorted({one.name for one in found.names if one.what == ADDED})
    missing = sorted({one.name for one in found.names} - set(added))
    if added:
        yield (
            f"{found.form_id}: on its server the form also asks {_listed(added)}; their answers are not read. Put them "
            f"into the brief and deploy, or take them out there"
        )
    if missing:
        yield (
            f"{found.form_id}: the form on its server does not ask {_listed(missing)}. Somebody changed it there: "
            f"deploy it again"
        )
    if found.unknown:
        yield (
            f"{found.form_id}: unknown ({found.unknown} of {found.scanned} submissions looked at hold something that "
            f"is in no version of the form; it is not read). Look on the server who edits answers or sends an own form"
        )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown
