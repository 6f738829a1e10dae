"""The engine gate: ODK Validate's words, and what JavaRosa meets when it fills the form again and again."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date

from forms.checks.circles import circle, key_of_circle
from forms.checks.codes import Code
from forms.checks.report import Finding, Place
from forms.checks.survey import Item, Survey
from forms.engine import (
    Engine,
    EngineError,
    EngineMissingError,
    EngineStoppedError,
    Filled,
    FormInfo,
    FormRefusedError,
    Kind,
    OpenForm,
    QuestionCoverage,
    coverage,
    engine_available,
    exploring_plan,
)
from forms.engine.records import ProblemKind
from forms.sentences import say

_TURN = re.compile(r"\[\d+\]")
_CYCLE = "Cycle detected"
_BLAMES = (
    (_CYCLE, "relevant"),
    (_CYCLE, "calculation"),
    ("Relevan", "relevant"),
    ("relevan", "relevant"),
    ("Calculate", "calculation"),
    ("calculate", "calculation"),
    ("onstraint", "constraint"),
    ("equired", "required"),
)
_PATH = re.compile(r"/[\w.-]+(?:/[\w.-]+)+")
_DAY = date(2026, 1, 15)
"""Fixed, so that the same form gives the same findings on every day."""
_BATCH = 10
_PATIENCE = 4
"""So many times more fills are made while questions are still unseen: some hide behind rare answers."""
_LONGEST = 300
_NOT_REQUIRED = frozenset({"", "no", "false", "false()"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How much the engine does. `seconds` bounds all fills together, `patience` a single answer of the engine.

    `engine` is one that runs already, for who checks many forms.
    """

    fills: int = 40
    seconds: float = 120.0
    patience: float = 60.0
    engine: Engine | None = None


@dataclass(slots=True)
class Outcome:
    findings: list[Finding] = field(default_factory=list)
    fills: int = 0


def run_engine(survey: Survey, xform: bytes, gate: Gate) -> Outcome:
    outcome = Outcome()
    if not engine_available():
        outcome.findings.append(_left_out("JavaRosa is not installed"))
        return outcome
    try:
        with nullcontext(gate.engine) if gate.engine else Engine(gate.patience) as engine:
            complaints = engine.validate(xform)
            outcome.findings += _complaints(survey, complaints)
            if not complaints:
                _fill(survey, engine, xform, gate, outcome)
    except EngineMissingError as error:
        outcome.findings.append(_left_out(str(error)))
    except EngineStoppedError as error:
        outcome.findings.append(Finding(Code.HANGS, Place(), str(error).rstrip(".")))
    except FormRefusedError as error:
        outcome.findings.append(_finding(survey, Code.ENGINE_REFUSES, str(error)))
    except EngineError as error:
        outcome.findings.append(_left_out(str(error)))
    return outcome


def _left_out(reason: str) -> Finding:
    return Finding(Code.ENGINE_LEFT_OUT, Place(), reason.rstrip("."))


def _complaints(survey: Survey, complaints: Sequence[str]) -> Iterator[Finding]:
    """Validate ends with sentences that say nothing about the form."""
    told = [text for text in complaints if not re.search(r"^(?:Result|See above|\W*Form)", text)] or list(complaints)
    for text in dict.fromkeys(told):
        yield _finding(survey, Code.VALIDATE, text)


def _finding(survey: Survey, code: Code, text: str) -> Finding:
    members = circle(survey) if _CYCLE in text else ()
    for member in members:
        if key := key_of_circle(member, members):
            names = ", ".join(one.name for one in members)
            what = say("these depend on each other in a circle: %(names)s", names=names)
            return Finding(code, survey.place(member, key), what)
    item = next((found for path in _PATH.findall(_TURN.sub("", text)) if (found := _item(survey, path))), None)
    place = survey.place(item, _blamed(item, text)) if item else Place()
    words = " ".join(text.split()).rstrip(".")[:_LONGEST]
    return Finding(code, place, say("the engine of the phones says in its own words: %(english)s", english=words))


def _blamed(item: Item, text: str) -> str:
    """The column whose expression the engine complains of, when its words tell."""
    blamed = (key for words, key in _BLAMES if words in text and item.get(key))
    return next(blamed, "name")


def _item(survey: Survey, path: str) -> Item | None:
    names = tuple(name for name in path.split("/") if name)
    return survey.by_path.get(names)


def _fill(survey: Survey, engine: Engine, xform: bytes, gate: Gate, outcome: Outcome) -> None:
    known = {name: content for name, content in survey.workbook.media.items() if "/" not in name}
    form = engine.open_form(xform, known)
    filled = list(_fills(form, gate, outcome))
    outcome.fills = len(filled)
    outcome.findings += _met(survey, form.info, filled)


def _fills(form: OpenForm, gate: Gate, outcome: Outcome) -> Iterator[Filled]:
    """The fills that were asked for, and more while something is still unseen and there is time."""
    until = time.monotonic() + gate.seconds
    unseen = {question.path for question in form.info.questions}
    made = 0
    while made < gate.fills or (unseen and made < gate.fills * _PATIENCE):
        if time.monotonic() > until and made:
            if made < gate.fills:
                reason = say(
                    "%(made)s of %(fills)s fills were made in %(seconds)s seconds",
                    made=made,
                    fills=gate.fills,
                    seconds=f"{gate.seconds:.0f}",
                )
                outcome.findings.append(Finding(Code.FEWER_FILLS, Place(), reason))
            return
        count = min(_BATCH, gate.fills * _PATIENCE - made)
        languages = form.info.languages
        language = languages[(made // _BATCH) % len(languages)] if languages else ""
        for filled in form.fill_many(range(made, made + count), exploring_plan(_DAY, language=language)):
            unseen -= {*filled.asked, *filled.shown}
            yield filled
        made += count


def _met(survey: Survey, info: FormInfo, filled: Sequence[Filled]) -> Iterator[Finding]:
    rows = coverage(info, filled)
    for row in rows:
        yield from _of_question(survey, row, len(filled))
    yield from _ends(survey, filled)
    known = {row.path for row in rows}
    for path, text in _elsewhere(filled, known).items():
        yield _finding(
            survey, Code.FAILS_WHEN_FILLED, say("%(text)s (%(path)s)", text=text, path=path) if path != "/" else text
        )


def _of_question(survey: Survey, row: QuestionCoverage, fills: int) -> Iterator[Finding]:
    item = _item(survey, row.path)
    name = row.path.rpartition("/")[2]
    for error in row.errors:
        yield Finding(
            Code.FAILS_WHEN_FILLED,
            _place(survey, item, "constraint"),
            say("'%(name)s': %(error)s", name=name, error=error),
        )
    if row.never_reached:
        if item is not None:
            key = "relevant" if item.get("relevant") else "name"
            yield Finding(
                Code.NEVER_REACHED,
                _place(survey, item, key),
                say("'%(name)s' was not reached in %(fills)s fills", name=name, fills=fills),
            )
    elif row.empty_list:
        key = "choice_filter" if item and item.get("choice_filter") else "type"
        reason = say(
            "'%(name)s' offered nothing in %(empty_list)s of %(reached)s fills",
            name=name,
            empty_list=row.empty_list,
            reached=row.reached,
        )
        optional = item is not None and item.get("required").lower() in _NOT_REQUIRED
        code = Code.SOMETIMES_EMPTY_LIST if row.answered and optional else Code.EMPTY_LIST
        yield Finding(code, _place(survey, item, key), reason)
    elif row.never_answerable and row.kind is not Kind.NOTE and not row.errors:
        reason = say("no answer to '%(name)s' was accepted in %(reached)s fills", name=name, reached=row.reached)
        # Random answers seldom meet a limit that another answer sets, so that this proves little.
        compares = "${" in item.get("constraint") if item else False
        code = Code.NO_FITTING_ANSWER if compares else Code.NO_ANSWER_ACCEPTED
        yield Finding(code, _place(survey, item, "constraint"), reason)


def _place(survey: Survey, item: Item | None, key: str) -> Place:
    return survey.place(item, key) if item else Place()


def _ends(survey: Survey, filled: Sequence[Filled]) -> Iterator[Finding]:
    refused: Mapping[str, str] = {
        problem.path: problem.text for one in filled for problem in one.problems if problem.kind is ProblemKind.INVALID
    }
    unanswerable = {
        problem.path
        for one in filled
        for problem in one.problems
        if problem.kind in {ProblemKind.UNSATISFIED, ProblemKind.EMPTY_LIST, ProblemKind.ENGINE_ERROR}
    }
    for path, text in refused.items():
        item = _item(survey, path)
        # Of a note that must be answered our lint has told already.
        if path not in unanswerable and not (item and item.kind == "note"):
            yield Finding(
                Code.CANNOT_BE_FINISHED, _place(survey, item, "name"), say("'%(path)s': %(text)s", path=path, text=text)
            )


def _elsewhere(filled: Sequence[Filled], known: set[str]) -> dict[str, str]:
    return {
        problem.path: problem.text
        for one in filled
        for problem in one.problems
        if problem.kind is ProblemKind.ENGINE_ERROR and problem.path not in known
    }
