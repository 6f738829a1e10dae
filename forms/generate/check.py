"""Has the engine read a sample of what was generated, as a phone reads a form that is opened again."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from forms.engine import OpenForm
from forms.generate.generator import Submission


@dataclass(frozen=True, slots=True)
class Checked:
    """`findings` name questions and what the engine said, never an answer."""

    checked: int
    valid: int
    findings: tuple[str, ...]


def check_sample(form: OpenForm, sample: Iterable[Submission]) -> Checked:
    """Valid is what the engine takes as it stands, with the same questions asked as in the interview behind it."""
    checked = valid = 0
    findings: dict[str, None] = {}
    for day, group in groupby(sorted(sample, key=attrgetter("day")), key=attrgetter("day")):
        members = list(group)
        for one, verdict in zip(members, form.judge([one.xml for one in members], day), strict=True):
            told = [f"{problem.path}: {problem.text}" for problem in verdict.problems]
            told += [f"{path}: asked in one of two, not in both" for path in sorted(one.reached ^ {*verdict.reached})]
            findings |= dict.fromkeys(told)
            checked, valid = checked + 1, valid + (not told)
    return Checked(checked, valid, tuple(findings))
