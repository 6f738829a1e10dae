"""The figures of the monitor, and answer counts for IM officers."""

from datetime import UTC, date, datetime
from typing import Any

from apiflask import APIBlueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from backend.access import Permission, check_all_areas
from backend.app.api.models import (
    AnswerQuery,
    AnswersOut,
    ConditionOut,
    CoverageOut,
    DayOut,
    FormQuery,
    KindOut,
    LettersOut,
    MonthOut,
    OutcomeOut,
    PeriodQuery,
    PullOut,
    RejectOut,
    many,
)
from backend.app.guard import open_to
from backend.app.places import former_codes, with_former
from backend.app.state import state, viewer
from backend.store import monitor, results
from backend.store.conditions import Condition, conditions
from backend.store.engine import reading
from backend.store.form_list import real_forms
from backend.store.monitor import Scope

blueprint = APIBlueprint("api_figures", __name__, tag="Figures")


def _scope(session: Session, form_id: str | None) -> Scope:
    forms = tuple(form.form_id for form in real_forms(session) if form_id in (None, form.form_id))
    return Scope(forms, with_former(state().places.current(session), viewer().areas))


def _whole_forms(session: Session, form_id: str | None) -> tuple[str, ...]:
    """For figures that are known of whole forms only."""
    check_all_areas(viewer())
    return _scope(session, form_id).form_ids


@blueprint.get("/monitor/daily")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(DayOut))
@blueprint.doc(summary="Submissions by day of receipt")
@open_to(Permission.SEE_WORK)
def daily(query_data: FormQuery) -> list[monitor.DayCount]:
    with reading(state().engine) as session:
        return monitor.received_by_day(session, _scope(session, query_data.form), date.min)


@blueprint.get("/monitor/coverage")
@blueprint.input(PeriodQuery, location="query")
@blueprint.output(many(CoverageOut))
@blueprint.doc(summary="Stored interviews and their sites by area")
@open_to(Permission.SEE_WORK)
def coverage(query_data: PeriodQuery) -> list[monitor.AreaCount]:
    with reading(state().engine) as session:
        return monitor.coverage_by_area(session, _scope(session, query_data.form), query_data.period)


@blueprint.get("/monitor/outcomes")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(OutcomeOut))
@blueprint.doc(summary="What became of the submissions that were read", responses=[403])
@open_to(Permission.SEE_WORK)
def outcomes(query_data: FormQuery) -> list[monitor.Outcome]:
    with reading(state().engine) as session:
        return monitor.outcomes(session, _whole_forms(session, query_data.form))


@blueprint.get("/monitor/letters")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(LettersOut))
@blueprint.doc(summary="Submissions posted to the letterbox and read from it", responses=[403])
@open_to(Permission.SEE_WORK)
def letters(query_data: FormQuery) -> list[monitor.Letters]:
    with reading(state().engine) as session:
        return monitor.letters(session, _whole_forms(session, query_data.form))


@blueprint.get("/monitor/pulls")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(PullOut))
@blueprint.doc(summary="The last pull of each form", responses=[403])
@open_to(Permission.SEE_WORK)
def pulls(query_data: FormQuery) -> list[monitor.Pull]:
    with reading(state().engine) as session:
        return monitor.pulls(session, _whole_forms(session, query_data.form), datetime.now(UTC))


@blueprint.get("/monitor/verdicts")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(ConditionOut))
@blueprint.doc(summary="Whether each form equals its server, since when, and what is in the way", responses=[403])
@open_to(Permission.SEE_WORK)
def verdicts(query_data: FormQuery) -> list[Condition]:
    pull_every = state().settings.pull_every_seconds
    with reading(state().engine) as session:
        return conditions(session, _whole_forms(session, query_data.form), datetime.now(UTC), pull_every)


@blueprint.get("/monitor/rejects")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(RejectOut))
@blueprint.doc(summary="Answers that did not fit, by question and reason", responses=[403])
@open_to(Permission.SEE_WORK)
def rejects(query_data: FormQuery) -> list[monitor.RejectCount]:
    with reading(state().engine) as session:
        return monitor.rejects(session, _whole_forms(session, query_data.form))


@blueprint.get("/monitor/counts")
@blueprint.input(FormQuery, location="query")
@blueprint.output(many(MonthOut))
@blueprint.doc(summary="Refusals, early ends and places not in the list, by month and area of level 1")
@open_to(Permission.SEE_WORK)
def counts(query_data: FormQuery) -> list[monitor.MonthCount]:
    with reading(state().engine) as session:
        scope = _scope(session, query_data.form)
        return [*monitor.work_counts(session, scope), *monitor.not_listed_counts(session, scope)]


@blueprint.get("/monitor/effort")
@blueprint.input(PeriodQuery, location="query")
@blueprint.output(many(KindOut))
@blueprint.doc(summary="Length of interviews in bands, and phones with a wrong clock")
@open_to(Permission.SEE_WORK)
def effort(query_data: PeriodQuery) -> list[monitor.KindCount]:
    with reading(state().engine) as session:
        return monitor.effort_counts(session, _scope(session, query_data.form), query_data.period)


@blueprint.get("/answers")
@blueprint.input(AnswerQuery, location="query")
@blueprint.output(AnswersOut)
@blueprint.doc(summary="Answer counts of one month; internal, without disclosure control", responses=[403])
@open_to(Permission.SEE_ANSWERS)
def answers(query_data: AnswerQuery) -> dict[str, Any]:
    with reading(state().engine) as session:
        scope = _scope(session, query_data.form)
        newest = next(iter(results.answer_periods(session, scope)), None)
        period = query_data.period or newest
        area = former_codes(state().places.current(session), query_data.area)
        found = results.answer_counts(session, scope, period, area) if period else []
    return {"notice": _("Internal: no disclosure control yet."), "period": period, "answers": found}
