"""The letterbox as one more server: opens sealed letters with the workers' private keys, in memory, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.store import edits, letters
from backend.store.edits import Chains
from backend.store.engine import reading
from backend.store.letters import SealedLetter
from backend.store.save import Item, forget
from mappings.model import Outcome, Reason, Reject, Sighting
from mappings.privacy.pseudonym import pseudonym, submission_key
from mappings.privacy.time import month
from mappings.xform import Envelope, UnreadableError, read_filled
from workers.crypto import LetterUnreadableError
from workers.letter_keys import LetterKeys
from workers.reading import Reading

_LETTER = "letter"


class Arrival(NamedTuple):
    """One letter as read. `own_key` and `previous_key` name this version and the one it edits, as submission keys.

    `stand_in` is what the ledger calls a letter that could not be opened; it goes when the letter can be read.
    """

    item: Item
    own_key: str
    previous_key: str | None
    stand_in: str

    @property
    def is_readable(self) -> bool:
        return self.own_key != self.stand_in


@dataclass(frozen=True, slots=True)
class LetterPage:
    """`marks`: number of each letter that was read to what it was read with. A letter without its key has none."""

    form_id: str
    arrivals: list[Arrival] = field(repr=False)
    marks: Mapping[int, str]
    left_out: int
    chains: Chains = field(repr=False)

    @property
    def read(self) -> int:
        return len(self.arrivals)

    def settle(self, session: Session) -> Sequence[Item]:
        """Edits take the name of what they edit; what was edited since is left out."""
        for arrival in self.arrivals:
            if arrival.previous_key and self.chains.add(arrival.own_key, arrival.previous_key):
                edits.add_edit(session, self.form_id, arrival.own_key, arrival.previous_key)
                edits.move_root(session, self.form_id, arrival.own_key, self.chains.root(arrival.own_key))
        forget(session, self.form_id, [arrival.stand_in for arrival in self.arrivals if arrival.is_readable])
        return [
            arrival.item.under(self.chains.root(arrival.own_key))
            for arrival in self.arrivals
            if not self.chains.is_superseded(arrival.own_key)
        ]

    def mark(self, session: Session) -> None:
        letters.mark_read(session, self.marks)


class Letterbox:
    """One form of the letterbox. `chains` are the edits known so far; settling a page adds to them."""

    def __init__(self, engine: Engine, keys: LetterKeys, opened: Reading, chains: Chains, page_size: int) -> None:
        self._engine = engine
        self._keys = keys
        self._opened = opened
        self._slots = {version: reader.decoder.slots for version, reader in opened.readers.items()}
        self._chains = chains
        self._page_size = page_size

    def pages(self) -> Iterator[LetterPage]:
        """All letters of the form that were not read with today's mappings, oldest first."""
        opened = self._opened
        versions = opened.mapping_versions | {opened.unknown_version}
        after = 0
        while True:
            with reading(self._engine) as session:
                found = letters.unread(session, opened.form_id, versions, after=after, limit=self._page_size)
            if not found:
                return
            after = found[-1].seq
            yield self._read_page(found)

    def _read_page(self, found: list[SealedLetter]) -> LetterPage:
        arrivals, marks = [], {}
        for letter in found:
            if self._keys.has(letter.key_id):
                arrival, marks[letter.seq] = self._read_letter(letter)
                arrivals.append(arrival)
        return LetterPage(self._opened.form_id, arrivals, marks, len(found) - len(arrivals), self._chains)

    def _read_letter(self, letter: SealedLetter) -> tuple[Arrival, str]:
        opened = self._opened
        stand_in = pseudonym(opened.keys.round_key, "letter", f"{opened.form_id}|{letter.seq}")
        try:
            xml = self._keys.open(letter.key_id, opened.form_id, letter.sealed)
            filled = read_filled(xml, self._slots)
        except (LetterUnreadableError, UnreadableError):
            return _rejected(letter, stand_in, stand_in, None, Reason.UNREADABLE), opened.unknown_version
        envelope = filled.envelope
        if not envelope.instance or envelope.form_id != opened.form_id:
            return _rejected(letter, stand_in, stand_in, None, Reason.NO_ROOT), opened.unknown_version
        own, previous = _names(envelope, opened)
        reader = opened.readers.get(envelope.version)
        if reader is None:
            return _rejected(letter, own, stand_in, previous, Reason.UNKNOWN_VERSION), opened.unknown_version
        item = reader.read(reader.decoder.filled(filled), letter.received_on)
        return Arrival(item, own, previous, stand_in), reader.mapping_version


def _names(envelope: Envelope, opened: Reading) -> tuple[str, str | None]:
    own = submission_key(opened.keys, opened.form_id, envelope.instance)
    if not envelope.previous:
        return own, None
    return own, submission_key(opened.keys, opened.form_id, envelope.previous)


def _rejected(letter: SealedLetter, key: str, stand_in: str, previous: str | None, reason: Reason) -> Arrival:
    received = letter.received_on
    sighting = Sighting(received, month(received), "", ("received",), None)
    item = Item(key, Outcome.REJECTED, sighting, None, (Reject(_LETTER, reason),))
    return Arrival(item, key, previous, stand_in)
