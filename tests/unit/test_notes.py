"""The bytes of inbox and legend: readable with the key, in their own row only."""

import pytest

from backend.crypto import CannotDecryptError
from backend.notes import Note, open_enumerator, open_note, seal_enumerator, seal_note

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SENDER, OTHER_SENDER = "ab" * 16, "cd" * 16


@pytest.mark.parametrize("safe", [True, False, None])
@pytest.mark.parametrize("talk", [True, False, None])
def test_a_note_comes_back_as_it_was_sealed(safe: bool | None, talk: bool | None) -> None:
    note = Note(enum_safe=safe, debrief=talk)

    assert open_note(KEY, "form", SENDER, seal_note(KEY, "form", SENDER, note)) == note


def test_an_enumerator_comes_back_as_sealed() -> None:
    assert open_enumerator(KEY, "survey", SENDER, seal_enumerator(KEY, "survey", SENDER, "E07")) == "E07"


@pytest.mark.parametrize(
    ("key", "form_id", "sender"),
    [(OTHER_KEY, "form", SENDER), (KEY, "other", SENDER), (KEY, "form", OTHER_SENDER)],
)
def test_a_note_opens_with_its_key_in_its_row_only(key: bytes, form_id: str, sender: str) -> None:
    sealed = seal_note(KEY, "form", SENDER, Note(enum_safe=False, debrief=True))

    with pytest.raises(CannotDecryptError):
        open_note(key, form_id, sender, sealed)


@pytest.mark.parametrize(("survey_id", "sender"), [("other", SENDER), ("survey", OTHER_SENDER)])
def test_an_enumerator_moved_to_another_row_cannot_be_read(survey_id: str, sender: str) -> None:
    sealed = seal_enumerator(KEY, "survey", SENDER, "E07")

    with pytest.raises(CannotDecryptError):
        open_enumerator(KEY, survey_id, sender, sealed)


def test_sealed_bytes_do_not_show_their_content() -> None:
    assert b"E07" not in seal_enumerator(KEY, "survey", SENDER, "E07")
