"""The rules a brief must keep before a question may be asked, each with the principle it stands for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from forms.brief.model import REFERRAL_DAYS, Brief, Finding, Principle
from forms.brief.suits import Place, check_codes, check_kind
from forms.catalogue import Catalogue
from forms.catalogue.words import Words, found
from forms.kinds import KINDS
from forms.sentences import say

_LONGEST_PERIOD = timedelta(days=366)
_GAP_LETTERS = 500


def check(brief: Brief, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Every broken rule. Fields that could not be read are empty here, and have their own finding already."""
    yield from _check_survey(brief, place)
    yield from _check_purpose(brief, place)
    yield from _check_people(brief, place)
    yield from _check_title(brief, place)
    kind = KINDS.get(brief.respondent)
    if kind is not None:
        yield from check_kind(brief, catalogue, kind, place)
    else:
        yield from check_codes(brief, catalogue, place)


def _check_survey(brief: Brief, place: Place) -> Iterator[Finding]:
    survey = brief.survey
    if survey.id and survey.country and survey.id[6:9] != survey.country:
        what = say(
            "%(field)s names another country than %(other_field)s", field="survey.id", other_field="survey.country"
        )
        yield Finding(
            brief.file, place("survey.id"), what, say("Write CTE-S-%(country)s-<year>-<number>", country=survey.country)
        )
    if date.min in (survey.period_start, survey.period_end):
        return
    if survey.period_end < survey.period_start:
        yield Finding(
            brief.file, place("survey.period_end"), say("the period ends before it starts"), say("Correct the dates")
        )
    elif survey.period_end - survey.period_start > _LONGEST_PERIOD:
        what = say("the period is longer than a year")
        yield Finding(
            brief.file, place("survey.period_end"), what, say("Plan rounds of a year at most"), Principle.PURPOSE
        )


def _check_purpose(brief: Brief, place: Place) -> Iterator[Finding]:
    purpose, survey = brief.purpose, brief.survey
    if purpose.residual_risk == "high":
        what = say("the remaining risk is high, so nothing may be collected")
        remedy = say("Change method, place or questions until the risk is lower, and assess again")
        yield Finding(brief.file, place("purpose.residual_risk"), what, remedy, Principle.RISK)
    if purpose.author_role and purpose.author_role.casefold() == purpose.approver_role.casefold():
        what = say("author and approver have the same role")
        remedy = say("Let somebody in another role approve: two pairs of eyes")
        yield Finding(brief.file, place("purpose.approver_role"), what, remedy, Principle.DO_NO_HARM)
    if "none" in purpose.limitations and len(purpose.limitations) > 1:
        remedy = say("Remove 'none' or the others")
        yield Finding(brief.file, place("purpose.limitations"), say("'none' stands beside limitations"), remedy)
    if len(brief.gap_justification) > _GAP_LETTERS:
        what = say(
            "the gap reasons have %(letters)s characters together, and %(gap_letters)s can be kept",
            letters=len(brief.gap_justification),
            gap_letters=_GAP_LETTERS,
        )
        remedy = say("Shorten them; the same words for several indicators count once")
        yield Finding(brief.file, place("purpose.gap_reason"), what, remedy)
    if date.min not in (purpose.referral_verified_on, survey.period_start, survey.period_end):
        yield from _check_referral(brief, place("purpose.referral_verified_on"))


def _check_referral(brief: Brief, place: str) -> Iterator[Finding]:
    verified, survey = brief.purpose.referral_verified_on, brief.survey
    if verified < survey.period_start - timedelta(days=REFERRAL_DAYS):
        what = say(
            "the referral pathway was verified more than %(referral_days)s days before the first collection",
            referral_days=REFERRAL_DAYS,
        )
        yield Finding(brief.file, place, what, say("Verify it again and give the new date"), Principle.DO_NO_HARM)
    elif verified > survey.period_end:
        what = say("the referral pathway is verified only after the collection")
        yield Finding(brief.file, place, what, say("Verify it before anybody is asked"), Principle.DO_NO_HARM)


def _check_title(brief: Brief, place: Place) -> Iterator[Finding]:
    """Phones show it in their list of forms, to whoever looks over a shoulder."""
    if any(found(Words.VICTIM, language, brief.title) for language in brief.languages):
        what = say("the title names the subject, and others can see the screen")
        yield Finding(brief.file, place("title"), what, say("Give it a harmless title"), Principle.DO_NO_HARM)


def _check_people(brief: Brief, place: Place) -> Iterator[Finding]:
    lists: Sequence[tuple[str, Iterable[str]]] = (
        ("organisations", (organisation.code for organisation in brief.organisations)),
        ("enumerators", (enumerator.code for enumerator in brief.enumerators)),
        ("indicators", (chosen.indicator for chosen in brief.indicators)),
        ("areas", brief.areas or ()),
        ("sites", brief.sites or ()),
        ("sources", (source.code for source in brief.sources)),
    )
    for name, codes in lists:
        for code, times in Counter(codes).items():
            if code and times > 1:
                yield Finding(
                    brief.file,
                    place(name, code),
                    say("%(code)s stands %(times)s times in %(name)s", code=code, times=times, name=name),
                    say("Keep one of them"),
                )
    supervisors = defaultdict(set)
    for enumerator in brief.enumerators:
        supervisors[enumerator.team].add(enumerator.supervisor)
    for team, names in supervisors.items():
        if team and len(names - {""}) > 1:
            what = say("team %(team)s has more than one supervisor", team=team)
            remedy = say("Give a team one supervisor: that one alone reads what the team's enumerators ask for")
            yield Finding(brief.file, place("enumerators", team), what, remedy, Principle.CAPACITY)
