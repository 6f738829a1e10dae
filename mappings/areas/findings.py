"""What the import found wrong: where, what, and what to do; all of it at once, never only the first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

FEATURES = "features"
"""Stands for the sheet where the source is a GeoJSON file."""
_SHOWN = 5


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was read. `row` is the number a person sees in the sheet; 0 means the file as a whole."""

    file: str
    sheet: str = ""
    row: int = 0

    def __str__(self) -> str:
        if self.sheet == FEATURES:
            return f"{self.file}, feature {self.row}" if self.row else self.file
        return self.file + (f", sheet '{self.sheet}'" if self.sheet else "") + (f", row {self.row}" if self.row else "")


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    source: Source
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.source}: {self.what}. {self.remedy}."


class AreaError(Exception):
    """An area list that cannot be used; `findings` holds every reason."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


def error(source: Source, what: str, remedy: str) -> Finding:
    return Finding(Severity.ERROR, source, what, remedy)


def warning(source: Source, what: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, source, what, remedy)


def sample(codes: Sequence[str]) -> str:
    """How many, and the first few of them."""
    shown = ", ".join(codes[:_SHOWN])
    return f"{len(codes)} ({shown})" if len(codes) <= _SHOWN else f"{len(codes)} ({shown} ...)"
