"""What the door reads of a submission: which form, which instance, and which one it edits. It looks at nothing else."""

from dataclasses import dataclass

from backend.letterbox.messages import Say
from backend.letterbox.refusal import Refusal
from mappings import xform


@dataclass(frozen=True, slots=True)
class Envelope:
    form_id: str
    instance_id: str
    deprecated_id: str | None


def read_envelope(xml: bytes) -> Envelope:
    """By the reader that workers use too: the door and they can never see different ids in the same letter."""
    try:
        found = xform.read_envelope(xml)
    except xform.UnreadableError:
        raise Refusal(Say.NOT_XML) from None
    if not found.form_id.strip():
        raise Refusal(Say.NO_FORM_ID)
    if not found.instance:
        raise Refusal(Say.NO_INSTANCE_ID)
    edits = found.previous and found.previous != found.instance
    return Envelope(found.form_id, found.instance, found.previous if edits else None)
