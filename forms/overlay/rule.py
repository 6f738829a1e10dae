"""What a country may not change, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from forms.sentences import say


class Rule(StrEnum):
    """The rule that an entry breaks, in the words in which it is told to the officer."""

    ONE_MEANING = say("R26, one meaning: id, definition, type, unit and method are the same in every country")
    STANDARD_ANSWERS = say("R26, standard answers: their codes stay, and those that stand alone stand alone")
    PARENT = say("R26, added answers: each counts as one standard answer, its parent")
    RECALL = say("R26, recall: another period only from the catalogue's list")
    SENSITIVITY = say("R26, sensitivity: it may rise, and never falls")
    NEVER = say("R26, never asked: what the standard does not ask in the field is not asked in a country")
    FLOORS = say(
        "R14, floors: area and period of release follow from the sensitivity, and thresholds are the product's"
    )
    GUARDED = say(
        "R26, safety, consent and disclosure: their points stay; words only, where the catalogue lets them change"
    )
    NAMESPACE = say("R26, local indicators: an id of their own, LOC-<ISO3>-<ORG>-nnn, and nothing of the standard")
    WORDS = say("PIM principle 2, do no harm: hints and examples keep the rules of the questions")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of an overlay: where it stands, what is wrong, what to do, and the rule where one is broken."""

    place: str
    what: str
    remedy: str
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}. {self.remedy}.{f' [{self.rule}]' if self.rule else ''}"


class OverlayError(Exception):
    """An overlay that cannot be used; `findings` holds every fault."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(dict.fromkeys(findings))
        count = "1 fault" if len(self.findings) == 1 else f"{len(self.findings)} faults"
        super().__init__("\n".join([f"The overlay has {count}:", *(f"- {finding}" for finding in self.findings)]))
