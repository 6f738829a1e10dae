"""What the interface takes and gives. Each model is a white list: a field that is not named here never leaves."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """The one base of all models. A value that does not fit is never repeated in an error or a log."""

    model_config = ConfigDict(hide_input_in_errors=True, from_attributes=True, extra="ignore")


def many(model: type[Model]) -> Any:
    """A list of a model. APIFlask takes it, although its annotations do not say so."""
    return list[model]  # type: ignore[valid-type]


# ---- taken -----------------------------------------------------------------------------------------------------------


class FormQuery(Model):
    form: str | None = Field(None, max_length=64, description="One form; without it all real forms")


class PeriodQuery(FormQuery):
    period: str | None = Field(None, pattern=r"^\d{4}-\d{2}$", description="One month; without it all months")


class AnswerQuery(FormQuery):
    period: str | None = Field(None, pattern=r"^\d{4}-\d{2}$", description="One month; without it the newest")
    area: str | None = Field(None, max_length=40, description="P-code of level 1 or 2; without it all areas you see")


class AreaQuery(Model):
    level: int = Field(1, ge=1, le=3, description="Level of the areas")


# ---- given -----------------------------------------------------------------------------------------------------------


class FormOut(Model):
    form_id: str
    survey_id: str
    title: str
    respondent_kind: str
    practice: bool
    server: str
    state: str
    current_version: str | None
    closed_on: date | None
    languages: list[str]


class VersionOut(Model):
    form_id: str
    version: str
    catalogue_version: str
    mapping_version: str
    minutes: int
    deployed_on: date | None
    form_sha256: str


class AreaOut(Model):
    pcode: str
    level: int
    parent: str | None
    names: dict[str, str]


class DayOut(Model):
    day: date
    n: int


class CoverageOut(Model):
    adm1_pcode: str
    adm2_pcode: str | None = Field(description="null: in an area that is not in the list")
    n_sources: int
    n_sites: int


class OutcomeOut(Model):
    form_id: str
    outcome: str
    n: int


class PullOut(Model):
    form_id: str
    running: bool
    started: datetime | None
    finished: datetime | None
    error: str | None


class ConditionOut(Model):
    """`standing` is null before the first whole pull; `troubles` are stable codes, the worst first."""

    form_id: str
    server: str
    standing: str | None
    as_of: datetime | None
    equal_at: datetime | None
    on_server: int | None
    behind: int
    waiting: int
    troubles: list[str]
    is_late: bool


class LettersOut(Model):
    form_id: str
    posted: int
    read: int
    lost: int
    conflicts: int
    attachments: int


class RejectOut(Model):
    form_id: str
    path: str
    reason: str
    n: int


class MonthOut(Model):
    month: str
    adm1_pcode: str
    kind: str
    n: int


class KindOut(Model):
    kind: str
    n: int


class AnswerOut(Model):
    indicator_id: str
    indicator_version: int
    kind: str
    code: str
    disaggregation: list[str]
    n_sources: int
    n_sites: int
    total: float | None


class AnswersOut(Model):
    """`notice` travels with the figures: they are internal until disclosure control exists."""

    notice: str
    period: str | None
    answers: list[AnswerOut]
