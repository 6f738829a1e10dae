"""What of a form that somebody edited by hand still is standard: question by question, with what was changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from forms.checks.survey import Item, Survey
from forms.comparability import Adaptation, comparability
from forms.diff import Aliases, Change, FormDiff, Grade, Kind, Stakes, compare
from mappings.language import FormMapping, Rule

_ADAPTATIONS: Mapping[Kind, Adaptation] = {
    Kind.QUESTION_RENAMED: Adaptation.WORDS,
    Kind.LABEL: Adaptation.WORDS,
    Kind.HINT: Adaptation.WORDS,
    Kind.CHOICE_LABEL: Adaptation.WORDS,
    Kind.CHOICE_RENAMED: Adaptation.WORDS,
    Kind.CHOICE_ADDED: Adaptation.CHOICE_UNMAPPED,
    Kind.CHOICE_REMOVED: Adaptation.CHOICE_REMOVED,
    Kind.RELEVANT: Adaptation.RULE,
    Kind.REQUIRED: Adaptation.RULE,
    Kind.CONSTRAINT: Adaptation.RULE,
    Kind.DEFAULT: Adaptation.RULE,
    Kind.CALCULATION: Adaptation.RULE,
    Kind.CHOICE_FILTER: Adaptation.RULE,
    Kind.OTHER: Adaptation.RULE,
    Kind.TYPE: Adaptation.OTHER_QUESTION,
    Kind.MEANING: Adaptation.OTHER_QUESTION,
    Kind.CHOICE_MEANING: Adaptation.OTHER_QUESTION,
    Kind.REPEAT: Adaptation.OTHER_QUESTION,
}
"""What is not here (order, groups, appearance, messages) leaves an answer what it was."""


class Standing(StrEnum):
    """`adapted` is still comparable in part; `broken` is another question under the same name."""

    STANDARD = "standard"
    ADAPTED = "adapted"
    BROKEN = "broken"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Judged:
    """One indicator of the standard form, and what became of it."""

    indicator: str
    question: str
    standing: Standing
    score: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Conformance:
    """`gate`: changes of consent and safety, with which nothing of the form may be kept. `added`: in no standard."""

    diff: FormDiff
    indicators: tuple[Judged, ...]
    gate: tuple[Change, ...]
    added: tuple[str, ...]

    @property
    def is_readable(self) -> bool:
        return not self.gate

    def of(self, standing: Standing) -> tuple[Judged, ...]:
        return tuple(one for one in self.indicators if one.standing is standing)

    def summary(self) -> str:
        counts = [f"{len(self.of(one))} {one}" for one in Standing if self.of(one)]
        gate = "" if self.is_readable else " Consent or safety was changed: nothing that comes in with it is kept."
        more = f"; {len(self.added)} questions are not standard" if self.added else ""
        return f"{self.diff.new}: of {len(self.indicators)} indicators {', '.join(counts)}{more}.{gate}"

    def as_dict(self) -> dict[str, object]:
        return {
            "form": self.diff.new,
            "readable": self.is_readable,
            "indicators": [_as_dict(one) for one in self.indicators],
            "gate": [change.what for change in self.gate],
            "added": list(self.added),
        }


def conform(
    standard: Survey, edited: Survey, mapping: FormMapping, *, stakes: Stakes, aliases: Aliases | None = None
) -> Conformance:
    """`mapping` and `stakes` are those of the standard form, which `edited` was made from."""
    aliases = aliases or Aliases()
    diff = compare(standard, edited, aliases=aliases, stakes=stakes)
    judged = tuple(_judge(rule, standard, edited, diff, aliases) for rule in mapping.rules)
    known = {aliases.questions.get(item.name, item.name) for item in standard.items}
    added = tuple(item.name for item in edited.items if item.is_asked and item.name not in known)
    return Conformance(diff, judged, tuple(one for one in diff.breaking if one.kind is Kind.GATE), added)


def _judge(rule: Rule, standard: Survey, edited: Survey, diff: FormDiff, aliases: Aliases) -> Judged:
    name = rule.path.rpartition("/")[2]
    before = standard.one(name)
    if before is None or edited.one(aliases.questions.get(name, name)) is None:
        return Judged(rule.indicator, name, Standing.MISSING, 0.0, ())
    changes = tuple(_of(before, diff))
    found = [_ADAPTATIONS[change.kind] for change in changes]
    score = comparability(found)
    if Adaptation.OTHER_QUESTION in found or score <= 0:
        return Judged(rule.indicator, name, Standing.BROKEN, 0.0, changes)
    return Judged(rule.indicator, name, Standing.ADAPTED if found else Standing.STANDARD, score, changes)


def _of(item: Item, diff: FormDiff) -> Iterator[Change]:
    """The changes that matter to its answers; other words count once, in however many languages.

    Whom a group around it is asked of is whom it is asked of.
    """
    told: set[tuple[Kind, str]] = set()
    around = {group.name for group in item.above}
    for change in diff.changes:
        is_its = change.subject == item.name or (item.list_name and change.subject.startswith(f"{item.list_name}:"))
        is_its = is_its or (change.kind is Kind.RELEVANT and change.subject in around)
        if (
            is_its
            and change.kind in _ADAPTATIONS
            and not _is_spelling(change)
            and (change.kind, change.subject) not in told
        ):
            told.add((change.kind, change.subject))
            yield change


def _is_spelling(change: Change) -> bool:
    return change.grade is Grade.HARMLESS


def _as_dict(one: Judged) -> dict[str, object]:
    return {
        "indicator": one.indicator,
        "question": one.question,
        "standing": str(one.standing),
        "comparability": one.score,
        "changes": [change.what for change in one.changes],
    }
