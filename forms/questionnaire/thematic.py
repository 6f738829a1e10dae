"""The indicators as sections: grouped by theme, calm ones first, what depends on an answer after it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from forms.brief import SENSITIVE
from forms.catalogue import Catalogue, Indicator, Texts
from forms.catalogue.terms import ResponseType, Theme, Unit
from forms.kinds import Kind
from forms.questionnaire import answering
from forms.questionnaire.lists import Lists, no_answer_codes
from forms.questionnaire.model import Question, QuestionType, Screen, Section, Unless
from forms.questionnaire.standard import GROUP, Standard
from forms.questionnaire.words import joined, word

SECTIONS: Mapping[str, tuple[Theme, ...]] = {
    "community": (Theme.CONTEXT, Theme.CRISIS_DRIVER, Theme.RISK_FACTOR, Theme.PROTECTIVE_FACTOR),
    "recruitment": (Theme.RECRUITMENT,),
    "exploitation": (Theme.TRAFFICKING_INDICATION, Theme.EXPLOITATION_FORM, Theme.PERPETRATOR_MODUS),
    "movement_services": (
        *(Theme.MOVEMENT_ROUTES, Theme.TREND, Theme.SERVICE_RESPONSE),
        *(Theme.LEGAL_INSTITUTIONAL, Theme.EVIDENCE),
    ),
}
"""Four sections for all themes, so that the evidence is asked four times at most. The names go into the store."""
_STANDARD: Mapping[ResponseType, str] = {
    ResponseType.SELECT_ONE: "observation.value_code",
    ResponseType.SELECT_MULTIPLE: "observation.value_bool",
    ResponseType.INTEGER: "observation.value_num",
    ResponseType.DECIMAL: "observation.value_num",
}
_SCREEN_LINES = 28
"""About two lengths of a small phone: more on one screen and the end is not found."""
_LINE_LETTERS = 36
_THEMES = list(Theme)


class Thematic:
    """Turns the indicators of one form into sections."""

    def __init__(self, catalogue: Catalogue, kind: Kind, lists: Lists, standard: Standard) -> None:
        self._catalogue, self._kind, self._lists, self._standard = catalogue, kind, lists, standard

    def sections(self, indicators: Iterable[str]) -> Iterator[Section]:
        """The guide on disclosure stands before the first screen with a question of high sensitivity."""
        wanted = set(indicators)
        chosen = [indicator for indicator in self._catalogue.indicators if indicator.id in wanted]
        before: set[str] = set()
        guided = False
        for name, themes in SECTIONS.items():
            ordered = _ordered([indicator for indicator in chosen if indicator.theme in themes])
            if not ordered:
                continue
            before.update(indicator.id for indicator in ordered)
            _refuse_later(ordered, before)
            questions = [self._question(indicator) for indicator in ordered]
            screens = list(self._screens(name, questions))
            first = next((number for number, screen in enumerate(screens) if _is_sensitive(screen)), None)
            guide = self._standard.guide(name)
            if guide and first is not None and not guided:
                screens.insert(first, guide)
                guided = True
            common = tuple(part for part in questions[0].unless if all(part in other.unless for other in questions))
            screens.append(self._standard.evidence(name, common))
            yield Section(
                name=name,
                title=word(f"title_{name}"),
                screens=tuple(screens),
                relevant=self._standard.open,
                is_thematic=True,
                with_person=True,
            )

    def _screens(self, name: str, questions: Sequence[Question]) -> Iterator[Screen]:
        """A screen is filled until it is long, and never mixes calm and sensitive questions."""
        batches: list[list[Question]] = []
        left = 0
        for question in questions:
            lines = self._lines(question)
            if not batches or lines > left or _sensitivity(question) != _sensitivity(batches[-1][-1]):
                batches.append([])
                left = _SCREEN_LINES
            batches[-1].append(question)
            left -= lines
        for number, batch in enumerate(batches, start=1):
            yield Screen(f"{name}_{number}", tuple(batch))

    def _lines(self, question: Question) -> int:
        """By the longest language, so that the screens are the same for everybody."""
        texts = [text for text in (question.label, question.hint) if text]
        letters = [max(map(len, text.values())) for text in texts]
        answers = len(self._lists.use(question.list_name)) if question.list_name else 1
        return sum(math.ceil(length / _LINE_LETTERS) for length in letters) + answers

    def _question(self, indicator: Indicator) -> Question:
        return Question(
            name=indicator.question_name,
            type=QuestionType(indicator.response_type),
            label=self._label(indicator),
            guidance=indicator.definition,
            unless=self._unless(indicator),
            indicator=indicator,
            compared=self._catalogue.local.compared(indicator.id),
            is_spoken=True,
            standard=_STANDARD[indicator.response_type],
            privacy=indicator.privacy_class,
            **self._answering(indicator),
        )

    def _label(self, indicator: Indicator) -> Texts:
        period = self._catalogue.recall(indicator.recall).label
        if period is None:
            return indicator.question
        pairs = indicator.question.items()
        return Texts(tuple((language, text.replace("{r}", period[language])) for language, text in pairs))

    def _answering(self, indicator: Indicator) -> dict[str, Any]:
        if not indicator.choices:
            found = answering.number(
                whole=indicator.response_type is ResponseType.INTEGER, percent=indicator.unit is Unit.PERCENT
            )
        elif indicator.response_type is ResponseType.SELECT_ONE:
            required = self._lists.has_way_out(indicator.choices)
            found = answering.select_one(self._lists, indicator.choices, required=required)
        else:
            required = self._lists.has_way_out(indicator.choices)
            found = answering.select_multiple(
                self._lists,
                indicator.choices,
                required=required,
                spoken=self._kind.asks_people,
                at_most=indicator.max_select,
            )
        return found | {"hint": self._with_local(indicator, self._with_period(indicator, found.get("hint")))}

    def _with_local(self, indicator: Indicator, hint: Texts | None) -> Texts | None:
        """What a country says to its enumerators, after what is said everywhere."""
        local = self._catalogue.local
        parts = [part for part in (hint, local.hints.get(indicator.id)) if part]
        if examples := local.examples.get(indicator.id):
            parts += [word("hint_examples"), examples]
        return joined(*parts) if parts else None

    def _with_period(self, indicator: Indicator, hint: Texts | None) -> Texts | None:
        """A question that does not say its period itself has it in the hint: else two people count two periods."""
        period = self._catalogue.recall(indicator.recall).label
        if period is None or all("{r}" in text for text in indicator.question.values()):
            return hint
        said = Texts(tuple((language, f"{text} {period[language]}.") for language, text in word("hint_period").items()))
        return joined(said, hint) if hint else said

    def _unless(self, indicator: Indicator) -> tuple[Unless, ...]:
        """Flat: with what an earlier question itself depends on, since an answer that was never asked is empty."""
        found: dict[Unless, None] = {}
        if indicator.sensitivity >= SENSITIVE and self._kind.asks_people:
            # They may be the recruiters.
            found[Unless(GROUP, self._catalogue.settings.sensitive_excludes)] = None
        for name in indicator.depends_on:
            earlier = self._catalogue.indicator(name)
            if earlier.choices is None:
                raise ValueError(f"{indicator.id} depends on {name}, which has no list of answers")
            codes = no_answer_codes(self._catalogue, earlier.choices)
            multiple = earlier.response_type is ResponseType.SELECT_MULTIPLE
            found.update(dict.fromkeys(self._unless(earlier)))
            found[Unless(earlier.question_name, codes, multiple)] = None
        return tuple(found)


def _ordered(indicators: Sequence[Indicator]) -> list[Indicator]:
    """Questions about the place first, then calm before sensitive; within that by theme and code."""

    def rank(indicator: Indicator) -> tuple[bool, int, str]:
        return indicator.sensitivity >= SENSITIVE, _THEMES.index(indicator.theme), indicator.id

    ordered: dict[str, Indicator] = {}
    known = {indicator.id: indicator for indicator in indicators}

    def put(indicator: Indicator) -> None:
        for name in indicator.depends_on:
            if name in known:
                put(known[name])
        ordered[indicator.id] = indicator

    for indicator in sorted(indicators, key=rank):
        put(indicator)
    return list(ordered.values())


def _refuse_later(indicators: Iterable[Indicator], before: Set[str]) -> None:
    """A condition on a question further down would never be true while the form is filled from top to bottom."""
    for indicator in indicators:
        later = sorted(set(indicator.depends_on) - before)
        if later:
            raise ValueError(f"{indicator.id} is asked before {later[0]}, on which it depends; mend their themes")


def _sensitivity(question: Question) -> bool:
    return question.indicator is not None and question.indicator.sensitivity >= SENSITIVE


def _is_sensitive(screen: Screen) -> bool:
    return any(_sensitivity(question) for question in screen.questions)
