"""The closed sets of the catalogue: every word that an entry may use in a field with fixed values."""

from enum import StrEnum


class Level(StrEnum):
    """Socio-ecological level, in the order in which indicators are listed."""

    INDIVIDUAL = "individual"
    HOUSEHOLD = "household"
    COMMUNITY = "community"
    STRUCTURAL = "structural"


class Theme(StrEnum):
    """What an indicator tells about; also the order of sections in a form."""

    CONTEXT = "context"
    CRISIS_DRIVER = "crisis_driver"
    RISK_FACTOR = "risk_factor"
    PROTECTIVE_FACTOR = "protective_factor"
    RECRUITMENT = "recruitment"
    TRAFFICKING_INDICATION = "trafficking_indication"
    EXPLOITATION_FORM = "exploitation_form"
    MOVEMENT_ROUTES = "movement_routes"
    PERPETRATOR_MODUS = "perpetrator_modus"
    TREND = "trend"
    SERVICE_RESPONSE = "service_response"
    LEGAL_INSTITUTIONAL = "legal_institutional"
    EVIDENCE = "evidence"


class Tier(StrEnum):
    """How strongly an indicator is recommended to a survey."""

    CORE = "core"
    RECOMMENDED = "recommended"
    EXTENDED = "extended"


class ResponseType(StrEnum):
    """How a question is answered."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"

    @property
    def is_select(self) -> bool:
        return self in {ResponseType.SELECT_ONE, ResponseType.SELECT_MULTIPLE}


class Unit(StrEnum):
    """What one answer is about."""

    SITE = "site"
    COMMUNITY = "community"
    AREA = "area"
    COUNTRY = "country"
    HOUSEHOLDS = "households"
    PERSONS = "persons"
    CONTACTS = "contacts"
    REQUESTS = "requests"
    CONVICTIONS = "convictions"
    ORGANISATIONS = "organisations"
    PERCENT = "percent"
    NOTE = "note"


class Method(StrEnum):
    """Who or what answers: key informant, group discussion, observation, expert, provider totals, desk review."""

    KI = "ki"
    FGD = "fgd"
    OBSERVATION = "observation"
    EXPERT = "expert"
    PROVIDER_AGG = "provider_agg"
    DESK = "desk"


FIELD_METHODS = frozenset({Method.KI, Method.FGD, Method.OBSERVATION})
"""Methods that go to a place where people live; the others work at a desk or with specialists."""


class FieldDefault(StrEnum):
    """Whether a field form may hold the question: freely, only with a written reason, or never."""

    YES = "yes"
    IF_GAP = "if_gap"
    NEVER = "never"


class PimCategory(StrEnum):
    """Column of the PIM matrix (R18)."""

    POPULATION_DATA = "population_data"
    NEEDS_ASSESSMENT = "needs_assessment"
    PROTECTION_MONITORING = "protection_monitoring"
    CASE_MANAGEMENT = "case_management"
    RESPONSE_MONITORING = "response_monitoring"
    SECURITY_SITUATIONAL = "security_situational"
    SECTORAL_SYSTEMS = "sectoral_systems"
    COMMUNICATING_COMMUNITIES = "communicating_communities"


class ReleaseGeo(StrEnum):
    """Smallest area for which a figure may be released, from fine to coarse."""

    ADMIN3 = "admin3"
    ADMIN2 = "admin2"
    ADMIN1 = "admin1"
    ADMIN0 = "admin0"


class ReleasePeriod(StrEnum):
    """Shortest period for which a figure may be released, from short to long."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


SENSITIVITIES = {1: "low", 2: "moderate", 3: "high", 4: "severe"}
RELEASE_FLOORS = {
    1: (ReleaseGeo.ADMIN3, ReleasePeriod.MONTH),
    2: (ReleaseGeo.ADMIN2, ReleasePeriod.MONTH),
    3: (ReleaseGeo.ADMIN1, ReleasePeriod.QUARTER),
    4: (ReleaseGeo.ADMIN0, ReleasePeriod.YEAR),
}
"""The finest release that each sensitivity allows; an entry may ask for a coarser one."""


class Disaggregation(StrEnum):
    """By what a figure may be split, each on its own and never crossed."""

    SEX = "sex"
    SEX_AGE = "sex_age"
    POP_GROUP = "pop_group"
    SERVICE_TYPE = "service_type"
    EXPLOITATION_FORM = "exploitation_form"


class PreferredSource(StrEnum):
    """Where an answer should come from before anybody is asked."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class Localisable(StrEnum):
    """What a country may change about an entry without changing its meaning."""

    LABELS = "labels"
    HINTS = "hints"
    EXAMPLES = "examples"
    CHOICES_ADD = "choices_add"
    CHOICES = "choices"
    WORDING = "wording"


class PrivacyClass(StrEnum):
    """How much an answer could tell about a person."""

    SAFE = "safe"
    QUASI = "quasi"
    SENSITIVE = "sensitive"
    DIRECT = "direct"
    FREE_TEXT = "free_text"


class ItemType(StrEnum):
    """Types of module items."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    TODAY = "today"
    NOTE = "note"
    CALCULATE = "calculate"


class Transform(StrEnum):
    """What happens to the answer of a module item on its way into the store."""

    KEEP = "keep"
    DROP = "drop"
    MONTH = "month"
    COARSEN_GEO = "coarsen_geo"
    PSEUDONYM = "pseudonym"
    SUPPRESS_SMALL = "suppress_small"
    COUNTER = "counter"
    INBOX = "inbox"


class BriefList(StrEnum):
    """Choice lists that a survey brings along in its brief and the catalogue does not hold."""

    ADM1 = "adm1"
    ADM2 = "adm2"
    ADM3 = "adm3"
    SITE = "site"
    ORG = "org"
    ENUMERATOR = "enumerator"
    SOURCE = "source"


class ReviewState(StrEnum):
    """Whether a native speaker has read the texts of a language."""

    REVIEWED = "reviewed"
    UNREVIEWED = "unreviewed"


class ChoiceKind(StrEnum):
    """What choosing a code says: something, nothing of it, not known, or no wish to answer."""

    ANSWER = "answer"
    NONE = "none"
    DK = "dk"
    PNA = "pna"
