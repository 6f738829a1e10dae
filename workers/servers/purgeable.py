"""What a server is to a purge: its whole list with the day of each row, and a way to delete rows by name."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from backend.store.mirror import Listed


class PurgeError(Exception):
    """A purge that may not go on. The message says why, and what to do; nothing was deleted that is not here."""


class OnServer(NamedTuple):
    """A row of the server's list. `name` is what the server deletes it by."""

    name: str
    listed: Listed
    received_on: date


class Purgeable(Protocol):
    """One form. Its list is read with the credentials that pull; it is deleted from with others, entered for this."""

    @property
    def afterwards(self) -> str:
        """What the server still keeps of a deleted row, in words."""
        ...

    def listed(self) -> Iterator[list[OnServer]]:
        """Everything that is on the server now, part by part."""
        ...

    def as_now(self, names: Sequence[str]) -> Mapping[str, Listed]:
        """These rows as the server has them in this moment, by their names; without those that are gone."""
        ...

    def check_rights(self) -> None:
        """Raises PurgeError when the account that was entered may not delete."""
        ...

    def delete(self, names: Sequence[str]) -> None:
        """What is gone already is no mistake."""
        ...

    def close(self) -> None: ...
