"""The brief: what an officer decides before a form exists, and the rules that hold it to the principles."""

from forms.brief.draft import Draft, DraftChange, new_draft, read_draft
from forms.brief.load import Judged, judge_brief, load_brief
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
    "Draft",
    "DraftChange",
    "Enumerator",
    "Finding",
    "Judged",
    "Organisation",
    "Principle",
    "Purpose",
    "Survey",
    "as_workbook",
    "as_yaml",
    "judge_brief",
    "load_brief",
    "new_draft",
    "read_draft",
]
