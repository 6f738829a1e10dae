"""Recognises the columns of COD-AB tables, whatever their case: `ADM1_EN`, `admin1Name_en`, `adm1_name` with `lang`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Row = Mapping[str, str]
"""Header -> text; the row's number in the sheet stands under the empty header."""

_PCODE = re.compile(r"adm(?:in)?([0-9])_?pcode")
_NAME = re.compile(r"adm(?:in)?([0-9])_?(?:name_?)?([a-z]{2})")
_NUMBERED = re.compile(r"adm(?:in)?([0-9])_?name([0-9]?)")
_SITE_NAME = re.compile(r"(?:site_?)?name_([a-z]{2})")
_LANGUAGE = re.compile(r"[a-z]{2}")
_VALID_FROM = ("validon", "valid_on", "validfrom", "valid_from", "date")
_VALID_TO = ("validto", "valid_to")
_JOINERS = "\u200c\u200d"
"""Zero-width joiners belong to the spelling of some names; every other invisible character is dropped."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a sheet keeps what."""

    headers: Mapping[str, str]
    """In small letters -> as written."""
    pcodes: dict[int, str] = field(default_factory=dict)
    names: dict[int, dict[str, str]] = field(default_factory=dict)
    numbered: dict[int, dict[str, str]] = field(default_factory=dict)
    """`adm1_name`, `adm1_name1` ...: the columns `lang`, `lang1` ... say for each row in which language they are."""
    site_names: dict[str, str] = field(default_factory=dict)

    def cell(self, row: Row, *names: str) -> str:
        """The first filled cell under one of these headers, given in small letters."""
        texts = (row.get(self.headers[name], "").strip() for name in names if name in self.headers)
        return next(filter(None, texts), "")

    def pcode(self, row: Row, level: int) -> str:
        return row.get(self.pcodes[level], "").strip() if level in self.pcodes else ""

    def area_names(self, row: Row, level: int) -> dict[str, str]:
        found = {language: clean(row.get(header, "")) for language, header in self.names.get(level, {}).items()}
        for number, header in self.numbered.get(level, {}).items():
            language = self.cell(row, f"lang{number}").lower()
            if _LANGUAGE.fullmatch(language):
                found.setdefault(language, clean(row.get(header, "")))
        return {language: name for language, name in found.items() if name}

    def valid_from(self, row: Row) -> str:
        return self.cell(row, *_VALID_FROM)

    def valid_to(self, row: Row) -> str:
        return self.cell(row, *_VALID_TO)


def columns(headers: Iterable[str]) -> Columns:
    found = Columns({header.strip().lower(): header for header in headers if header})
    for name, header in found.headers.items():
        if match := _PCODE.fullmatch(name):
            found.pcodes[int(match[1])] = header
        elif match := _NUMBERED.fullmatch(name):
            found.numbered.setdefault(int(match[1]), {})[match[2]] = header
        elif match := _NAME.fullmatch(name):
            found.names.setdefault(int(match[1]), {})[match[2]] = header
        elif match := _SITE_NAME.fullmatch(name):
            found.site_names[match[1]] = header
    return found


def clean(text: str) -> str:
    """One line, composed, without invisible characters: two spellings that look the same are the same."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    if composed.isascii() and composed.isprintable():
        return composed
    kept = (char for char in composed if char in _JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    return "".join(kept).strip()


def day(text: str) -> date | None:
    """The day of an ISO date, with or without a time behind it; None for any other writing."""
    try:
        return datetime.fromisoformat(text.replace("/", "-")).date()
    except ValueError:
        return None


def row_number(row: Row) -> int:
    return int(row.get("") or 0)
