"""Draws other answers to a finished interview's questions: each accepted by the engine beside all that was answered."""

import re
from typing import Any

import jpype

from forms.engine.chooser import Answer, Asked, Chooser
from forms.engine.loaded import LoadedForm, generic
from forms.engine.plan import Plan
from forms.engine.records import CHOICE_KINDS, Kind, Pool

_END, _QUESTION = 1, 4
_MOST_OFFERED = 60
_FAR = 5.0
_EXTREMES = (99, 999, 9_999, 99_999, 999_999)
_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL})
_FIXED = frozenset({Kind.NOTE, Kind.FILE})
_FIRST_TURN = re.compile(r"\[1\]")


def draw_pools(form: LoadedForm, controller: Any, chooser: Chooser, size: int) -> dict[str, Pool]:
    """By path with its turn, as in `Filled.answers`. Who asks and where stays, for the other answers lean to it."""
    free, plan = frozenset(form.info.liberties.free), chooser.plan
    pools: dict[str, Pool] = {}
    controller.jumpToIndex(jpype.JClass("org.javarosa.core.model.FormIndex").createBeginningOfFormIndex())
    while (event := controller.stepToNextEvent()) != _END:
        if event != _QUESTION:
            continue
        prompt = controller.getModel().getQuestionPrompt()
        reference = prompt.getIndex().getReference()
        path = generic(reference)
        if path in free and not prompt.isReadOnly() and not _steers(path, plan):
            pool = _Drawing(form, prompt, path, chooser).pool(size)
            if pool is not None:
                pools[_FIRST_TURN.sub("", str(reference.toString(True)))] = pool
    return pools


def offered_by(prompt: Any) -> dict[str, Any]:
    return {str(choice.getValue()): choice for choice in prompt.getSelectChoices()}


def answer_data(prompt: Any, kind: Kind, offered: dict[str, Any], answer: Answer) -> Any:
    """The answer as the engine's own type; None when the code is not offered or the text does not parse."""
    if kind is Kind.SELECT_ONE:
        choice = offered.get(str(answer))
        return jpype.JClass("org.javarosa.core.model.data.SelectOneData")(choice.selection()) if choice else None
    if kind in CHOICE_KINDS:
        if not isinstance(answer, tuple) or any(code not in offered for code in answer):
            return None
        selections = jpype.JClass("java.util.ArrayList")([offered[code].selection() for code in answer])
        return jpype.JClass("org.javarosa.core.model.data.MultipleItemsData")(selections)
    parser = jpype.JClass("org.javarosa.xform.util.XFormAnswerDataParser")
    return parser.getAnswerData(str(answer), int(prompt.getDataType()), prompt.getQuestion())


class _Drawing:
    """The answers to one question of one interview."""

    def __init__(self, form: LoadedForm, prompt: Any, path: str, chooser: Chooser) -> None:
        self._definition, self._prompt, self._chooser = form.definition, prompt, chooser
        self._reference = prompt.getIndex().getReference()
        self._kind = form.kind(path, int(prompt.getControlType()))
        self._offered = offered_by(prompt) if self._kind in CHOICE_KINDS else {}
        name = path.rpartition("/")[2]
        required = bool(prompt.isRequired())
        self._asked = Asked(name, self._kind, required, tuple(self._offered), form.hint(path))
        self._judged: dict[Answer, str | None] = {}

    def pool(self, size: int) -> Pool | None:
        if self._kind in _FIXED or (self._kind in CHOICE_KINDS and not self._offered):
            return None
        draws = [text for _ in range(size) if (text := self._draw()) is not None]
        if not draws:
            return None
        return Pool(self._kind, tuple(draws), self._codes(), self._extremes(draws))

    def _draw(self) -> str | None:
        for answer in self._chooser.attempts(self._asked):
            text = self._accepted(answer)
            if text is not None:
                return text
        return None

    def _accepted(self, answer: Answer) -> str | None:
        """As the engine writes it; None when it does not fit."""
        if answer not in self._judged:
            self._judged[answer] = "" if answer is None else self._judge(answer)
        return self._judged[answer]

    def _judge(self, answer: Answer) -> str | None:
        try:
            data = answer_data(self._prompt, self._kind, self._offered, answer)
            if data is None or not self._definition.evaluateConstraint(self._reference, data):
                return None
            return str(data.uncast().getString())
        except jpype.JException:
            return None

    def _codes(self) -> tuple[str, ...]:
        if self._kind is not Kind.SELECT_ONE or len(self._offered) > _MOST_OFFERED:
            return ()
        return tuple(code for code in self._offered if self._accepted(code) is not None)

    def _extremes(self, draws: list[str]) -> tuple[str, ...]:
        if self._kind not in _NUMBERS:
            return ()
        usual = max((abs(float(text)) for text in draws if text), default=0.0)
        most = self._asked.hints.most
        candidates = [*_EXTREMES, *([] if most is None else [int(most)])]
        found = (self._accepted(str(number)) for number in candidates if number > _FAR * max(usual, 1.0))
        return tuple(dict.fromkeys(text for text in found if text))


def _steers(path: str, plan: Plan) -> bool:
    return path.rpartition("/")[2] in {*plan.area_by, *plan.habit_by, *plan.forced, *plan.local_names()}
