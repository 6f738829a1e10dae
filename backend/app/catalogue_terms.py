"""Words for the closed sets of the catalogue, of briefs and of their checks, as the pages show them."""

from collections.abc import Mapping

from backend.app.words import N_
from forms.brief import Principle
from forms.catalogue.terms import (
    FieldDefault,
    Level,
    Method,
    PimCategory,
    PreferredSource,
    ReleaseGeo,
    ReleasePeriod,
    ResponseType,
    ReviewState,
    Theme,
    Tier,
)
from forms.checks import Severity
from forms.diff import Grade

LEVELS: Mapping[str, str] = {
    Level.INDIVIDUAL: N_("Individual"),
    Level.HOUSEHOLD: N_("Household"),
    Level.COMMUNITY: N_("Community"),
    Level.STRUCTURAL: N_("Structural"),
}
THEMES: Mapping[str, str] = {
    Theme.CONTEXT: N_("Context"),
    Theme.CRISIS_DRIVER: N_("Drivers of the crisis"),
    Theme.RISK_FACTOR: N_("Risk factors"),
    Theme.PROTECTIVE_FACTOR: N_("Protective factors"),
    Theme.RECRUITMENT: N_("Recruitment"),
    Theme.TRAFFICKING_INDICATION: N_("Indications of trafficking"),
    Theme.EXPLOITATION_FORM: N_("Forms of exploitation"),
    Theme.MOVEMENT_ROUTES: N_("Movement and routes"),
    Theme.PERPETRATOR_MODUS: N_("How perpetrators act"),
    Theme.TREND: N_("Trends"),
    Theme.SERVICE_RESPONSE: N_("Services and response"),
    Theme.LEGAL_INSTITUTIONAL: N_("Law and institutions"),
    Theme.EVIDENCE: N_("Evidence"),
}
TIERS: Mapping[str, str] = {
    Tier.CORE: N_("Core"),
    Tier.RECOMMENDED: N_("Recommended"),
    Tier.EXTENDED: N_("Extended"),
}
PIM_CATEGORIES: Mapping[str, str] = {
    PimCategory.POPULATION_DATA: N_("Population data"),
    PimCategory.NEEDS_ASSESSMENT: N_("Protection needs assessment"),
    PimCategory.PROTECTION_MONITORING: N_("Protection monitoring"),
    PimCategory.CASE_MANAGEMENT: N_("Case management"),
    PimCategory.RESPONSE_MONITORING: N_("Protection response monitoring"),
    PimCategory.SECURITY_SITUATIONAL: N_("Security and situational awareness"),
    PimCategory.SECTORAL_SYSTEMS: N_("Sectoral systems"),
    PimCategory.COMMUNICATING_COMMUNITIES: N_("Communicating with communities"),
}
SENSITIVITIES: Mapping[str, str] = {
    "1": N_("1, low"),
    "2": N_("2, moderate"),
    "3": N_("3, high"),
    "4": N_("4, severe"),
}
KINDS: Mapping[str, str] = {
    "site_ki": N_("Key informant at a site"),
    "group": N_("Focus group"),
    "site_observation": N_("Observation of a site"),
    "expert": N_("Expert"),
    "provider_monthly": N_("Service provider, monthly totals"),
    "desk_structural": N_("Desk review of existing data"),
    "cte_safety": N_("Safety incident of the team"),
}
METHODS: Mapping[str, str] = {
    Method.KI: N_("Key informant"),
    Method.FGD: N_("Focus group"),
    Method.OBSERVATION: N_("Observation"),
    Method.EXPERT: N_("Expert"),
    Method.PROVIDER_AGG: N_("Totals of providers"),
    Method.DESK: N_("Desk review"),
}
FIELD_DEFAULTS: Mapping[str, str] = {
    FieldDefault.YES: N_("May be asked in the field"),
    FieldDefault.IF_GAP: N_("Asked only with a written reason why existing data are not enough"),
    FieldDefault.NEVER: N_("Never asked of people or places"),
}
RESPONSE_TYPES: Mapping[str, str] = {
    ResponseType.SELECT_ONE: N_("One answer of a list"),
    ResponseType.SELECT_MULTIPLE: N_("Several answers of a list"),
    ResponseType.INTEGER: N_("Whole number"),
    ResponseType.DECIMAL: N_("Number with decimals"),
    ResponseType.TEXT: N_("Text"),
}
SOURCES: Mapping[str, str] = {
    PreferredSource.PRIMARY: N_("Asked anew"),
    PreferredSource.SECONDARY: N_("Existing data"),
}
RELEASE_AREAS: Mapping[str, str] = {
    ReleaseGeo.ADMIN3: N_("Area of level 3"),
    ReleaseGeo.ADMIN2: N_("Area of level 2"),
    ReleaseGeo.ADMIN1: N_("Area of level 1"),
    ReleaseGeo.ADMIN0: N_("Country"),
}
RELEASE_PERIODS: Mapping[str, str] = {
    ReleasePeriod.MONTH: N_("Month"),
    ReleasePeriod.QUARTER: N_("Quarter"),
    ReleasePeriod.YEAR: N_("Year"),
}
REVIEWS: Mapping[str, str] = {
    ReviewState.REVIEWED: N_("read by a native speaker"),
    ReviewState.UNREVIEWED: N_("not yet read by a native speaker"),
}
SEVERITIES: Mapping[str, str] = {
    Severity.ERROR: N_("Error"),
    Severity.WARNING: N_("Warning"),
    Severity.NOTE: N_("Note"),
}
GRADES: Mapping[str, str] = {
    Grade.BREAKING: N_("Breaks the series"),
    Grade.REVIEW: N_("To be looked at"),
    Grade.HARMLESS: N_("Harmless"),
}
SECTIONS: Mapping[str, str] = {
    "community": N_("The community"),
    "recruitment": N_("Offers and departures"),
    "exploitation": N_("Work and conditions"),
    "movement_services": N_("Movement, change and services"),
}
PRINCIPLES: Mapping[str, str] = {
    Principle.NO_CASES: N_("R1, community data only: nothing about single persons is asked or kept"),
    Principle.NO_CONTACT: N_("R2, no contact: nobody is asked about what they have lived through"),
    Principle.ONE_MEANING: N_("R5, one meaning: the same code is the same question everywhere"),
    Principle.METHOD: N_("R6, method: each kind of respondent is asked only what suits it"),
    Principle.EXISTING_FIRST: N_("R7, existing data first: ask only what cannot be known otherwise"),
    Principle.NO_IDENTIFIERS: N_("R10, no identifiers: no name, telephone number or address is asked or kept"),
    Principle.RISK: N_("R13, risk first: nothing is collected while the remaining risk is high"),
    Principle.OPEN_NOTE: N_("R25, one guarded note: free text needs the quarantine"),
    Principle.LOW_BURDEN: N_("R29, low burden: a provider is asked for ten totals a month at most"),
    Principle.BIAS: N_("R30, known bias: totals of services speak of those who were assisted, and say so"),
    Principle.SOURCES: N_("R33, evidence: what stands in existing data names where it stands"),
    Principle.DO_NO_HARM: N_("PIM principle 2, do no harm"),
    Principle.PURPOSE: N_("PIM principle 3, defined purpose"),
    Principle.DATA_PROTECTION: N_("PIM principle 5, data responsibility, protection and security"),
    Principle.CAPACITY: N_("PIM principle 6, competency and capacity"),
    Principle.COORDINATION: N_("PIM principle 8, coordination and collaboration"),
}
