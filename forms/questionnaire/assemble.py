"""Puts a questionnaire together from brief, catalogue and areas."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from forms.brief import Brief, BriefError, Finding
from forms.catalogue import Catalogue
from forms.catalogue.local import Local
from forms.kinds import KINDS
from forms.minutes import estimate
from forms.questionnaire.lists import Lists, places
from forms.questionnaire.model import Questionnaire
from forms.questionnaire.standard import Standard, filled
from forms.questionnaire.thematic import Thematic
from forms.sentences import say
from mappings.areas import AreaRegistry


@dataclass(frozen=True, slots=True)
class Assembled:
    """A questionnaire, and the files that its long lists come from."""

    questionnaire: Questionnaire
    files: tuple[tuple[str, bytes], ...]


def assemble(brief: Brief, catalogue: Catalogue, registry: AreaRegistry, *, pace: float = 1.0) -> Assembled:
    """Pure: the same brief, catalogue and areas give the same. Raises BriefError for areas that do not exist."""
    findings = list(check_places(brief, catalogue, registry))
    if findings:
        raise BriefError(findings)
    kind, found = KINDS[brief.respondent], places(brief, registry, catalogue.local.sites)
    lists = Lists.of(brief, catalogue, found.adm1)
    standard = Standard(catalogue, kind, lists, found)
    thematic = Thematic(catalogue, kind, lists, standard)
    head, before = standard.head(), standard.before()
    asked = tuple(thematic.sections(chosen.indicator for chosen in brief.indicators))
    draft = Questionnaire(
        form_id=brief.form_id,
        title=brief.title,
        kind=kind,
        languages=brief.languages,
        survey_id=brief.survey.id,
        country=brief.survey.country,
        catalogue_version=catalogue.version,
        minutes=0,
        head=head,
        sections=(*before, *asked, *standard.after()),
        choices=tuple(lists.used.items()),
        exclusive=tuple(lists.exclusive.items()),
        overlay=catalogue.local.overlay,
    )
    minutes = estimate(draft, pace)
    complete = replace(draft, minutes=minutes, sections=filled(draft.sections, minutes))
    read = {question.file for question in complete.questions}
    return Assembled(complete, tuple((name, content) for name, content in sorted(found.files.items()) if name in read))


def check_places(brief: Brief, catalogue: Catalogue, registry: AreaRegistry) -> Iterator[Finding]:
    """What brief and overlay say of areas and sites, against the list."""
    yield from _check_areas(brief, registry)
    yield from _check_overlay(brief, catalogue.local, registry)


def _check_areas(brief: Brief, registry: AreaRegistry) -> Iterator[Finding]:
    for pcode in brief.areas or ():
        if pcode not in registry.areas:
            today = registry.resolve(pcode)
            remedy = (
                say("It is %(today)s today: write that", today=today)
                if today
                else say("Correct it, or import the areas again")
            )
            what = say("there is no area %(pcode)s in '%(label)s'", pcode=pcode, label=registry.label)
            yield Finding(brief.file, "areas", what, remedy)
    known = [pcode for pcode in brief.areas or () if pcode in registry.areas]
    reach = registry.areas.keys() if brief.areas is None else registry.reach(frozenset(known))
    for code in brief.sites or ():
        if code not in registry.sites:
            what = say("there is no site %(code)s in '%(label)s'", code=code, label=registry.label)
            yield Finding(brief.file, "sites", what, say("Correct it, or import the sites again"))
        elif registry.sites[code].pcode not in reach:
            what = say("site %(code)s lies outside the areas of the brief", code=code)
            yield Finding(brief.file, "sites", what, say("Add its area, or leave the site out"))


def _check_overlay(brief: Brief, local: Local, registry: AreaRegistry) -> Iterator[Finding]:
    if local.country and local.country != brief.survey.country:
        what = say(
            "the overlay is of %(country)s, and the survey of %(country2)s",
            country=local.country,
            country2=brief.survey.country,
        )
        yield Finding(brief.file, "survey.country", what, say("Build without it, or with the overlay of that country"))
    for code in local.sites or ():
        if code not in registry.sites:
            what = say("there is no site %(code)s of the overlay in '%(label)s'", code=code, label=registry.label)
            yield Finding(brief.file, "sites", what, say("Correct the overlay, or import the sites again"))
