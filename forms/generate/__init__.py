"""Many finished forms from few: varied from interviews that the engine filled, with quality errors planted in some."""

from forms.generate.check import Checked, check_sample
from forms.generate.generator import Generator, Order, Submission
from forms.generate.plants import GenerateError, Plant
from forms.generate.source import Prepared, prepare
from forms.generate.weights import WeightsError, check_names, plan_of

__all__ = [
    "Checked",
    "GenerateError",
    "Generator",
    "Order",
    "Plant",
    "Prepared",
    "Submission",
    "WeightsError",
    "check_names",
    "check_sample",
    "plan_of",
    "prepare",
]
