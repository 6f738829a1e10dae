"""One interview with a loaded form: step, ask, answer, retry, validate, serialise."""

from collections import Counter
from typing import Any
from uuid import UUID

import jpype

from forms.engine.chooser import Answer, Asked, Chooser
from forms.engine.host import Host
from forms.engine.loaded import LoadedForm, generic, harmless
from forms.engine.pools import answer_data, draw_pools, offered_by
from forms.engine.records import CHOICE_KINDS, Filled, Kind, Pool, Problem, ProblemKind
from forms.engine.rewrite import rewrite
from forms.engine.tendencies import Tendencies, repeatable, seed_number

_END, _NEW_REPEAT, _QUESTION = 1, 2, 4
_ACCEPTED = 0
_MOST_STEPS = 50_000
_MOST_ROUNDS = 3


class Interview:
    """Used once. What it learns on the way is kept for the coverage report."""

    def __init__(self, host: Host, form: LoadedForm, tendencies: Tendencies, seed: str) -> None:
        self._host, self._form, self._tendencies, self._seed = host, form, tendencies, seed
        self._plan = plan = tendencies.plan
        self._chooser = Chooser(tendencies, seed)
        self._pace = repeatable("pace", plan.salt, seed)
        self._asked: dict[str, None] = {}
        self._shown: dict[str, None] = {}
        self._seen: set[str] = set()
        self._turns: dict[str, int] = {}
        self._rejected: Counter[str] = Counter()
        self._problems: dict[Problem, None] = {}

    def run(self, pool: int = 0) -> Filled:
        """With `pool` answers to draw for every question that may be varied."""
        self._begin()
        valid, xml, pools = False, b"", dict[str, Pool]()
        try:
            valid = self._fill()
            if valid and pool:
                pools = draw_pools(self._form, self._controller, self._chooser, pool)
            xml = self._serialise()
        except jpype.JException as problem:
            self._problem(ProblemKind.ENGINE_ERROR, "/", harmless(problem))
        return Filled(
            seed=self._seed,
            xml=xml,
            ending=self._chooser.ending,
            valid=valid and bool(xml),
            asked=tuple(self._asked),
            shown=tuple(self._shown),
            rejected=dict(self._rejected),
            problems=tuple(self._problems),
            pools=pools,
        )

    def _begin(self) -> None:
        plan, info = self._plan, self._form.info
        identity = (info.form_id, info.version, plan.salt, plan.today, self._seed)
        self._host.begin(
            today=plan.today,
            instance_id=str(UUID(int=seed_number("instance", *identity, bits=128), version=4)),
            seed=seed_number("engine", *identity),
            properties=plan.properties,
        )

    def _fill(self) -> bool:
        """A later answer may make an earlier question relevant or wrong; then a person pages back, and so do we."""
        self._form.start(self._plan.language)
        self._model = jpype.JClass("org.javarosa.form.api.FormEntryModel")(self._form.definition)
        self._controller = jpype.JClass("org.javarosa.form.api.FormEntryController")(self._model)
        for _ in range(_MOST_ROUNDS):
            self._walk()
            outcome = self._form.definition.validate(True)
            if outcome is None:
                return True
        path = generic(outcome.failedPrompt.getReference())
        self._problem(ProblemKind.INVALID, path, "the engine refuses the finished form because of this question")
        return False

    def _walk(self) -> None:
        self._controller.jumpToIndex(jpype.JClass("org.javarosa.core.model.FormIndex").createBeginningOfFormIndex())
        for _ in range(_MOST_STEPS):
            event = self._controller.stepToNextEvent()
            if event == _END:
                return
            if event == _QUESTION:
                self._question()
            elif event == _NEW_REPEAT:
                self._repeat()
        self._problem(ProblemKind.ENGINE_ERROR, "/", f"the form does not end within {_MOST_STEPS} steps")

    def _question(self) -> None:
        reference = self._model.getFormIndex().getReference()
        place = str(reference.toString(True))
        if place in self._seen:
            return
        self._seen.add(place)
        self._host.wait(self._seconds())
        prompt, path = self._model.getQuestionPrompt(), generic(reference)
        if prompt.isReadOnly():
            self._shown[path] = None
            return
        self._asked[path] = None
        self._answer(prompt, path)

    def _answer(self, prompt: Any, path: str) -> None:
        kind = self._form.kind(path, int(prompt.getControlType()))
        offered = offered_by(prompt) if kind in CHOICE_KINDS else {}
        name = path.rpartition("/")[2]
        if kind in CHOICE_KINDS and not offered:
            self._problem(ProblemKind.EMPTY_LIST, path, "no choice is offered")
            return
        asked = Asked(name, kind, bool(prompt.isRequired()), tuple(offered), self._form.hint(path))
        refused: set[Answer] = set()
        for answer in self._chooser.attempts(asked):
            if answer in refused:
                continue
            if answer is None or self._accepted(prompt, kind, offered, answer, path):
                self._chooser.note(name, answer)
                return
            refused.add(answer)
            self._rejected[path] += 1
        self._give_up(path, forced=name in self._plan.forced)

    def _accepted(self, prompt: Any, kind: Kind, offered: dict[str, Any], answer: Answer, path: str) -> bool:
        data = answer_data(prompt, kind, offered, answer)
        if data is None:
            return False
        try:
            return bool(self._controller.answerQuestion(data, True) == _ACCEPTED)
        except jpype.JException as problem:
            self._problem(ProblemKind.ENGINE_ERROR, path, harmless(problem))
            return False

    def _give_up(self, path: str, *, forced: bool) -> None:
        if forced:
            self._problem(ProblemKind.FORCED_REFUSED, path, "the forced answer is not offered or not accepted")
        else:
            self._problem(ProblemKind.UNSATISFIED, path, "no answer that was tried is accepted")

    def _repeat(self) -> None:
        index = self._model.getFormIndex()
        reference = index.getReference()
        place = f"{reference.getParentRef().toString(True)}/{reference.getNameLast()}"
        if place not in self._turns:
            least, most = self._plan.repeats
            self._turns[place] = least + int(self._pace.random() * (most - least + 1))
        if int(index.getElementMultiplicity()) < self._turns[place]:
            self._controller.newRepeat()

    def _seconds(self) -> float:
        """Some enumerators are quick, some slow; questions vary around their pace."""
        habit = self._tendencies.habit(self._chooser.observer, "pace")
        return self._plan.seconds * habit * (0.4 + 1.2 * self._pace.random())

    def _serialise(self) -> bytes:
        self._controller.finalizeFormEntry()
        visitor = jpype.JClass("org.javarosa.model.xform.XFormSerializingVisitor")()
        return rewrite(bytes(visitor.serializeInstance(self._form.definition.getInstance())), self._plan.rewrite)

    def _problem(self, kind: ProblemKind, path: str, text: str) -> None:
        self._problems[Problem(kind, path, text)] = None
