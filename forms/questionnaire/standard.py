"""The standard modules as sections: who, safety, consent, context, evidence, disclosure, close."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from forms.catalogue import Catalogue, ModuleItem, Texts
from forms.catalogue.terms import BriefList, ItemType
from forms.kinds import Kind
from forms.questionnaire import answering
from forms.questionnaire.lists import FILES, Lists, Places
from forms.questionnaire.model import Question, QuestionType, Screen, Section, Unless
from forms.questionnaire.words import word

GUIDE = "dis_guide"
METHOD = "ctx_method"
GROUP = "ctx_ki_group"
_HEAD = ("ctx_date", "t0")
_GOODBYE = ("clo_code", "clo_code_note")
_AFTER = ("clo_limits", "clo_distress")
_LAST = ("clo_enum_safe", "clo_debrief", "q_minutes")
_ABOVE = {BriefList.ADM2: "ctx_adm1", BriefList.ADM3: "ctx_adm2", BriefList.SITE: "ctx_adm3"}


class Standard:
    """Turns module items into questions, for one form."""

    def __init__(self, catalogue: Catalogue, kind: Kind, lists: Lists, places: Places) -> None:
        self._items = {item.name: item for module in catalogue.modules for item in module.items}
        self._modules = {module.id: tuple(item.name for item in module.items) for module in catalogue.modules}
        self._kind, self._lists, self._places = kind, lists, places

    @property
    def consent(self) -> str:
        """What must hold before anything about the community is asked."""
        gate = self._kind.consent
        return f"${{{gate.item}}}='{gate.value}'"

    def head(self) -> tuple[Question, ...]:
        return tuple(self._question(name) for name in _HEAD)

    def before(self) -> tuple[Section, ...]:
        who = [name for name in self._modules["MOD-WHO"] if name not in _HEAD]
        context = [name for name in self._modules["MOD-CTX"] if name != METHOD]
        return (
            self._section("who", who),
            self._section("safety", self._modules["MOD-SAF"]),
            self._section("consent", self._modules["MOD-CON"], with_person=True),
            self._section("context", context, relevant=self.consent, with_person=True),
        )

    def guide(self, section: str) -> Screen:
        return Screen(f"{section}_guide", (self._question(GUIDE, relevant=self.consent),))

    def evidence(self, section: str, unless: tuple[Unless, ...]) -> Screen:
        questions = self._questions(self._modules["MOD-EVI"], self.consent)
        named = (replace(question, name=f"{question.name}_{section}", unless=unless) for question in questions)
        return Screen(f"{section}_evidence", tuple(named))

    def after(self) -> tuple[Section, ...]:
        """The code is offered while the person is there; what the enumerator says about the talk comes after it.

        The last two questions have no relevance: they are put after a stop and a refusal too, and end the clock.
        """
        guide, *others = self._questions(self._modules["MOD-DIS"], self.consent)
        # The guide stands here a second time, and names are unique in a form.
        disclosure = Screen("after_1", (replace(guide, name=f"{GUIDE}_end"), *others))
        limits = Screen("after_2", self._questions(_AFTER, self.consent, with_person=False))
        return (
            self._section("goodbye", _GOODBYE, relevant=self.consent, with_person=True),
            Section(name="after", title=word("title_after"), screens=(disclosure, limits), relevant=self.consent),
            self._section("you", _LAST),
        )

    def _section(self, name: str, items: Iterable[str], *, relevant: str = "", with_person: bool = False) -> Section:
        questions = self._questions(items, relevant, with_person=with_person)
        return Section(
            name=name,
            title=word(f"title_{name}"),
            screens=(Screen(name, questions),),
            relevant=relevant,
            with_person=with_person,
        )

    def _questions(self, items: Iterable[str], relevant: str, *, with_person: bool = True) -> tuple[Question, ...]:
        asked = (item for item in items if self._is_asked(self._items[item]))
        return tuple(self._question(item, relevant=relevant, with_person=with_person) for item in asked)

    def _is_asked(self, item: ModuleItem) -> bool:
        return item.brief_list is None or self._places.asks(item.brief_list)

    def _question(self, name: str, *, relevant: str = "", with_person: bool = True) -> Question:
        item = self._items[name]
        own = item.relevant if item.relevant != relevant else ""
        return Question(
            name=item.name,
            type=QuestionType(item.type),
            label=item.label,
            relevant=" and ".join(filter(None, [own, self._above(item)])),
            calculation=item.calculation,
            trigger=item.trigger,
            is_spoken=item.name == "con_script",
            **self._answering(item, with_person),
        )

    def _answering(self, item: ModuleItem, with_person: bool) -> dict[str, Any]:
        wanted = item.brief_list
        if wanted and wanted in FILES:
            return {
                "file": FILES[wanted],
                "choice_filter": f"parent=${{{_ABOVE[wanted]}}}",
                "appearance": answering.SEARCHED,
                **answering.must_answer(item.required),
            }
        if item.type is ItemType.SELECT_ONE and item.choices:
            return answering.select_one(self._lists, item.choices, required=item.required)
        if item.type is ItemType.SELECT_MULTIPLE and item.choices:
            return answering.select_multiple(self._lists, item.choices, required=item.required, spoken=with_person)
        return {}

    def _above(self, item: ModuleItem) -> str:
        """A list below an optional answer is shown when there is that answer: before, it would be empty."""
        above = _ABOVE.get(item.brief_list) if item.brief_list else None
        return f"${{{above}}} != ''" if above and not self._items[above].required else ""


def filled(sections: Sequence[Section], minutes: int) -> tuple[Section, ...]:
    """The consent text with the length of the conversation in it."""
    return tuple(
        replace(
            section,
            screens=tuple(
                replace(screen, questions=tuple(_filled(question, minutes) for question in screen.questions))
                for screen in section.screens
            ),
        )
        for section in sections
    )


def _filled(question: Question, minutes: int) -> Question:
    if question.name != "con_script" or question.label is None:
        return question
    pairs = tuple((language, text.replace("{minutes}", str(minutes))) for language, text in question.label.items())
    return replace(question, label=Texts(pairs))
