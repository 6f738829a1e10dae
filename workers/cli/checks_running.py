"""What `fieldveil doctor` finds out about what runs: a worker, beat, and a clock that is right."""

import ctypes
import sys
from datetime import UTC, datetime, timedelta

from celery import Celery

from backend.settings import Settings
from backend.store import installation, monitor
from backend.store.conditions import late_after
from backend.store.engine import reading
from backend.store.forms import pulled_forms
from workers.cli.output import plural
from workers.cli.verdict import Verdict, bad, careful, good
from workers.context import Context

_ANSWER_SECONDS = 3.0
_OFF = timedelta(seconds=30)
# What adjtimex returns where nothing keeps the clock of the machine right, and room enough for what it fills in.
_NOT_KEPT, _ROOM = 5, 1024


def worker(settings: Settings) -> Verdict:
    """Only where Redis is named: the broker of `fieldveil serve` is known to nobody else."""
    found = len(Celery(broker=settings.redis_url).control.ping(timeout=_ANSWER_SECONDS) or ())
    if found:
        return good("worker", f"{plural(found, 'worker')} answered")
    return bad(
        "worker",
        f"none answered within {_ANSWER_SECONDS:.0f} seconds: nothing that phones send is read. Start one: "
        "docker compose up --detach worker, or fieldveil worker",
    )


def pulls(context: Context) -> Verdict:
    """Also where a worker answers, reading can stand still: nobody wakes it."""
    name, now, every = "reading", datetime.now(UTC), context.settings.pull_every_seconds
    with reading(context.engine) as session:
        forms = pulled_forms(session)
        known = {one.form_id: one for one in monitor.pulls(session, forms, now)}
    if not forms:
        return good(name, "no form is open")
    never = [form for form in forms if form not in known]
    limit = now - late_after(every)
    late = [one.form_id for one in known.values() if not one.running and (one.finished is None or one.finished < limit)]
    if late:
        return bad(
            name,
            f"not ended for {late_after(every).seconds // 60} minutes or more: {', '.join(sorted(late))}. Either no "
            "worker runs, or no beat wakes it (one, and only one: docker compose up --detach beat, or fieldveil worker "
            "--beat), or its server is in the way: fieldveil status says which",
        )
    if never:
        return careful(name, f"not read yet: {', '.join(never)}. `fieldveil serve` or a worker with beat reads them")
    return good(name, f"{plural(len(forms), 'form')}, all read lately")


def clock(context: Context) -> Verdict:
    """Phones, letters, keys and links live by days and minutes. What cannot be measured is not held against it."""
    name, now = "clock", datetime.now(UTC)
    theirs, newest = installation.clock(context.engine), installation.newest_pull(context.engine)
    if theirs is not None and abs(theirs - now) > _OFF:
        apart = abs(theirs - now).total_seconds()
        return bad(name, f"this machine and the database server are {apart:.0f} seconds apart: set both by NTP")
    if newest is not None and newest - now > _OFF:
        return bad(
            name, f"the database holds a pull of {newest:%Y-%m-%d %H:%M} UTC, which is yet to come: set it by NTP"
        )
    if _is_not_kept():
        return careful(
            name, f"{now:%Y-%m-%d %H:%M} UTC, and nothing keeps it right: switch on NTP (timedatectl set-ntp true)"
        )
    return good(name, f"{now:%Y-%m-%d %H:%M} UTC")


def _is_not_kept() -> bool:
    """The kernel of Linux knows whether something sets its clock; others are not asked."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        # The first word is zero: nothing is changed, the state is only read.
        return bool(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_ROOM)) == _NOT_KEPT)
    except (OSError, AttributeError):
        return False
