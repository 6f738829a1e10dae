"""What the engine tells about a form and about a filled one; plain records that travel between two processes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from defusedxml import ElementTree

from forms.engine.liberties import Liberties

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class Kind(StrEnum):
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    RANK = "rank"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    GEOPOINT = "geopoint"
    GEOTRACE = "geotrace"
    GEOSHAPE = "geoshape"
    ACKNOWLEDGE = "acknowledge"
    FILE = "file"
    NOTE = "note"


CHOICE_KINDS = frozenset({Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.RANK})


class Ending(StrEnum):
    COMPLETE = "complete"
    REFUSED = "refused"
    NOT_UNDERSTOOD = "not_understood"
    STOPPED = "stopped"


class ProblemKind(StrEnum):
    UNSATISFIED = "unsatisfied"
    EMPTY_LIST = "empty_list"
    FORCED_REFUSED = "forced_refused"
    ENGINE_ERROR = "engine_error"
    INVALID = "invalid"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Question:
    path: str
    kind: Kind
    appearance: str
    label: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class FormInfo:
    """`days` names the leaves that the phone fills with the day of the interview."""

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    days: tuple[str, ...]
    questions: tuple[Question, ...]
    liberties: Liberties


@dataclass(frozen=True, slots=True)
class Problem:
    """Names the question and quotes the form at most, so that it may be shown and logged."""

    kind: ProblemKind
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Answers to one question that the engine accepts beside all others of its interview; drawn as a plan draws.

    `offered`: for select_one, every code that fits; `extremes`: for numbers, what fits and lies far from the others.
    An empty text leaves the question unanswered.
    """

    kind: Kind
    draws: tuple[str, ...] = field(repr=False)
    offered: tuple[str, ...] = field(default=(), repr=False)
    extremes: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine says about a finished form that it did not fill itself; `reached` are questions and notes."""

    reached: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled form, as the phone would post it. `xml` holds the answers and is kept out of the repr.

    `pools`: what may stand in the place of an answer, by its path, where pools were asked for.
    """

    seed: str
    xml: bytes = field(repr=False)
    ending: Ending
    valid: bool
    asked: tuple[str, ...]
    shown: tuple[str, ...]
    rejected: Mapping[str, int]
    problems: tuple[Problem, ...]
    pools: Mapping[str, Pool] = field(default_factory=dict, repr=False)

    @property
    def answers(self) -> dict[str, str]:
        """Every non-empty leaf by its path; the second turn of a repeat is `/data/people[2]/age`."""
        if not self.xml:
            return {}
        root: Element = ElementTree.fromstring(self.xml)
        return dict(_leaves(root, f"/{_local(root.tag)}"))

    @property
    def instance_id(self) -> str:
        return next((text for path, text in self.answers.items() if path.endswith("/meta/instanceID")), "")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _leaves(node: "Element", path: str) -> Iterator[tuple[str, str]]:
    if len(node) == 0 and node.text:
        yield path, node.text
    turns: dict[str, int] = {}
    for child in node:
        name = _local(child.tag)
        turns[name] = turns.get(name, 0) + 1
        turn = f"[{turns[name]}]" if turns[name] > 1 else ""
        yield from _leaves(child, f"{path}/{name}{turn}")
