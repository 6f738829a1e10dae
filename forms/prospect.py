"""What a brief that is still being made would become: how long it takes and how comparable it is, while one picks."""

from dataclasses import dataclass, replace

from forms.brief import BriefError, Chosen, Finding, Judged
from forms.brief.selection import left_out, of_tier
from forms.brief.suits import Fault, faults, needs_reason
from forms.catalogue import Catalogue, Indicator
from forms.comparability import Compared, overall
from forms.kinds import KINDS, Kind
from forms.minutes import Length, lengths
from forms.questionnaire.assemble import assemble
from mappings.areas import AreaRegistry


@dataclass(frozen=True, slots=True)
class Prospect:
    """`asked` are the indicators that could go to phones, those pulled in too; `minutes` None where no kind is known.

    `core` are the indicators of tier core that this kind can be asked: the more of them, the more can be compared.
    """

    findings: tuple[Finding, ...]
    asked: tuple[Chosen, ...]
    lengths: tuple[Length, ...]
    minutes: int | None
    core: tuple[str, ...]
    compared: tuple[Compared, ...] = ()
    """How comparable each indicator is that would be asked."""

    @property
    def score(self) -> float:
        return overall(self.compared)

    @property
    def core_asked(self) -> int:
        return len({one.indicator for one in self.asked} & set(self.core))


def prospect(judged: Judged, catalogue: Catalogue, registry: AreaRegistry) -> Prospect:
    """Never refuses: what cannot be asked is left out of the estimate, and stands in `findings`."""
    brief, kind = judged.brief, KINDS.get(judged.brief.respondent)
    if kind is None:
        return Prospect(judged.findings, brief.indicators, (), None, ())
    asked = tuple(one for one in brief.indicators if is_askable(one, kind, catalogue))
    drawn = replace(brief, languages=brief.languages or catalogue.languages, indicators=asked)
    findings = list(judged.findings)
    try:
        questionnaire = assemble(drawn, catalogue, registry).questionnaire
    except BriefError as error:
        findings += error.findings
        anywhere = replace(catalogue.local, country=brief.survey.country, sites=None)
        known = Catalogue(catalogue.entries, catalogue.digest, anywhere)
        questionnaire = assemble(replace(drawn, areas=None, sites=None), known, registry).questionnaire
    core = (*of_tier("core", kind, catalogue), *left_out(kind, catalogue, of_tier("core", kind, catalogue)))
    parts = lengths(questionnaire)
    return Prospect(
        tuple(findings), asked, parts, questionnaire.minutes, tuple(dict.fromkeys(core)), questionnaire.compared
    )


def is_askable(chosen: Chosen, kind: Kind, catalogue: Catalogue) -> bool:
    indicator = catalogue.entries.indicators.get(chosen.indicator)
    return indicator is not None and not list(faults(indicator, kind, catalogue, has_reason=bool(chosen.gap_reason)))


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a kind of respondent can be asked an indicator: freely, with a written reason, or for `fault` never."""

    indicator: Indicator
    needs_reason: bool
    fault: Fault | None


def fit(indicator: Indicator, kind: Kind, catalogue: Catalogue) -> Fit:
    fault = next(faults(indicator, kind, catalogue, has_reason=True), None)
    return Fit(indicator, fault is None and needs_reason(indicator, kind), fault)


def can_be_asked(indicator: Indicator, kind: Kind, catalogue: Catalogue) -> bool:
    """Freely or with a written reason."""
    return fit(indicator, kind, catalogue).fault is None
