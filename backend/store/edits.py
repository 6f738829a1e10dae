"""Chains of edits: a phone names only the version before, while a submission keeps its first name for ever."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from backend.store.save import drop_rows, forget
from backend.store.tables import edit_chain, ledger, reject, submission
from mappings.model import Outcome


class Chains:
    """All edits of one form, as key of an edit to key of the version before. Keys are those of `submission_key`."""

    def __init__(self, previous: Mapping[str, str]) -> None:
        self._previous = dict(previous)
        self._edited = set(previous.values())

    def add(self, edit: str, previous: str) -> bool:
        """False when this edit is known. An edit that would close a ring is no edit of anything."""
        if edit in self._previous or self.root(previous) == edit:
            return False
        self._previous[edit] = previous
        self._edited.add(previous)
        return True

    def root(self, key: str) -> str:
        while (previous := self._previous.get(key)) is not None:
            key = previous
        return key

    def is_superseded(self, key: str) -> bool:
        """Whether a newer version was seen: the older one, sent late or read again, must not come back."""
        return key in self._edited


def read_chains(session: Session, form_id: str) -> Chains:
    columns = (edit_chain.c.instance_key, edit_chain.c.previous_key)
    rows = session.execute(select(*columns).where(edit_chain.c.form_id == form_id))
    return Chains(dict(rows.all()))


def add_edit(session: Session, form_id: str, edit: str, previous: str) -> None:
    session.execute(insert(edit_chain).values(form_id=form_id, instance_key=edit, previous_key=previous))


def move_root(session: Session, form_id: str, old: str, new: str) -> None:
    """The version before arrived after its edit: what was stored under the edit's own name goes under the root's.

    What the root had is older, and goes, unless it was withdrawn: then its edits are too. Counters stay as they were:
    both were seen as first sights.
    """
    outcome = select(ledger.c.outcome).where(ledger.c.form_id == form_id)
    if old == new or session.scalar(outcome.where(ledger.c.submission_key == old)) is None:
        return
    if session.scalar(outcome.where(ledger.c.submission_key == new)) == Outcome.WITHDRAWN.value:
        drop_rows(session, form_id, [old])
        forget(session, form_id, [old])
        return
    drop_rows(session, form_id, [new])
    session.execute(delete(ledger).where(ledger.c.form_id == form_id, ledger.c.submission_key == new))
    for table in (submission, reject, ledger):
        mine = update(table).where(table.c.form_id == form_id, table.c.submission_key == old)
        session.execute(mine.values(submission_key=new))
