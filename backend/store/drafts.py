"""Briefs that are still being made. Each change names the revision it was made from, so that nobody overwrites another.

The names of accounts stand beside them; no name of an enumerator does, since a brief holds codes only.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import draft_brief


class DraftError(Exception):
    """A change that cannot be made."""


class StaleDraftError(DraftError):
    """Somebody else changed the draft in between."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line of the list of drafts."""

    draft_id: str
    name: str
    revision: int
    owner: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDraft:
    draft_id: str
    name: str
    revision: int
    owner: str
    changed_by: str
    changed_at: datetime
    content: str = field(repr=False)
    pending: str | None = field(repr=False)
    pending_sha256: str | None
    overlay: str | None = field(default=None, repr=False)
    """YAML; None where the form asks as the standard does."""
    pending_overlay: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class KeptOverlay:
    """The overlay of some draft."""

    draft_id: str
    draft: str
    content: str = field(repr=False)


_LINE = (
    draft_brief.c.draft_id,
    draft_brief.c.name,
    draft_brief.c.revision,
    draft_brief.c.owner,
    draft_brief.c.changed_by,
    draft_brief.c.changed_at,
)


def create_draft(
    session: Session, draft_id: str, name: str, content: str, audit: Audit, *, overlay: str | None = None
) -> None:
    now = datetime.now(UTC)
    values = {"draft_id": draft_id, "name": name, "content": content, "overlay": overlay, "revision": 1}
    session.execute(
        insert(draft_brief).values(**values, owner=audit.actor, changed_by=audit.actor, changed_at=now),
    )
    record(session, audit)


def list_drafts(session: Session) -> list[DraftLine]:
    """The one changed last first."""
    rows = session.execute(select(*_LINE).order_by(draft_brief.c.changed_at.desc(), draft_brief.c.draft_id))
    return [DraftLine(*row) for row in rows]


def find_draft(session: Session, draft_id: str) -> StoredDraft | None:
    own = draft_brief.c
    columns = (*_LINE, own.content, own.pending, own.pending_sha256, own.overlay, own.pending_overlay)
    row = session.execute(select(*columns).where(own.draft_id == draft_id)).one_or_none()
    return StoredDraft(*row) if row else None


def change_draft(session: Session, draft_id: str, revision: int, content: str, audit: Audit) -> None:
    """Makes the next revision of `revision`; StaleDraftError when it is not the newest any more. Ends an upload."""
    changed = {"content": content, "changed_by": audit.actor, "changed_at": datetime.now(UTC)}
    _update(session, draft_id, revision, revision=revision + 1, pending=None, pending_sha256=None, **changed)
    record(session, audit)


def hold_upload(session: Session, draft_id: str, revision: int, pending: str, sha256: str, audit: Audit) -> None:
    """Keeps an upload beside the draft until somebody has seen its differences and confirms it by its hash."""
    _update(session, draft_id, revision, pending=pending, pending_sha256=sha256)
    record(session, audit)


def list_overlays(session: Session) -> list[KeptOverlay]:
    """Of all drafts that have one, the one changed last first."""
    own = draft_brief.c
    columns = (own.draft_id, own.name, own.overlay)
    rows = session.execute(select(*columns).where(own.overlay.is_not(None)).order_by(own.changed_at.desc(), own.name))
    return [KeptOverlay(*row) for row in rows]


def hold_overlay(session: Session, draft_id: str, revision: int, overlay: str, audit: Audit) -> None:
    """Keeps an overlay beside the draft until somebody has seen what it changes."""
    _update(session, draft_id, revision, pending_overlay=overlay)
    record(session, audit)


def change_overlay(session: Session, draft_id: str, revision: int, overlay: str | None, audit: Audit) -> None:
    """Makes the next revision of `revision`, with another overlay or, for None, with none. StaleDraftError as above.

    A brief that waits to be confirmed goes on waiting: its differences have to be looked at again.
    """
    changed = {"overlay": overlay, "changed_by": audit.actor, "changed_at": datetime.now(UTC)}
    _update(session, draft_id, revision, revision=revision + 1, pending_overlay=None, **changed)
    record(session, audit)


def drop_overlay_upload(session: Session, draft_id: str, audit: Audit) -> None:
    session.execute(update(draft_brief).where(draft_brief.c.draft_id == draft_id).values(pending_overlay=None))
    record(session, audit)


def drop_upload(session: Session, draft_id: str, audit: Audit) -> None:
    mine = draft_brief.c.draft_id == draft_id
    session.execute(update(draft_brief).where(mine).values(pending=None, pending_sha256=None))
    record(session, audit)


def delete_draft(session: Session, draft_id: str, audit: Audit) -> None:
    """What was deployed from it stays; what was asked of it goes with it."""
    session.execute(delete(draft_brief).where(draft_brief.c.draft_id == draft_id))
    record(session, audit)


def _update(session: Session, draft_id: str, expected: int, **values: Any) -> None:
    newest = (draft_brief.c.draft_id == draft_id, draft_brief.c.revision == expected)
    if session.scalar(select(draft_brief.c.draft_id).where(*newest).with_for_update()) is None:
        raise StaleDraftError(f"Revision {expected} of the draft is not the newest any more")
    session.execute(update(draft_brief).where(*newest).values(**values))
