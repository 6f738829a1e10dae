"""The brief: what an officer decides before a form exists, and the rules that hold it to the principles."""

from forms.brief.load import load_brief
from forms.brief.model import (
    Brief,
    BriefError,
    Chosen,
    DataSource,
    Enumerator,
    Finding,
    Organisation,
    Principle,
    Purpose,
    Survey,
)
from forms.brief.suits import SENSITIVE
from forms.brief.write import as_workbook, as_yaml

__all__ = [
    "SENSITIVE",
    "Brief",
    "BriefError",
    "Chosen",
    "DataSource",
    "Enumerator",
    "Finding",
    "Organisation",
    "Principle",
    "Purpose",
    "Survey",
    "as_workbook",
    "as_yaml",
    "load_brief",
]
