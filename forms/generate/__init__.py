"""Many finished forms from few: varied from interviews that the engine filled, with quality errors planted in some."""

from forms.generate.check import Checked, check_sample
from forms.generate.generator import Generator, Order, Submission
from forms.generate.plants import GenerateError, Plant
from forms.generate.source import Prepared, prepare
from forms.generate.weights import Weights, WeightsError, read_weights

__all__ = [
    "Checked",
    "GenerateError",
    "Generator",
    "Order",
    "Plant",
    "Prepared",
    "Submission",
    "Weights",
    "WeightsError",
    "check_sample",
    "prepare",
    "read_weights",
]
