"""Notices a database that was restored from an older backup: a file beside the keys says how far it had come before."""

from dataclasses import asdict

from backend.settings import Settings
from backend.store import restores
from backend.store.engine import transaction
from backend.store.restores import Mark
from workers import remembered
from workers.context import Context

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
        remembered.write(context.settings, FILE, asdict(now))
    return missing


def _read(settings: Settings) -> Mark | None:
    try:
        return Mark(**remembered.read(settings, FILE))
    except TypeError:
        return None
