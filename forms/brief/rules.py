"""The rules a brief must keep before a question may be asked, each with the principle it stands for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Protocol

from forms.brief.model import Brief, Finding, Principle
from forms.catalogue import Catalogue, CatalogueError, FormKind, Indicator
from forms.catalogue.terms import FieldDefault, Level, Method, ResponseType
from forms.kinds import KINDS

_REFERRAL_AGE = timedelta(days=30)
_LONGEST_PERIOD = timedelta(days=366)
_GAP_LETTERS = 500
SENSITIVE = 3
"""From here on, a question is asked only where help can be found and of people who are no risk to others."""


class Place(Protocol):
    """Where a field stands in the file, or an entry of a list."""

    def __call__(self, name: str, entry: str = "") -> str: ...


def check(brief: Brief, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Every broken rule. Fields that could not be read are empty here, and have their own finding already."""
    yield from _check_survey(brief, place)
    yield from _check_purpose(brief, place)
    yield from _check_people(brief, place)
    kind = next((found for found in catalogue.forms if found.name == brief.respondent), None)
    if kind and kind.name not in KINDS:
        what = f"forms for '{kind.name}' are not built in this version"
        yield Finding(brief.file, place("respondent"), what, f"Use one of {', '.join(KINDS)}", Principle.METHOD)
    elif kind:
        yield from _check_indicators(brief, catalogue, kind, place)


def _check_survey(brief: Brief, place: Place) -> Iterator[Finding]:
    survey = brief.survey
    if survey.id and survey.country and survey.id[6:9] != survey.country:
        what = "survey.id names another country than survey.country"
        yield Finding(brief.file, place("survey.id"), what, f"Write CTE-S-{survey.country}-<year>-<number>")
    if date.min in (survey.period_start, survey.period_end):
        return
    if survey.period_end < survey.period_start:
        yield Finding(brief.file, place("survey.period_end"), "the period ends before it starts", "Correct the dates")
    elif survey.period_end - survey.period_start > _LONGEST_PERIOD:
        what = "the period is longer than a year"
        yield Finding(brief.file, place("survey.period_end"), what, "Plan rounds of a year at most", Principle.PURPOSE)


def _check_purpose(brief: Brief, place: Place) -> Iterator[Finding]:
    purpose, survey = brief.purpose, brief.survey
    if purpose.residual_risk == "high":
        what = "the remaining risk is high, so nothing may be collected"
        remedy = "Change method, place or questions until the risk is lower, and assess again"
        yield Finding(brief.file, place("purpose.residual_risk"), what, remedy, Principle.RISK)
    if purpose.author_role and purpose.author_role.casefold() == purpose.approver_role.casefold():
        what = "author and approver have the same role"
        remedy = "Let somebody in another role approve: two pairs of eyes"
        yield Finding(brief.file, place("purpose.approver_role"), what, remedy, Principle.DO_NO_HARM)
    if "none" in purpose.limitations and len(purpose.limitations) > 1:
        remedy = "Remove 'none' or the others"
        yield Finding(brief.file, place("purpose.limitations"), "'none' stands beside limitations", remedy)
    if len(brief.gap_justification) > _GAP_LETTERS:
        what = f"the gap reasons have more than {_GAP_LETTERS} characters together"
        yield Finding(brief.file, place("purpose.gap_reason"), what, "Shorten them")
    if date.min not in (purpose.referral_verified_on, survey.period_start, survey.period_end):
        yield from _check_referral(brief, place("purpose.referral_verified_on"))


def _check_referral(brief: Brief, place: str) -> Iterator[Finding]:
    verified, survey = brief.purpose.referral_verified_on, brief.survey
    if verified < survey.period_start - _REFERRAL_AGE:
        what = "the referral pathway was verified more than 30 days before the first collection"
        yield Finding(brief.file, place, what, "Verify it again and give the new date", Principle.DO_NO_HARM)
    elif verified > survey.period_end:
        what = "the referral pathway is verified only after the collection"
        yield Finding(brief.file, place, what, "Verify it before anybody is asked", Principle.DO_NO_HARM)


def _check_people(brief: Brief, place: Place) -> Iterator[Finding]:
    lists: Sequence[tuple[str, Iterable[str]]] = (
        ("organisations", (organisation.code for organisation in brief.organisations)),
        ("enumerators", (enumerator.code for enumerator in brief.enumerators)),
        ("indicators", (chosen.indicator for chosen in brief.indicators)),
        ("areas", brief.areas or ()),
        ("sites", brief.sites or ()),
    )
    for name, codes in lists:
        for code, times in Counter(codes).items():
            if code and times > 1:
                yield Finding(
                    brief.file, place(name, code), f"{code} stands {times} times in {name}", "Keep one of them"
                )
    supervisors = defaultdict(set)
    for enumerator in brief.enumerators:
        supervisors[enumerator.team].add(enumerator.supervisor)
    for team, found in supervisors.items():
        if team and len(found - {""}) > 1:
            what = f"team {team} has more than one supervisor"
            remedy = "Give a team one supervisor: that one alone reads what the team's enumerators ask for"
            yield Finding(brief.file, place("enumerators", team), what, remedy, Principle.CAPACITY)


def _check_indicators(brief: Brief, catalogue: Catalogue, kind: FormKind, place: Place) -> Iterator[Finding]:
    where = place("indicators")
    if not brief.indicators:
        yield Finding(brief.file, where, "no indicator is asked", "Name some, or write 'core'", Principle.PURPOSE)
    if kind.at_most is not None and len(brief.indicators) > kind.at_most:
        what = f"{kind.name} asks at most {kind.at_most} indicators"
        yield Finding(brief.file, where, what, "Leave out the least needed", Principle.METHOD)
    asked = {chosen.indicator for chosen in brief.indicators}
    for chosen in brief.indicators:
        try:
            indicator = catalogue.indicator(chosen.indicator)
        except CatalogueError as error:
            finding = error.findings[0]
            there = place("indicators", chosen.indicator)
            yield Finding(brief.file, there, f"{chosen.indicator}: {finding.what}", finding.remedy)
            continue
        for what, remedy, principle in _faults(indicator, kind.method, asked, bool(chosen.gap_reason), catalogue):
            yield Finding(brief.file, place("indicators", indicator.id), f"{indicator.id}: {what}", remedy, principle)


def _faults(
    indicator: Indicator, method: Method | None, asked: set[str], has_reason: bool, catalogue: Catalogue
) -> Iterator[tuple[str, str, Principle]]:
    if indicator.level is Level.INDIVIDUAL:
        what = "is about single persons, so it comes from totals and publications and never from a question"
        yield what, "Leave it out and look for it in existing data", Principle.NO_CONTACT
    elif indicator.field_default is FieldDefault.NEVER:
        yield "is never asked in the field", "Leave it out and look for it in existing data", Principle.DO_NO_HARM
    elif indicator.id == catalogue.settings.open_note or indicator.response_type is ResponseType.TEXT:
        what = "is the open note, which needs the quarantine; this version does not have it"
        yield what, "Leave it out", Principle.OPEN_NOTE
    elif indicator.sensitivity > SENSITIVE:
        yield "is too sensitive for the field", "Leave it out and look for it in existing data", Principle.DO_NO_HARM
    elif method not in indicator.methods:
        known = ", ".join(indicator.methods)
        yield f"cannot be asked of this kind of respondent (its methods: {known})", "Leave it out", Principle.METHOD
    elif indicator.field_default is FieldDefault.IF_GAP and not has_reason:
        what = "should come from existing data; without a written gap reason it is not asked"
        yield what, "Give its gap_reason, or leave it out", Principle.EXISTING_FIRST
    for name in indicator.depends_on:
        if name not in asked:
            what = f"is asked only after {name}, which the form does not have"
            yield what, f"Add {name}, or leave {indicator.id} out", Principle.ONE_MEANING
