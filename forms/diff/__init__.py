"""What is different between two versions of a form, graded by what it does to the answers."""

from forms.diff.compare import compare, twins
from forms.diff.kinds import Grade, Kind
from forms.diff.model import Aliases, Change, FormDiff
from forms.diff.stakes import Stakes, stakes

__all__ = ["Aliases", "Change", "FormDiff", "Grade", "Kind", "Stakes", "compare", "stakes", "twins"]
