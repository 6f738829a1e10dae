"""How each form stands: does it equal its server, since when, what is in the way. As codes; words are elsewhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store import monitor, servers, verdicts
from backend.store.connections import NOWHERE
from backend.store.doubts import Doubt, doubts
from backend.store.letter_plan import LETTERBOX
from backend.store.monitor import Pull
from backend.store.servers import ServerLine
from backend.store.tables import form, form_version, reject
from backend.store.verdicts import Intake, Standing, Verdict
from mappings.model import Reason

# A pull is late when it has not ended for this long, or for three of its intervals.
_LATE_AFTER = timedelta(minutes=10)
# They do not spoil that both sides agree: rows of an unknown version are read, and rejected; a form that takes no more
# answers on its server still hands out those it has; and what the door does not recognise, a worker does.
_HARMLESS = frozenset({Reason.UNKNOWN_VERSION.value, *Intake, *Doubt})


@dataclass(frozen=True, slots=True)
class Condition:
    """`standing` is None before the first pull that came to its end. `troubles` are codes, the worst first."""

    form_id: str
    server: str
    standing: Standing | None
    as_of: datetime | None
    equal_at: datetime | None
    on_server: int | None
    behind: int
    waiting: int
    troubles: tuple[str, ...]
    is_late: bool

    @property
    def is_good(self) -> bool:
        """Both sides agree, and nothing is in the way of reading."""
        agrees = self.standing in (Standing.EQUAL, Standing.COUNT_EQUAL)
        return agrees and not set(self.troubles) - _HARMLESS


def late_after(pull_every: int) -> timedelta:
    return max(_LATE_AFTER, timedelta(seconds=3 * pull_every))


def conditions(session: Session, form_ids: Collection[str], now: datetime, pull_every: int) -> list[Condition]:
    query = select(form.c.form_id, form.c.server, form.c.state).where(form.c.form_id.in_(form_ids))
    pulls = {one.form_id: one for one in monitor.pulls(session, form_ids, now)}
    lines = {one.server_id: one for one in servers.list_servers(session)}
    strange, fresh = _unknown_versions(session, form_ids), _deployed_since(session, form_ids, now.date())
    known, doubted = {one.form_id: one for one in verdicts.all_verdicts(session)}, doubts(session, form_ids)
    limit = now - late_after(pull_every)
    found = []
    for form_id, server, form_state in session.execute(query.order_by(form.c.form_id)):
        pull, verdict = pulls.get(form_id), known.get(form_id)
        is_open, line = form_state == "open", lines.get(server)
        is_new = pull is None and form_id in fresh
        is_late = is_open and server != NOWHERE and not is_new and _is_late(pull, limit)
        troubles = _troubles(pull, line, verdict, now) or (["late"] if is_late else [])
        # No surprise on a form that was closed here, and nothing that a form now elsewhere would still be about.
        troubles += [verdict.intake.value] if verdict and verdict.intake and is_open and line else []
        troubles += [doubted[form_id].value] if form_id in doubted and is_open and server == LETTERBOX else []
        troubles += [Reason.UNKNOWN_VERSION.value] if form_id in strange else []
        found.append(_condition(form_id, server, verdict, is_late=is_late, troubles=troubles))
    return found


def _condition(
    form_id: str, server: str, verdict: Verdict | None, *, is_late: bool, troubles: Sequence[str]
) -> Condition:
    if verdict is None:
        return Condition(form_id, server, None, None, None, None, 0, 0, tuple(troubles), is_late)
    as_of = verdict.contents_as_of if verdict.standing is Standing.COUNT_EQUAL else verdict.at
    return Condition(
        form_id=form_id,
        server=server,
        standing=verdict.standing,
        as_of=as_of,
        equal_at=verdict.equal_at,
        on_server=verdict.on_server,
        behind=verdict.behind,
        waiting=verdict.waiting,
        troubles=tuple(troubles),
        is_late=is_late,
    )


def _troubles(pull: Pull | None, line: ServerLine | None, verdict: Verdict | None, now: datetime) -> list[str]:
    resting = "server_resting" if line is not None and line.rests(now) else ""
    error = pull.error if pull is not None and pull.error and not pull.running else ""
    reason = verdict.reason.value if verdict is not None else ""
    return [code for code in dict.fromkeys((resting, error, reason)) if code]


def _is_late(pull: Pull | None, limit: datetime) -> bool:
    if pull is not None and pull.running:
        return False
    return pull is None or pull.finished is None or pull.finished < limit


def _deployed_since(session: Session, form_ids: Collection[str], day: date) -> set[str]:
    """Forms whose first version is no older than that: nobody can expect that they were read."""
    first = func.min(form_version.c.deployed_on)
    query = select(form_version.c.form_id).where(form_version.c.form_id.in_(form_ids))
    return set(session.scalars(query.group_by(form_version.c.form_id).having(first >= day)))


def _unknown_versions(session: Session, form_ids: Collection[str]) -> set[str]:
    """Forms with submissions of a version that is not known here: the server's form was changed past us."""
    strange = (reject.c.form_id.in_(form_ids), reject.c.reason == Reason.UNKNOWN_VERSION.value)
    return set(session.scalars(select(reject.c.form_id).where(*strange).distinct()))
