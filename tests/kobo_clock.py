"""Lets time pass for a form on KoBo, without waiting."""

from datetime import timedelta

import msgspec
from kobo_lab import Lab
from sqlalchemy import select, update

from backend.store.engine import transaction
from backend.store.tables import checkpoint
from workers.servers.kobo.progress import Mark, Progress, read_progress, write_progress


def let_a_day_pass(lab: Lab) -> None:
    """Since the whole list was compared."""
    let_pass(lab, timedelta(hours=25))


def let_pass(lab: Lab, by: timedelta) -> None:
    """All that is known here, and all that the history tells, is so much older."""
    lab.fake.store.age_history(lab.form, by)
    with transaction(lab.context.engine) as session:
        for key, cursor in session.execute(select(checkpoint.c.mapping_version, checkpoint.c.cursor)).all():
            older = write_progress(_older(read_progress(cursor), int(by.total_seconds())))
            session.execute(update(checkpoint).where(checkpoint.c.mapping_version == key).values(cursor=older))


def _older(progress: Progress, seconds: int) -> Progress:
    def earlier(moment: int) -> int:
        return moment and moment - seconds

    return msgspec.structs.replace(
        progress,
        older=Mark(earlier(progress.older.at), progress.older.top),
        newer=Mark(earlier(progress.newer.at), progress.newer.top),
        compared=earlier(progress.compared),
        feed=earlier(progress.feed),
    )
