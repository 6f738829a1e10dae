"""Compares letters that came twice under one id, so that a person can decide without seeing an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.store import conflicts
from backend.store.conflicts import Difference, Pair, Sealed
from backend.store.save import Item
from mappings.xform import Filled, UnreadableError, read_filled
from workers.crypto import LetterUnreadableError
from workers.letter_keys import LetterKeys
from workers.reading import Reading

# Conflicts are a handful. Should there be more, the next pulls compare the rest.
_AT_ONCE = 50
_UNKNOWN = Difference(0)


@dataclass(frozen=True, slots=True)
class ConflictsPage:
    """The end of the letters of a form: what came twice in them is compared once."""

    keys: LetterKeys = field(repr=False)
    opened: Reading
    read: int = 0
    left_out: int = 0

    def settle(self, session: Session) -> Sequence[Item]:
        for pair in conflicts.uncompared(session, self.opened.form_id, _AT_ONCE):
            conflicts.keep_difference(session, pair.number, self._compare(pair))
        return ()

    def mark(self, session: Session) -> None:
        """Noted already."""

    def _compare(self, pair: Pair) -> Difference:
        if pair.first is None or pair.second is None:
            return _UNKNOWN
        try:
            first, second = self._answers(pair.first), self._answers(pair.second)
        except (LetterUnreadableError, UnreadableError):
            return _UNKNOWN
        answered = first.keys() | second.keys()
        return Difference(
            len(answered), tuple(sorted(path for path in answered if first.get(path) != second.get(path)))
        )

    def _answers(self, letter: Sealed) -> Mapping[str, object]:
        """What the mapping of its version reads, by path: of nothing else a name is ever told."""
        if not self.keys.has(letter.key_id):
            raise UnreadableError
        xml = self.keys.open(letter.key_id, self.opened.form_id, letter.content)
        slots = {version: reader.decoder.slots for version, reader in self.opened.readers.items()}
        filled = read_filled(xml, slots)
        reader = self.opened.readers.get(filled.envelope.version)
        if reader is None:
            raise UnreadableError
        return _by_path(filled, reader.decoder.layout.singles, reader.decoder.layout.repeats)


def _by_path(filled: Filled, singles: Sequence[str], repeats: Sequence[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {
        path: value for path, value in zip(singles, filled.singles, strict=True) if path and value is not None
    }
    found.update({path: rows for (path, _), rows in zip(repeats, filled.repeats, strict=True) if rows})
    return found
