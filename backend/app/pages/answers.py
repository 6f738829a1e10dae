"""Answers by indicator, for IM officers only: live counts without disclosure control, and the page says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backend.access import Permission
from backend.app.catalogue_words import answer_label, local_texts, question
from backend.app.guard import open_to
from backend.app.language import language
from backend.app.places import area_name, former_codes, place_today, with_former
from backend.app.state import state, viewer
from backend.app.words import STATUSES, word
from backend.store.engine import reading
from backend.store.form_list import real_forms
from backend.store.local_words import local_words
from backend.store.monitor import Scope
from backend.store.results import AnswerCount, answer_areas, answer_counts, answer_periods

blueprint = Blueprint("answers", __name__)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    label: str
    count: AnswerCount

    @property
    def mean(self) -> float | None:
        total, n = self.count.total, self.count.n_sources
        return total / n if total is not None and n else None


@dataclass(frozen=True, slots=True)
class IndicatorAnswers:
    """`answered` counts the sources with a usable answer; where several may be picked, shares do not add up to it."""

    indicator_id: str
    question: str
    answered: int
    lines: Sequence[AnswerLine]
    others: Sequence[AnswerLine]


@dataclass(frozen=True, slots=True)
class Picked:
    form_id: str | None
    period: str | None
    place: str | None


@blueprint.get("/answers")
@open_to(Permission.SEE_ANSWERS)
def show() -> ResponseReturnValue:
    with reading(state().engine) as session:
        forms = real_forms(session)
        form_ids = tuple(form.form_id for form in forms if request.args.get("form") in (None, "", form.form_id))
        registry = state().places.current(session)
        scope = Scope(form_ids, with_former(registry, viewer().areas))
        periods = answer_periods(session, scope)
        picked = _picked(periods)
        area = former_codes(registry, picked.place)
        counts = answer_counts(session, scope, picked.period, area) if picked.period else []
        places = _places(session, scope, picked.period)
        own = local_texts(local_words(session), language())
    return render_template(
        "answers.html", forms=forms, periods=periods, places=places, picked=picked, indicators=by_indicator(counts, own)
    )


def by_indicator(counts: Sequence[AnswerCount], own: Mapping[tuple[str, str], str]) -> list[IndicatorAnswers]:
    """`own` are the words of what only a country asks."""
    groups = groupby(counts, key=lambda count: count.indicator_id)
    return [_indicator(indicator_id, list(found), own) for indicator_id, found in groups]


def _indicator(
    indicator_id: str, counts: Sequence[AnswerCount], own: Mapping[tuple[str, str], str]
) -> IndicatorAnswers:
    answers = [count for count in counts if count.kind in {"value", "choice", "number"}]
    # Where several answers may be picked, sources are counted by the one entry that says that any was.
    one_each = {"multi"} if any(count.kind == "multi" for count in counts) else {"value", "number"}
    return IndicatorAnswers(
        indicator_id=indicator_id,
        question=own.get((indicator_id, "")) or question(indicator_id, language()),
        answered=sum(count.n_sources for count in counts if count.kind in one_each),
        lines=[AnswerLine(_label(count, own), count) for count in sorted(answers, key=_most_first)],
        others=[AnswerLine(word(STATUSES, count.code), count) for count in counts if count.kind == "status"],
    )


def _most_first(count: AnswerCount) -> tuple[int, str]:
    return -count.n_sources, count.code


def _label(count: AnswerCount, own: Mapping[tuple[str, str], str]) -> str:
    known = own.get((count.indicator_id, count.code)) or answer_label(count.indicator_id, count.code, language())
    label = known if count.code else ""
    return " · ".join(part for part in (label, *count.disaggregation) if part)


def _picked(periods: Sequence[str]) -> Picked:
    """The newest month unless another one is picked: sums over months would count a site twice."""
    wanted = request.args.get("period")
    newest = periods[0] if periods else None
    return Picked(
        form_id=request.args.get("form") or None,
        period=wanted if wanted in periods else newest,
        place=request.args.get("area") or None,
    )


def _places(session: Session, scope: Scope, period: str | None) -> list[tuple[str, str]]:
    """Areas with answers: those of level 1, each followed by its own of level 2."""
    if period is None:
        return []
    registry = state().places.current(session)
    found: dict[str, str] = {}
    for stored in answer_areas(session, scope, period):
        adm1, adm2 = place_today(registry, *stored)
        first = area_name(registry, adm1, language())
        found[adm1] = first
        if adm2 is not None:
            found[adm2] = f"{first} › {area_name(registry, adm2, language())}"
    return list(found.items())
