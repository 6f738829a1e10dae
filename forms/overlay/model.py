"""An overlay: what one country changes in the words of the catalogue, and what it adds beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.catalogue import ChoiceList, Indicator, Texts

NO_TEXTS = Texts(())


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptedIndicator:
    """An indicator of the standard in the words of a country. Empty: as in the standard."""

    id: str
    question: Texts = NO_TEXTS
    hint: Texts = NO_TEXTS
    examples: Texts = NO_TEXTS
    recall: str = ""
    sensitivity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptedChoice:
    """With a parent: a choice that the country added. Without: other words for a standard one."""

    list_name: str
    code: str
    parent: str = ""
    label: Texts = NO_TEXTS


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptedItem:
    """A line of a standard module in other words. `confirmed_by`: the role that saw that no point was lost."""

    name: str
    label: Texts
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Made by `load_overlay`, which has held it against the catalogue."""

    country: str
    """ISO 3166-1 alpha-3, or one of its user-assigned codes."""
    organisation: str
    """The one that keeps the overlay; local indicators carry both codes."""
    version: int
    catalogue: str
    """The version of the catalogue that it was written for."""
    languages: tuple[str, ...]
    """Whatever it adds has a text in each of these, and no form with it has another language."""
    indicators: tuple[AdaptedIndicator, ...] = ()
    choices: tuple[AdaptedChoice, ...] = ()
    items: tuple[AdaptedItem, ...] = ()
    sites: tuple[str, ...] | None = None
    """The sites of the country that forms offer; None: all that were imported."""
    local_indicators: tuple[Indicator, ...] = ()
    local_lists: tuple[ChoiceList, ...] = ()
    places: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)
    """Where each entry stands in the file it was read from: (kind of entry, name) -> place."""

    @property
    def namespace(self) -> str:
        return f"LOC-{self.country}-{self.organisation}-"

    def place(self, kind: str, name: str) -> str:
        return self.places.get((kind, name)) or self.places.get(("overlay", "")) or "overlay"
