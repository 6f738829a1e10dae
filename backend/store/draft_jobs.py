"""What somebody asked a worker to do with a draft, and what came of it: the engine's check, or the way to phones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import draft_job


class JobAction(StrEnum):
    CHECK = "check"
    DEPLOY = "deploy"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class DraftJob:
    """`problem` is None until a worker has answered; '' when it could do what was asked."""

    draft_id: str
    action: JobAction
    revision: int
    version: str
    actor: str
    asked_at: datetime
    problem: str | None = None
    report: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        return self.problem is None

    @property
    def argument(self) -> str:
        """By which a task is told of it: ids only."""
        return f"{self.draft_id}:{self.action.value}"


_COLUMNS = (
    draft_job.c.draft_id,
    draft_job.c.action,
    draft_job.c.revision,
    draft_job.c.version,
    draft_job.c.actor,
    draft_job.c.asked_at,
    draft_job.c.problem,
    draft_job.c.report,
)


def ask(session: Session, job: DraftJob, audit: Audit) -> None:
    """Takes the place of the last one of its kind."""
    session.execute(delete(draft_job).where(*_is(job.draft_id, job.action)))
    values = {"revision": job.revision, "version": job.version, "actor": job.actor, "asked_at": job.asked_at}
    session.execute(insert(draft_job).values(draft_id=job.draft_id, action=job.action.value, **values))
    record(session, audit)


def find(session: Session, draft_id: str, action: JobAction) -> DraftJob | None:
    row = session.execute(select(*_COLUMNS).where(*_is(draft_id, action))).one_or_none()
    return _job(row) if row else None


def of_draft(session: Session, draft_id: str) -> dict[JobAction, DraftJob]:
    rows = session.execute(select(*_COLUMNS).where(draft_job.c.draft_id == draft_id))
    return {job.action: job for job in map(_job, rows)}


def answer(session: Session, job: DraftJob, problem: str, report: Mapping[str, Any] | None = None) -> None:
    """Only of the wish it answers: somebody may have asked anew in between."""
    same = (*_is(job.draft_id, job.action), draft_job.c.revision == job.revision, draft_job.c.problem.is_(None))
    done = {"problem": problem, "report": report, "done_at": datetime.now(UTC)}
    session.execute(update(draft_job).where(*same).values(**done))


def _is(draft_id: str, action: JobAction) -> tuple[Any, ...]:
    return draft_job.c.draft_id == draft_id, draft_job.c.action == action.value


def _job(row: Any) -> DraftJob:
    return DraftJob(row[0], JobAction(row[1]), *row[2:])
