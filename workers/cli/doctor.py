"""`fieldveil doctor`: looks at the installation and says what to mend. Changes nothing."""

from dataclasses import asdict
from pathlib import Path

import click

from backend.settings import settings
from workers.cli.checks import verdicts
from workers.cli.output import as_json, note, print_json, print_table
from workers.cli.store import quiet_logs
from workers.cli.verdict import State

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("doctor")
@click.option("--keys-backup", type=_FOLDER, default=None, help="The folder with the backup of the keys, to compare.")
@as_json
def doctor(keys_backup: Path | None, as_json: bool) -> int:
    """Check this installation: database, broker, keys, disk, encryption. Ends with 1 when something is bad."""
    chosen = settings()
    quiet_logs(chosen)
    found = list(verdicts(chosen, keys_backup))
    if as_json:
        print_json([asdict(verdict) for verdict in found])
    else:
        print_table(("check", "state", "what"), [(one.check, one.state.value, one.text) for one in found])
    bad = sum(one.state is State.BAD for one in found)
    if bad:
        note(f"{bad} to mend before anybody sends real answers.")
    return 1 if bad else 0
