"""The standard modules as sections, as far as a kind of respondent has them: who, gates, context, evidence, close."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from forms.catalogue import Catalogue, ModuleItem, Texts
from forms.catalogue.terms import BriefList, ItemType
from forms.kinds import Kind
from forms.questionnaire import answering
from forms.questionnaire.lists import FILES, Lists, Places
from forms.questionnaire.model import Question, QuestionType, Screen, Section, Unless
from forms.questionnaire.words import word, word_or_none

GUIDE = "dis_guide"
GROUP = "ctx_ki_group"
DISTRICT = "ctx_adm2"
_HEAD = ("ctx_date", "t0")
_LAST = ("clo_enum_safe", "clo_debrief", "q_minutes")
_EVIDENCE = ("evi_basis", "evi_confidence")
_ABOVE = {BriefList.ADM2: "ctx_adm1", BriefList.ADM3: "ctx_adm2", BriefList.SITE: "ctx_adm3"}
_FEW_IN_ARABIC = ("{minutes} دقيقة", "{minutes} دقائق")
"""Arabic counts three to ten in the plural, and more in the singular, which the catalogue has."""
_MOST_FEW = 10
_CONSENTED = "${con_given}='yes'"
"""What the catalogue writes for "before this, nothing is asked"; each kind has a gate of its own."""


class Standard:
    """Turns module items into questions, for one form."""

    def __init__(self, catalogue: Catalogue, kind: Kind, lists: Lists, places: Places) -> None:
        self._items = {item.name: item for module in catalogue.modules for item in module.items}
        self._kind, self._lists, self._places = kind, lists, places

    @property
    def open(self) -> str:
        """What must hold before anything about the community is asked."""
        return self._kind.open

    def head(self) -> tuple[Question, ...]:
        return tuple(self._question(name) for name in _HEAD)

    def before(self) -> tuple[Section, ...]:
        kind = self._kind
        is_gate = {gate.item for gate in kind.gates}.issuperset(kind.source)
        sections = (
            self._section("who", kind.who),
            self._section("safety", kind.safety),
            self._section("statements", kind.statements),
            self._section("consent", kind.consent, with_person=True),
            self._section("source", kind.source, relevant="" if is_gate else self.open),
            self._section("context", kind.context, relevant=self.open, with_person=True),
        )
        return tuple(section for section in sections if section.questions)

    def guide(self, section: str) -> Screen | None:
        """None where nobody is met who could tell of a case."""
        if not self._kind.disclosure:
            return None
        return Screen(f"{section}_guide", (self._question(GUIDE, relevant=self.open),))

    def evidence(self, section: str, unless: tuple[Unless, ...]) -> Screen:
        questions = (self._evidence(name) for name in _EVIDENCE)
        named = (replace(question, name=f"{question.name}_{section}", unless=unless) for question in questions)
        return Screen(f"{section}_evidence", tuple(named))

    def _evidence(self, name: str) -> Question:
        """Hidden where the kind itself says how everything is known."""
        if name == "evi_basis" and self._kind.basis:
            standard = self._items[name].standard_field
            return Question(
                name=name, type=QuestionType.CALCULATE, calculation=f"'{self._kind.basis}'", standard=standard
            )
        return self._question(name, relevant=self.open)

    def after(self) -> tuple[Section, ...]:
        """The code is offered while the person is there; what the enumerator says about the talk comes after it.

        The last two questions have no relevance: they are put after a stop and a refusal too, and end the clock.
        """
        kind = self._kind
        screens = (
            Screen("after_1", self._disclosure()),
            Screen("after_2", self._questions(kind.after, self.open, with_person=False)),
        )
        sections = (
            self._section("goodbye", kind.goodbye, relevant=self.open, with_person=True),
            Section(
                name="after",
                title=self._title("after"),
                screens=tuple(screen for screen in screens if screen.questions),
                relevant=self.open,
            ),
            self._section("you", _LAST),
        )
        return tuple(section for section in sections if section.questions)

    def _disclosure(self) -> tuple[Question, ...]:
        """The guide stands here a second time, and names are unique in a form."""
        found = self._questions(self._kind.disclosure, self.open)
        return tuple(replace(one, name=f"{GUIDE}_end") if one.name == GUIDE else one for one in found)

    def _title(self, section: str) -> Texts:
        return self._worded(f"title_{section}") or word(f"title_{section}")

    def _worded(self, name: str) -> Texts | None:
        """The words that this kind has instead of the usual ones."""
        return word_or_none(f"{self._kind.voice}.{name}")

    def _section(self, name: str, items: Iterable[str], *, relevant: str = "", with_person: bool = False) -> Section:
        return Section(
            name=name,
            title=self._title(name),
            screens=(Screen(name, self._questions(items, relevant, with_person=with_person)),),
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
        condition = self._condition(item)
        own = condition if condition != relevant else ""
        return Question(
            name=item.name,
            type=QuestionType(item.type),
            label=self._worded(item.name) or item.label,
            relevant=" and ".join(filter(None, [own, self._above(item)])),
            calculation=item.calculation,
            trigger=item.trigger,
            is_spoken=item.name == "con_script",
            standard=item.standard_field,
            privacy=item.privacy_class,
            **self._answering(item, with_person),
        )

    def _condition(self, item: ModuleItem) -> str:
        """The catalogue's condition, with the gate of this kind in place of consent, and its own stops."""
        kind = self._kind
        if item.name in (*kind.safety, *kind.statements) and item.type is ItemType.NOTE:
            part = kind.safety if item.name in kind.safety else kind.statements
            return " or ".join(f"${{{gate.item}}}='no'" for gate in kind.gates if gate.item in part)
        return item.relevant if kind.asks_people else item.relevant.replace(_CONSENTED, kind.open)

    def _answering(self, item: ModuleItem, with_person: bool) -> dict[str, Any]:
        wanted = item.brief_list
        if wanted and wanted in FILES:
            required = self._is_required(item)
            return {
                "file": FILES[wanted],
                "choice_filter": f"parent=${{{_ABOVE[wanted]}}}",
                "appearance": answering.SEARCHED,
                "hint": word("hint_whole_area") if item.required and not required else None,
                **answering.must_answer(required),
            }
        if item.type is ItemType.SELECT_ONE and item.choices:
            return answering.select_one(self._lists, item.choices, required=item.required)
        if item.type is ItemType.SELECT_MULTIPLE and item.choices:
            return answering.select_multiple(self._lists, item.choices, required=item.required, spoken=with_person)
        return {}

    def _above(self, item: ModuleItem) -> str:
        """A list below an optional answer is shown when there is that answer: before, it would be empty."""
        above = _ABOVE.get(item.brief_list) if item.brief_list else None
        return f"${{{above}}} != ''" if above and not self._is_required(self._items[above]) else ""

    def _is_required(self, item: ModuleItem) -> bool:
        """Who does not go to a place may speak of a whole area of level 1."""
        return item.required and (self._kind.in_field or item.name != DISTRICT)


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
    pairs = tuple((language, _with_minutes(text, minutes)) for language, text in question.label.items())
    return replace(question, label=Texts(pairs))


def _with_minutes(text: str, minutes: int) -> str:
    few = text.replace(*_FEW_IN_ARABIC) if minutes <= _MOST_FEW else text
    return few.replace("{minutes}", str(minutes))
