"""The kinds of respondent a form can be made for, and the gate of each: what must be true before an answer is kept.

A new kind is a new entry here; questionnaire and recipe read gate and method from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Otherwise = Literal["refused", "not_understood", "stopped_safety"]


@dataclass(frozen=True, slots=True)
class Gate:
    """The module item that must be answered `value`; else nothing is kept and the submission counts as `otherwise`."""

    item: str
    value: str
    otherwise: Otherwise


@dataclass(frozen=True, slots=True)
class Kind:
    """`method` is the same for every interview of the kind, so that no enumerator has to say it."""

    name: str
    method: str
    gates: tuple[Gate, ...]

    @property
    def consent(self) -> Gate:
        """The last step: what the informant says, after what the enumerator has to make sure of."""
        return self.gates[-1]


KINDS: Mapping[str, Kind] = {
    "site_ki": Kind(
        name="site_ki",
        method="ki",
        gates=(
            Gate("saf_trained", "yes", "stopped_safety"),
            Gate("saf_card", "yes", "stopped_safety"),
            Gate("saf_private", "yes", "stopped_safety"),
            Gate("saf_adult", "yes", "stopped_safety"),
            Gate("saf_role", "yes", "stopped_safety"),
            Gate("con_understood", "yes", "not_understood"),
            Gate("con_given", "yes", "refused"),
        ),
    ),
}
"""The kinds that are built. The catalogue names more; a brief that asks for one of those is refused."""
