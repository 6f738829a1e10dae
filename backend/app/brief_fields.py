"""The fields of a brief as pages name them: who answers, the survey, the purpose with all that was decided first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext

from backend.app.words import N_

MOST_CHARACTERS = 600


class Widget(StrEnum):
    LINE = "line"
    AREA = "area"
    DAY = "day"
    CODE = "code"
    ONE = "one"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Field:
    """`answers` names the choice list that the words come from, where there is one."""

    name: str
    label: str
    widget: Widget = Widget.LINE
    answers: str = ""
    hint: str = ""


_HEAD = (
    Field("title", N_("Title"), hint=N_("As phones show it: nothing in it may name the subject.")),
    Field("form_id", N_("Form id"), Widget.CODE),
    Field("respondent", N_("Who answers"), Widget.ONE, "kinds"),
    Field("languages", N_("Languages"), Widget.SEVERAL, "languages"),
)
_SURVEY = (
    Field("survey.id", N_("Survey id"), Widget.CODE, hint=N_("Such as CTE-S-XDV-2026-01.")),
    Field("survey.round", N_("Round"), Widget.CODE),
    Field("survey.country", N_("Country (three capitals)"), Widget.CODE),
    Field("survey.operation", N_("Operation")),
    Field("survey.period_start", N_("First day of collection"), Widget.DAY),
    Field("survey.period_end", N_("Last day of collection"), Widget.DAY),
    Field("survey.organisation", N_("Organisation that answers for it (code)"), Widget.CODE),
)
_PURPOSE = (
    Field("purpose.codes", N_("What for"), Widget.SEVERAL, "purpose_code"),
    Field("purpose.decision", N_("Which decision the answers change"), Widget.AREA),
    Field("purpose.owner_role", N_("Role that takes this decision")),
    Field("purpose.author_role", N_("Role that writes the brief")),
    Field("purpose.approver_role", N_("Role that approves it (another one)")),
    Field("purpose.existing_data_checked", N_("Existing data were checked first"), Widget.ONE, "yes"),
    Field("purpose.gap_reason", N_("Why existing data are not enough"), Widget.AREA),
    Field("purpose.risk_assessed", N_("Risks and benefits were assessed with protection staff"), Widget.ONE, "yes"),
    Field("purpose.residual_risk", N_("Remaining risk"), Widget.ONE, "risk_level"),
    Field("purpose.referral_verified_on", N_("Day on which the referral pathway was verified"), Widget.DAY),
    Field("purpose.isp_ref", N_("Information sharing protocol")),
    Field("purpose.sharing_level", N_("Who may see the results"), Widget.ONE, "sharing_level"),
    Field("purpose.raw_retention_days", N_("Days that raw answers are kept (0 to 30)"), Widget.CODE),
    Field("purpose.sampling", N_("How places and people are chosen"), Widget.ONE, "sampling"),
    Field("purpose.population", N_("Whom the results speak for, and who is missing"), Widget.AREA),
    Field("purpose.limitations", N_("Limitations"), Widget.SEVERAL, "limitation"),
    Field("purpose.funding_focus", N_("What funding asked to look at")),
)
GROUPS: Mapping[str, Sequence[Field]] = {
    N_("The form"): _HEAD,
    N_("The survey"): _SURVEY,
    N_("The purpose"): _PURPOSE,
}
_LISTS: Mapping[str, str] = {
    "areas": N_("Areas"),
    "enumerators": N_("Enumerators"),
    "indicators": N_("Indicators"),
    "organisations": N_("Organisations"),
    "sites": N_("Sites"),
    "sources": N_("Sources"),
}
_LABELS = {**{field.name: field.label for group in GROUPS.values() for field in group}, **_LISTS}


def field_names() -> Mapping[str, str]:
    """By its name in the file, what a field is called on the page, in quotes: in sentences about a draft."""
    return {name: gettext("“%(name)s”", name=gettext(label)) for name, label in _LABELS.items()}
