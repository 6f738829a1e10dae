"""What the monitor shows, put together from the store: work only, limited to the areas of who is asking."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.access import Viewer, can_see_all_areas
from backend.app.places import Places, in_scope, place_today, with_former
from backend.store import monitor
from backend.store.conditions import Condition, conditions
from backend.store.form_list import FormSummary, real_forms
from backend.store.monitor import AreaCount, DayCount, KindCount, Letters, MonthCount, Pull, RejectCount, Scope
from backend.store.tables import EFFORT_BANDS
from backend.store.verdicts import Standing
from mappings.model import Clock, Outcome

_DAYS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader picked: one form or all, one period or all, and the level of the areas."""

    form_id: str | None = None
    period: str | None = None
    level: int = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """`waiting` and `rejected` are known of whole forms only, so they are None for who sees some areas."""

    received: int
    stored: int
    refused: int
    rejected: int | None
    waiting: int | None


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One listed area, or with `pcode` None the interviews of `parent` in an area that is not in the list."""

    pcode: str | None
    parent: str | None
    n_sources: int
    n_sites: int


@dataclass(frozen=True, slots=True)
class FormLine:
    """How far one form has come on its way: posted, read, and what became of it."""

    form: FormSummary
    letters: Letters | None
    pull: Pull | None
    outcomes: dict[str, int]
    condition: Condition

    @property
    def seen(self) -> int:
        return sum(self.outcomes.values())

    @property
    def posted(self) -> int | None:
        """What the letterbox, or the server of the form, counts."""
        return self.letters.posted if self.letters else self.condition.on_server

    @property
    def is_behind(self) -> bool:
        """Nobody has read it for some time, or here is not what is on its server: its figures may change."""
        return self.condition.is_late or self.condition.standing is Standing.DIFFERENT

    @property
    def waiting(self) -> int:
        """Not what can never be read: the comparison with the server says that."""
        found = self.letters
        return found.posted - found.read - found.lost if found else self.condition.behind

    @property
    def unaccounted(self) -> int:
        """Read but in no outcome, or the other way round: must be 0."""
        return self.letters.read - self.seen if self.letters else 0


@dataclass(frozen=True, slots=True)
class Board:
    choice: Choice
    forms: Sequence[FormSummary]
    periods: Sequence[str]
    figures: Figures
    days: Sequence[DayCount]
    areas: Sequence[AreaLine]
    lines: Sequence[FormLine]
    months: Sequence[MonthCount]
    not_listed: Sequence[MonthCount]
    rejects: Sequence[RejectCount]
    minutes: Sequence[tuple[int, int]]
    clocks: dict[str, int]
    sees_all_areas: bool

    @property
    def behind(self) -> int:
        return sum(1 for line in self.lines if line.is_behind)

    @property
    def reached(self) -> int:
        return sum(1 for line in self.areas if line.pcode is not None and line.n_sources)

    @property
    def listed(self) -> int:
        return sum(1 for line in self.areas if line.pcode is not None)

    @property
    def fingerprint(self) -> str:
        """Changes when a figure changes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def build_board(
    session: Session, viewer: Viewer, choice: Choice, *, places: Places, now: datetime, pull_every: int
) -> Board:
    forms = real_forms(session)
    form_ids = tuple(form.form_id for form in forms if choice.form_id in (None, form.form_id))
    scope = Scope(form_ids, with_former(places.current(session), viewer.areas))
    whole = can_see_all_areas(viewer)
    shown = [form for form in forms if form.form_id in form_ids]
    lines = _form_lines(session, shown, now, pull_every) if whole else []
    months = monitor.work_counts(session, scope)
    counts = monitor.coverage_by_area(session, scope, choice.period)
    effort = monitor.effort_counts(session, scope, choice.period)
    return Board(
        choice=choice,
        forms=forms,
        periods=monitor.coverage_periods(session, scope),
        figures=_figures(session, scope, lines, months, whole=whole),
        days=monitor.received_by_day(session, scope, (now - timedelta(days=_DAYS_SHOWN)).date()),
        areas=_area_lines(session, viewer, counts, choice.level, places),
        lines=lines,
        months=[month for month in months if month.kind != "received"],
        not_listed=monitor.not_listed_counts(session, scope),
        rejects=monitor.rejects(session, form_ids) if whole else [],
        minutes=_minutes(effort),
        clocks=_clocks(effort),
        sees_all_areas=whole,
    )


def _form_lines(session: Session, forms: Sequence[FormSummary], now: datetime, pull_every: int) -> list[FormLine]:
    form_ids = [form.form_id for form in forms]
    letters = {found.form_id: found for found in monitor.letters(session, form_ids)}
    pulls = {found.form_id: found for found in monitor.pulls(session, form_ids, now)}
    found_conditions = {found.form_id: found for found in conditions(session, form_ids, now, pull_every)}
    outcomes: dict[str, dict[str, int]] = {form_id: dict.fromkeys(Outcome, 0) for form_id in form_ids}
    for found in monitor.outcomes(session, form_ids):
        outcomes[found.form_id][found.outcome] = found.n
    return [
        FormLine(
            form=form,
            letters=letters.get(form.form_id),
            pull=pulls.get(form.form_id),
            outcomes=outcomes[form.form_id],
            condition=found_conditions[form.form_id],
        )
        for form in forms
    ]


def _figures(
    session: Session, scope: Scope, lines: Sequence[FormLine], months: Sequence[MonthCount], *, whole: bool
) -> Figures:
    received = monitor.received_in_all(session, scope)
    if whole:
        totals: Counter[str] = Counter()
        for line in lines:
            totals.update(line.outcomes)
        waiting = sum(line.waiting for line in lines)
        return Figures(received, totals[Outcome.STORED], totals[Outcome.REFUSED], totals[Outcome.REJECTED], waiting)
    stored = sum(count.n_sources for count in monitor.coverage_by_area(session, scope, None))
    ended = {"refused", "not_understood", "stopped_safety"}
    return Figures(received, stored, sum(month.n for month in months if month.kind in ended), None, None)


def _area_lines(
    session: Session, viewer: Viewer, counts: Sequence[AreaCount], level: int, places: Places
) -> list[AreaLine]:
    sources: Counter[tuple[str | None, str | None]] = Counter()
    sites: Counter[tuple[str | None, str | None]] = Counter()
    registry = places.current(session)
    for count in counts:
        adm1, adm2 = place_today(registry, count.adm1_pcode, count.adm2_pcode)
        key = (adm1, None) if level == 1 else (adm2, adm1)
        sources[key] += count.n_sources
        sites[key] += count.n_sites
    listed = in_scope(registry, level, viewer.areas)
    keys = {(area.pcode, area.parent if level > 1 else None) for area in listed} | set(sources)
    ordered = sorted(keys, key=lambda key: (key[1] or "", key[0] is None, key[0] or ""))
    return [AreaLine(pcode, parent, sources[pcode, parent], sites[pcode, parent]) for pcode, parent in ordered]


def _minutes(effort: Sequence[KindCount]) -> list[tuple[int, int]]:
    """Lower end of each band and how many interviews were that long; nothing when none was timed."""
    found = {count.kind: count.n for count in effort}
    bands = [(low, found.get(f"minutes:{low}", 0)) for low in EFFORT_BANDS]
    return bands if any(n for _, n in bands) else []


def _clocks(effort: Sequence[KindCount]) -> dict[str, int]:
    found = {count.kind: count.n for count in effort}
    return {clock.value: found.get(f"clock:{clock}", 0) for clock in Clock}
