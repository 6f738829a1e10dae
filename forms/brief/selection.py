"""Which indicators a brief means: whole tiers, and what a chosen one depends on."""

from collections.abc import Iterable, Iterator

from forms.brief.model import Chosen
from forms.brief.suits import faults
from forms.catalogue import Catalogue, CatalogueError, Indicator
from forms.catalogue.terms import Level, Tier
from forms.kinds import Kind

TIERS = tuple(tier.value for tier in Tier)
"""Words for whole tiers; each means the ones before it too."""
_CORE_FORM = "site_ki"
_STRUCTURAL = "desk_structural"


def of_tier(word: str, kind: Kind, catalogue: Catalogue) -> tuple[str, ...]:
    """What this kind may be asked without a written reason. The core of key informants is the core field form."""
    if not kind.keeps_answers:
        return ()
    reached = set(TIERS[: TIERS.index(word) + 1])
    if kind.name == _CORE_FORM:
        reached.discard(Tier.CORE)
        first = catalogue.core_field_form
    else:
        first = ()
    more = (found.id for found in _askable(kind, catalogue) if found.tier in reached)
    return tuple(dict.fromkeys([*first, *more]))


def tier_asked(kind: Kind, catalogue: Catalogue, asked: Iterable[str]) -> Tier | None:
    """The highest tier that is asked whole, lower ones first where two mean the same; None where some were picked."""
    asked, found, most = set(asked), None, 0
    for tier in Tier:
        meant = of_tier(tier, kind, catalogue)
        if len(meant) > most and asked.issuperset(meant):
            found, most = tier, len(meant)
    return found


def left_out(kind: Kind, catalogue: Catalogue, asked: Iterable[str], tier: Tier = Tier.CORE) -> tuple[str, ...]:
    """Indicators up to this tier that only a written reason keeps from this kind, and that are not asked."""
    asked, reached = set(asked), TIERS[: TIERS.index(tier) + 1]
    return tuple(
        found.id
        for found in catalogue.indicators
        if found.tier in reached
        and found.id not in asked
        and list(faults(found, kind, catalogue, has_reason=False))
        and not list(faults(found, kind, catalogue, has_reason=True))
    )


def _askable(kind: Kind, catalogue: Catalogue) -> Iterator[Indicator]:
    for indicator in catalogue.indicators:
        # The form is named after its level; others can be named one by one.
        fits = kind.name != _STRUCTURAL or indicator.level is Level.STRUCTURAL
        if fits and not list(faults(indicator, kind, catalogue, has_reason=False)):
            yield indicator


def with_what_they_need(chosen: Iterable[Chosen], catalogue: Catalogue) -> tuple[Chosen, ...]:
    """Each indicator after those that it depends on, which are added where nobody named them.

    An added one has the reason of the one that pulled it in: it is asked for nothing else.
    """
    listed = tuple(chosen)
    named = {one.indicator for one in listed}
    found: list[Chosen] = []
    for one in listed:
        for needed in _needed(one.indicator, catalogue):
            if needed not in named:
                named.add(needed)
                found.append(Chosen(needed, one.gap_reason, pulled_by=one.indicator))
        found.append(one)
    return tuple(found)


def _needed(name: str, catalogue: Catalogue) -> Iterator[str]:
    """Deepest first."""
    try:
        above = catalogue.indicator(name).depends_on
    except CatalogueError:
        return
    for needed in above:
        yield from _needed(needed, catalogue)
        yield needed
