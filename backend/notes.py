"""What an enumerator tells the supervisor, and who the enumerator is, as the encrypted bytes of `inbox` and `legend`.

Workers write with the key both sides share; the web process reads for the supervisor of that team.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from backend.crypto import decrypt_field, encrypt_field
from mappings.model import InboxNote


@dataclass(frozen=True, slots=True)
class Note:
    """`enum_safe` is False when the enumerator did not feel safe; `debrief` asks for a talk. None is not answered."""

    enum_safe: bool | None
    debrief: bool | None


def seal_note(key: bytes, form_id: str, collector_key: str, note: Note) -> bytes:
    content = {"enum_safe": note.enum_safe, "debrief": note.debrief}
    return encrypt_field(key, _inbox_row(form_id, collector_key), json.dumps(content).encode())


def note_sealer(key: bytes, form_id: str) -> Callable[[InboxNote], bytes]:
    """Seals what strip found of the notes of one form."""

    def sealed(found: InboxNote) -> bytes:
        return seal_note(key, form_id, found.collector_key, Note(found.enum_safe, found.debrief))

    return sealed


def open_note(key: bytes, form_id: str, collector_key: str, sealed: bytes) -> Note:
    return Note(**json.loads(decrypt_field(key, _inbox_row(form_id, collector_key), sealed)))


def seal_enumerator(key: bytes, survey_id: str, collector_key: str, code: str) -> bytes:
    """The enumerator's code, as the legend keeps it: with it a pseudonym leads back to one person."""
    return encrypt_field(key, _legend_row(survey_id, collector_key), code.encode())


def open_enumerator(key: bytes, survey_id: str, collector_key: str, sealed: bytes) -> str:
    return decrypt_field(key, _legend_row(survey_id, collector_key), sealed).decode()


def _inbox_row(form_id: str, collector_key: str) -> str:
    # The number of the row is not known when it is sealed; form and pseudonym keep a note from changing its sender.
    return f"inbox:{form_id}:{collector_key}"


def _legend_row(survey_id: str, collector_key: str) -> str:
    return f"legend:{survey_id}:{collector_key}"
