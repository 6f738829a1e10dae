"""Deletes raw answers on an ODK Central, one by one. Central keeps what was deleted for another thirty days."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from itertools import count

import msgspec

from backend.store.mirror import Listed
from mappings.privacy.pseudonym import submission_key
from workers.net import NetError
from workers.reading import Reading
from workers.servers.central.client import CentralClient, escaped
from workers.servers.central.form import CentralForm, ListRow
from workers.servers.central.reader import FormReader
from workers.servers.central.recent import rows_of
from workers.servers.purgeable import OnServer, PurgeError

_GONE = frozenset({404})
# As many as one server is asked at a time (workers.net).
_CONNECTIONS = 2
# Both are a manager's; before 2024.2 nobody has the one to delete.
_RIGHT, _MANAGES = "submission.delete", "form.update"
_TOO_OLD = "This ODK Central cannot delete submissions, which came with 2024.2: bring it up to date, then purge"
_EXTENDED = {"X-Extended-Metadata": "true"}


class _Project(msgspec.Struct):
    verbs: list[str] = []


class CentralPurge:
    """`form` reads with the account that pulls; `deleting` signs in with the one that was entered."""

    afterwards = (
        "ODK Central only marks a submission as deleted. For 30 days everybody who may read the project can still read "
        "it, and a manager can restore it; then Central destroys it with its edits and files. Whoever runs the server "
        "can do so at once with Central's own purge command"
    )

    def __init__(self, form: CentralForm, opened: Reading, deleting: CentralClient | None) -> None:
        self._form, self._opened, self._deleting = form, opened, deleting
        self._reader = FormReader(form, opened, page_size=1)

    def close(self) -> None:
        self._form.client.close()
        if self._deleting is not None:
            with suppress(NetError):
                # What signed in would be good for a day.
                self._deleting.ask("sessions/current", method="DELETE")
            self._deleting.close()

    def listed(self) -> Iterator[list[OnServer]]:
        seen = set[str]()
        for number in count():
            part = self._form.list_part(number)
            seen.update(row.root for row in part.rows)
            yield [self._row(row) for row in part.rows]
            if len(part.rows) < self._form.part_size:
                break
        if number and len(seen) != self._form.count():
            # One part is one look; between two, rows that come or go push others past the reader.
            raise PurgeError("The list of submissions changed while it was read: try again when phones are quiet")

    def _row(self, row: ListRow) -> OnServer:
        key = submission_key(self._opened.keys, self._opened.form_id, row.root)
        listed = Listed(key, self._reader.version_key(row.instance, row.created), row.review)
        return OnServer(row.root, listed, date.fromisoformat(row.created[:10]))

    def as_now(self, names: Sequence[str]) -> Mapping[str, Listed]:
        found = rows_of(self._form, names)
        if found is None:
            # Before 2025.3 only the list tells.
            wanted = set(names)
            return {row.name: row.listed for part in self.listed() for row in part if row.name in wanted}
        return {row.root: self._row(row).listed for row in found}

    def check_rights(self) -> None:
        project = "/".join(self._form.path.split("/")[:2])
        verbs = self._client.json(project, _Project, headers=_EXTENDED).verbs
        if _RIGHT not in verbs and _MANAGES in verbs:
            raise PurgeError(_TOO_OLD)
        if _RIGHT not in verbs:
            raise PurgeError(
                "This account may not delete submissions: use one that is Project Manager, and take the role back "
                "afterwards"
            )

    def delete(self, names: Sequence[str]) -> None:
        with ThreadPoolExecutor(max_workers=_CONNECTIONS) as pool:
            list(pool.map(self._delete, names))

    def _delete(self, root: str) -> None:
        path = f"{self._form.path}/submissions/{escaped(root)}"
        reply = self._client.ask(path, method="DELETE", accept=_GONE)
        if reply.status == 404 and self._client.ask(path, accept=_GONE).status != 404:
            raise PurgeError(_TOO_OLD)

    @property
    def _client(self) -> CentralClient:
        if self._deleting is None:
            raise PurgeError("Nobody signed in to delete: enter an account that may")
        return self._deleting
