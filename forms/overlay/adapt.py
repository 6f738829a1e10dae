"""The catalogue as one country sees it: the standard with an overlay laid over it, checked by all rules once more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from forms.catalogue import Catalogue, Choice, ChoiceList, Indicator, Module, Texts
from forms.catalogue.collection import Entries
from forms.catalogue.findings import Finding as EntryFinding
from forms.catalogue.local import Local
from forms.catalogue.render import digest
from forms.catalogue.rules import RULES, check
from forms.catalogue.terms import RELEASE_FLOORS, Level, ReleaseGeo, ReleasePeriod
from forms.comparability import Adaptation
from forms.overlay.limits import GUARDED
from forms.overlay.model import AdaptedChoice, AdaptedIndicator, Overlay
from forms.overlay.rule import Finding, OverlayError
from forms.overlay.write import label
from forms.sentences import Sentence, say

_ASKED_ALONE = 3
"""From this sensitivity on, some groups of informants are not asked."""
_LEVELS, _GEO, _PERIODS = list(Level), list(ReleaseGeo), list(ReleasePeriod)
_HOLDS = {rule.number: rule.holds for rule in RULES}


def adapted(catalogue: Catalogue, overlay: Overlay) -> Catalogue:
    """Raises OverlayError when a rule of the catalogue does not hold any more."""
    entries = _entries(catalogue, overlay)
    findings = [_located(one, overlay) for one in check(entries)]
    if findings:
        raise OverlayError(findings)
    settings = replace(entries.settings, languages=overlay.languages)
    seen = replace(entries, settings=settings)
    return Catalogue(seen, digest(seen), _local(catalogue, overlay))


# ---- entries ---------------------------------------------------------------------------------------------------------


def _entries(catalogue: Catalogue, overlay: Overlay) -> Entries:
    standard = catalogue.entries
    changed = {one.id: one for one in overlay.indicators}
    indicators = [_indicator(one, changed[one.id]) if one.id in changed else one for one in catalogue.indicators]
    indicators += [one for one in overlay.local_indicators if one.id not in standard.indicators]
    indicators.sort(key=lambda one: (_LEVELS.index(one.level), one.id))
    lists = [_choice_list(one, overlay) for one in catalogue.choice_lists]
    lists += [one for one in overlay.local_lists if one.name not in standard.choice_lists]
    return replace(
        standard,
        indicators={one.id: one for one in indicators},
        choice_lists={one.name: one for one in lists},
        modules={one.id: _module(one, overlay) for one in catalogue.modules},
    )


def _indicator(standard: Indicator, change: AdaptedIndicator) -> Indicator:
    """A higher sensitivity makes the floors of release coarser by itself; nothing makes them finer."""
    sensitivity = max(standard.sensitivity, change.sensitivity or 0)
    geo, period = RELEASE_FLOORS[sensitivity]
    return replace(
        standard,
        question=_over(standard.question, change.question),
        recall=change.recall or standard.recall,
        sensitivity=sensitivity,
        min_release_geo=max(standard.min_release_geo, geo, key=_GEO.index),
        min_release_period=max(standard.min_release_period, period, key=_PERIODS.index),
    )


def _over(standard: Texts, changed: Texts) -> Texts:
    return Texts(tuple((language, changed.get(language) or text) for language, text in standard.items()))


def _choice_list(standard: ChoiceList, overlay: Overlay) -> ChoiceList:
    """What was added stands after its parent, in the order of the overlay."""
    mine = [one for one in overlay.choices if one.list_name == standard.name]
    if not mine:
        return standard
    words = {one.code: one.label for one in mine if not one.parent}
    choices: list[Choice] = []
    for choice in standard.choices:
        choices.append(replace(choice, label=_over(choice.label, words.get(choice.name, Texts(())))))
        choices += [_added(one, choice) for one in mine if one.parent == choice.name]
    return replace(standard, choices=tuple(choices))


def _added(one: AdaptedChoice, parent: Choice) -> Choice:
    return Choice(name=one.code, label=one.label, maps_to=parent.maps_to, parent=parent.name)


def _module(standard: Module, overlay: Overlay) -> Module:
    words = {one.name: one.label for one in overlay.items}
    items = (
        replace(item, label=_over(item.label, words[item.name])) if item.label and item.name in words else item
        for item in standard.items
    )
    return replace(standard, items=tuple(items))


# ---- what is told about it -------------------------------------------------------------------------------------------


def _local(catalogue: Catalogue, overlay: Overlay) -> Local:
    return Local(
        overlay=label(overlay),
        country=overlay.country,
        hints={one.id: one.hint for one in overlay.indicators if one.hint},
        examples={one.id: one.examples for one in overlay.indicators if one.examples},
        sites=overlay.sites,
        adaptations={one.id: found for one in catalogue.indicators if (found := tuple(_adaptations(one, overlay)))},
        notes=tuple(_notes(catalogue, overlay)),
    )


def _adaptations(standard: Indicator, overlay: Overlay) -> Iterator[Adaptation]:
    change = next((one for one in overlay.indicators if one.id == standard.id), AdaptedIndicator(id=standard.id))
    lists = [one for one in overlay.choices if one.list_name == standard.choices]
    if change.question or change.hint or change.examples or any(not one.parent for one in lists):
        yield Adaptation.WORDS
    if change.sensitivity is not None and change.sensitivity > standard.sensitivity:
        fewer = standard.sensitivity < _ASKED_ALONE <= change.sensitivity
        yield Adaptation.RULE if fewer else Adaptation.STRICTER
    yield from (Adaptation.CHOICE_ADDED for one in lists if one.parent)
    if change.recall not in {"", standard.recall}:
        yield Adaptation.RECALL


def _notes(catalogue: Catalogue, overlay: Overlay) -> Iterator[str]:
    if overlay.catalogue != catalogue.version:
        yield say(
            "The overlay was written for catalogue %(old)s, and this is %(new)s: compare its words with the new ones.",
            old=overlay.catalogue,
            new=catalogue.version,
        )
    modules = {item.name: module.id for module in catalogue.modules for item in module.items}
    for one in overlay.items:
        if modules.get(one.name) in GUARDED:
            yield say(
                "%(item)s is said in the country's words; that no point is lost was seen by: %(role)s.",
                item=one.name,
                role=one.confirmed_by,
            )


# ---- where a fault stands in the overlay -----------------------------------------------------------------------------


def _located(finding: EntryFinding, overlay: Overlay) -> Finding:
    place = next((overlay.places[key] for key in _keys(finding) if key in overlay.places), finding.file)
    what = finding.what if finding.entry in place else say("%(at)s: %(what)s", at=finding.entry, what=finding.what)
    holds = _HOLDS.get(finding.rule, "")
    return Finding(place, what, finding.remedy, _rule(finding.rule, holds) if holds else "")


def _rule(number: int, holds: str) -> Sentence:
    return say("catalogue, rule %(number)s: %(holds)s", number=number, holds=holds)


def _keys(finding: EntryFinding) -> Iterable[tuple[str, str]]:
    name = finding.file.rpartition("/")[2].removesuffix(".yaml")
    item = finding.entry.rpartition(": ")[2]
    sections: Mapping[str, tuple[tuple[str, str], ...]] = {
        "indicators": (("indicators", name), ("local_indicators", name)),
        "choices": (("choices", finding.entry), ("local_choices", finding.entry)),
        "modules": (("items", item),),
    }
    return (*sections.get(finding.file.partition("/")[0], ()), ("overlay", ""))
