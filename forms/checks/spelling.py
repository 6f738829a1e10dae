"""Which of the known words somebody probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_CLOSE = 0.8


def meant(word: str, known: Iterable[str]) -> str:
    """Nothing when no known word is close; letter case and the joint of words do not count."""
    plain = {_plain(other): other for other in known}
    found = get_close_matches(_plain(word), plain, n=1, cutoff=_CLOSE)
    return plain[found[0]] if found else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """As a remedy; empty when nothing is close."""
    found = meant(word, known)
    return f"Write '{found}', if that is meant" if found else ""


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")
