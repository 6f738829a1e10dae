"""Collects the choice lists that the questions of one form need: the catalogue's, and those the survey brings along."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from forms.area_lists import ADM2, ADM3, SITES, adm1_choices, csv_media
from forms.brief import Brief
from forms.catalogue import Catalogue, Texts
from forms.catalogue.terms import BriefList, ChoiceKind
from forms.questionnaire.model import Answer
from mappings.areas import AreaRegistry

LONG = 8
"""A survey's own list with more answers than this can be searched on the phone."""
FILES: Mapping[BriefList, str] = {BriefList.ADM2: ADM2, BriefList.ADM3: ADM3, BriefList.SITE: SITES}


@dataclass(frozen=True, slots=True)
class Places:
    """What the areas of a brief hold, and so which questions about places there are."""

    adm1: tuple[Answer, ...]
    files: Mapping[str, bytes]
    """The CSV files of the questions that are asked."""

    def asks(self, wanted: BriefList) -> bool:
        return wanted not in FILES or FILES[wanted] in self.files


def places(brief: Brief, registry: AreaRegistry, country: Collection[str] | None = None) -> Places:
    """A level that the areas do not have is not asked. Sites hang below level 3, so level 3 is asked where sites are,
    even if only 'not in the list' can be answered. `country` names the sites that an overlay offers, where the brief
    leaves them open."""
    scope = None if brief.areas is None else frozenset(brief.areas)
    named = brief.sites if brief.sites is not None else country
    chosen = None if named is None else frozenset(named)
    reach = registry.areas.keys() if scope is None else registry.reach(scope)
    levels = {registry.areas[pcode].level for pcode in reach}
    has_sites = any(site.pcode in reach and (chosen is None or site.code in chosen) for site in registry.sites.values())
    asked = {ADM2: 2 in levels, ADM3: 3 in levels or has_sites, SITES: has_sites}
    media = csv_media(registry, brief.languages, scope, sites=chosen)
    return Places(
        adm1=tuple(
            Answer(choice.name, Texts(tuple(choice.labels.items())))
            for choice in adm1_choices(registry, brief.languages, scope)
        ),
        files={name: content for name, content in media.items() if asked[name]},
    )


@dataclass(slots=True)
class Lists:
    """Grows as questions name their lists; the order of first use is the order in the sheet."""

    catalogue: Catalogue
    own: Mapping[BriefList, tuple[Answer, ...]]
    used: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    exclusive: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, brief: Brief, catalogue: Catalogue, adm1: Sequence[Answer]) -> "Lists":
        organisations = tuple(Answer(found.code, _same(found.name, brief)) for found in brief.organisations)
        enumerators = tuple(Answer(found.code, _same(found.code, brief)) for found in brief.enumerators)
        sources = tuple(Answer(found.code, _same(found.citation, brief)) for found in brief.sources)
        own = {
            BriefList.ADM1: tuple(adm1),
            BriefList.ORG: organisations,
            BriefList.ENUMERATOR: enumerators,
            BriefList.SOURCE: sources,
        }
        return cls(catalogue, own)

    def use(self, name: str) -> tuple[Answer, ...]:
        if name not in self.used:
            if self.is_own(name):
                self.used[name], self.exclusive[name] = self.own[BriefList(name)], ()
            else:
                found = self.catalogue.choice_list(name)
                self.used[name] = tuple(Answer(choice.name, choice.label, choice.parent) for choice in found.choices)
                self.exclusive[name] = found.exclusive
        return self.used[name]

    def is_own(self, name: str) -> bool:
        """Whether the survey brings the list along."""
        return name in self.own

    def has_way_out(self, name: str) -> bool:
        """Whether nobody is forced to an answer they cannot or will not give."""
        return "pna" in {answer.code for answer in self.use(name)}


def no_answer_codes(catalogue: Catalogue, list_name: str) -> tuple[str, ...]:
    """The codes that say nothing, not known or no wish to answer: nothing can be asked about them."""
    nothing = {ChoiceKind.NONE, ChoiceKind.DK, ChoiceKind.PNA}
    return tuple(choice.name for choice in catalogue.choices(list_name) if choice.kind in nothing)


def _same(text: str, brief: Brief) -> Texts:
    return Texts(tuple((language, text) for language in brief.languages))
