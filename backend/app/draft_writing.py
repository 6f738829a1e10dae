"""Writing to a draft: with an entry in the audit, and only where nobody else was quicker."""

from collections.abc import Callable

from flask import flash
from sqlalchemy.orm import Session

from backend.app.state import state, viewer
from backend.store.audit import Audit
from backend.store.drafts import StaleDraftError
from backend.store.engine import transaction


def written(write: Callable[[Session], None], *, stale: str) -> bool:
    """Whether it was. Where somebody changed the draft since the page was made, `stale` is said instead."""
    try:
        with transaction(state().engine) as session:
            write(session)
    except StaleDraftError:
        flash(stale, "error")
        return False
    return True


def entry(draft_id: str, action: str, /, **details: str | int) -> Audit:
    return Audit(viewer().name, action, f"draft:{draft_id}", dict(details))
