"""What can change between two versions of a form, and how grave it is."""

from dataclasses import dataclass
from enum import StrEnum

from forms.sentences import say


class Grade(StrEnum):
    """Gravest first. A breaking change ends a series of answers, or lets answers be read wrongly."""

    BREAKING = "breaking"
    REVIEW = "review"
    HARMLESS = "harmless"


class Kind(StrEnum):
    """One sort of change; the name is stable, since migrations name it."""

    FORM_ID = "form_id"
    VERSION_KEPT = "version_kept"
    SETTING = "setting"
    LANGUAGE_ADDED = "language_added"
    LANGUAGE_REMOVED = "language_removed"
    QUESTION_ADDED = "question_added"
    QUESTION_REMOVED = "question_removed"
    NOTE_REMOVED = "note_removed"
    QUESTION_RENAMED = "question_renamed"
    TYPE = "type"
    ORDER = "order"
    GROUP = "group"
    REPEAT = "repeat"
    GROUP_ADDED = "group_added"
    GROUP_REMOVED = "group_removed"
    CHOICE_ADDED = "choice_added"
    CHOICE_REMOVED = "choice_removed"
    CHOICE_RENAMED = "choice_renamed"
    CHOICE_ORDER = "choice_order"
    CHOICE_LABEL = "choice_label"
    CHOICE_MEANING = "choice_meaning"
    CHOICE_COLUMN = "choice_column"
    FILE_ADDED = "file_added"
    FILE_REMOVED = "file_removed"
    FILE_ROWS = "file_rows"
    LABEL = "label"
    MEANING = "meaning"
    HINT = "hint"
    MESSAGE = "message"
    GATE = "gate"
    RELEVANT = "relevant"
    REQUIRED = "required"
    CONSTRAINT = "constraint"
    CALCULATION = "calculation"
    CHOICE_FILTER = "choice_filter"
    DEFAULT = "default"
    APPEARANCE = "appearance"
    OTHER = "other"

    @property
    def meaning(self) -> "Meaning":
        return MEANINGS[self]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The usual grade, why it has it, and what to do."""

    grade: Grade
    why: str
    remedy: str


def _harmless(why: str) -> Meaning:
    return Meaning(Grade.HARMLESS, why, "Nothing to do")


def _review(why: str, remedy: str) -> Meaning:
    return Meaning(Grade.REVIEW, why, remedy)


def _breaking(why: str, remedy: str) -> Meaning:
    return Meaning(Grade.BREAKING, why, remedy)


_READ_ANEW = say("Read old and new beside each other, and note the day of the change with the results")
_SAY_SO = say("Keep it as it was, or accept the break with a reason in the migration")

MEANINGS: dict[Kind, Meaning] = {
    Kind.FORM_ID: _breaking(
        say("for phones and servers this is another form"), say("Keep the form_id, or deploy a new form")
    ),
    Kind.VERSION_KEPT: _breaking(
        say("phones keep the form they have, and answers cannot be told apart"),
        say("Give the new form another version"),
    ),
    Kind.SETTING: _harmless(say("how the form presents itself")),
    Kind.LANGUAGE_ADDED: _harmless(say("more people are asked in their language")),
    Kind.LANGUAGE_REMOVED: _review(
        say("who speaks it is now asked in another language"), say("Ask the teams whether they use it")
    ),
    Kind.QUESTION_ADDED: _review(say("the form takes longer, and rows from before have no answer to it"), _READ_ANEW),
    Kind.QUESTION_REMOVED: _breaking(
        say("the series of its answers ends"), say("Name its new name under `renamed`, or accept it")
    ),
    Kind.NOTE_REMOVED: _review(say("people are no longer told it"), _READ_ANEW),
    Kind.QUESTION_RENAMED: _review(say("the migration says that both are the same question"), _READ_ANEW),
    Kind.TYPE: _breaking(say("answers of another type cannot be compared, and may not fit the mapping"), _SAY_SO),
    Kind.ORDER: _review(say("what was asked before can colour an answer"), _READ_ANEW),
    Kind.GROUP: _harmless(say("the path is another; each version is read by its own mapping")),
    Kind.REPEAT: _breaking(say("one answer became many, or many became one"), _SAY_SO),
    Kind.GROUP_ADDED: _harmless(say("questions stand under another heading")),
    Kind.GROUP_REMOVED: _harmless(say("questions stand under another heading")),
    Kind.CHOICE_ADDED: _review(say("who would have given another answer can now give this one"), _READ_ANEW),
    Kind.CHOICE_REMOVED: _breaking(
        say("who meant it must now give another answer"), say("Name its new code under `choices`, or accept it")
    ),
    Kind.CHOICE_RENAMED: _review(say("the migration says that both are the same answer"), _READ_ANEW),
    Kind.CHOICE_ORDER: _harmless(say("the first choices are taken a little more often")),
    Kind.CHOICE_LABEL: _review(say("another wording can mean another answer"), _READ_ANEW),
    Kind.CHOICE_MEANING: _breaking(say("the code stands for another answer, and old and new are read as one"), _SAY_SO),
    Kind.CHOICE_COLUMN: _review(say("filters may read it"), say("Try the cascade on a phone")),
    Kind.FILE_ADDED: _harmless(say("phones download one more file")),
    Kind.FILE_REMOVED: _review(say("choices that came from it are gone"), say("Check the questions that used it")),
    Kind.FILE_ROWS: _review(
        say("other choices are offered"), say("Check that the areas and sites are the ones you mean")
    ),
    Kind.LABEL: _review(say("another wording can be another question"), _READ_ANEW),
    Kind.MEANING: _breaking(say("the name stands for another question, and answers to both are read as one"), _SAY_SO),
    Kind.HINT: _harmless(say("help for the enumerator")),
    Kind.MESSAGE: _harmless(say("what the phone says about a wrong answer")),
    Kind.GATE: _breaking(
        say("consent and safety decide whether anything may be kept"),
        say("Put it back as it was; this is not for a form to change"),
    ),
    Kind.RELEVANT: _review(say("other people are asked"), _READ_ANEW),
    Kind.REQUIRED: _review(say("there will be more or fewer empty answers"), _READ_ANEW),
    Kind.CONSTRAINT: _review(say("other answers are let in"), say("Check that the mapping's limits still hold")),
    Kind.CALCULATION: _review(say("the value is worked out in another way"), _READ_ANEW),
    Kind.CHOICE_FILTER: _review(say("other choices are offered"), say("Try the cascade on a phone")),
    Kind.DEFAULT: _review(say("who types nothing gives another answer"), _READ_ANEW),
    Kind.APPEARANCE: _harmless(say("how it looks")),
    Kind.OTHER: _review(say("this column may change what the phone does"), say("Try it on a phone")),
}
