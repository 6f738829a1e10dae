"""What the letterbox says to the person with the phone: one catalogue, stable codes, four languages."""

from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

LANGUAGES = ("en", "fr", "es", "ar")
_FILE = Path(__file__).with_name("messages.yaml")


class Say(StrEnum):
    STORED = "submit_success"
    STORED_AFTER_CLOSE = "submit_after_close"
    UNKNOWN_PHONE = "phone_unknown"
    UNKNOWN_FORM = "form_unknown"
    UNKNOWN_FILE = "file_unknown"
    NO_SUBMISSION = "no_submission"
    INCOMPLETE = "upload_incomplete"
    NOT_XML = "not_xml"
    NO_FORM_ID = "no_form_id"
    NO_INSTANCE_ID = "no_instance_id"
    TOO_LARGE = "too_large"
    NO_LENGTH = "no_length"
    NO_KEY = "no_key"
    BUSY = "busy"
    DISK_FULL = "disk_full"
    BAD_LETTER = "bad_letter"
    KEY_GONE = "key_gone"


class MessagesError(ValueError):
    """The message file is broken. The text names the entry and the remedy."""


def load_messages(file: Path = _FILE) -> dict[Say, dict[str, Any]]:
    """Checked whole at start, so that no phone ever meets a missing text."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))["messages"]
    if set(entries) != set(Say):
        wrong = ", ".join(sorted(set(entries) ^ set(Say)))
        raise MessagesError(f"{file.name}: the codes and the class Say differ in {wrong}: give each code one entry")
    for code, entry in entries.items():
        missing = [language for language in LANGUAGES if not str(entry.get(language) or "").strip()]
        if missing or not isinstance(entry.get("status"), int):
            raise MessagesError(f"{file.name}: {code} needs a status and a text in {', '.join(LANGUAGES)}")
    return {Say(code): entry for code, entry in entries.items()}


_MESSAGES = load_messages()


def status(say: Say) -> int:
    return int(_MESSAGES[say]["status"])


def text(say: Say, language: str, *, most_bytes: int) -> str:
    words: str = _MESSAGES[say][language]
    return words.format(megabytes=most_bytes // 1_000_000)


def openrosa_response(say: Say, words: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f'<message nature="{say}">{escape(words)}</message>'
        "</OpenRosaResponse>\n"
    )
