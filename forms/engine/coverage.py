"""What many filled forms say about the form: questions never reached, lists that come out empty, dead constraints."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from forms.engine.records import Filled, FormInfo, Kind, ProblemKind

_TURN = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class QuestionCoverage:
    """`reached`: in how many fills the question or note was on the screen; the other counts are of fills, too."""

    path: str
    kind: Kind
    reached: int
    answered: int
    rejected: int
    unsatisfied: int
    empty_list: int
    errors: tuple[str, ...]

    @property
    def never_reached(self) -> bool:
        return self.reached == 0

    @property
    def never_answerable(self) -> bool:
        """Tried, and no fill has an answer: the constraint or the list cannot be right."""
        return self.answered == 0 and self.unsatisfied + self.empty_list > 0


def coverage(form: FormInfo, fills: Iterable[Filled]) -> tuple[QuestionCoverage, ...]:
    """One row a question, in the order of the form."""
    reached: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    problems: Counter[tuple[str, ProblemKind]] = Counter()
    errors: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for filled in fills:
        reached.update({*filled.asked, *filled.shown})
        answered.update({_TURN.sub("", path) for path in filled.answers})
        rejected.update(filled.rejected.keys())
        problems.update({(problem.path, problem.kind) for problem in filled.problems})
        for problem in filled.problems:
            if problem.kind is ProblemKind.ENGINE_ERROR:
                errors[problem.path][problem.text] = None
    return tuple(
        QuestionCoverage(
            path=question.path,
            kind=question.kind,
            reached=reached[question.path],
            answered=answered[question.path],
            rejected=rejected[question.path],
            unsatisfied=problems[question.path, ProblemKind.UNSATISFIED],
            empty_list=problems[question.path, ProblemKind.EMPTY_LIST],
            errors=tuple(errors[question.path]),
        )
        for question in form.questions
    )
