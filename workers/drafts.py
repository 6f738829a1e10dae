"""What somebody asked to be done with a draft in the pages: filled by the engine, or given to phones.

The form is built anew from the draft. What would not be the very version that was looked at is not deployed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.store import areas, draft_jobs, drafts
from backend.store.draft_jobs import DraftJob, JobAction
from backend.store.engine import reading, transaction
from forms.brief import BriefError, load_brief
from forms.build import BuiltForm, build, check_built
from forms.catalogue import Catalogue
from forms.checks import Gate
from forms.migration import MigrationError
from forms.overlay import OverlayError, catalogue_with
from forms.sentences import keepable
from forms.xlsform import FormError
from workers.context import Context
from workers.deploy import DeployError, deploy
from workers.net import NetError
from workers.servers.source import PullError
from workers.servers.target import TargetError

FILLS = 40


def carry_out(context: Context, job_id: str, today: date) -> str:
    """The problem as a code, '' for none. A wish that was answered already, or taken back, is left alone."""
    draft_id, _, action = job_id.partition(":")
    with reading(context.engine) as session:
        job = draft_jobs.find(session, draft_id, JobAction(action))
    if job is None or not job.is_open:
        return ""
    problem, report = "interrupted", None
    try:
        problem, report = _do(context, job, today)
    finally:
        with transaction(context.engine) as session:
            draft_jobs.answer(session, job, problem, report)
    return problem


def _do(context: Context, job: DraftJob, today: date) -> tuple[str, Mapping[str, Any] | None]:
    try:
        made = _made(context, job)
    except (BriefError, FormError, OverlayError):
        return "draft_broken", None
    if made is None or made.built.version != job.version:
        return "draft_changed", None
    built = made.built
    if job.action is JobAction.CHECK:
        report = check_built(built, made.catalogue, gate=Gate(fills=FILLS))
        return "", keepable(report.as_dict())
    try:
        deploy(context, built, today=today, actor=job.actor)
    except MigrationError:
        return "draft_breaks", None
    except DeployError:
        return "draft_refused", None
    except (PullError, TargetError, NetError):
        return "draft_not_deployed", None
    return "", {"form_id": built.form_id, "version": built.version}


@dataclass(frozen=True, slots=True)
class _Made:
    """A form, and the catalogue as the country of its draft sees it."""

    built: BuiltForm
    catalogue: Catalogue


def _made(context: Context, job: DraftJob) -> _Made | None:
    """None when the draft is another by now, or the areas are gone."""
    with reading(context.engine) as session:
        stored, registry = drafts.find_draft(session, job.draft_id), areas.current(session)
    if stored is None or stored.revision != job.revision or registry is None:
        return None
    catalogue = catalogue_with(stored.overlay.encode() if stored.overlay else None)
    brief = load_brief(stored.content.encode(), "draft.yaml", catalogue)
    return _Made(build(brief, catalogue, registry, practice=job.action is JobAction.PRACTICE), catalogue)
