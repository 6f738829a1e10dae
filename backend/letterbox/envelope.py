"""Reads of a submission only what is written on its envelope: which form, which instance, which one it edits."""

from dataclasses import dataclass
from xml.parsers import expat

from backend.letterbox.messages import Say
from backend.letterbox.refusal import Refusal

# Forms nest a few levels. Whoever reads the letter later may build a tree of it, so depth is limited at the door.
_DEEPEST = 100
_LONGEST_ID = 1000


@dataclass(frozen=True, slots=True)
class Envelope:
    form_id: str
    instance_id: str
    deprecated_id: str | None


def read_envelope(xml: bytes) -> Envelope:
    reader = _Reader()
    try:
        reader.parser.Parse(xml, True)
    except expat.ExpatError:
        # Its message says where, which is harmless, but the chain would hold the parser and what it read.
        raise Refusal(Say.NOT_XML) from None
    form_id, instance_id = reader.form_id.strip(), reader.found["instanceID"].strip()
    if not form_id:
        raise Refusal(Say.NO_FORM_ID)
    if not 0 < len(instance_id) <= _LONGEST_ID:
        raise Refusal(Say.NO_INSTANCE_ID)
    deprecated_id = reader.found["deprecatedID"].strip()
    edits = deprecated_id not in {"", instance_id}
    return Envelope(form_id, instance_id, deprecated_id if edits else None)


class _Reader:
    """Text of answers is never asked for: the parser hands over characters only inside the two meta elements."""

    def __init__(self) -> None:
        self.form_id = ""
        self.found = {"instanceID": "", "deprecatedID": ""}
        self._depth = 0
        self._in_meta = False
        self._name = ""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _refuse_doctype(self, *_declaration: object) -> None:
        # No entity without it, so neither bombs nor files of the server.
        raise Refusal(Say.NOT_XML)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        # Called for every element of every letter: nothing here but integers for the many that do not matter.
        self._depth = depth = self._depth + 1
        if depth == 1:
            self.form_id = attributes.get("id", "")
        elif depth == 2:
            # Phones write meta with and without a namespace prefix.
            self._in_meta = name.rpartition(":")[2] == "meta"
        elif self._in_meta and depth == 3:
            self._name = name.rpartition(":")[2]
            self.parser.CharacterDataHandler = self._keep if self._name in self.found else None
        elif depth > _DEEPEST:
            raise Refusal(Say.NOT_XML)

    def _keep(self, text: str) -> None:
        if self._depth == 3 and len(self.found[self._name]) <= _LONGEST_ID:
            self.found[self._name] += text

    def _end(self, _name: str) -> None:
        if self._in_meta and self._depth == 3:
            self.parser.CharacterDataHandler = None
        self._depth -= 1
