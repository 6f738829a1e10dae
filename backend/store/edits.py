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
        self._edits: dict[str, list[str]] = {}
        for edit, before in previous.items():
            self._edits.setdefault(before, []).append(edit)

    def add(self, edit: str, previous: str) -> bool:
        """False when this edit is known. An edit that would close a ring is no edit of anything."""
        if edit in self._previous or self.root(previous) == edit:
            return False
        self._previous[edit] = previous
        self._edits.setdefault(previous, []).append(edit)
        return True

    def root(self, key: str) -> str:
        while (previous := self._previous.get(key)) is not None:
            key = previous
        return key

    def rank(self, key: str) -> tuple[int, str]:
        """How many edits lie before it. Of two that edit the same version, the key says which comes first."""
        edits, before = 0, key
        while (previous := self._previous.get(before)) is not None:
            edits, before = edits + 1, previous
        return edits, key

    def newest(self, key: str) -> str:
        """The version that counts, of `key` and all that edit it: the end of the longest chain.

        Two phones may edit the same version, and nothing tells which did so later. So that one of them counts in
        whatever order both are read, it is the one with the higher key.
        """
        ends, others = list[str](), [key]
        while others:
            found = others.pop()
            others += self._edits.get(found, ())
            if found not in self._edits:
                ends.append(found)
        return max(ends, key=self.rank)

    def is_newest(self, key: str) -> bool:
        """Whether no other version counts: an older one, sent late or read again, must not come back."""
        return key not in self._edits and (key not in self._previous or self.newest(self.root(key)) == key)


def read_chains(session: Session, form_id: str) -> Chains:
    columns = (edit_chain.c.instance_key, edit_chain.c.previous_key)
    rows = session.execute(select(*columns).where(edit_chain.c.form_id == form_id))
    return Chains(dict(rows.all()))


def add_edit(session: Session, form_id: str, edit: str, previous: str) -> None:
    session.execute(insert(edit_chain).values(form_id=form_id, instance_key=edit, previous_key=previous))


def move_root(session: Session, form_id: str, old: str, new: str, *, is_newer: bool) -> bool:
    """The version before arrived after its edit: what was stored under the edit's own name goes under the root's.

    Where both had something, the newer stays (`is_newer`: that of `old`), unless one was withdrawn: then all of it is.
    Returns whether both had something: until now it was counted twice.
    """
    both = (ledger.c.form_id == form_id, ledger.c.submission_key.in_((old, new)))
    outcomes = dict(session.execute(select(ledger.c.submission_key, ledger.c.outcome).where(*both)).all())
    if old not in outcomes:
        return False
    withdrawn = [key for key in (new, old) if outcomes.get(key) == Outcome.WITHDRAWN]
    stays = withdrawn[0] if withdrawn else old if is_newer or new not in outcomes else new
    if stays == old:
        _rename(session, form_id, old, new)
    else:
        drop_rows(session, form_id, [old])
        forget(session, form_id, [old])
    return new in outcomes


def _rename(session: Session, form_id: str, old: str, new: str) -> None:
    drop_rows(session, form_id, [new])
    session.execute(delete(ledger).where(ledger.c.form_id == form_id, ledger.c.submission_key == new))
    for table in (submission, reject, ledger):
        mine = update(table).where(table.c.form_id == form_id, table.c.submission_key == old)
        session.execute(mine.values(submission_key=new))
