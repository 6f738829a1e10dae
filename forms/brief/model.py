"""What an officer decides before a form exists: the brief, frozen, and the findings that keep one from being used."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import inf

_LINE = re.compile(r"line ([0-9]+)")
REFERRAL_DAYS = 30
"""How old the last check of the referral pathway may be (standard schema, survey.referral_verified_on)."""


class Principle(StrEnum):
    """The rule that a brief breaks, in the words in which it is told to the officer."""

    NO_CASES = "R1, community data only: nothing about single persons is asked or kept"
    NO_CONTACT = "R2, no contact: nobody is asked about what they have lived through"
    ONE_MEANING = "R5, one meaning: the same code is the same question everywhere"
    METHOD = "R6, method: each kind of respondent is asked only what suits it"
    LOW_BURDEN = "R29, low burden: a provider is asked for ten totals a month at most"
    BIAS = "R30, known bias: totals of services speak of those who were assisted, and say so"
    SOURCES = "R33, evidence: what stands in existing data names where it stands"
    EXISTING_FIRST = "R7, existing data first: ask only what cannot be known otherwise"
    NO_IDENTIFIERS = "R10, no identifiers: no name, telephone number or address is asked or kept"
    RISK = "R13, risk first: nothing is collected while the remaining risk is high"
    OPEN_NOTE = "R25, one guarded note: free text needs the quarantine"
    DO_NO_HARM = "PIM principle 2, do no harm"
    PURPOSE = "PIM principle 3, defined purpose"
    DATA_PROTECTION = "PIM principle 5, data responsibility, protection and security"
    CAPACITY = "PIM principle 6, competency and capacity"
    COORDINATION = "PIM principle 8, coordination and collaboration"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a brief: where it stands, what is wrong, what to do, and the principle where one is broken."""

    file: str
    place: str
    what: str
    remedy: str
    principle: Principle | None = None

    def __str__(self) -> str:
        where = f"{self.file}, {self.place}" if self.place else self.file
        rule = f" [{self.principle}]" if self.principle else ""
        return f"{where}: {self.what}. {self.remedy}.{rule}"


class BriefError(Exception):
    """A brief that cannot become a form. `findings` holds every fault, line by line where the file has lines."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(dict.fromkeys(findings), key=_line))
        count = "1 fault" if len(self.findings) == 1 else f"{len(self.findings)} faults"
        super().__init__("\n".join([f"The brief has {count}:", *(f"- {finding}" for finding in self.findings)]))


def _line(finding: Finding) -> float:
    """What stands nowhere, or in a sheet, comes last, in the order in which it was found."""
    found = _LINE.match(finding.place)
    return int(found[1]) if found else inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The collection exercise a form belongs to."""

    id: str
    round: int
    country: str
    """ISO 3166-1 alpha-3, or one of its user-assigned codes."""
    operation: str
    period_start: date
    period_end: date
    organisation: str
    """The one that answers for the collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why anything is asked at all, who decides with it, and what was done so that nobody is harmed."""

    codes: tuple[str, ...]
    decision: str
    owner_role: str
    author_role: str
    approver_role: str
    existing_data_checked: bool
    gap_reason: str
    risk_assessed: bool
    residual_risk: str
    referral_verified_on: date
    """Lives in the survey record and never in the form, so that a new check does not make a new form."""
    isp_ref: str
    sharing_level: str
    raw_retention_days: int
    sampling: str
    population: str
    limitations: tuple[str, ...]
    funding_focus: str

    def referral_age(self, today: date) -> int:
        """In days; negative when the day lies ahead."""
        return (today - self.referral_verified_on).days

    def is_referral_live(self, today: date) -> bool:
        return 0 <= self.referral_age(today) <= REFERRAL_DAYS


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation that collects; `name` is what phones show."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Enumerator:
    """Codes only: who is behind them is known to the supervisor, never to the product."""

    code: str
    team: str
    supervisor: str


@dataclass(frozen=True, slots=True)
class DataSource:
    """Existing data that answers are taken from; phones show `citation`, answers keep `code`."""

    code: str
    citation: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """An indicator of the form, with the reason for asking where existing data should answer."""

    indicator: str
    gap_reason: str = ""
    pulled_by: str = field(default="", compare=False)
    """The indicator that depends on this one, where the officer did not name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything a form is made from besides catalogue and areas. Made by `load_brief`, which has checked it whole."""

    form_id: str
    title: str
    respondent: str
    languages: tuple[str, ...]
    survey: Survey
    purpose: Purpose
    indicators: tuple[Chosen, ...]
    organisations: tuple[Organisation, ...]
    enumerators: tuple[Enumerator, ...]
    areas: tuple[str, ...] | None = None
    """P-codes of any level, each with all that lies below; None: the whole country."""
    sites: tuple[str, ...] | None = None
    """Site codes; None: all sites of the areas."""
    sources: tuple[DataSource, ...] = ()
    """Only for kinds whose answers stand in existing data."""
    file: str = field(default="brief", compare=False)

    @property
    def gap_justification(self) -> str:
        """Why existing data are not enough: for the whole, then each reason with the indicators that have it."""
        single: dict[str, list[str]] = {}
        for chosen in self.indicators:
            if chosen.gap_reason:
                single.setdefault(chosen.gap_reason, []).append(chosen.indicator)
        told = [f"{', '.join(asked)}: {reason}" for reason, asked in single.items()]
        return "\n".join([self.purpose.gap_reason, *told])
