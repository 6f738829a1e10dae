"""The test of a server: can it be reached, what can it do, are the rights enough, are they too many. Plain data."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Use(StrEnum):
    """What a credential is for. Each needs its own, least rights."""

    PULL = "pull"
    DEPLOY = "deploy"


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem` is a stable code, '' when the server can be used. `features`: what was seen to work there.

    `missing` and `needless` name rights in the server's own words; `forms` counts the forms the account can see.
    """

    problem: str
    words: str
    features: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    forms: int = 0

    @property
    def is_usable(self) -> bool:
        return not self.problem and not self.missing

    def as_record(self) -> dict[str, Any]:
        return asdict(self)
