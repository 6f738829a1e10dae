"""What a country's overlay adds to a catalogue beside its entries (`forms.overlay`); nothing in the standard itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.catalogue.entries import Texts
from forms.comparability import Adaptation, Compared

LOCAL = "LOC-"
"""How the ids of local indicators begin."""


@dataclass(frozen=True, slots=True)
class Local:
    """`overlay` names it, with country, version and content; '' is the standard. The rest is by indicator."""

    overlay: str = ""
    country: str = ""
    hints: Mapping[str, Texts] = field(default_factory=dict)
    examples: Mapping[str, Texts] = field(default_factory=dict)
    sites: tuple[str, ...] | None = None
    """The sites of the country; None: all that were imported."""
    adaptations: Mapping[str, tuple[Adaptation, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What an officer has to know whenever a form is made with it."""

    def compared(self, indicator: str) -> Compared:
        return Compared(indicator, self.adaptations.get(indicator, ()), indicator.startswith(LOCAL))
