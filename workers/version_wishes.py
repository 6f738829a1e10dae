"""Carries out what people ask of versions that were published by hand, in the pages: to look, and to adopt one.

What is adopted is the version as it was shown: should another mapping come out of it by now, nothing is adopted.
"""

from collections.abc import Mapping
from typing import Any

from backend.store import version_jobs
from backend.store.engine import reading, transaction
from backend.store.version_jobs import VersionAction, VersionJob
from forms.sentences import keepable
from workers.adoption import AdoptionError, Choice, look, take_over
from workers.context import Context
from workers.servers.source import PullError


def carry_out(context: Context, job_id: str) -> str:
    """The problem as a code, '' for none. A wish that was answered already is left alone."""
    form_id, _, action = job_id.partition(":")
    with reading(context.engine) as session:
        job = version_jobs.find(session, form_id, VersionAction(action))
    if job is None or not job.is_open:
        return ""
    problem, report = "interrupted", None
    try:
        problem, report = _done(context, job)
    finally:
        with transaction(context.engine) as session:
            version_jobs.answer(session, job, problem, keepable(report))
    return problem


def _done(context: Context, job: VersionJob) -> tuple[str, Mapping[str, Any] | None]:
    try:
        if job.action is VersionAction.ADOPT:
            return _adopt(context, job), {"version": job.version}
        return "", {"versions": [one.as_dict() for one in look(context, job.form_id)]}
    except (AdoptionError, PullError) as error:
        return error.code, None


def _adopt(context: Context, job: VersionJob) -> str:
    found = look(context, job.form_id, Choice(job.version))
    for one in found:
        if one.adoption is None or one.adoption.mapping is None:
            return "version_refused"
        if one.adoption.mapping.version != job.mapping_version:
            return "version_changed"
        take_over(context, job.form_id, one, actor=job.actor)
    return "" if found else "version_gone"
