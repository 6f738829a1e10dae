"""What the checks of a form found: findings with place, reason and remedy, as JSON and as text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from forms.checks.codes import Code, Severity

_ORDER = list(Severity)
_SHEETS = ("", "settings", "survey", "choices")
_MOST_ALIKE = 8
_FIRST_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the workbook; row and column count from 1, and 0 is the whole sheet or row. `entry` is where the cell
    comes from, when the form is made from the catalogue."""

    sheet: str = ""
    row: int = 0
    column: int = 0
    header: str = ""
    name: str = ""
    entry: str = ""

    @property
    def cell(self) -> str:
        """As a spreadsheet program writes it: survey!D14."""
        if not self.sheet or not self.row:
            return self.sheet
        return f"{self.sheet}!{get_column_letter(self.column)}{self.row}" if self.column else f"{self.sheet}!{self.row}"

    def __str__(self) -> str:
        about = ", ".join(part for part in (self.name, self.header, self.entry) if part)
        return f"{self.cell} ({about})" if self.cell and about else self.cell or about or "the form"


@dataclass(frozen=True, slots=True)
class Finding:
    code: Code
    place: Place
    reason: str
    remedy: str = ""
    """What to do here; without one, the code's own remedy."""

    @property
    def severity(self) -> Severity:
        return self.code.meaning.severity

    @property
    def advice(self) -> str:
        return self.remedy or self.code.meaning.remedy

    def __str__(self) -> str:
        return f"{self.severity} {self.code} at {self.place}: {self.reason}. {self.advice}."


@dataclass(frozen=True, slots=True)
class Report:
    """In the order of the form, gravest first. `fills` is how many times the engine filled it."""

    file: str
    findings: tuple[Finding, ...]
    fills: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self.of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return self.of(Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return self.of(Severity.NOTE)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)

    def summary(self) -> str:
        counts = (len(self.errors), len(self.warnings), len(self.notes))
        words = (
            f"{count} {name}{'' if count == 1 else 's'}" for count, name in zip(counts, Severity, strict=True) if count
        )
        filled = f"; filled {self.fills} times by the engine" if self.fills else ""
        return f"{self.file}: {', '.join(words) or 'nothing found'}{filled}."

    def text(self) -> str:
        """Of many findings of one kind in one column, the first few stand for all; `as_dict` has every one."""
        return "\n".join([*_lines(self.findings), self.summary()])

    def as_dict(self) -> dict[str, object]:
        """For programs; the keys stay."""
        return {
            "file": self.file,
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "notes": len(self.notes),
            "fills": self.fills,
            "findings": [_as_dict(finding) for finding in self.findings],
        }


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    def alike(finding: Finding) -> tuple[Code, str, str]:
        return finding.code, finding.place.sheet, finding.place.header

    left = Counter(map(alike, findings))
    many = {kind for kind, count in left.items() if count > _MOST_ALIKE}
    told: Counter[tuple[Code, str, str]] = Counter()
    for finding in findings:
        kind = alike(finding)
        told[kind] += 1
        if kind not in many or told[kind] <= _FIRST_ALIKE:
            yield str(finding)
        elif told[kind] == left[kind]:
            _, sheet, header = kind
            where = f" in the column {header} of {sheet}" if header else f" in {sheet}" if sheet else ""
            more = left[kind] - _FIRST_ALIKE
            yield f"{finding.severity} {finding.code}: {more} more{where}, down to {finding.place.cell or 'the end'}."


def report(file: str, findings: Iterable[Finding], fills: int = 0) -> Report:
    """Each finding once, sorted."""
    return Report(file, tuple(sorted(dict.fromkeys(findings), key=_rank)), fills)


def _rank(finding: Finding) -> tuple[int, int, int, int, str]:
    place = finding.place
    sheet = _SHEETS.index(place.sheet) if place.sheet in _SHEETS else len(_SHEETS)
    return _ORDER.index(finding.severity), sheet, place.row, place.column, str(finding.code)


def _as_dict(finding: Finding) -> dict[str, object]:
    place = finding.place
    return {
        "code": str(finding.code),
        "severity": str(finding.severity),
        "cell": place.cell,
        "sheet": place.sheet,
        "row": place.row,
        "column": place.header,
        "question": place.name,
        "entry": place.entry,
        "reason": finding.reason,
        "remedy": finding.advice,
    }
