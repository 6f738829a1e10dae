"""What an ODK Central is asked between two looks at its whole list: what is new, changed and deleted.

The list of a form is a fifth of its answers, and comes whole or not at all. Without tags nothing tells either that it
is unchanged. No such question is complete: a row that was restored, or committed much later than it was sent, is in
none. So the numbers have to agree, and the whole list is read now and then.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from workers.servers.central.form import INSTANCE, CentralForm, ListRow, any_of, batches, review_word
from workers.servers.replies import parsed, server_time, understood

# A row has its time when its sending ends, and is visible when it is committed: measured, seconds later.
_OVERLAP = timedelta(minutes=10)
# When more than this is recent, the list is as cheap and tells more.
_MOST = 2_000
_SENT, _CHANGED, _DELETED = "__system/submissionDate", "__system/updatedAt", "__system/deletedAt"
_ROW = ",".join(("__id", _SENT, "__system/edits", "__system/reviewState", INSTANCE))
_NOT_UNDERSTOOD = frozenset({400, 501})


class Recent(NamedTuple):
    """`rows`: the newest sending first; those from `sent` on are older and were changed. `deleted`: roots, if told.

    `on_server`: all rows of the form. `asked_at`: the server's clock then, from which the next pull goes on.
    """

    rows: list[ListRow]
    sent: int
    on_server: int
    deleted: list[str]
    asked_at: datetime


class _System(msgspec.Struct, rename="camel"):
    submission_date: str = ""
    edits: int = 0
    review_state: str | None = None


class _Meta(msgspec.Struct):
    instance: str | None = msgspec.field(name="instanceID", default=None)


class _Row(msgspec.Struct):
    root: str = msgspec.field(name="__id")
    system: _System = msgspec.field(name="__system", default_factory=_System)
    meta: _Meta = msgspec.field(default_factory=_Meta)

    def listed(self) -> ListRow:
        """As the list has it. Without edits the newest of them is the first sending."""
        instance = self.meta.instance or "" if self.system.edits else self.root
        return ListRow(self.root, instance, self.system.submission_date, review_word(self.system.review_state))


class _Found(msgspec.Struct):
    value: list[_Row]


class _Answer(NamedTuple):
    rows: list[_Row]
    at: datetime


def ask_recent(form: CentralForm, asked_at: datetime) -> Recent | None:
    """Since shortly before `asked_at`. None where only the list can tell."""
    since = _told(asked_at - _OVERLAP)
    most = min(_MOST, form.part_size)
    found = _asked(form, f"{_SENT} ge {since} or {_CHANGED} ge {since}", _ROW, most)
    if found is None or len(found.rows) == most:
        return None
    # Before 2024.3 nobody tells what was deleted: then the numbers do, or the next list.
    told = _asked(form, f"{_DELETED} ge {since}", "__id", most)
    deleted = [row.root for row in told.rows] if told else []
    rows = [row.listed() for row in found.rows]
    if len(deleted) == most or not all(row.instance for row in rows):
        return None
    sent = sum(row.created >= since for row in rows)
    # Only what is older is counted there: what phones send between two questions moves nothing.
    on_server = form.count(f"{_SENT} lt {since}") + sent
    return Recent(rows, sent, on_server, deleted, found.at)


def tells_deleted(form: CentralForm) -> bool:
    """Whether it can be asked what was deleted: a Central before 2024.3 cannot."""
    return _asked(form, f"{_DELETED} ge {_told(datetime.now(UTC))}", "__id", 1) is not None


def rows_of(form: CentralForm, roots: Sequence[str]) -> list[ListRow] | None:
    """These rows as they are now, without answers. None from a Central that cannot filter by id (before 2025.3)."""
    rows: list[ListRow] = []
    for ids in batches(roots):
        found = _asked(form, any_of(ids), _ROW, len(ids))
        if found is None:
            return None
        rows += [row.listed() for row in found.rows]
    return rows


def _asked(form: CentralForm, wanted: str, select: str, most: int) -> _Answer | None:
    """None from a Central that does not know one of the words."""
    params = {"$filter": wanted, "$select": select, "$top": str(most)}

    def ask() -> _Answer | None:
        reply = form.client.ask(f"{form.path}.svc/Submissions", params=params, accept=_NOT_UNDERSTOOD)
        if reply.status in _NOT_UNDERSTOOD:
            return None
        return _Answer(parsed(reply.body, _Found).value, server_time(reply))

    return understood(ask)


def _told(moment: datetime) -> str:
    """As the server writes times, so that they can be compared as they are."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
