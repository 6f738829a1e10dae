"""Takes typed values out of a source; a value that cannot be used becomes a finding and an empty value."""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import date
from difflib import get_close_matches

from forms.brief.model import Finding, Principle
from forms.brief.source import Cell, Row, Source
from forms.sentences import say

CODE = re.compile(r"(?=[^0-9]*[0-9])(?!.*[A-Z]{5})(?!.*[0-9]{5})[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){0,2}")
"""Has a digit and no long word in it, so that no name of a person and no telephone number fits."""
_MAIL = re.compile(r"\S@\S")
_TELEPHONE = re.compile(r"\+\d[\d ().-]{6,}|(?<!\d)(?:\d[ ./()-]{0,2}){9,}")
_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TITLE = re.compile(r"(^|\s)(mrs?|ms|miss|dr|mme|mlle|srt?a?|prof)\.?\s|السيد|الدكتور", re.IGNORECASE)
# People type numbers with the digits of their keyboard.
_DIGITS = {ord(digit): str(value) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(digits)}
_YES = {"yes": True, "true": True, "no": False, "false": False}


def is_person(text: str) -> bool:
    """Whether what should be a role looks like somebody's name, number or address."""
    return bool(_TITLE.search(f"{text} ")) or any(char.isdigit() or char == "@" for char in text)


def is_contact(text: str) -> bool:
    """Whether it leads to somebody: also in wide letters, or with signs in between that nobody sees."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return bool(_MAIL.search(plain) or _TELEPHONE.search(_DAY.sub(" - ", plain)))


class Reader:
    """Remembers which fields were asked for, so that `close` can name those that nobody knows."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: set[str] = set()

    def place(self, name: str, entry: str = "") -> str:
        """Where a field stands, or in a list the entry with that code."""
        cells = [*self._source.fields.get(name, ())]
        for row in self._source.tables.get(name, []):
            cells += [cell for cell in row.values() if entry and cell.text == entry]
        return cells[0].place if cells else name

    def fault(self, place: str, what: str, remedy: str, principle: Principle | None = None) -> None:
        self._source.findings.append(Finding(self._source.file, place, what, remedy, principle))

    def text(self, name: str, at_most: int, *, required: bool = True) -> str:
        """Free words of the officer; they are shown as theirs, so nothing that reaches a person may stand in them."""
        cell = self._single(name, required=required)
        return self.words(cell, name, at_most) if cell else ""

    def words(self, cell: Cell, name: str, at_most: int) -> str:
        if len(cell.text) > at_most:
            self.fault(
                cell.place,
                say("%(name)s has more than %(at_most)s characters", name=name, at_most=at_most),
                say("Shorten it"),
            )
        if _CONTROL.search(cell.text):
            self.fault(cell.place, say("%(name)s holds a control character", name=name), say("Type it again"))
        if "${" in cell.text:
            self.fault(
                cell.place,
                say("%(name)s holds '${'", name=name),
                say("Leave it out: a form would take it for an answer"),
            )
        if is_contact(cell.text):
            what = say("%(name)s holds an e-mail address or a telephone number", name=name)
            self.fault(cell.place, what, say("Name the role or the office instead"), Principle.NO_IDENTIFIERS)
        return cell.text

    def role(self, name: str) -> str:
        text = self.text(name, 120)
        if is_person(text):
            what = say("%(name)s looks like a person, not a role", name=name)
            self.fault(self.place(name), what, say("Write the role, such as 'Protection coordinator'"), _NO_NAMES)
        return text

    def matching(self, name: str, pattern: str, example: str, *, required: bool = True) -> str:
        cell = self._single(name, required=required)
        if not cell:
            return ""
        if re.fullmatch(pattern, cell.text):
            return cell.text
        self.fault(
            cell.place,
            say("%(name)s has another form than %(example)s", name=name, example=example),
            say("Write it in that form"),
        )
        return ""

    def number(self, name: str, least: int, most: int, principle: Principle | None = None) -> int:
        cell = self._single(name)
        if not cell:
            return least
        text = cell.text.translate(_DIGITS)
        if re.fullmatch(r"[0-9]{1,6}", text) and least <= int(text) <= most:
            return int(text)
        what = say("%(name)s is no whole number from %(least)s to %(most)s", name=name, least=least, most=most)
        self.fault(
            cell.place, what, say("Write a number from %(least)s to %(most)s", least=least, most=most), principle
        )
        return least

    def day(self, name: str, principle: Principle | None = None, why: str = "") -> date:
        """`date.min` where there is none: rules about days leave it alone."""
        cell = self._single(name, principle=principle, why=why)
        if not cell:
            return date.min
        try:
            text = cell.text.translate(_DIGITS)
            return date.fromisoformat(text) if len(text) == len("2026-01-31") else _no_day()
        except ValueError:
            self.fault(cell.place, say("%(name)s is no date", name=name), say("Write it as 2026-01-31"))
            return date.min

    def yes(self, name: str, refusal: str, remedy: str, principle: Principle) -> bool:
        """A question that must be answered yes before anything is collected."""
        cell = self._single(name, principle=principle)
        answer = _YES.get(cell.text.lower()) if cell else None
        if cell and answer is None:
            self.fault(cell.place, say("%(name)s is neither yes nor no", name=name), say("Write yes or no"))
        if answer is False:
            self.fault(self.place(name), refusal, remedy, principle)
        return bool(answer)

    def word(self, name: str, known: Collection[str], principle: Principle | None = None) -> str:
        cell = self._single(name, principle=principle)
        return self._one_of(cell, name, known) if cell else ""

    def several(self, name: str, known: Collection[str], principle: Principle | None = None) -> tuple[str, ...]:
        self._asked.add(name)
        cells = [cell for cell in self._source.fields.get(name, ()) if cell.text]
        if not cells:
            self.fault(
                self.place(name),
                say("%(name)s is missing", name=name),
                say("Give one or more of %(known)s", known=_list(known)),
                principle,
            )
        words = [word for cell in cells if (word := self._one_of(cell, name, known))]
        if len(set(words)) != len(words):
            self.fault(self.place(name), say("%(name)s names something twice", name=name), say("Name each once"))
        return tuple(dict.fromkeys(words))

    def rows(self, name: str, whole: str) -> list[Row] | None:
        """The entries of a list; None where the brief leaves it out or says the one word that means all of it."""
        return self.word_or_rows(name, (whole,))[1]

    def word_or_rows(self, name: str, words: Sequence[str]) -> tuple[str, list[Row] | None]:
        """The entries of a list, or the one word that stands in its place; neither where the brief leaves it out."""
        self._asked.add(name)
        cells, known = self._source.fields.get(name, ()), " or ".join(f"'{word}'" for word in words)
        if any(cell.text not in words for cell in cells):
            self.fault(
                self.place(name),
                say("%(name)s is neither a list nor %(known)s", name=name, known=known),
                say("Give a list, or write %(known)s", known=known),
            )
        if cells and name in self._source.tables:
            self.fault(
                self.place(name),
                say("%(name)s is given twice", name=name),
                say("Give the list, or %(known)s", known=known),
            )
        return next((cell.text for cell in cells if cell.text in words), ""), self._source.tables.get(name)

    def entries(self, name: str) -> list[Row]:
        """The entries of a list that must be given."""
        self._asked.add(name)
        found = self._source.tables.get(name, [])
        if not found:
            self.fault(self.place(name), say("%(name)s is missing or empty", name=name), say("Give at least one"))
        return found

    def coded(self, row: Row, table: str, column: str, fits: Callable[[str], object]) -> str:
        cell = row.get(column)
        if cell is None or not cell.text:
            place = next((other.place for other in row.values()), table)
            self.fault(
                place,
                say("an entry of %(table)s has no %(column)s", table=table, column=column),
                say("Give its %(column)s", column=column),
            )
            return ""
        if fits(cell.text):
            return cell.text
        what = say("a %(column)s of %(table)s is not a code", column=column, table=table)
        self.fault(
            cell.place, what, say("Use short codes of capitals and digits, such as E01; never a name"), _NO_NAMES
        )
        return ""

    def close(self) -> None:
        for name in self._source.fields.keys() - self._asked:
            near = get_close_matches(name, self._asked, n=1)
            remedy = (
                say("Write %(near)s, if that is meant", near=near[0])
                if near
                else say("Remove it, or see docs/brief.md for the fields")
            )
            self.fault(self.place(name), say("a brief has no field '%(name)s'", name=name), remedy)

    def _single(
        self, name: str, *, required: bool = True, principle: Principle | None = None, why: str = ""
    ) -> Cell | None:
        self._asked.add(name)
        cells = self._source.fields.get(name, ())
        if len(cells) > 1:
            self.fault(cells[0].place, say("%(name)s is a list", name=name), say("Give one value"))
        if cells and cells[0].text:
            return cells[0]
        if required:
            self.fault(
                self.place(name), say("%(name)s is missing%(why)s", name=name, why=why), say("Fill it in"), principle
            )
        return None

    def _one_of(self, cell: Cell, name: str, known: Collection[str]) -> str:
        if cell.text in known:
            return cell.text
        near = get_close_matches(cell.text, known, n=1)
        hint = (
            say("Write %(near)s, if that is meant", near=near[0])
            if near
            else say("Use one of %(known)s", known=_list(known))
        )
        self.fault(cell.place, say("%(name)s holds a word that is not known", name=name), hint)
        return ""


_NO_NAMES = Principle.NO_IDENTIFIERS


def _no_day() -> date:
    raise ValueError


def _list(known: Collection[str]) -> str:
    return ", ".join(sorted(known))
