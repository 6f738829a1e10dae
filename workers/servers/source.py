"""What a server is to a pull: pages that know how to settle themselves, one commit each; or a reason why not."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from backend.store.save import Item
from backend.troubles import told


class PullError(Exception):
    """A form that cannot be pulled. `code` is stable; its sentence is the one that the pages show.

    `where` names server or form, `more` what happened or what a command can do about it.
    """

    def __init__(self, code: str, where: str, more: str = "") -> None:
        super().__init__(told(code, where, more))
        self.code = code


class Page(Protocol):
    """Some submissions of one form, read, stripped and mapped. `left_out` counts what could not be opened this time."""

    @property
    def read(self) -> int: ...

    @property
    def left_out(self) -> int: ...

    def settle(self, session: Session) -> Sequence[Item]:
        """The items to save, each under the key of its root. Runs in the page's transaction, before they are saved."""
        ...

    def mark(self, session: Session) -> None:
        """Notes that the page was read, in the same transaction: a crash repeats the page, never skips it."""
        ...


class Source(Protocol):
    """One form on one server."""

    def pages(self) -> Iterator[Page]:
        """Everything that was not read yet with today's mappings. Read ahead in another thread than `settle`."""
        ...
