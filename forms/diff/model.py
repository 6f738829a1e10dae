"""The difference between two forms: changes with place, grade, reason and remedy, as text and as JSON."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from forms.checks import Place
from forms.diff.kinds import Grade, Kind
from forms.diff.words import around

_ORDER = list(Grade)
_NOWHERE = Place()
_EMPTY = "(nothing)"


@dataclass(frozen=True, slots=True)
class Change:
    """`place` is in the new form, `place_before` in the old one. `subject`: question, `list:code`, setting. `was` and
    `is_now` are the text or rule itself, where that is what changed."""

    kind: Kind
    grade: Grade
    subject: str
    what: str
    place: Place = _NOWHERE
    language: str = ""
    place_before: Place = _NOWHERE
    was: str = ""
    is_now: str = ""

    @property
    def key(self) -> str:
        """By which a migration names it: the same for the same two forms."""
        return f"{self.kind} {self.subject}"

    def __str__(self) -> str:
        meaning = self.kind.meaning
        remedy = "" if self.grade is Grade.HARMLESS else f" {meaning.remedy}."
        return f"{self.grade}: {self.where}, {self.subject}: {self.what}: {meaning.why}.{remedy}"

    @property
    def where(self) -> str:
        """Both cells where there are two: rows move from one version to the next."""
        old, new = self.place_before.cell, self.place.cell
        if old and new:
            return f"{new} (was {old})" if old != new else new
        return f"{old} of the old form" if old else new or "form"

    def excerpts(self) -> tuple[str, str]:
        """Old and new text; of long ones the part that is different, with some words around it."""
        return around(self.was, self.is_now)

    def texts(self) -> Iterator[str]:
        """The same, each in a line."""
        if self.was or self.is_now:
            was, is_now = self.excerpts()
            if was or self.place_before.cell:
                yield f"- {was or _EMPTY}"
            if is_now or self.place.cell:
                yield f"+ {is_now or _EMPTY}"


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

    def lines(self, *, harmless: bool = True) -> Iterator[str]:
        """The summary counts all of them."""
        for change in self.changes:
            if change.grade is Grade.HARMLESS and not harmless:
                continue
            yield str(change)
            yield from (f"    {text}" for text in change.texts())
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
        "cell_before": change.place_before.cell,
        "was": change.was,
        "is_now": change.is_now,
        "entry": change.place.entry,
        "what": change.what,
        "why": change.kind.meaning.why,
        "remedy": change.kind.meaning.remedy,
    }
