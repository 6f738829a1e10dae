"""What people ask of servers in the pages, until a worker has done it. Credentials are sealed for workers only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import server_request

# Nobody waits longer for an answer, and sealed credentials that no worker took are not kept.
KEPT = timedelta(hours=24)


class Action(StrEnum):
    ADD = "add"
    ROTATE = "rotate"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """`problem` is None until a worker has answered; '' when it could do what was asked."""

    request_id: str
    server_id: str
    action: Action
    url: str
    actor: str
    asked_at: datetime
    key_id: str | None = None
    sealed: bytes | None = field(default=None, repr=False)
    problem: str | None = None

    @property
    def is_open(self) -> bool:
        return self.problem is None


def ask(
    session: Session, new: ServerRequest, audit: Audit, *, key_id: str | None = None, sealed: bytes | None = None
) -> None:
    values = {
        "request_id": new.request_id,
        "server_id": new.server_id,
        "action": new.action.value,
        "url": new.url,
        "actor": new.actor,
        "asked_at": new.asked_at,
        "key_id": key_id,
        "sealed": sealed,
    }
    session.execute(insert(server_request).values(**values))
    record(session, audit)


def take(session: Session, request_id: str) -> ServerRequest | None:
    """For the worker that carries it out. The sealed credentials leave the table here: whatever happens, only once."""
    found = _requests(session, server_request.c.request_id == request_id)
    session.execute(update(server_request).where(server_request.c.request_id == request_id).values(sealed=None))
    return found[0] if found and found[0].is_open else None


def answer(session: Session, request_id: str, problem: str) -> None:
    mine = server_request.c.request_id == request_id
    session.execute(update(server_request).where(mine).values(problem=problem, done_at=datetime.now(UTC), sealed=None))


def newest(session: Session) -> list[ServerRequest]:
    """The last one of each server."""
    found = {one.server_id: one for one in _requests(session)}
    return [found[server_id] for server_id in sorted(found)]


def forget(session: Session, server_id: str) -> None:
    """With the server itself."""
    session.execute(delete(server_request).where(server_request.c.server_id == server_id))


def forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(server_request).where(server_request.c.asked_at < now - KEPT))


def _requests(session: Session, *conditions: object) -> Sequence[ServerRequest]:
    """The oldest first."""
    columns = (
        server_request.c.request_id,
        server_request.c.server_id,
        server_request.c.action,
        server_request.c.url,
        server_request.c.actor,
        server_request.c.asked_at,
        server_request.c.key_id,
        server_request.c.sealed,
        server_request.c.problem,
    )
    rows = session.execute(select(*columns).where(*conditions).order_by(server_request.c.asked_at))  # type: ignore[arg-type]
    return [ServerRequest(row[0], row[1], Action(row[2]), *row[3:]) for row in rows]
