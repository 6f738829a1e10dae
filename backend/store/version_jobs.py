"""What somebody asked a worker to do with versions that were published by hand, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import version_job


class VersionAction(StrEnum):
    LOOK = "look"
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True)
class VersionJob:
    """`problem` is None until a worker has answered; '' when it could do what was asked.

    `version` and `mapping_version` are what somebody saw and confirmed; '' for a mere look.
    """

    form_id: str
    action: VersionAction
    version: str
    mapping_version: str
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
        return f"{self.form_id}:{self.action.value}"


_COLUMNS = (
    version_job.c.form_id,
    version_job.c.action,
    version_job.c.version,
    version_job.c.mapping_version,
    version_job.c.actor,
    version_job.c.asked_at,
    version_job.c.problem,
    version_job.c.report,
)


def ask(session: Session, job: VersionJob, audit: Audit) -> None:
    """Takes the place of the last one of its kind."""
    session.execute(delete(version_job).where(*_is(job.form_id, job.action)))
    wanted = {"version": job.version, "mapping_version": job.mapping_version}
    who = {"actor": job.actor, "asked_at": job.asked_at}
    session.execute(insert(version_job).values(form_id=job.form_id, action=job.action.value, **wanted, **who))
    record(session, audit)


def find(session: Session, form_id: str, action: VersionAction) -> VersionJob | None:
    row = session.execute(select(*_COLUMNS).where(*_is(form_id, action))).one_or_none()
    return _job(row) if row else None


def of_form(session: Session, form_id: str) -> dict[VersionAction, VersionJob]:
    rows = session.execute(select(*_COLUMNS).where(version_job.c.form_id == form_id))
    return {job.action: job for job in map(_job, rows)}


def answer(session: Session, job: VersionJob, problem: str, report: Mapping[str, Any] | None = None) -> None:
    """Only of the wish it answers: somebody may have asked anew in between."""
    same = (*_is(job.form_id, job.action), version_job.c.version == job.version, version_job.c.problem.is_(None))
    done = {"problem": problem, "report": report, "done_at": datetime.now(UTC)}
    session.execute(update(version_job).where(*same).values(**done))


def _is(form_id: str, action: VersionAction) -> tuple[Any, ...]:
    return version_job.c.form_id == form_id, version_job.c.action == action.value


def _job(row: Any) -> VersionJob:
    return VersionJob(row[0], VersionAction(row[1]), *row[2:])
