"""`fieldveil form close`: the end of a form, as far as phones are concerned."""

import click

from backend.store.audit import Audit
from backend.store.closing import close_form as close
from backend.store.closing import ends_on
from backend.store.engine import transaction
from backend.store.forms import form_head
from backend.store.letters import GRACE_DAYS
from workers.cli.output import note, say
from workers.cli.store import ACTOR, opened, today
from workers.servers.registry import LETTERBOX


@click.command("close")
@click.argument("form_id")
def close_form(form_id: str) -> int:
    """Close FORM_ID: phones no longer find it, and what they still hold counts for 14 days.

    When the days of retention are over too, workers destroy its letters and receipts; the figures stay.
    """
    with opened() as context, transaction(context.engine) as session:
        head = form_head(session, form_id)
        if head is None:
            raise click.ClickException(f"There is no form {form_id}: `fieldveil form list` shows them")
        changed = close(session, form_id, today(), Audit(ACTOR, "form.closed", form_id))
        last = ends_on(session, form_id, today())
    if not changed:
        say(f"Form {form_id} was not open. Nothing changed.")
        return 0
    say(f"Form {form_id} is closed: phones no longer find it.")
    if head.server == LETTERBOX:
        note(f"What phones send within {GRACE_DAYS} days still counts. Letters and receipts go from {last} on.")
    else:
        note(
            f"Close it on {head.server} too (ODK Central: state Closing; KoBoToolbox: Archive, when all phones have "
            f"sent). What arrives there is read until then."
        )
    return 0
