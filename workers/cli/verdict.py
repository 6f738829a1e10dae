"""What `fieldveil doctor` says of one thing it looked at: good, careful or bad, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    GOOD = "good"
    CAREFUL = "careful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Verdict:
    check: str
    state: State
    text: str


def good(check: str, text: str) -> Verdict:
    return Verdict(check, State.GOOD, text)


def careful(check: str, text: str) -> Verdict:
    return Verdict(check, State.CAREFUL, text)


def bad(check: str, text: str) -> Verdict:
    return Verdict(check, State.BAD, text)
