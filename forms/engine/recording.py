"""Has the engine fill the templates of a large survey, with the pools from which their answers are varied."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from forms.engine.plan import Plan
from forms.engine.records import FormInfo, Kind
from forms.engine.skeleton import leaves
from forms.engine.templates import MINUTES, Recording, Template, check_any, template

if TYPE_CHECKING:
    from forms.engine.client import OpenForm

_DATED = frozenset({Kind.DATE, Kind.DATETIME})
_CHUNK = 5
# Interviews that find no end are left out; so many more are tried before the form is given up.
_SPARE = 2

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Extent:
    """`templates` interviews filled by the engine, on days up to `days_back` before the plan's; `pool` draws each."""

    templates: int = 300
    pool: int = 16
    days_back: int = 0


def record_pools(forms: Sequence["OpenForm"], plan: Plan, extent: Extent, tick: Tick) -> Recording:
    """The same however many engines have the form open: the result must not depend on the machine."""
    numbers = range(extent.templates)
    shares = [[n for n in numbers if n // _CHUNK % len(forms) == helper] for helper in range(len(forms))]
    found: dict[int, Template] = {}
    with ThreadPoolExecutor(max_workers=len(forms)) as pool:
        for made in pool.map(lambda form, share: _share(form, share, plan, extent, tick), forms, shares):
            found |= made
    templates = tuple(one for _, one in sorted(found.items()))
    check_any(templates)
    return _recording(forms[0], templates)


def keeps_day(info: FormInfo) -> bool:
    """Whether rules or answers of the form depend on the day of the interview."""
    return info.liberties.clock_bound or any(question.kind in _DATED for question in info.questions)


def _share(form: "OpenForm", numbers: Sequence[int], plan: Plan, extent: Extent, tick: Tick) -> dict[int, Template]:
    made: dict[int, Template] = {}
    for number in numbers:
        today = plan.today - timedelta(days=number % (extent.days_back + 1))
        for attempt in range(_SPARE):
            filled = form.fill_with_pools(f"{number}/{attempt}", replace(plan, today=today), extent.pool)
            if filled.valid:
                made[number] = template(filled, today)
                break
        tick(1)
    return made


def _recording(form: "OpenForm", templates: tuple[Template, ...]) -> Recording:
    info = form.info
    return Recording(
        form=form.fingerprint,
        days=info.days,
        codes=info.liberties.codes,
        templates=templates,
        ids=info.liberties.ids or ("instanceID",),
        stamps=info.liberties.stamps,
        keeps_day=keeps_day(info) or any(_dated(info, one) for one in templates),
    )


def _dated(info: FormInfo, one: Template) -> bool:
    """Whether the clock has left its mark in a calculated leaf, which would not agree with another day."""
    marks = {*info.liberties.volatile} - {*info.liberties.codes, MINUTES}
    return bool(marks) and any(leaf.text and leaf.name in marks for leaf in leaves(one.xml))
