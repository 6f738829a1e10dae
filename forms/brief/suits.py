"""The rules about a kind of respondent: what it may be asked, and what a brief for it has to say."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from forms.brief.model import Brief, Chosen, Finding, Principle
from forms.catalogue import Catalogue, CatalogueError, Indicator
from forms.catalogue.terms import FieldDefault, Level, PreferredSource, ResponseType
from forms.kinds import Kind
from forms.sentences import say

SENSITIVE = 3
"""From here on, a question is asked only where help can be found and of people who are no risk to others."""
_PROVIDERS = "provider_monthly"
_ASSISTED_ONLY = "assisted_only"
_ELSEWHERE = say("Leave it out and look for it in existing data")


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
        what = say("totals of services are not marked as speaking of assisted persons only")
        remedy = say(
            "Add '%(assisted_only)s', and say in %(field)s who is missing",
            assisted_only=_ASSISTED_ONLY,
            field="purpose.population",
        )
        yield Finding(brief.file, place("purpose.limitations"), what, remedy, Principle.BIAS)
    if kind.keeps_answers:
        yield from _check_number(brief, catalogue, kind, place)
        for chosen in brief.indicators:
            yield from _check_chosen(chosen, brief, catalogue, kind, place)
    elif brief.indicators:
        what = say("%(kind)s asks nothing about the community", kind=kind.name)
        yield Finding(brief.file, place("indicators"), what, say("Take the indicators out"), Principle.METHOD)


def check_codes(brief: Brief, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """All that can be said of indicators where nobody knows who is asked: codes that the catalogue does not have."""
    for chosen in brief.indicators:
        try:
            catalogue.indicator(chosen.indicator)
        except CatalogueError as error:
            yield _unknown(chosen, brief, error, place)


def _unknown(chosen: Chosen, brief: Brief, error: CatalogueError, place: Place) -> Finding:
    finding = error.findings[0]
    there = place("indicators", chosen.pulled_by or chosen.indicator)
    return Finding(
        brief.file, there, say("%(indicator)s: %(what)s", indicator=chosen.indicator, what=finding.what), finding.remedy
    )


def _check_sources(brief: Brief, kind: Kind, place: Place) -> Iterator[Finding]:
    if kind.names_source and not brief.sources:
        what = say("%(kind)s enters what stands in existing data, and no source is named", kind=kind.name)
        remedy = say("Give sources: a code and a citation each")
        yield Finding(brief.file, place("sources"), what, remedy, Principle.SOURCES)
    elif brief.sources and not kind.names_source:
        what = say("sources are named, and %(kind)s has none: people and places are asked", kind=kind.name)
        yield Finding(brief.file, place("sources"), what, say("Take the sources out"), Principle.SOURCES)


def _check_number(brief: Brief, catalogue: Catalogue, kind: Kind, place: Place) -> Iterator[Finding]:
    where = place("indicators")
    at_most = next((form.at_most for form in catalogue.forms if form.name == kind.name), None)
    if not brief.indicators:
        yield Finding(
            brief.file, where, say("no indicator is asked"), say("Name some, or write 'core'"), Principle.PURPOSE
        )
    if at_most is not None and len(brief.indicators) > at_most:
        what = say(
            "%(kind)s asks at most %(at_most)s indicators, and these are %(n)s",
            kind=kind.name,
            at_most=at_most,
            n=len(brief.indicators),
        )
        yield Finding(brief.file, where, what, say("Leave out the least needed"), Principle.LOW_BURDEN)


def _check_chosen(chosen: Chosen, brief: Brief, catalogue: Catalogue, kind: Kind, place: Place) -> Iterator[Finding]:
    there = place("indicators", chosen.pulled_by or chosen.indicator)
    try:
        indicator = catalogue.indicator(chosen.indicator)
    except CatalogueError as error:
        yield _unknown(chosen, brief, error, place)
        return
    why = say(" (asked since %(pulled_by)s depends on it)", pulled_by=chosen.pulled_by) if chosen.pulled_by else ""
    # One word or a dash fills the field and tells nobody anything.
    for fault in faults(indicator, kind, catalogue, has_reason=len(chosen.gap_reason.split()) > 1):
        yield Finding(
            brief.file,
            there,
            say("%(id)s%(why)s: %(what)s", id=indicator.id, why=why, what=fault.what),
            fault.remedy,
            fault.principle,
        )


def faults(indicator: Indicator, kind: Kind, catalogue: Catalogue, *, has_reason: bool) -> Iterator[Fault]:
    """The first reason why this kind may not be asked this indicator; nothing where it may."""
    if indicator.id == catalogue.settings.open_note or indicator.response_type is ResponseType.TEXT:
        what = say("is the open note, which needs the quarantine; this version does not have it")
        yield Fault(what, say("Leave it out"), Principle.OPEN_NOTE)
    elif indicator.level is Level.INDIVIDUAL and not kind.names_source:
        what = say("is about single persons, so it comes from totals and publications and never from a question")
        yield Fault(what, _ELSEWHERE, Principle.NO_CONTACT)
    elif indicator.field_default is FieldDefault.NEVER and not kind.names_source:
        yield Fault(say("is never asked of people or places"), _ELSEWHERE, Principle.DO_NO_HARM)
    elif indicator.sensitivity > SENSITIVE and not kind.names_source:
        yield Fault(say("is too sensitive to be asked of anybody"), _ELSEWHERE, Principle.DO_NO_HARM)
    elif kind.method not in indicator.methods:
        known = ", ".join(indicator.methods)
        what = say("cannot be asked of this kind of respondent (its methods: %(known)s)", known=known)
        yield Fault(what, say("Leave it out"), Principle.METHOD)
    elif needs_reason(indicator, kind) and not has_reason:
        what = say("should come from existing data; without a written gap reason it is not asked")
        yield Fault(what, say("Give its gap_reason in a few words, or leave it out"), Principle.EXISTING_FIRST)


def needs_reason(indicator: Indicator, kind: Kind) -> bool:
    """Kinds that read existing data need none: they are what comes first."""
    if kind.names_source:
        return False
    return indicator.field_default is FieldDefault.IF_GAP or indicator.preferred_source is PreferredSource.SECONDARY
