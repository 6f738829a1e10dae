"""Files that people send in forms: bounded, and held in memory only, so that nothing of them ever becomes a file."""

import io
from collections.abc import Mapping
from typing import IO, Any

from flask import Flask, Request, request

from forms.archive import SheetError
from forms.sentences import Sentence

_MEGABYTE = 1024 * 1024
MOST_BYTES: Mapping[str, int] = {
    "catalogue_overlay.compare": 2 * _MEGABYTE,
    "catalogue_translations.upload": 4 * _MEGABYTE,
    "catalogue_workbook.upload": 4 * _MEGABYTE,
    "drafts.create": 2 * _MEGABYTE,
    "drafts_files.upload": 2 * _MEGABYTE,
    "drafts_overlay.upload": 2 * _MEGABYTE,
}
"""How much the routes take that files are sent to; all others take what a form of words needs."""


class RequestInMemory(Request):
    """Werkzeug would write a part of more than 500 kB into a temporary file."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:
        return io.BytesIO()


def install(app: Flask) -> None:
    app.request_class = RequestInMemory


def sent_file(name: str) -> bytes:
    """The content of the file that was chosen in the field `name`; b'' where none was. Its own name is not used."""
    file = request.files.get(name)
    return b"" if file is None else file.read()


def file_name(data: bytes, subject: str) -> str:
    """By the content, since the name a file had on somebody's disk may say anything."""
    return f"{subject}.xlsx" if data.startswith(b"PK") else f"{subject}.yaml"


def sheet_fault(error: SheetError) -> Sentence:
    """Where and what, without the file: the page knows which one was sent."""
    place = ", ".join(part for part in (error.sheet, str(error.row) if error.row else "") if part)
    parts = {"place": place, "what": error.what, "remedy": error.remedy}
    return Sentence("%(place)s: %(what)s. %(remedy)s." if place else "%(what)s. %(remedy)s.", parts)
