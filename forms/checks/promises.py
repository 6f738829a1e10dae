"""Constraints that no answer meets and conditions that are never true, where that can be proved."""

import math
from collections.abc import Iterator

from forms.checks import media
from forms.checks.codes import Code
from forms.checks.expression import ITSELF, Binary, Call, Literal, Node, Path, Reference, walk
from forms.checks.lookups import compared
from forms.checks.report import Finding, Place
from forms.checks.solve import Answer, answer_itself, answer_of, holds, measures, mismatches
from forms.checks.survey import Item, Survey
from forms.sentences import say


def check_constraint(survey: Survey, item: Item, node: Node, place: Place) -> Iterator[Finding]:
    wrong = list(_mismatches(survey, item, node, place))
    yield from wrong
    if wrong:
        return
    for answer in _own_answers(survey, item, node):
        if not holds(node, answer):
            what = say("no answer to a %(kind)s question can meet it", kind=item.kind)
            yield Finding(Code.UNSATISFIABLE, place, what)
            return


def check_condition(survey: Survey, item: Item, node: Node, place: Place) -> Iterator[Finding]:
    wrong = list(_mismatches(survey, item, node, place))
    yield from wrong
    if wrong:
        return
    for part in dict.fromkeys(walk(node)):
        other = compared(survey, item, part) if isinstance(part, Reference | Path) and part != ITSELF else None
        codes = _codes(survey, other) if other else ()
        answer = answer_of(part, other.kind, codes) if other else None
        # A condition without the answer that the finding names would be a wrong finding.
        if answer is not None and other is not None and not holds(node, answer):
            missing = [code for code in _compared_codes(node, part) if code not in codes] if codes else []
            if not missing:
                yield Finding(
                    Code.NEVER_RELEVANT, place, say("no answer to '%(other)s' makes it true", other=other.name)
                )
                return


def _own_answers(survey: Survey, item: Item, node: Node) -> Iterator[Answer]:
    own = answer_itself(item.kind, _codes(survey, item))
    if own is not None:
        yield own
    offered = len(_codes(survey, item))
    for measured in dict.fromkeys(measures(node, ITSELF)):
        most = float(offered) if measured.name == "count-selected" and offered else math.inf
        yield Answer(measured, "integer", least=1.0, most=most)


def _codes(survey: Survey, item: Item) -> tuple[str, ...]:
    return tuple(media.codes_offered(survey, item)) if item.is_select else ()


def _compared_codes(node: Node, answer: Node) -> Iterator[str]:
    """The codes an answer is compared with; an unknown one has its own finding already."""
    for part in walk(node):
        match part:
            case Binary(_, left, Literal(text)) if left == answer:
                yield text
            case Binary(_, Literal(text), right) if right == answer:
                yield text
            case Call("selected", (first, Literal(text))) if first == answer:
                yield text


def _mismatches(survey: Survey, item: Item, node: Node, place: Place) -> Iterator[Finding]:
    def kind_of(part: Node) -> str:
        found = compared(survey, item, part) if isinstance(part, Reference | Path) else None
        return found.kind if found else ""

    for comparison, kind in mismatches(node, kind_of):
        what = say("an answer of type %(kind)s is compared by %(sign)s with a text", kind=kind, sign=comparison.sign)
        yield Finding(Code.TYPE_MISMATCH, place, what)
