"""The servers an organisation has registered. Credentials come and go encrypted; only workers can read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import form, server


class ServerKind(StrEnum):
    CENTRAL = "central"
    KOBO = "kobo"


class ServerInUseError(Exception):
    """A server that forms are on cannot be removed: their answers would never be pulled again."""


@dataclass(frozen=True, slots=True)
class Server:
    """`session` is a sign-in that may still hold. `rest_until`: not asked before, after it failed several times."""

    server_id: str
    kind: ServerKind
    url: str
    credentials: bytes = field(repr=False)
    session: bytes | None = field(repr=False)
    failures: int
    rest_until: datetime | None


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One line of the list of servers, nothing secret. `finding`: codes of the last test, None before the first."""

    server_id: str
    kind: ServerKind
    url: str
    added_on: date
    finding: Mapping[str, Any] | None
    forms: int
    failures: int
    rest_until: datetime | None

    @property
    def is_usable(self) -> bool | None:
        """None before the first test."""
        return None if self.finding is None else not self.finding["problem"] and not self.finding["missing"]

    @property
    def release(self) -> str | None:
        """The oldest release that has what was seen to work; None where nothing could be tried."""
        if not self.is_usable or self.finding is None:
            return None
        seen = set(self.finding["features"])
        return next((found for name, found in _RELEASES[self.kind] if name in seen), None)

    def rests(self, now: datetime) -> bool:
        return self.rest_until is not None and self.rest_until > now


# No server tells its release; what it can do does. The newest first.
_RELEASES = {
    ServerKind.CENTRAL: (("list_events", "2026.1"), ("filter_by_id", "2025.3"), ("filter_deleted", "2024.3")),
    ServerKind.KOBO: (("history", "2025"), ("root_ids", "2025")),
}


def add_server(session: Session, *, new: Server, added_on: date, audit: Audit) -> None:
    """The id must be free: IntegrityError."""
    values = {"server_id": new.server_id, "kind": new.kind.value, "url": new.url, "credentials": new.credentials}
    session.execute(insert(server).values(**values, added_on=added_on, failures=0))
    record(session, audit)


def find_server(session: Session, server_id: str) -> Server | None:
    columns = (
        server.c.server_id,
        server.c.kind,
        server.c.url,
        server.c.credentials,
        server.c.session,
        server.c.failures,
        server.c.rest_until,
    )
    row = session.execute(select(*columns).where(server.c.server_id == server_id)).one_or_none()
    return Server(row[0], ServerKind(row[1]), *row[2:]) if row else None


def list_servers(session: Session) -> list[ServerLine]:
    forms = select(func.count()).where(form.c.server == server.c.server_id).scalar_subquery()
    known = (server.c.server_id, server.c.kind, server.c.url, server.c.added_on, server.c.finding, forms)
    rows = session.execute(select(*known, server.c.failures, server.c.rest_until).order_by(server.c.server_id))
    return [ServerLine(row[0], ServerKind(row[1]), *row[2:]) for row in rows]


def change_credentials(session: Session, server_id: str, credentials: bytes, audit: Audit) -> None:
    """The sign-in made with the old ones is forgotten, and the server need not rest any more."""
    fresh = {"credentials": credentials, "session": None, "failures": 0, "rest_until": None, "finding": None}
    session.execute(update(server).where(server.c.server_id == server_id).values(**fresh))
    record(session, audit)


def remove_server(session: Session, server_id: str, audit: Audit) -> None:
    """Raises ServerInUseError while a form is on it."""
    if session.scalar(select(form.c.form_id).where(form.c.server == server_id).limit(1)) is not None:
        raise ServerInUseError(
            f"Forms are pulled from the server {server_id}: take each off it with `fieldveil server disconnect FORM`"
        )
    session.execute(delete(server).where(server.c.server_id == server_id))
    record(session, audit)


def keep_finding(session: Session, server_id: str, finding: Mapping[str, Any], audit: Audit) -> None:
    session.execute(update(server).where(server.c.server_id == server_id).values(finding=dict(finding)))
    record(session, audit)


def keep_session(session: Session, server_id: str, sealed: bytes | None) -> None:
    session.execute(update(server).where(server.c.server_id == server_id).values(session=sealed))


def note_failure(session: Session, server_id: str, rest_until: datetime | None) -> None:
    raised = {"failures": server.c.failures + 1, "rest_until": rest_until}
    session.execute(update(server).where(server.c.server_id == server_id).values(**raised))


def note_success(session: Session, server_id: str) -> None:
    failing = (server.c.server_id == server_id, server.c.failures > 0)
    session.execute(update(server).where(*failing).values(failures=0, rest_until=None))
