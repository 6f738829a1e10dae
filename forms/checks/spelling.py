"""Which of the known words somebody probably meant."""

from collections.abc import Iterable
from itertools import islice

from forms.sentences import say

_SHORT = 6
"""Up to this length one slip of the fingers is allowed, beyond it two."""
_MOST_KNOWN = 2_000
"""In a longer list a suggestion would take long and be a guess."""


def meant(word: str, known: Iterable[str]) -> str:
    """Nothing when no known word is close; letter case and the joint of words do not count."""
    plain = _plain(word)
    allowed = 1 if len(plain) <= _SHORT else 2
    close = [
        (_slips(plain, _plain(other)), other)
        for other in islice(known, _MOST_KNOWN)
        if abs(len(other) - len(word)) <= allowed + 2
    ]
    slips, best = min(close, default=(allowed + 1, ""))
    return best if slips <= min(allowed, max(len(plain) - 2, 0)) else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """As a remedy; empty when nothing is close."""
    found = meant(word, known)
    return say("Write '%(found)s', if that is meant", found=found) if found else ""


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _slips(one: str, other: str) -> int:
    """How many letters to put in, leave out, change or swap with the next to make one of the other."""
    before: list[int] = []
    line = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, before, line = before, line, [i, *([0] * len(other))]
        for j, wanted in enumerate(other, start=1):
            line[j] = min(before[j] + 1, line[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                line[j] = min(line[j], above[j - 2] + 1)
    return line[-1]
