"""Deletes raw answers on a KoBoToolbox: by their ids, and for good."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from backend.store.mirror import Listed
from workers.net import NetError
from workers.reading import Reading
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.reader import RowKeys, received_on
from workers.servers.purgeable import OnServer, PurgeError

_REFUSED, _GONE = frozenset({400}), frozenset({404})
_VIEW, _MAY_DELETE = "view_submissions", frozenset({"delete_submissions", "manage_asset"})


class KoboPurge:
    """`form` reads with the account that pulls; `deleting` signs in with the one that was entered."""

    afterwards = (
        "KoBoToolbox deletes a submission at once. What it keeps of earlier edits goes within 180 days, and what its "
        "backups hold when their time is over"
    )

    def __init__(self, form: KoboForm, opened: Reading, numbered: Collection[str], deleting: KoboClient | None) -> None:
        self._form, self._deleting = form, deleting
        self._keys = RowKeys(opened, numbered)

    def close(self) -> None:
        self._form.client.close()
        if self._deleting is not None:
            self._deleting.close()

    def listed(self) -> Iterator[list[OnServer]]:
        if _VIEW not in self._form.state().permissions:
            # A list that shows a part only would let rows look deleted that are not.
            raise PurgeError("The account that pulls may not see all submissions: give it 'View submissions' first")
        last, seen, top = 0, 0, self._form.head().top
        while last < top:
            part = self._form.dated_part(last, top)
            seen += len(part.rows)
            yield [OnServer(str(row.id), self._keys.listed(row), received_on(row)) for row in part.rows]
            last = part.rows[-1].id if part.has_more else top
        if seen != self._form.rows_up_to(top):
            # A row that the list does not show would count as gone.
            raise PurgeError("The list of submissions changed while it was read: try again in a little while")

    def as_now(self, names: Sequence[str]) -> Mapping[str, Listed]:
        return {str(row.id): self._keys.listed(row) for row in self._form.list_ids([int(name) for name in names])}

    def check_rights(self) -> None:
        if not self._permissions() & _MAY_DELETE:
            raise PurgeError(
                "This account may not delete submissions of the form: use one with the permission 'Delete "
                "submissions', and take the permission back afterwards"
            )

    def _permissions(self) -> frozenset[str]:
        """Of the account that was entered. KoBo hides a form from an account that has no right to it at all."""
        try:
            return KoboForm(self._client, self._form.asset, None).state().permissions
        except NetError as error:
            if error.status not in _GONE:
                raise
            return frozenset()

    def delete(self, names: Sequence[str]) -> None:
        """By their ids, always: without ids KoBo's call deletes everything. One unknown id spoils a whole call."""
        if not names:
            return
        path = f"api/v2/assets/{self._form.asset}/data/"
        body = msgspec.json.encode({"payload": {"submission_ids": [int(name) for name in names]}})
        headers = {"Content-Type": "application/json"}
        reply = self._client.ask(f"{path}bulk/", method="DELETE", headers=headers, body=body, accept=_REFUSED)
        if reply.status in _REFUSED:
            for name in names:
                self._client.ask(f"{path}{name}/", method="DELETE", accept=_GONE)

    @property
    def _client(self) -> KoboClient:
        if self._deleting is None:
            raise PurgeError("Nobody signed in to delete: enter an account that may")
        return self._deleting
