"""Fills any XForm with JavaRosa, the engine inside ODK Collect, in one helper process."""

from forms.engine.client import Engine, OpenForm, engine_available
from forms.engine.coverage import QuestionCoverage, coverage
from forms.engine.errors import (
    EngineError,
    EngineMissingError,
    EngineStoppedError,
    FormRefusedError,
    TemplatesRefusedError,
)
from forms.engine.filler import Filler
from forms.engine.plan import Plan, exploring_plan
from forms.engine.records import Ending, Filled, FormInfo, Kind, Problem, ProblemKind, Question
from forms.engine.templates import Templates, record

__all__ = [
    "Ending",
    "Engine",
    "EngineError",
    "EngineMissingError",
    "EngineStoppedError",
    "Filled",
    "Filler",
    "FormInfo",
    "FormRefusedError",
    "Kind",
    "OpenForm",
    "Plan",
    "Problem",
    "ProblemKind",
    "Question",
    "QuestionCoverage",
    "Templates",
    "TemplatesRefusedError",
    "coverage",
    "engine_available",
    "exploring_plan",
    "record",
]
