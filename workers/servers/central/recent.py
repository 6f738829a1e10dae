"""What an ODK Central before 2026.1 is asked between two looks at its whole list: what is new, changed and deleted.

Nothing there tells that a list is unchanged, and the list of a form is a fifth of its answers. No such question is
complete: a row that was restored, or committed much later than it was sent, is in none. So the numbers have to agree,
and the whole list is read once a day.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from workers.servers.central.form import INSTANCE, CentralForm, ListRow, any_of, batches, review_word
from workers.servers.replies import parsed, understood

# A row has its time when its sending ends, and is visible when it is committed: measured, seconds later.
_OVERLAP = timedelta(minutes=10)
# When more than this is recent, the list is as cheap and tells more.
_MOST = 2_000
_SENT, _CHANGED, _DELETED = "__system/submissionDate", "__system/updatedAt", "__system/deletedAt"
_ROW = ",".join(("__id", _SENT, _CHANGED, "__system/edits", "__system/reviewState", INSTANCE))
_NOT_UNDERSTOOD = frozenset({400, 501})


class Recent(NamedTuple):
    """`rows`: the newest sending first; those from `sent` on are older and were changed. `deleted`: roots, if told.

    `on_server`: all rows of the form. `newest`: the last time that the server told, from which the next pull goes on.
    """

    rows: list[ListRow]
    sent: int
    on_server: int
    deleted: list[str]
    newest: str


class _System(msgspec.Struct, rename="camel"):
    submission_date: str = ""
    updated_at: str | None = None
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


def ask_recent(form: CentralForm, newest: str, now: datetime) -> Recent | None:
    """Since shortly before `newest`. None where only the list can tell."""
    since = _told(datetime.fromisoformat(newest) - _OVERLAP)
    most = min(_MOST, form.part_size)
    found = _asked(form, f"{_SENT} ge {since} or {_CHANGED} ge {since}", _ROW, most)
    if found is None or len(found.value) == most:
        return None
    # Before 2024.3 nobody tells what was deleted: then the numbers do, or the next list.
    deleted = _asked(form, f"{_DELETED} ge {since}", "__id", most) or _Found([])
    rows = [row.listed() for row in found.value]
    if len(deleted.value) == most or not all(row.instance for row in rows):
        return None
    sent = sum(row.created >= since for row in rows)
    # Only what is older is counted there: what phones send between two questions moves nothing.
    on_server = form.count(f"{_SENT} lt {since}") + sent
    times = [time for row in found.value for time in (row.system.submission_date, row.system.updated_at or "")]
    return Recent(rows, sent, on_server, [row.root for row in deleted.value], until([newest, *times], now))


def rows_of(form: CentralForm, roots: Sequence[str]) -> list[ListRow] | None:
    """These rows as they are now, without answers. None from a Central that cannot filter by id (before 2025.3)."""
    rows: list[ListRow] = []
    for ids in batches(roots):
        found = _asked(form, any_of(ids), _ROW, len(ids))
        if found is None:
            return None
        rows += [row.listed() for row in found.value]
    return rows


def until(times: list[str], now: datetime) -> str:
    """The last of `times`, and never one to come: a server whose clock was wrong for a while would be asked nothing."""
    return min(max(times, default=""), _told(now))


def _asked(form: CentralForm, wanted: str, select: str, most: int) -> _Found | None:
    """None from a Central that does not know one of the words."""
    params = {"$filter": wanted, "$select": select, "$top": str(most)}

    def ask() -> _Found | None:
        reply = form.client.ask(f"{form.path}.svc/Submissions", params=params, accept=_NOT_UNDERSTOOD)
        return None if reply.status in _NOT_UNDERSTOOD else parsed(reply.body, _Found)

    return understood(ask)


def _told(moment: datetime) -> str:
    """As the server writes times, so that they can be compared as they are."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
