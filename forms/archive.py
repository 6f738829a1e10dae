"""Looks at a workbook before anything parses it: how much it unpacks to, how much XML that is, what it is made of."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.utils.exceptions import InvalidFileException

from forms.sentences import say

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 5_000
MAX_RATIO = 200
"""A sheet packs 5 to 30 times smaller; only a bomb packs 200 times smaller."""
RATIO_COUNTS_FROM = 5 * 1024 * 1024
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, DefusedXmlException),
    *(AttributeError, EOFError, LookupError, NotImplementedError, OSError, OverflowError, RuntimeError),
    *(TypeError, ValueError),
)
"""Everything openpyxl and zipfile raise on a damaged file; the message may hold cell texts and is dropped."""

_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SIGN = b"<"
_CELLS = ("spreadsheetml.worksheet+xml", "spreadsheetml.sharedStrings+xml")
_LISTS = "main+xml"
# These openpyxl opens by their names, whatever the list of contents calls them.
_CONTENTS, _STYLES, _WORKBOOK = "[Content_Types].xml", "xl/styles.xml", "xl/workbook.xml"


class SheetError(Exception):
    """A spreadsheet that cannot be read or written: file, sheet, row, what is wrong and what to do."""

    def __init__(self, what: str, remedy: str, *, file: str, sheet: str = "", row: int = 0) -> None:
        self.file, self.sheet, self.row = file, sheet, row
        self.what, self.remedy = what, remedy
        place = file + (f", sheet '{sheet}'" if sheet else "") + (f", row {row}" if row else "")
        super().__init__(f"{place}: {what}. {remedy}.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a workbook may hold. `signs` are the `<` of its cells and texts, `list_signs` those of its lists of
    sheets and names, `other_signs` those of the rest.

    They and not the bytes are what reading takes its time for: up to ten millionths of a second for one of a cell, six
    times that for one of a format, and more than a thousand for a sheet.
    """

    cells: int = 2_000_000
    empty_rows: int = 10_000_000
    letters: int = 200_000_000
    signs: int = 50_000_000
    other_signs: int = 2_000_000
    list_signs: int = 20_000


USUAL = Bounds()
BY_HAND = Bounds(
    cells=100_000, empty_rows=200_000, letters=3_000_000, signs=200_000, other_signs=15_000, list_signs=1_000
)
"""For what people write themselves (briefs, overlays, catalogue, translations): a web page waits while it is read.

The catalogue of four languages, the largest of them, has 11,000 cells and 51,000 signs.
"""


def old_or_encrypted(data: bytes, filename: str) -> SheetError:
    if _OLE_ENCRYPTED in data:
        return SheetError("protected by a password", "Save a copy without password", file=filename)
    return SheetError("an old .xls file or another Office document", "Save it as .xlsx", file=filename)


def check_archive(data: bytes, filename: str, bounds: Bounds) -> None:
    """Refuses a zip or XML bomb; reads each part in small pieces, so that nothing large is ever held."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_claims(parts, filename)
            unpacked, signs = 0, []
            for part in parts:
                size, found = _count(archive, part, MAX_UNPACKED_BYTES - unpacked, filename)
                unpacked += size
                signs.append((part.filename, found))
                _refuse_document_type(archive, part, filename)
            _check_signs(archive, signs, filename, bounds)
    except BROKEN:
        raise SheetError(say("a damaged workbook"), say("Open it, save it again and retry"), file=filename) from None


def _check_claims(parts: Sequence[zipfile.ZipInfo], filename: str) -> None:
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    bomb = unpacked > RATIO_COUNTS_FROM and unpacked / packed > MAX_RATIO
    if bomb or unpacked > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        raise _too_large(filename)
    if any(part.flag_bits & 0x1 for part in parts):
        raise SheetError("protected by a password", "Save a copy without password", file=filename)


def _too_large(filename: str) -> SheetError:
    what = f"unpacks to far more than a spreadsheet does (at most {MAX_UNPACKED_BYTES >> 20} MB)"
    return SheetError(what, "Copy the cells into a new workbook, without pictures and formats", file=filename)


def _count(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, filename: str) -> tuple[int, int]:
    """The bytes a part really unpacks to, since the archive's own list may claim less; and its signs."""
    size = signs = 0
    with archive.open(part) as stream:
        while piece := stream.read(1 << 16):
            size += len(piece)
            # Whatever the encoding: expat takes none that writes it as another byte.
            signs += piece.count(_SIGN)
            if size > left:
                raise _too_large(filename)
    return size, signs


def _refuse_document_type(archive: zipfile.ZipFile, part: zipfile.ZipInfo, filename: str) -> None:
    """A document type stands before the first element, whatever the encoding; entities can stand nowhere else."""
    try:
        with archive.open(part) as stream:
            next(iter(iterparse(stream, events=("start",), forbid_dtd=True)), None)
    except DefusedXmlException:
        what = "the workbook holds XML definitions that no spreadsheet program writes"
        raise SheetError(what, "Copy the cells into a new workbook", file=filename) from None
    except (ParseError, ValueError, LookupError):
        return  # a picture or another part that is not XML: if openpyxl needs it, openpyxl refuses it


def _check_signs(archive: zipfile.ZipFile, signs: Sequence[tuple[str, int]], filename: str, bounds: Bounds) -> None:
    declared = sum(count for name, count in signs if name == _CONTENTS) <= bounds.other_signs
    kinds = _kinds(archive) if declared else {}
    sums = {"cells": 0, "lists": 0, "other": 0}
    for name, count in signs:
        sums[_purpose(name, kinds)] += count
    if sums["cells"] > bounds.signs:
        what = f"a workbook of far more cells and texts than such a file has (at most some {bounds.signs // 8:,})"
        raise SheetError(what, "Delete the rows and columns that do not belong in it, or split it", file=filename)
    if sums["lists"] > bounds.list_signs or sums["other"] > bounds.other_signs:
        what = "a workbook of far more formats, names or sheets than such a file has"
        raise SheetError(what, "Copy the cells into a new workbook, without pictures and formats", file=filename)


def _kinds(archive: zipfile.ZipFile) -> Mapping[str, Sequence[str]]:
    """What the list of contents, which openpyxl goes by too, calls each part: it may say several things."""
    root: Element = fromstring(archive.read(_CONTENTS), forbid_dtd=True)
    kinds: dict[str, list[str]] = {}
    for part in root:
        kinds.setdefault(part.get("PartName", "")[1:], []).append(part.get("ContentType", ""))
    return kinds


def _purpose(name: str, kinds: Mapping[str, Sequence[str]]) -> str:
    """The dearest that it may be read for. A picture may be called a sheet by those who want to get past this."""
    found = kinds.get(name, ())
    if name == _WORKBOOK or any(kind.endswith(_LISTS) for kind in found):
        return "lists"
    is_cells = all(kind.endswith(_CELLS) for kind in found) and (bool(found) or not name.endswith((".xml", ".rels")))
    return "cells" if is_cells and name != _STYLES else "other"
