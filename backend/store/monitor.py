"""Reads what the live pages show: work, never answers. Only counts and rollups are read, no submission."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from backend.store.letter_plan import COUNTED_BEFORE, HELD_BACK, LetterKind
from backend.store.letters import is_late
from backend.store.tables import (
    counter,
    coverage,
    daily,
    effort,
    ledger,
    letter,
    letter_body,
    letter_total,
    pull,
    reject,
)

# The two kinds about the safety of a person are left out by not naming them: only `protection_counts` reads them.
WORK_KINDS = ("received", "refused", "not_understood", "stopped_safety", "too_late")
NOT_LISTED_KINDS = ("nil:adm2", "nil:adm3", "nil:site")
PROTECTION_PREFIX = "disclosure_action:"
DISTRESS = "distress"
MOST_REJECTS = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """Which forms and areas are counted. No areas means all areas."""

    form_ids: tuple[str, ...]
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DayCount:
    day: date
    n: int


@dataclass(frozen=True, slots=True)
class AreaCount:
    """`adm2_pcode` is None for interviews in an area that is not in the list."""

    adm1_pcode: str
    adm2_pcode: str | None
    n_sources: int
    n_sites: int


@dataclass(frozen=True, slots=True)
class Outcome:
    form_id: str
    outcome: str
    n: int


@dataclass(frozen=True, slots=True)
class Letters:
    """Submissions posted to the letterbox, those a worker has read, and those nobody ever can: edits and retries count
    once. What came after the days of grace of a closed form is none of them.
    """

    form_id: str
    posted: int = 0
    read: int = 0
    lost: int = 0
    conflicts: int = 0
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class Pull:
    form_id: str
    running: bool
    started: datetime | None
    finished: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class RejectCount:
    form_id: str
    path: str
    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class MonthCount:
    month: str
    adm1_pcode: str
    kind: str
    n: int


@dataclass(frozen=True, slots=True)
class KindCount:
    kind: str
    n: int


def is_alive(session: Session) -> bool:
    """Whether the database answers."""
    return bool(session.execute(select(1)).scalar_one())


def received_by_day(session: Session, scope: Scope, since: date) -> list[DayCount]:
    """By day of receipt; days without a submission are absent."""
    query = select(daily.c.day, func.sum(daily.c.n)).where(*_within(daily, scope), daily.c.day >= since)
    rows = session.execute(query.group_by(daily.c.day).order_by(daily.c.day))
    return [DayCount(day, int(n)) for day, n in rows]


def received_in_all(session: Session, scope: Scope) -> int:
    """Submissions seen for the first time, refused ones too."""
    total: int | None = session.scalar(select(func.sum(daily.c.n)).where(*_within(daily, scope)))
    return total or 0


def coverage_periods(session: Session, scope: Scope) -> list[str]:
    """The newest first."""
    query = select(coverage.c.period).distinct().where(*_within(coverage, scope)).order_by(coverage.c.period.desc())
    return list(session.scalars(query))


def coverage_by_area(session: Session, scope: Scope, period: str | None) -> list[AreaCount]:
    """Sites are counted once a period; without a period the sum over periods counts a site again."""
    query = select(
        coverage.c.adm1_pcode, coverage.c.adm2_pcode, func.sum(coverage.c.n_sources), func.sum(coverage.c.n_sites)
    ).where(*_within(coverage, scope), true() if period is None else coverage.c.period == period)
    keys = (coverage.c.adm1_pcode, coverage.c.adm2_pcode)
    rows = session.execute(query.group_by(*keys).order_by(*keys))
    return [AreaCount(adm1, adm2, int(sources), int(sites)) for adm1, adm2, sources, sites in rows]


def outcomes(session: Session, form_ids: Collection[str]) -> list[Outcome]:
    keys = (ledger.c.form_id, ledger.c.outcome)
    query = select(*keys, func.count()).where(ledger.c.form_id.in_(form_ids)).group_by(*keys).order_by(*keys)
    return [Outcome(*row) for row in session.execute(query)]


def letters(session: Session, form_ids: Collection[str]) -> list[Letters]:
    found = {row.form_id: Letters(**row._mapping) for row in session.execute(_letters_here(session, form_ids))}
    of_forms = letter.c.form_id.in_(form_ids)
    beside = select(
        letter.c.form_id, func.count().filter(letter.c.kind == LetterKind.CONFLICT), func.sum(letter.c.attachments)
    )
    for form_id, conflicts, dropped in session.execute(beside.where(of_forms).group_by(letter.c.form_id)):
        now = found.get(form_id, Letters(form_id))
        found[form_id] = replace(now, conflicts=conflicts, attachments=int(dropped))
    for kept in session.execute(select(letter_total).where(letter_total.c.form_id.in_(form_ids))):
        now = found.get(kept.form_id, Letters(kept.form_id))
        found[kept.form_id] = replace(
            now,
            posted=now.posted + kept.received,
            read=now.read + kept.received - kept.lost,
            lost=now.lost + kept.lost,
            conflicts=now.conflicts + kept.conflicts,
            attachments=now.attachments + kept.attachments,
        )
    return [found[form_id] for form_id in sorted(found)]


def _letters_here(session: Session, form_ids: Collection[str]) -> Select[tuple[str, int, int, int]]:
    """An interview is read when one of its letters is, and lost when none is and none is left to read."""
    is_counted = and_(letter.c.kind.not_in(HELD_BACK), letter.c.root_receipt != COUNTED_BEFORE)
    counts = (is_counted, ~is_late(session, form_ids), letter.c.form_id.in_(form_ids))
    interview = (
        select(
            letter.c.form_id,
            func.count(letter.c.read_with).label("n_read"),
            func.count(letter_body.c.seq).label("n_sealed"),
        )
        .outerjoin(letter_body, letter_body.c.seq == letter.c.seq)
        .where(*counts)
        .group_by(letter.c.form_id, letter.c.root_receipt)
        .subquery()
    )
    is_lost = and_(interview.c.n_read == 0, interview.c.n_sealed == 0)
    return select(
        interview.c.form_id,
        func.count().label("posted"),
        func.count().filter(interview.c.n_read > 0).label("read"),
        func.count().filter(is_lost).label("lost"),
    ).group_by(interview.c.form_id)


def pulls(session: Session, form_ids: Collection[str], now: datetime) -> list[Pull]:
    columns = (pull.c.form_id, pull.c.lease_until, pull.c.last_started, pull.c.last_finished, pull.c.last_error)
    rows = session.execute(select(*columns).where(pull.c.form_id.in_(form_ids)).order_by(pull.c.form_id))
    return [
        Pull(
            form_id,
            running=lease_until is not None and lease_until > now,
            started=started,
            finished=finished,
            error=error,
        )
        for form_id, lease_until, started, finished, error in rows
    ]


def rejects(session: Session, form_ids: Collection[str]) -> list[RejectCount]:
    """Bad answers by question and reason, the most frequent first."""
    keys = (reject.c.form_id, reject.c.path, reject.c.reason)
    query = select(*keys, func.count()).where(reject.c.form_id.in_(form_ids)).group_by(*keys)
    rows = session.execute(query.order_by(func.count().desc(), *keys).limit(MOST_REJECTS))
    return [RejectCount(*row) for row in rows]


def work_counts(session: Session, scope: Scope) -> list[MonthCount]:
    """Refusals and what else ended an interview, by month and area, the newest month first."""
    return _counts(session, scope, counter.c.kind.in_(WORK_KINDS))


def not_listed_counts(session: Session, scope: Scope) -> list[MonthCount]:
    """How often an area or a site was not in the list: the IM officer completes the list from this."""
    return _counts(session, scope, counter.c.kind.in_(NOT_LISTED_KINDS))


def protection_counts(session: Session, scope: Scope, before_month: str) -> list[MonthCount]:
    """Distress and disclosures, for the protection focal point only; a month is told when it has ended."""
    about_safety = or_(counter.c.kind == DISTRESS, counter.c.kind.startswith(PROTECTION_PREFIX, autoescape=True))
    return _counts(session, scope, about_safety, counter.c.month < before_month)


def effort_counts(session: Session, scope: Scope, period: str | None) -> list[KindCount]:
    """Length of interviews in bands, and how many phones had a wrong clock."""
    wanted = true() if period is None else effort.c.period == period
    query = select(effort.c.kind, func.sum(effort.c.n)).where(*_within(effort, scope), wanted)
    return [KindCount(kind, int(n)) for kind, n in session.execute(query.group_by(effort.c.kind))]


def _counts(session: Session, scope: Scope, *conditions: ColumnElement[bool]) -> list[MonthCount]:
    keys = (counter.c.month, counter.c.adm1_pcode, counter.c.kind)
    query = select(*keys, func.sum(counter.c.n)).where(*_within(counter, scope), *conditions).group_by(*keys)
    rows = session.execute(query.order_by(counter.c.month.desc(), counter.c.adm1_pcode, counter.c.kind))
    return [MonthCount(month, adm1, kind, int(n)) for month, adm1, kind, n in rows]


def _within(table: FromClause, scope: Scope) -> Sequence[ColumnElement[bool]]:
    """A row without admin 2 belongs to nobody who is limited to an admin 2."""
    forms = table.c.form_id.in_(scope.form_ids)
    if not scope.areas:
        return (forms,)
    levels = [table.c[name] for name in ("adm1_pcode", "adm2_pcode") if name in table.c]
    return (forms, or_(*(level.in_(scope.areas) for level in levels)))
