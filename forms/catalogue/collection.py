"""The whole catalogue: all entries that were read, and the checked collection that the product works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from forms.catalogue.entries import Choice, ChoiceList, FormKind, Indicator, Module, Recall, Review, Settings
from forms.catalogue.findings import Finding, UnknownEntryError
from forms.catalogue.local import Local
from forms.catalogue.terms import Level, ReviewState, Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Entries by their names, as read; `broken` holds the names of those that could not be read."""

    settings: Settings
    indicators: Mapping[str, Indicator]
    choice_lists: Mapping[str, ChoiceList]
    modules: Mapping[str, Module]
    recalls: Mapping[str, Recall]
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries, checked against each other. Made by `load()`, `from_workbook()` and `forms.overlay` only."""

    entries: Entries = field(repr=False)
    digest: str
    """SHA-256 over the content of all entries: two catalogues with the same digest say the same."""
    local: Local = field(default_factory=Local, repr=False)
    """What a country adapted; nothing in the standard."""

    @property
    def settings(self) -> Settings:
        return self.entries.settings

    @property
    def version(self) -> str:
        return self.settings.version

    @property
    def languages(self) -> tuple[str, ...]:
        return self.settings.languages

    @property
    def core_field_form(self) -> tuple[str, ...]:
        return self.settings.core_field_form

    @property
    def forms(self) -> tuple[FormKind, ...]:
        return self.settings.forms

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return tuple(self.entries.indicators.values())

    @property
    def choice_lists(self) -> tuple[ChoiceList, ...]:
        return tuple(self.entries.choice_lists.values())

    @property
    def modules(self) -> tuple[Module, ...]:
        return tuple(self.entries.modules.values())

    @property
    def recalls(self) -> tuple[Recall, ...]:
        return tuple(self.entries.recalls.values())

    def indicator(self, indicator_id: str) -> Indicator:
        return _find(self.entries.indicators, indicator_id, "indicator")

    def choices(self, name: str) -> tuple[Choice, ...]:
        return self.choice_list(name).choices

    def choice_list(self, name: str) -> ChoiceList:
        return _find(self.entries.choice_lists, name, "choice list")

    def module(self, module_id: str) -> Module:
        return _find(self.entries.modules, module_id, "module")

    def recall(self, code: str) -> Recall:
        return _find(self.entries.recalls, code, "recall period")

    def unreviewed(self, language: str) -> tuple[str, ...]:
        """The entries whose texts in this language no native speaker has read yet."""
        default = dict(self.settings.review)[language]
        reviews: list[tuple[str, Review]] = [
            *((indicator.id, indicator.review) for indicator in self.indicators),
            *((f"choices {choice_list.name}", choice_list.review) for choice_list in self.choice_lists),
            *((module.id, module.review) for module in self.modules),
            *((f"recall {recall.code}", recall.review) for recall in self.recalls if recall.label),
        ]
        states = ((name, dict(review).get(language, default)) for name, review in reviews)
        return tuple(name for name, state in states if state is ReviewState.UNREVIEWED)

    @property
    def unreviewed_languages(self) -> tuple[str, ...]:
        """Languages of which the product must say that they await a native speaker."""
        return tuple(language for language in self.languages if self.unreviewed(language))

    def coverage(self) -> dict[tuple[Level, Theme], int]:
        """How many indicators each level has on each theme (R4)."""
        counts = {(level, theme): 0 for level in Level for theme in Theme}
        for indicator in self.indicators:
            counts[indicator.level, indicator.theme] += 1
        return counts


E = TypeVar("E")


def _find(entries: Mapping[str, E], name: str, kind: str) -> E:
    if name in entries:
        return entries[name]
    near = get_close_matches(name, entries, n=3)
    remedy = f"Write {' or '.join(near)}, if that is meant" if near else "See `fieldveil catalogue list`"
    raise UnknownEntryError([Finding("catalogue", name, 0, f"there is no such {kind}", remedy)])
