"""The letterbox as one more server: opens sealed letters with the workers' private keys, in memory, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.store import edits, letter_end, letters
from backend.store.edits import Chains
from backend.store.engine import reading
from backend.store.first_sights import SealNote
from backend.store.letter_plan import LetterKind
from backend.store.letters import PageMark, SealedLetter
from backend.store.save import Item, forget
from mappings.model import Outcome, Reason, Reject, Sighting
from mappings.privacy.pseudonym import pseudonym, submission_keys
from mappings.privacy.time import month
from mappings.xform import Envelope, Filled, UnreadableError, read_filled
from workers.crypto import LetterUnreadableError
from workers.letter_keys import LetterKeys
from workers.reading import Reading
from workers.servers.early_counts import EarlyCounts, Sight
from workers.servers.page_twins import PageTwins, Verdict
from workers.servers.sent_again import Found, SentAgain

_LETTER = "letter"
# Letters are opened some at a time, and then read: each kind of work goes faster when it is not done in turn with the
# others, and a letter takes a tenth less time.
_PORTION = 20
# A person has said what they are, so no twin is looked for.
_SETTLED = (LetterKind.REPLACEMENT, LetterKind.SEPARATE)


class Arrival(NamedTuple):
    """One letter as read. `own_key` and `previous_key` name this version and the one it edits, as submission keys.

    `stand_in` is what the ledger called the letter when it could not be opened, and goes now that it can be. `is_read`:
    with the mapping of its version.
    """

    item: Item
    own_key: str
    previous_key: str | None
    stand_in: str | None
    kind: LetterKind
    is_read: bool
    mark: PageMark | None = None


class _Content(NamedTuple):
    """What is in one letter, in memory only."""

    xml: bytes
    filled: Filled

    def __repr__(self) -> str:
        return "<content of a letter: hidden>"


@dataclass(frozen=True, slots=True)
class LetterPage:
    """`marks`: number of each letter that was read to what it was read with. A letter without its key has none."""

    form_id: str
    arrivals: list[Arrival] = field(repr=False)
    marks: Mapping[int, str]
    left_out: int
    chains: Chains = field(repr=False)
    twins: PageTwins = field(repr=False)
    early: EarlyCounts = field(repr=False)
    again: SentAgain = field(repr=False)

    @property
    def read(self) -> int:
        return len(self.arrivals)

    def settle(self, session: Session) -> Sequence[Item]:
        """Edits take the name of what they edit; what was edited since is left out."""
        self.again.begin(session)
        firsts, new_edits = self._firsts(session), set()
        for arrival in firsts:
            if arrival.previous_key and self.chains.add(arrival.own_key, arrival.previous_key):
                edits.add_edit(session, self.form_id, arrival.own_key, arrival.previous_key)
                self._move(session, arrival.own_key)
                new_edits.add(arrival.own_key)
        if self.again.is_needed:
            firsts = self._without_others(session, firsts, new_edits)
        if outdated := [arrival.stand_in for arrival in self.arrivals if arrival.stand_in]:
            forget(session, self.form_id, outdated)
            self.early.forget(session, outdated)
        sights = self._first_sights(firsts)
        self.early.settle(session, sights, self.chains.rank)
        return [
            arrival.item.under(root)._replace(sighting=sights[root].sighting)
            for arrival in firsts
            if self.chains.is_newest(arrival.own_key)
            for root in (self.chains.root(arrival.own_key),)
        ]

    def _without_others(self, session: Session, firsts: list[Arrival], new_edits: set[str]) -> list[Arrival]:
        """What only has the id of an interview that is here, with other content, and was not recognised at the door."""
        numbers = {id(arrival): number for number, arrival in zip(self.marks, self.arrivals, strict=True)}
        found = [
            Found(numbers[id(one)], one.own_key, one.stand_in, one.kind, one.item, one.own_key in new_edits)
            for one in firsts
        ]
        others = self.again.look(session, found, self.chains)
        return [arrival for arrival in firsts if numbers[id(arrival)] not in others]

    def _move(self, session: Session, edit: str) -> None:
        """What was read before of this edit and its own edits belongs to its root now."""
        root, rank = self.chains.root(edit), self.chains.rank
        is_newer = self.chains.newest(root) == self.chains.newest(edit)
        is_double = edits.move_root(session, self.form_id, edit, root, is_newer=is_newer)
        self.early.join(session, edit, root, rank, is_double=is_double)

    def _first_sights(self, firsts: Sequence[Arrival]) -> dict[str, Sight]:
        """By root, of each interview the version that was sent first."""
        found: dict[str, Sight] = {}
        for arrival in firsts:
            own, root = arrival.own_key, self.chains.root(arrival.own_key)
            before = found.get(root)
            if before is None or self.chains.rank(own) < self.chains.rank(before.version):
                found[root] = Sight(own, arrival.item.sighting, is_final=own == root and arrival.is_read)
        return found

    def _firsts(self, session: Session) -> list[Arrival]:
        """Without the letters whose interview, or whose instance id, came in another one before."""
        from_pages = [found.own_key for found in self.arrivals if found.mark and found.kind is LetterKind.PAGE]
        taken = letters.in_ledger(session, self.form_id, from_pages) if from_pages else set()
        firsts = []
        for arrival in self.arrivals:
            own, mark = arrival.own_key, arrival.mark
            is_taken = not self.again.is_needed and (own in taken or self.chains.root(own) != own)
            from_page = arrival.kind is LetterKind.PAGE
            if mark is None or self.twins.judge(mark, from_page=from_page, is_taken=is_taken) is Verdict.FIRST:
                firsts.append(arrival)
                taken.add(own)
        return firsts

    def mark(self, session: Session) -> None:
        letters.mark_read(session, self.marks)
        self.twins.keep(session)
        self.again.keep(session)
        # Each letter of `arrivals` has its mark, in the same order.
        roots = [self.chains.root(arrival.own_key) for arrival in self.arrivals]
        letter_end.destroy_withdrawn(session, self.form_id, dict(zip(self.marks, roots, strict=True)))


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier runs learnt of the letters of one form."""

    chains: Chains = field(repr=False)
    twins: PageTwins = field(repr=False)
    early: EarlyCounts = field(repr=False)
    again: SentAgain = field(repr=False)

    @classmethod
    def of(cls, session: Session, opened: Reading, seal_note: SealNote) -> "Known":
        round_key, form_id = opened.keys.round_key, opened.form_id
        twins = PageTwins(round_key, form_id, letters.page_marks(session, form_id))
        early = EarlyCounts.of(session, opened, seal_note)
        return cls(edits.read_chains(session, form_id), twins, early, SentAgain(form_id))


class Letterbox:
    """One form of the letterbox. `known` are edits and letters of pages so far; settling a page adds to them."""

    def __init__(self, engine: Engine, keys: LetterKeys, opened: Reading, known: Known, page_size: int) -> None:
        self._engine = engine
        self._keys = keys
        self._opened = opened
        self._slots = {version: reader.decoder.slots for version, reader in opened.readers.items()}
        self._key = submission_keys(opened.keys, opened.form_id)
        self._known = known
        self._has_pages = bool(known.twins)
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
        # Where no page ever sealed a letter, none needs to be told from those of phones.
        self._has_pages = self._has_pages or any(letter.kind is LetterKind.PAGE for letter in found)
        ready = [letter for letter in found if self._keys.has(letter.key_id)]
        arrivals, marks = [], {}
        for start in range(0, len(ready), _PORTION):
            opened = [(letter, self._open(letter)) for letter in ready[start : start + _PORTION]]
            for letter, content in opened:
                arrival, marks[letter.seq] = self._read_letter(letter, content)
                arrivals.append(arrival)
        left_out = len(found) - len(arrivals)
        known, form_id = self._known, self._opened.form_id
        return LetterPage(form_id, arrivals, marks, left_out, known.chains, known.twins, known.early, known.again)

    def _open(self, letter: SealedLetter) -> _Content | None:
        """None for what cannot be opened, or is no form."""
        try:
            xml = self._keys.open(letter.key_id, self._opened.form_id, letter.sealed)
            return _Content(xml, read_filled(xml, self._slots))
        except (LetterUnreadableError, UnreadableError):
            return None

    def _read_letter(self, letter: SealedLetter, content: _Content | None) -> tuple[Arrival, str]:
        opened = self._opened
        if content is None:
            return self._nameless(letter, Reason.UNREADABLE)
        envelope = content.filled.envelope
        if not envelope.instance or envelope.form_id != opened.form_id:
            return self._nameless(letter, Reason.NO_ROOT)
        from_page = letter.kind is LetterKind.PAGE
        if envelope.previous and from_page:
            # Our pages edit nothing: who writes such a letter wants to replace an interview of somebody else.
            return self._nameless(letter, Reason.NOT_EXPECTED)
        mark = None
        if self._has_pages and letter.kind not in _SETTLED:
            mark = self._known.twins.mark(letter.seq, envelope.instance, content.xml, letter.root_receipt)
        own, previous = self._names(letter, envelope)
        # Most letters are read for the first time, and were never called by another name.
        stand_in = self._stand_in(letter) if letter.was_read else None
        reader = opened.readers.get(envelope.version)
        if reader is None:
            item = _rejected(letter, own, Reason.UNKNOWN_VERSION)
            return Arrival(item, own, previous, stand_in, letter.kind, is_read=False, mark=mark), opened.unknown_version
        item = reader.read(reader.decoder.filled(content.filled), letter.received_on)
        return Arrival(item, own, previous, stand_in, letter.kind, is_read=True, mark=mark), reader.mapping_version

    def _nameless(self, letter: SealedLetter, reason: Reason) -> tuple[Arrival, str]:
        """A letter that tells nobody's name goes by one made of its number."""
        own = self._stand_in(letter)
        arrival = Arrival(_rejected(letter, own, reason), own, None, None, letter.kind, is_read=False)
        return arrival, self._opened.unknown_version

    def _stand_in(self, letter: SealedLetter) -> str:
        opened = self._opened
        return pseudonym(opened.keys.round_key, "letter", f"{opened.form_id}|{letter.seq}")

    def _names(self, letter: SealedLetter, envelope: Envelope) -> tuple[str, str | None]:
        previous = None if letter.kind is LetterKind.SEPARATE else envelope.previous
        return self._key(own_name(letter, envelope)), self._key(previous) if previous else None


def own_name(letter: SealedLetter, envelope: Envelope) -> str:
    """What the submission in a letter goes by: where a person said that the id is of another interview, not by that."""
    is_separate = letter.kind is LetterKind.SEPARATE
    return f"{envelope.instance}|{letter.root_receipt}" if is_separate else envelope.instance


def _rejected(letter: SealedLetter, key: str, reason: Reason) -> Item:
    received = letter.received_on
    sighting = Sighting(received, month(received), "", ("received",), None)
    return Item(key, Outcome.REJECTED, sighting, None, (Reject(_LETTER, reason),))
