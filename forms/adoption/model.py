"""What is found when a version that was published by hand is looked at: its mapping, or why it can have none."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from forms.conformance import Conformance
from mappings.language import FormMapping


class Obstacle(StrEnum):
    """Why nothing that comes in with a version may be read."""

    GATE = "gate"
    GATE_WORDS = "gate_words"
    AREA = "area"
    MAPPING = "mapping"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Obstructed:
    """`key` names a change that a decision in writing can accept; '' where no reason makes it right."""

    obstacle: Obstacle
    subject: str
    what: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What of ours is not read from this version; `indicator` is '' outside the indicators."""

    question: str
    indicator: str
    why: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """`mapping` is None while there are obstacles. `ignored`: what they ask and offer that nothing of ours reads."""

    conformance: Conformance
    mapping: FormMapping | None
    obstacles: tuple[Obstructed, ...]
    left: tuple[Left, ...]
    ignored: tuple[str, ...]

    def reads_like(self, ours: FormMapping) -> bool:
        """Whether every answer is read just as in a version of ours."""
        return self.mapping is not None and replace(self.mapping, form_version=ours.form_version) == ours

    def as_dict(self) -> dict[str, object]:
        """For programs and for pages; the keys stay."""
        told = self.conformance.as_dict()
        return {
            "indicators": told["indicators"],
            "added": told["added"],
            "obstacles": [
                {"obstacle": one.obstacle.value, "subject": one.subject, "what": one.what, "key": one.key}
                for one in self.obstacles
            ],
            "left": [{"question": one.question, "indicator": one.indicator, "why": one.why} for one in self.left],
            "ignored": list(self.ignored),
            "mapping": self.mapping.version if self.mapping else "",
        }
