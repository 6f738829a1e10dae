"""Why the door may take for new what was sent before: its key is another one, or the receipts of a form are gone.

The door writes a mark of its key with the first letter of each process; the key itself is in no database.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from backend.store.tables import door_mark, form, letter, letter_total


class Doubt(StrEnum):
    """A worker recognises then what the door cannot, and counts each interview once."""

    DOOR_KEY = "door_key_changed"
    RECEIPTS_GONE = "receipts_gone"


def leave_mark(connection: Connection, mark: str, today: date) -> None:
    # The door has no session: a bare connection is what its letters go through.
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(door_mark).values(mark=mark, since=today)
    connection.execute(new.on_conflict_do_nothing(index_elements=["mark"]))


def doubts(session: Session, form_ids: Collection[str]) -> dict[str, Doubt]:
    """Of those forms for which there is one."""
    gone = session.scalars(select(letter_total.c.form_id).where(letter_total.c.form_id.in_(form_ids)))
    found = dict.fromkeys(gone, Doubt.RECEIPTS_GONE)
    marks, newest = session.execute(select(func.count(), func.max(door_mark.c.since))).one()
    if marks < 2:
        return found
    older = exists().where(letter.c.form_id == form.c.form_id, letter.c.received_on <= newest)
    changed = session.scalars(select(form.c.form_id).where(form.c.form_id.in_(form_ids), older))
    return {**found, **dict.fromkeys(changed, Doubt.DOOR_KEY)}
