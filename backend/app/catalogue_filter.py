"""Which indicators a reader of the catalogue wants to see, and how they spread over levels and themes."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields

from werkzeug.datastructures import MultiDict

from backend.app import catalogue_terms as terms
from forms import catalogue
from forms.catalogue import Indicator
from forms.catalogue.terms import Level, Theme
from forms.kinds import KINDS
from forms.prospect import can_be_asked

Matrix = Mapping[tuple[str, str], tuple[int, int]]
"""(theme, level) -> how many there are, and how many of them are picked."""
_MOST_WORDS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty means all. `words` are looked for in id, name, definition and in the question of the reader's language."""

    level: str = ""
    theme: str = ""
    pim: str = ""
    tier: str = ""
    sensitivity: str = ""
    kind: str = ""
    words: str = ""

    def wants(self, indicator: Indicator, language: str) -> bool:
        fixed = (
            (self.level, indicator.level),
            (self.theme, indicator.theme),
            (self.pim, indicator.pim_category),
            (self.tier, indicator.tier),
            (self.sensitivity, str(indicator.sensitivity)),
        )
        if any(wanted and wanted != found for wanted, found in fixed):
            return False
        if self.kind and not can_be_asked(indicator, KINDS[self.kind], catalogue.load()):
            return False
        return self._has_words(indicator, language)

    def _has_words(self, indicator: Indicator, language: str) -> bool:
        asked = (indicator.question.get(language, ""), indicator.question["en"])
        text = " ".join((indicator.id, indicator.name, indicator.definition, *asked)).casefold()
        return all(word in text for word in self.words.casefold().split())

    @property
    def chosen(self) -> dict[str, str]:
        """For links: only what narrows down."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    def with_cell(self, theme: str, level: str) -> dict[str, str]:
        return {**self.chosen, "theme": theme, "level": level}


_KNOWN: Mapping[str, Mapping[str, str]] = {
    "level": terms.LEVELS,
    "theme": terms.THEMES,
    "pim": terms.PIM_CATEGORIES,
    "tier": terms.TIERS,
    "sensitivity": terms.SENSITIVITIES,
    "kind": {name: text for name, text in terms.KINDS.items() if KINDS[name].keeps_answers},
}


def read_filter(given: MultiDict[str, str]) -> Filter:
    """A value that nobody knows counts as none: an old link still shows something."""
    known = {name: given[name] for name, values in _KNOWN.items() if given.get(name) in values}
    return Filter(**known, words=given.get("words", "").strip()[:_MOST_WORDS])


def options() -> Mapping[str, Mapping[str, str]]:
    return _KNOWN


def matrix(
    indicators: Iterable[Indicator], picked: Collection[str], wants: Callable[[Indicator], bool] = bool
) -> Matrix:
    found = {(theme.value, level.value): (0, 0) for theme in Theme for level in Level}
    for indicator in indicators:
        if wants(indicator):
            key = (indicator.theme.value, indicator.level.value)
            there, taken = found[key]
            found[key] = (there + 1, taken + (indicator.id in picked))
    return found
