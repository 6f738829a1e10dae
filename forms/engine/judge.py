"""Reads a finished form as a phone does that opens it again: is every answer still accepted, and nothing different?"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import jpype

from forms.engine.host import Host
from forms.engine.loaded import LoadedForm, generic, harmless
from forms.engine.pools import offered_by
from forms.engine.records import CHOICE_KINDS, Ending, Filled, Problem, ProblemKind, Verdict

_END, _QUESTION = 1, 4
_TURN = re.compile(r"\[\d+\]")


def judge(host: Host, form: LoadedForm, xml: bytes, today: date) -> Verdict:
    """Leaves that clock or chance fill are not compared; all others must come out as they went in."""
    host.begin(today=today, instance_id="", seed=0, properties={})
    reached: dict[str, None] = {}
    problems: list[Problem] = []
    try:
        form.resume(xml)
        model = jpype.JClass("org.javarosa.form.api.FormEntryModel")(form.definition)
        controller = jpype.JClass("org.javarosa.form.api.FormEntryController")(model)
        problems += _walk(form, controller, reached)
        outcome = form.definition.validate(True)
        if outcome is not None:
            path = generic(outcome.failedPrompt.getReference())
            problems.append(Problem(ProblemKind.INVALID, path, "the engine refuses the finished form"))
        problems += _changes(form, _answers(xml), _answers(_serialised(form, controller)))
    except jpype.JException as problem:
        problems.append(Problem(ProblemKind.ENGINE_ERROR, "/", harmless(problem)))
    return Verdict(tuple(reached), tuple(dict.fromkeys(problems)))


def _walk(form: LoadedForm, controller: Any, reached: dict[str, None]) -> Iterator[Problem]:
    controller.jumpToIndex(jpype.JClass("org.javarosa.core.model.FormIndex").createBeginningOfFormIndex())
    while (event := controller.stepToNextEvent()) != _END:
        if event != _QUESTION:
            continue
        prompt = controller.getModel().getQuestionPrompt()
        path = generic(prompt.getIndex().getReference())
        reached[path] = None
        data = prompt.getAnswerValue()
        if prompt.isReadOnly() or (data is None and not prompt.isRequired()):
            continue
        if data is None or not form.definition.evaluateConstraint(prompt.getIndex().getReference(), data):
            yield Problem(ProblemKind.INVALID, path, "the engine does not accept the answer, or misses it")
        elif not _is_offered(form, prompt, path, data):
            yield Problem(ProblemKind.INVALID, path, "the answer is not among the choices that are offered")


def _is_offered(form: LoadedForm, prompt: Any, path: str, data: Any) -> bool:
    if form.kind(path, int(prompt.getControlType())) not in CHOICE_KINDS:
        return True
    return set(str(data.uncast().getString()).split()) <= offered_by(prompt).keys()


def _serialised(form: LoadedForm, controller: Any) -> bytes:
    controller.finalizeFormEntry()
    visitor = jpype.JClass("org.javarosa.model.xform.XFormSerializingVisitor")()
    return bytes(visitor.serializeInstance(form.definition.getInstance()))


def _answers(xml: bytes) -> dict[str, str]:
    return Filled("", xml, Ending.COMPLETE, True, (), (), {}, ()).answers


def _changes(form: LoadedForm, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Problem]:
    unsteady = {*form.info.liberties.volatile, *form.info.liberties.stamps}
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path) and path.rpartition("/")[2] not in unsteady:
            yield Problem(ProblemKind.CHANGED, _TURN.sub("", path), "the engine takes this answer away or changes it")
