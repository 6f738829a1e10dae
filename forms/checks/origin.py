"""Of a form made from our catalogue: which entry each question comes from, and how sensitive it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forms.catalogue import Catalogue, Indicator, load

MARK = "fv_catalogue"
"""The hidden line by which our forms are known."""
_PER_SECTION = "MOD-EVI"


@dataclass(frozen=True, slots=True)
class Origin:
    """`entries`: question name -> catalogue entry; `indicators`: the same for indicators only."""

    is_ours: bool = False
    entries: Mapping[str, str] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)


def origin(names: Iterable[str], catalogue: Catalogue | None = None) -> Origin:
    """Of a form with questions of these names."""
    known = frozenset(names)
    if MARK not in known:
        return Origin()
    catalogue = catalogue or load()
    indicators = {one.question_name: one for one in catalogue.indicators if one.question_name in known}
    entries = {name: indicator.id for name, indicator in indicators.items()}
    for module in catalogue.modules:
        for item in module.items:
            own = {name for name in known if name.startswith(f"{item.name}_")} if module.id == _PER_SECTION else set()
            entries.update(dict.fromkeys((own | {item.name}) & known, f"{module.id}: {item.name}"))
    return Origin(True, entries, indicators)
