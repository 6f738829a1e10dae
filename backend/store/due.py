"""What a worker still has to do: written with the change that asks for it, so that no lost message loses work."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.store.bulk import dialect_insert
from backend.store.tables import due

PULL = "pull.form"


def mark_due(session: Session, task: str, argument: str, at: datetime) -> None:
    """Asking twice is asking once, for the earlier of the two times."""
    row = dialect_insert(session)(due).values(task=task, argument=argument, due_at=at)
    earlier = row.excluded.due_at < due.c.due_at
    keys = [due.c.task, due.c.argument]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"due_at": row.excluded.due_at}, where=earlier))


def due_now(session: Session, now: datetime) -> list[tuple[str, str]]:
    rows = session.execute(select(due.c.task, due.c.argument).where(due.c.due_at <= now).order_by(due.c.due_at))
    return [(task, argument) for task, argument in rows]


def is_due(session: Session, task: str, argument: str) -> bool:
    return session.scalar(select(due.c.task).where(due.c.task == task, due.c.argument == argument)) is not None


def clear_due(session: Session, task: str, argument: str) -> None:
    """Called by the task when it begins: what is asked for from then on is a new row."""
    session.execute(delete(due).where(due.c.task == task, due.c.argument == argument))
