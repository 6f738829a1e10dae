"""The rules about a kind of respondent: what it may be asked, and what a brief for it has to say."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from forms.brief.model import Brief, Chosen, Finding, Principle
from forms.catalogue import Catalogue, CatalogueError, Indicator
from forms.catalogue.terms import FieldDefault, Level, PreferredSource, ResponseType
from forms.kinds import Kind

SENSITIVE = 3
"""From here on, a question is asked only where help can be found and of people who are no risk to others."""
_PROVIDERS = "provider_monthly"
_ASSISTED_ONLY = "assisted_only"
_ELSEWHERE = "Leave it out and look for it in existing data"


class Place(Protocol):
    """Where a field stands in the file, or an entry of a list."""

    def __call__(self, name: str, entry: str = "") -> str: ...


class Fault(NamedTuple):
    """Why an indicator cannot be asked of a kind of respondent."""

    what: str
    remedy: str
    principle: Principle


def check_kind(brief: Brief, catalogue: Catalogue, kind: Kind, place: Place) -> Iterator[Finding]:
    yield from _check_sources(brief, kind, place)
    if kind.name == _PROVIDERS and _ASSISTED_ONLY not in brief.purpose.limitations:
        what = "totals of services are not marked as speaking of assisted persons only"
        remedy = f"Add '{_ASSISTED_ONLY}', and say in purpose.population who is missing"
        yield Finding(brief.file, place("purpose.limitations"), what, remedy, Principle.BIAS)
    if kind.keeps_answers:
        yield from _check_number(brief, catalogue, kind, place)
        for chosen in brief.indicators:
            yield from _check_chosen(chosen, brief, catalogue, kind, place)
    elif brief.indicators:
        what = f"{kind.name} asks nothing about the community"
        yield Finding(brief.file, place("indicators"), what, "Take the indicators out", Principle.METHOD)


def _check_sources(brief: Brief, kind: Kind, place: Place) -> Iterator[Finding]:
    if kind.names_source and not brief.sources:
        what = f"{kind.name} enters what stands in existing data, and no source is named"
        remedy = "Give sources: a code and a citation each"
        yield Finding(brief.file, place("sources"), what, remedy, Principle.SOURCES)
    elif brief.sources and not kind.names_source:
        what = f"sources are named, and {kind.name} has none: people and places are asked"
        yield Finding(brief.file, place("sources"), what, "Take the sources out", Principle.SOURCES)


def _check_number(brief: Brief, catalogue: Catalogue, kind: Kind, place: Place) -> Iterator[Finding]:
    where = place("indicators")
    at_most = next((form.at_most for form in catalogue.forms if form.name == kind.name), None)
    if not brief.indicators:
        yield Finding(brief.file, where, "no indicator is asked", "Name some, or write 'core'", Principle.PURPOSE)
    if at_most is not None and len(brief.indicators) > at_most:
        what = f"{kind.name} asks at most {at_most} indicators, and these are {len(brief.indicators)}"
        yield Finding(brief.file, where, what, "Leave out the least needed", Principle.LOW_BURDEN)


def _check_chosen(chosen: Chosen, brief: Brief, catalogue: Catalogue, kind: Kind, place: Place) -> Iterator[Finding]:
    there = place("indicators", chosen.pulled_by or chosen.indicator)
    try:
        indicator = catalogue.indicator(chosen.indicator)
    except CatalogueError as error:
        finding = error.findings[0]
        yield Finding(brief.file, there, f"{chosen.indicator}: {finding.what}", finding.remedy)
        return
    why = f" (asked since {chosen.pulled_by} depends on it)" if chosen.pulled_by else ""
    for fault in faults(indicator, kind, catalogue, has_reason=bool(chosen.gap_reason)):
        yield Finding(brief.file, there, f"{indicator.id}{why}: {fault.what}", fault.remedy, fault.principle)


def faults(indicator: Indicator, kind: Kind, catalogue: Catalogue, *, has_reason: bool) -> Iterator[Fault]:
    """The first reason why this kind may not be asked this indicator; nothing where it may."""
    if indicator.id == catalogue.settings.open_note or indicator.response_type is ResponseType.TEXT:
        what = "is the open note, which needs the quarantine; this version does not have it"
        yield Fault(what, "Leave it out", Principle.OPEN_NOTE)
    elif indicator.level is Level.INDIVIDUAL and not kind.names_source:
        what = "is about single persons, so it comes from totals and publications and never from a question"
        yield Fault(what, _ELSEWHERE, Principle.NO_CONTACT)
    elif indicator.field_default is FieldDefault.NEVER and not kind.names_source:
        yield Fault("is never asked of people or places", _ELSEWHERE, Principle.DO_NO_HARM)
    elif indicator.sensitivity > SENSITIVE and not kind.names_source:
        yield Fault("is too sensitive to be asked of anybody", _ELSEWHERE, Principle.DO_NO_HARM)
    elif kind.method not in indicator.methods:
        known = ", ".join(indicator.methods)
        what = f"cannot be asked of this kind of respondent (its methods: {known})"
        yield Fault(what, "Leave it out", Principle.METHOD)
    elif needs_reason(indicator, kind) and not has_reason:
        what = "should come from existing data; without a written gap reason it is not asked"
        yield Fault(what, "Give its gap_reason, or leave it out", Principle.EXISTING_FIRST)


def needs_reason(indicator: Indicator, kind: Kind) -> bool:
    """Kinds that read existing data need none: they are what comes first."""
    if kind.names_source:
        return False
    return indicator.field_default is FieldDefault.IF_GAP or indicator.preferred_source is PreferredSource.SECONDARY
