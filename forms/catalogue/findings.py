"""What is wrong in a catalogue, said so that its owner can mend it; all of it at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: where it stands, which rule it breaks (0 = the file itself), what is wrong, what to do."""

    file: str
    entry: str
    rule: int
    what: str
    remedy: str

    def __str__(self) -> str:
        rule = f" (rule {self.rule})" if self.rule else ""
        place = f"{self.file}: {self.entry}" if self.entry else self.file
        return f"{place}: {self.what}{rule}. {self.remedy}."


def _place(finding: Finding) -> tuple[list[str | int], Finding]:
    """Row 3 comes before row 10."""
    parts = _DIGITS.split(finding.file)
    return [int(part) if part.isdecimal() else part for part in parts], finding


class CatalogueError(Exception):
    """A catalogue that cannot be used; `findings` holds every fault found, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings), key=_place))
        count = "1 fault" if len(self.findings) == 1 else f"{len(self.findings)} faults"
        super().__init__("\n".join([f"The catalogue has {count}:", *(f"- {finding}" for finding in self.findings)]))


class UnknownEntryError(CatalogueError):
    """Somebody asked for an entry that the catalogue does not have."""
