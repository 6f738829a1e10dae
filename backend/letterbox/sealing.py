"""Makes a letter of what arrived: receipts that recognise it again, and the sealed bytes. Pure: nothing is stored."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from backend.crypto import receipt, seal
from backend.letterbox.envelope import Envelope
from backend.letterbox.upload import Upload
from backend.store.letter_keys import LetterKey
from backend.store.letter_plan import Letter, LetterKind


class Posting(Protocol):
    """What waits to be admitted, with the hash of the token it came with."""

    @property
    def token_hash(self) -> str: ...

    @property
    def form_id(self) -> str: ...

    def letter(self, key: LetterKey, today: date) -> Letter: ...


@dataclass(frozen=True, slots=True)
class FromPhone:
    token_hash: str
    envelope: Envelope
    upload: Upload
    door_key: bytes = field(repr=False)

    @property
    def form_id(self) -> str:
        return self.envelope.form_id

    def letter(self, key: LetterKey, today: date) -> Letter:
        form_id, edits, xml = self.form_id, self.envelope.deprecated_id, self.upload.xml
        return Letter(
            form_id=form_id,
            key_id=key.key_id,
            kind=LetterKind.ORIGINAL if edits is None else LetterKind.EDIT,
            receipt=self._instance(self.envelope.instance_id),
            content=receipt(self.door_key, "content", form_id.encode(), xml),
            received_on=today,
            sealed=seal(key.public_key, form_id, xml),
            previous=None if edits is None else self._instance(edits),
            attachments=self.upload.attachments,
        )

    def _instance(self, instance_id: str) -> str:
        return receipt(self.door_key, "instance", self.form_id.encode(), instance_id.encode())


@dataclass(frozen=True, slots=True)
class FromPage:
    """Sealed in the browser: the door cannot see the instance, so the page's own random number recognises a retry."""

    token_hash: str
    form_id: str
    letter_id: str
    key_id: str
    sealed: bytes = field(repr=False)
    door_key: bytes = field(repr=False)

    def letter(self, _key: LetterKey, today: date) -> Letter:
        form_id = self.form_id.encode()
        return Letter(
            form_id=self.form_id,
            key_id=self.key_id,
            kind=LetterKind.PAGE,
            receipt=receipt(self.door_key, "page", form_id, self.letter_id.encode()),
            content=receipt(self.door_key, "sealed", form_id, self.sealed),
            received_on=today,
            sealed=self.sealed,
        )
