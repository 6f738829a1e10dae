"""The audit entry: who did what to which object. Every function that changes state takes one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from backend.store.tables import audit as audit_table


@dataclass(frozen=True, slots=True)
class Audit:
    """`actor` is an account name, `system` or `cli`; `details` hold codes and counts, never answers or identifiers."""

    actor: str
    action: str
    object: str
    details: dict[str, str | int | bool] = field(default_factory=dict)


def record(session: Session, entry: Audit) -> None:
    session.execute(
        insert(audit_table).values(
            at=datetime.now(UTC),
            actor=entry.actor,
            action=entry.action,
            object=entry.object,
            details=entry.details,
        )
    )
