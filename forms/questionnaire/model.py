"""A form before it becomes sheets and recipe: sections, screens and questions in the order in which they are asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from forms.catalogue import Indicator, Texts
from forms.comparability import Compared
from forms.kinds import Kind
from mappings.language import AskedIf


class QuestionType(StrEnum):
    """All that our forms are made of. What could name, record or locate a person is not among them."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    INTEGER = "integer"
    DECIMAL = "decimal"
    NOTE = "note"
    CALCULATE = "calculate"
    TODAY = "today"

    @property
    def is_select(self) -> bool:
        return self in {QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE}


@dataclass(frozen=True, slots=True)
class Unless:
    """Skips a question when an earlier one was answered, but with none of `codes`; both sheets and recipe are made
    from it, so that the store never has to guess why an answer is missing."""

    question: str
    codes: tuple[str, ...]
    multiple: bool = False

    def xpath(self) -> str:
        """Hides the question also while the earlier one is still empty."""
        answer = f"${{{self.question}}}"
        if self.multiple:
            return " and ".join([f"{answer} != ''", *(f"not(selected({answer}, '{code}'))" for code in self.codes)])
        return " and ".join([f"{answer} != ''", *(f"{answer} != '{code}'" for code in self.codes)])

    def asked_if(self, path: str) -> AskedIf:
        return AskedIf(path, self.codes)


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice as the phone shows it."""

    code: str
    label: Texts
    parent: str = ""
    """The standard code that a country's own choice counts as."""

    @property
    def standard(self) -> str:
        return self.parent or self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line of the form. Names are unique in the whole form, and the same in every form that asks the same."""

    name: str
    type: QuestionType
    label: Texts | None = None
    list_name: str = ""
    file: str = ""
    """The CSV beside the form that holds the answers, where they are too many for the form itself."""
    hint: Texts | None = None
    guidance: str = ""
    """What the indicator means; English only, as in the catalogue. Phones hide it until asked for."""
    appearance: str = ""
    required: bool = False
    required_message: Texts | None = None
    relevant: str = ""
    unless: tuple[Unless, ...] = ()
    constraint: str = ""
    constraint_message: Texts | None = None
    calculation: str = ""
    trigger: str = ""
    choice_filter: str = ""
    indicator: Indicator | None = None
    compared: Compared | None = None
    """With the standard; of indicators only."""
    is_spoken: bool = False
    """Whether the enumerator says it to the person, which takes time."""
    standard: str = ""
    """`table.field` of the standard schema that the answer becomes part of; '' where it is dropped."""
    privacy: str = ""

    @property
    def condition(self) -> str:
        parts = [self.relevant, *(unless.xpath() for unless in self.unless)]
        return " and ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Screen:
    """Questions that a phone shows together."""

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the form with a title. `relevant` holds for everything in it."""

    name: str
    title: Texts
    screens: tuple[Screen, ...]
    relevant: str = ""
    is_thematic: bool = False
    """Holds indicators, and ends with the evidence for them."""
    with_person: bool = False
    """Happens while the informant is there: it counts for the length of the conversation."""

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for screen in self.screens for question in screen.questions)

    def path(self, screen: Screen, question: Question) -> str:
        """A section of one screen is that screen."""
        inner = f"{screen.name}/" if len(self.screens) > 1 else ""
        return f"{self.name}/{inner}{question.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """The one source of the sheets and of the recipe. `version` is given when the content is known."""

    form_id: str
    title: str
    kind: Kind
    languages: tuple[str, ...]
    survey_id: str
    country: str
    catalogue_version: str
    minutes: int
    head: tuple[Question, ...]
    """Hidden lines in front of everything: the day, and the start that is never sent."""
    sections: tuple[Section, ...]
    choices: tuple[tuple[str, tuple[Answer, ...]], ...]
    """The lists of the form in the order of their first use."""
    exclusive: tuple[tuple[str, tuple[str, ...]], ...]
    """By list: the codes that stand alone."""
    overlay: str = ""
    """Names the overlay of the country, with its version; '' where the standard is asked as it is."""
    version: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        return (*self.head, *(question for section in self.sections for question in section.questions))

    @property
    def thematic(self) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.is_thematic)

    @property
    def paths(self) -> dict[str, str]:
        """Question name -> path with groups, without the root."""
        return {question.name: question.name for question in self.head} | dict(self._inner_paths())

    def question(self, name: str) -> Question:
        """Raises KeyError for one that the form does not ask."""
        found = next((one for one in self.questions if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def compared(self) -> tuple[Compared, ...]:
        """Every indicator that is asked, with what is left of it to compare with other countries."""
        return tuple(question.compared for question in self.questions if question.compared)

    def codes(self, list_name: str) -> tuple[str, ...]:
        return tuple(answer.code for answer in dict(self.choices)[list_name])

    def standard_codes(self, list_name: str) -> dict[str, str]:
        """The form's code -> the standard's, which is another one for choices that a country added."""
        return {answer.code: answer.standard for answer in dict(self.choices)[list_name]}

    def _inner_paths(self) -> Iterator[tuple[str, str]]:
        for section in self.sections:
            for screen in section.screens:
                for question in screen.questions:
                    yield question.name, section.path(screen, question)
