"""The difference between two forms: changes with place, grade, reason and remedy, as text and as JSON."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from forms.checks import Place
from forms.diff.kinds import Grade, Kind

_ORDER = list(Grade)
_NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Change:
    """`place` is in the new form, or in the old one for what is gone. `subject`: question, `list:code`, setting."""

    kind: Kind
    grade: Grade
    subject: str
    what: str
    place: Place = _NOWHERE
    language: str = ""

    @property
    def key(self) -> str:
        """By which a migration names it: the same for the same two forms."""
        return f"{self.kind} {self.subject}"

    def __str__(self) -> str:
        meaning = self.kind.meaning
        remedy = "" if self.grade is Grade.HARMLESS else f" {meaning.remedy}."
        return f"{self.grade}: {self.place.cell or 'form'}, {self.subject}: {self.what}: {meaning.why}.{remedy}"


@dataclass(frozen=True, slots=True)
class Aliases:
    """What is the same under another name: question -> question, and by list code -> code, from old to new."""

    questions: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormDiff:
    """Gravest first, then in the order of the form."""

    old: str
    new: str
    changes: tuple[Change, ...]

    def of(self, grade: Grade) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.grade is grade)

    @property
    def breaking(self) -> tuple[Change, ...]:
        return self.of(Grade.BREAKING)

    def summary(self) -> str:
        counts = [f"{len(self.of(grade))} {grade}" for grade in Grade if self.of(grade)]
        return f"{self.old} -> {self.new}: {', '.join(counts) or 'no difference'}."

    def lines(self) -> Iterator[str]:
        yield from map(str, self.changes)
        yield self.summary()

    def as_dict(self) -> dict[str, object]:
        """For programs; the keys stay."""
        counts = {str(grade): len(self.of(grade)) for grade in Grade}
        return {"old": self.old, "new": self.new, **counts, "changes": [_as_dict(one) for one in self.changes]}


def form_diff(old: str, new: str, changes: Iterable[Change]) -> FormDiff:
    return FormDiff(old, new, tuple(sorted(dict.fromkeys(changes), key=lambda one: _ORDER.index(one.grade))))


def _as_dict(change: Change) -> dict[str, object]:
    return {
        "key": change.key,
        "kind": str(change.kind),
        "grade": str(change.grade),
        "subject": change.subject,
        "language": change.language,
        "cell": change.place.cell,
        "entry": change.place.entry,
        "what": change.what,
        "why": change.kind.meaning.why,
        "remedy": change.kind.meaning.remedy,
    }
