"""Takes a translator's workbook back: what it changes, what changed meanwhile, and what must not be taken.

Nothing here changes a file: `read_workbook` gives a new pack, `write_pack` puts it into its folder.
"""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date

from forms.archive import BY_HAND
from forms.catalogue import load_own
from forms.catalogue.languages import Language
from forms.catalogue.merge import with_packs
from forms.catalogue.packs import Pack, Review, fingerprint, known, trying
from forms.catalogue.rules import check
from forms.catalogue.text_rules import faults_of
from forms.sheets import ROW, read_tables
from forms.translation.quality import placeholders
from forms.translation.reviews import ReviewError, review_in
from forms.translation.safety import read_safety
from forms.translation.status import Judged, progress
from forms.translation.strings import Kind, String
from forms.translation.workbook import (
    ABOUT,
    ENGLISH_WAS,
    KEY,
    SAFETY,
    TEXT_WAS,
    header,
)

Row = Mapping[str, str]


class TranslationError(Exception):
    """A workbook that cannot be taken, or a language that is not there; every fault, with sheet and row."""


@dataclass(frozen=True, slots=True)
class Change:
    """One text, review, comment or list of words that will be another one."""

    key: str
    what: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what}: {self.old or '(empty)'} -> {self.new or '(empty)'}"


@dataclass(frozen=True, slots=True)
class Taken:
    """`conflicts` are rows that are left as they are here, since something changed after the export."""

    pack: Pack = field(repr=False)
    changes: tuple[Change, ...]
    conflicts: tuple[str, ...]


def language_of(data: bytes, filename: str) -> str:
    rows = read_tables(data, filename, BY_HAND).get(ABOUT, [])
    code = next((row.get("value", "") for row in rows if row.get("what") == "language"), "")
    if not code:
        raise TranslationError(f"{filename}: does not say which language it is. Start from a fresh export.")
    return code


def read_workbook(data: bytes, filename: str, pack: Pack, today: date, *, alone: bool = True) -> Taken:
    """Raises SheetError for a file that cannot be read, and TranslationError with every fault.

    `alone`: nothing else runs in this process, so that the language can be in force for a moment. Otherwise words of
    a language that is a draft here are held against no rule of the catalogue; the import does that.
    """
    reading = _Reading(read_tables(data, filename, BY_HAND), pack, today)
    taken = reading.taken()
    tried = trying(taken.pack) if alone else nullcontext()
    with tried:
        broken = _broken_rules(taken.pack, reading.places) if pack.code in known() else []
    faults = [*reading.faults, *broken]
    if faults:
        raise TranslationError("\n".join([f"{filename} cannot be taken:", *(f"- {fault}" for fault in faults)]))
    return taken


class _Reading:
    """One pass over the sheets. A sheet or row that is not there changes nothing."""

    def __init__(self, tables: Mapping[str, list[dict[str, str]]], pack: Pack, today: date) -> None:
        self._tables, self._pack, self._today = tables, pack, today
        self._known = {one.string.key: one for one in progress(pack.code, pack).judged}
        self._language: Language = pack.language
        self.faults: list[str] = []
        self.places: dict[str, str] = {}
        self._texts, self._reviews = dict(pack.texts), dict(pack.reviews)
        self._changes: list[Change] = []
        self._conflicts: list[str] = []

    def taken(self) -> Taken:
        for kind in Kind:
            for row in self._rows(kind.value):
                self._take(row, f"sheet '{kind.value}', row {row[ROW]}")
        safety = dict(self._pack.safety)
        if SAFETY in self._tables and self._pack.is_new:
            safety, faults = read_safety(self._tables[SAFETY], self._language)
            self.faults += faults
            self._changes += _safety_changes(self._pack, safety)
        pack = replace(self._pack, texts=self._texts, reviews=self._reviews, safety=safety)
        return Taken(pack, tuple(self._changes), tuple(self._conflicts))

    def _rows(self, sheet: str) -> list[dict[str, str]]:
        rows = self._tables.get(sheet, [])
        absent = [name for name in header(self._language) if rows and name not in rows[0]]
        self.faults += [f"sheet '{sheet}': has no column '{name}'. Start from a fresh export." for name in absent]
        return [] if absent else rows

    def _take(self, row: Row, place: str) -> None:
        key = row[KEY]
        if key not in self._known:
            self.faults.append(f"{place}: there is no string '{key}'. Put the key back, or delete the row.")
            return
        if key in self.places:
            self.faults.append(f"{place}: {key} stands twice (also in {self.places[key]}). Delete one of the rows.")
            return
        self.places[key] = place
        known, text = self._known[key], row[self._language.shown]
        if known.text and not text:
            self.faults.append(f"{place}: {key}: the text was emptied. Put it back, or delete the whole row.")
            return
        if fingerprint(text) == row[TEXT_WAS]:
            text = known.text
        try:
            review = review_in(row, known, changed=text != known.text, today=self._today)
        except ReviewError as fault:
            self.faults.append(f"{place}: {key}: {fault}")
            return
        if text != known.text or review != known.review:
            self._change(known, row, text, review)

    def _change(self, known: Judged, row: Row, text: str, review: Review) -> None:
        string = known.string
        if row[ENGLISH_WAS] != fingerprint(string.english):
            self._conflicts.append(f"{string.key}: the English changed after the export. It is now: {string.english}")
            return
        if text != known.text and row[TEXT_WAS] != fingerprint(known.text):
            self._conflicts.append(f"{string.key}: the translation changed here too. It is now: {known.text}")
            return
        if not text:
            return
        if text != known.text:
            self._texts[string.key] = text
            self._changes.append(Change(string.key, "text", known.text, text))
        for what in ("role", "on", "comment"):
            old, new = str(getattr(known.review, what) or ""), str(getattr(review, what) or "")
            if old != new:
                self._changes.append(Change(string.key, what, old, new))
        self._reviews[string.key] = replace(review, english=fingerprint(string.english), text=fingerprint(text))


def _safety_changes(pack: Pack, new: Mapping[str, Mapping[str, object]]) -> Iterator[Change]:
    for kind, columns in new.items():
        for column, words in columns.items():
            old = pack.safety.get(kind, {}).get(column, [])
            if old != words:
                yield Change(f"{SAFETY}/{kind}", column, str(old), str(words))


def _broken_rules(pack: Pack, places: Mapping[str, str]) -> list[str]:
    """By all rules of the catalogue, and by the same for the form's own words, which no catalogue holds."""
    found = check(with_packs(load_own().entries, {pack.code: pack}))
    strings = [one.string for one in progress(pack.code, pack).judged]
    by_entry = {_entry(string): string.key for string in strings}
    faults = []
    for finding in found:
        key = by_entry.get(finding.entry, "")
        place = places.get(key, finding.file)
        faults.append(f"{place}: {finding.entry}: {finding.what} (rule {finding.rule}). {finding.remedy}.")
    words = (string for string in strings if string.kind is Kind.WORDS)
    return faults + [fault for string in words for fault in _word_faults(string, pack, places)]


def _word_faults(string: String, pack: Pack, places: Mapping[str, str]) -> Iterator[str]:
    text = pack.texts.get(string.key, "")
    place = places.get(string.key, f"{pack.code}/texts.yaml")
    if not text:
        return
    for what, remedy in faults_of(pack.code, text):
        yield f"{place}: {string.key}: {what}. {remedy}."
    if placeholders(text) != placeholders(string.english):
        needed = " ".join(placeholders(string.english)) or "none"
        yield f"{place}: {string.key}: other placeholders than in English. It has: {needed}. Keep them as they are."


def _entry(string: String) -> str:
    """As findings name it."""
    kind, _, name = string.key.partition("/")
    if string.kind is Kind.RECALL:
        return f"{kind}: {name}"
    return name.replace("/", ": ", 1)
