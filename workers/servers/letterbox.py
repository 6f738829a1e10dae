"""The letterbox as one more server: opens sealed letters with the workers' private keys, in memory, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Engine

from backend.store import letters
from backend.store.engine import reading
from backend.store.letters import SealedLetter
from backend.store.save import Item
from mappings.model import Outcome, Reason, Reject, Sighting
from mappings.privacy.pseudonym import pseudonym, submission_key
from mappings.privacy.time import month
from mappings.xform import Envelope, UnreadableError, read_envelope
from workers.crypto import LetterKeys, LetterUnreadableError
from workers.reading import Reading

_ENVELOPE = "letter"


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
    """`marks`: number of each letter that was read to what it was read with. Letters without a key have none."""

    arrivals: list[Arrival] = field(repr=False)
    marks: Mapping[int, str]
    without_key: int


def pages(engine: Engine, keys: LetterKeys, opened: Reading, size: int) -> Iterator[LetterPage]:
    """All letters of the form that were not read with today's mappings, oldest first."""
    versions = opened.mapping_versions | {opened.unknown_version}
    after = 0
    while True:
        with reading(engine) as session:
            found = letters.unread(session, opened.form_id, versions, after=after, limit=size)
        if not found:
            return
        after = found[-1].seq
        yield _read_page(found, keys, opened)


def _read_page(found: list[SealedLetter], keys: LetterKeys, opened: Reading) -> LetterPage:
    arrivals, marks = [], {}
    for letter in found:
        if not keys.has(letter.key_id):
            continue
        arrival, read_with = _read_letter(letter, keys, opened)
        arrivals.append(arrival)
        marks[letter.seq] = read_with
    return LetterPage(arrivals, marks, len(found) - len(marks))


def _read_letter(letter: SealedLetter, keys: LetterKeys, opened: Reading) -> tuple[Arrival, str]:
    stand_in = pseudonym(opened.keys.round_key, "letter", f"{opened.form_id}|{letter.seq}")
    try:
        xml = keys.open(letter.key_id, opened.form_id, letter.sealed)
        envelope = read_envelope(xml)
    except (LetterUnreadableError, UnreadableError):
        return _rejected(letter, stand_in, stand_in, None, Reason.UNREADABLE), opened.unknown_version
    own, previous = _names(envelope, opened)
    reader = opened.readers.get(envelope.version)
    if not envelope.instance or envelope.form_id != opened.form_id:
        return _rejected(letter, stand_in, stand_in, None, Reason.NO_ROOT), opened.unknown_version
    if reader is None:
        return _rejected(letter, own, stand_in, previous, Reason.UNKNOWN_VERSION), opened.unknown_version
    received = letter.received_on
    raw = reader.decoder.letter(xml, root="", instance=envelope.instance, version=envelope.version, received="")
    return Arrival(reader.read(raw, received), own, previous, stand_in), reader.mapping_version


def _names(envelope: Envelope, opened: Reading) -> tuple[str, str | None]:
    own = submission_key(opened.keys, opened.form_id, envelope.instance)
    if not envelope.previous:
        return own, None
    return own, submission_key(opened.keys, opened.form_id, envelope.previous)


def _rejected(letter: SealedLetter, key: str, stand_in: str, previous: str | None, reason: Reason) -> Arrival:
    received = letter.received_on
    sighting = Sighting(received, month(received), "", ("received",), None)
    item = Item(key, Outcome.REJECTED, sighting, None, (Reject(_ENVELOPE, reason),))
    return Arrival(item, key, previous, stand_in)
