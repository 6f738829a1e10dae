"""Counts by answer, area and month, brought up to date for the parts of a form whose rows changed.

Pages read these tables and never the submissions. A part is a month in one area of level 1; saving a page marks it due
in the same transaction, so a crash between saving and counting loses nothing: the mark is still there.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from backend.store.bulk import insert_rows
from backend.store.columns import stream_columns
from backend.store.counting import AnswerRow, Batch, Part
from backend.store.tables import EFFORT_BANDS, answer, coverage, effort, rollup, rollup_due, submission

_PART_COLUMNS = ("form_id", "period", "adm1_pcode")
_ROLLUP_COLUMNS = (*_PART_COLUMNS, "adm2_pcode", *AnswerRow._fields)
_COVERAGE_COLUMNS = (*_PART_COLUMNS, "adm2_pcode", "n_sources", "n_sites")
_EFFORT_COLUMNS = (*_PART_COLUMNS, "kind", "n")
# In the order of the fields of Batch.
_COUNTED = ("adm2_pcode", "site_key", "minutes", "clock", "c", "nk", "nv")


def refresh_rollups(session: Session, form_id: str) -> int:
    """Counts anew every part that is due; returns how many. Cost follows the rows of those parts, not of the form.

    Counted here and not in SQL: the same on both databases, and several times faster than grouping unnested arrays. The
    marks go first: a page that is saved meanwhile waits for this transaction and then sets its mark again.
    """
    mine = delete(rollup_due).where(rollup_due.c.form_id == form_id)
    parts = session.execute(mine.returning(rollup_due.c.period, rollup_due.c.adm1_pcode)).all()
    if not parts:
        return 0
    _forget(session, form_id, [(period, adm1) for period, adm1 in parts])
    most = session.scalar(select(func.max(answer.c.id))) or 0
    for period, adm1 in parts:
        _count(session, (form_id, period, adm1), Part(most))
    return len(parts)


def _forget(session: Session, form_id: str, parts: Sequence[tuple[str, str]]) -> None:
    for table in (rollup, coverage, effort):
        of_parts = tuple_(table.c.period, table.c.adm1_pcode).in_(parts)
        session.execute(delete(table).where(table.c.form_id == form_id, of_parts))


def _count(session: Session, part: tuple[str, str, str], found: Part) -> None:
    mine = dict(zip(_PART_COLUMNS, part, strict=True))
    for columns in stream_columns(session, submission, _COUNTED, mine):
        found.add(Batch._make(columns))
    areas = found.areas.items()
    counted = [(*part, adm2, *area.answers()) for adm2, area in areas]
    insert_rows(session, rollup, _ROLLUP_COLUMNS, counted)
    covered = [(*part, adm2, area.n, area.n_sites) for adm2, area in areas]
    insert_rows(session, coverage, _COVERAGE_COLUMNS, covered)
    insert_rows(session, effort, _EFFORT_COLUMNS, [(*part, kind, n) for kind, n in sorted(_efforts(found).items())])


def _efforts(found: Part) -> Counter[str]:
    efforts = Counter({f"clock:{clock}": n for clock, n in found.clocks.items()})
    for length, n in found.minutes.items():
        if length is not None:
            efforts[f"minutes:{max(low for low in EFFORT_BANDS if low <= length)}"] += n
    return efforts
