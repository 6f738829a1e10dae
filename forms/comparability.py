"""How comparable an adapted indicator still is with the standard: 1 is identical, 0 is another question.

The order of costs is that of the catalogue's design rules (labels nothing, added choices little, another recall much);
the figures are Fieldveil's own, chosen so that one rule or three added choices leave more than 0.8, and a recall half.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import floor

from forms.sentences import Sentence, listed, say


class Adaptation(StrEnum):
    """One way in which a country's question differs from the catalogue's."""

    WORDS = "words"
    STRICTER = "stricter"
    CHOICE_ADDED = "choice_added"
    CHOICE_UNMAPPED = "choice_unmapped"
    CHOICE_REMOVED = "choice_removed"
    RULE = "rule"
    RECALL = "recall"
    OTHER_QUESTION = "other_question"

    @property
    def cost(self) -> float:
        return _COSTS[self]

    @property
    def meaning(self) -> Sentence:
        return _MEANINGS[self]

    @property
    def breaks_series(self) -> bool:
        """Its answers stand in a series of their own, however much of the question is the same."""
        return self in {Adaptation.RECALL, Adaptation.OTHER_QUESTION}


_COSTS = {
    Adaptation.WORDS: 0.0,
    Adaptation.STRICTER: 0.0,
    Adaptation.CHOICE_ADDED: 0.05,
    Adaptation.CHOICE_UNMAPPED: 0.15,
    Adaptation.CHOICE_REMOVED: 0.3,
    Adaptation.RULE: 0.15,
    Adaptation.RECALL: 0.5,
    Adaptation.OTHER_QUESTION: 1.0,
}
_MEANINGS = {
    Adaptation.WORDS: say("other words, hints or examples"),
    Adaptation.STRICTER: say("it counts as more sensitive than in the standard"),
    Adaptation.CHOICE_ADDED: say("a choice was added under a standard one"),
    Adaptation.CHOICE_UNMAPPED: say("a choice was added that stands under no standard one"),
    Adaptation.CHOICE_REMOVED: say("a standard choice is not offered"),
    Adaptation.RULE: say("other people are asked, or other answers are let in"),
    Adaptation.RECALL: say("it looks back over another period"),
    Adaptation.OTHER_QUESTION: say("its answers are of another kind"),
}


def comparability(adaptations: Iterable[Adaptation]) -> float:
    """From 1 down to 0; each adaptation takes its cost."""
    return round(max(0.0, 1.0 - sum(one.cost for one in adaptations)), 2)


@dataclass(frozen=True, slots=True)
class Compared:
    """One indicator as a country asks it. A local one is in no standard, so there is nothing to compare it with."""

    indicator: str
    adaptations: tuple[Adaptation, ...] = ()
    is_local: bool = False

    @property
    def score(self) -> float:
        return 0.0 if self.is_local else comparability(self.adaptations)

    @property
    def why(self) -> Sentence:
        """Each reason once, with how often."""
        if self.is_local:
            return say("local: in no standard")
        counts = Counter(self.adaptations)
        found = [
            say("%(what)s (%(times)s times)", what=one.meaning, times=times) if times > 1 else one.meaning
            for one, times in counts.items()
        ]
        alone = any(one.breaks_series for one in self.adaptations)
        return listed([*found, *([say("not comparable with other countries")] if alone else [])])


def overall(compared: Iterable[Compared]) -> float:
    """Of a whole form: the mean of its standard indicators, rounded down, so that 1 means that none was adapted.

    Local ones are in no standard: they take nothing from the others.
    """
    scores = [one.score for one in compared if not one.is_local]
    return floor(100 * sum(scores) / len(scores) + 1e-9) / 100 if scores else 1.0
