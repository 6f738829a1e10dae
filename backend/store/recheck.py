"""For who does not trust what is here: what is stored of a submission against what was just read from its server."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.store.bulk import among
from backend.store.save import NO_REVISION, Item
from backend.store.tables import ledger, submission
from mappings.model import Outcome, StandardRow

_COLUMNS = [submission.c[name] for name in StandardRow._fields]
_DOUBTED = "f" * len(NO_REVISION)
"""Of no submission: with it, what was read counts as another edit, and is written."""


def doubt(session: Session, form_id: str, items: Sequence[Item]) -> None:
    """In the transaction that saves them, before that: what is stored otherwise than it was read is written anew.

    The ledger's word that it is the same edit does not count. A withdrawal stays one.
    """
    keys = [item.submission_key for item in items]
    mine = (submission.c.form_id == form_id, among(session, submission.c.submission_key, keys))
    stored = {row[0]: tuple(row) for row in session.execute(select(*_COLUMNS).where(*mine))}
    read = {item.submission_key: tuple(item.row) if item.row else None for item in items}
    unlike = [key for key, row in read.items() if stored.get(key) != row]
    if unlike:
        known = (ledger.c.form_id == form_id, among(session, ledger.c.submission_key, unlike))
        standing = ledger.c.outcome != Outcome.WITHDRAWN.value
        session.execute(update(ledger).where(*known, standing).values(revision=_DOUBTED))
