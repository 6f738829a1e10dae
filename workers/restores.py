"""Notices a database that was restored from an older backup: a file beside the keys says how far it had come before."""

import json
import os
from dataclasses import asdict

from backend.settings import Settings
from backend.store import restores
from backend.store.engine import transaction
from backend.store.restores import Mark
from workers.context import Context

# Hidden, so that it is no key to whoever lists those.
FILE = ".seen"


def notice(context: Context) -> int | None:
    """How many letters are missing; None when the database is as new as it was last time."""
    before = _read(context.settings)
    with transaction(context.engine) as session:
        found = restores.mark(session)
        missing = None
        if before is not None and restores.is_older(session, before):
            missing = max(before.letter - found.letter, 0)
            restores.note(session, missing)
        now = restores.mark(session)
    if now != before:
        _write(context.settings, now)
    return missing


def _read(settings: Settings) -> Mark | None:
    try:
        return Mark(**json.loads((settings.worker_keys / FILE).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write(settings: Settings, found: Mark) -> None:
    """Whole or not at all: half a file would be no mark."""
    file = settings.worker_keys / FILE
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{FILE}.{os.getpid()}")
    draft.write_text(json.dumps(asdict(found)))
    draft.replace(file)
