"""`fieldveil purge`: deletes raw answers where phones sent them, and writes the proof of it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from backend.store import purges
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.forms import form_head
from backend.store.purges import Batch, fingerprint
from forms.writing import write_file
from workers.cli.credentials import ask_credentials
from workers.cli.output import as_json, note, plural, print_json, say
from workers.cli.store import ACTOR, opened, today
from workers.context import Context
from workers.purge import Purged, purge_form
from workers.servers.registry import LETTERBOX

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("purge", epilog="What was deleted is described in docs/purge.md, with what a server still keeps of it.")
@click.argument("form_id")
@click.option("--dry-run", is_flag=True, help="Only count what would go. Needs no account.")
@click.option("--proof", type=_NEW_FILE, default=None, help="Write the proof of all that was ever purged of the form.")
@click.option(
    "--switch", type=click.Choice(["on", "off"]), default=None, help="Allow or forbid purges, and stop there."
)
@click.option("--env-file", type=_FILE, default=None, help="Take the account from a file, instead of asking for it.")
@as_json
def purge(
    form_id: str,
    dry_run: bool,
    proof: Path | None,
    switch: str | None,
    env_file: Path | None,
    as_json: bool,
) -> int:
    """Delete the raw answers of FORM_ID that are safely here and older than its brief says.

    An account that may delete there is asked for, used once and kept nowhere. The letterbox needs none.
    """
    with opened() as context:
        if switch is not None:
            return _switch(context, form_id, is_on=switch == "on")
        needs_account = not dry_run and _server(context, form_id) != LETTERBOX
        entered = ask_credentials(env_file) if needs_account else None
        done = purge_form(context, form_id, entered, today=today(), actor=ACTOR, dry_run=dry_run)
        with reading(context.engine) as session:
            known = purges.batches(session, form_id)
    if proof is not None:
        write_file(proof, json.dumps(_proof(done, known), indent=1).encode())
    if as_json:
        print_json(_figures(done))
    else:
        _tell(done)
        if proof is not None:
            say(f"Proof: {proof}")
    return 0


def _switch(context: Context, form_id: str, *, is_on: bool) -> int:
    if _server(context, form_id) is None:
        raise click.ClickException(f"There is no form {form_id}: `fieldveil form list` shows them")
    with transaction(context.engine) as session:
        audit = Audit(ACTOR, "raw.purge_switched", form_id, {"on": is_on})
        purges.allow(session, form_id, is_allowed=is_on, audit=audit)
    say(f"Form {form_id}: raw answers {'may be deleted on its server' if is_on else 'stay on its server'}.")
    return 0


def _server(context: Context, form_id: str) -> str | None:
    with reading(context.engine) as session:
        head = form_head(session, form_id)
    return head.server if head else None


def _figures(done: Purged) -> dict[str, object]:
    return {
        "form": done.form_id,
        "server": done.server,
        "dry_run": not done.is_done,
        "on_server": done.on_server,
        "rows": done.rows,
        "earlier": done.earlier,
        "remaining": done.remaining,
        "spared": done.spared,
        "fingerprint": fingerprint(done.hashes),
        "afterwards": done.afterwards,
    }


def _proof(done: Purged, known: Sequence[Batch]) -> dict[str, object]:
    """Everything that was ever seen to be gone, batch by batch; `hashes` are SHA-256 of pseudonyms."""
    finished = [batch for batch in known if batch.is_done]
    hashes = sorted({one for batch in finished for one in batch.hashes})
    return {
        "form": done.form_id,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": len(hashes),
        "fingerprint": fingerprint(hashes),
        "afterwards": done.afterwards,
        "batches": [
            {
                "server": batch.server,
                "at": batch.at.isoformat(timespec="seconds"),
                "verdict": batch.standing.value,
                "verdict_at": batch.standing_at.isoformat(timespec="seconds"),
                "rows": len(batch.hashes),
                "hashes": list(batch.hashes),
            }
            for batch in finished
        ],
    }


def _tell(done: Purged) -> None:
    kind = "letter" if done.server == LETTERBOX else "submission"
    of_all = f"of {plural(done.on_server, kind)} on {done.server}"
    if done.earlier:
        say(f"{plural(done.earlier, kind)} of a purge that was broken off are gone; they are in the proof now.")
    if not done.is_done:
        say(f"{done.rows:,} {of_all} would be deleted. Nothing was.")
        return
    say(f"{done.rows:,} {of_all} were deleted. Their answers stay here, and count as equal.")
    if done.remaining:
        note(
            f"{plural(done.remaining, kind)} are still in the server's list: they are read again, and stay in no proof."
        )
    if done.spared:
        note(f"{plural(done.spared, kind)} changed on the server meanwhile and stay there until they are read again.")
    note(f"{done.afterwards}.")
