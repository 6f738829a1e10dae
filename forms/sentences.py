"""Sentences for people: written once, in English, where something is found; pages say them in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any


class Sentence(str):
    """English text that still knows its pattern and its parts: gettext knows the pattern in other languages.

    Programs, commands and files see the English text; a part can be a sentence again.
    """

    __slots__ = ("parts", "pattern")

    pattern: str
    parts: Mapping[str, object]

    def __new__(cls, pattern: str, parts: Mapping[str, object]) -> "Sentence":
        found = super().__new__(cls, pattern % parts if parts else pattern)
        found.pattern, found.parts = pattern, parts
        return found

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        return self.pattern, self.parts


def say(pattern: str, /, **parts: object) -> Sentence:
    """`pattern` is a literal, with %(name)s for each part: it is what translators translate."""
    return Sentence(pattern, parts)


def listed(sentences: Iterable[str], mark: str = "; ") -> Sentence:
    """Several, one after the other; each is said in the reader's language."""
    parts = {f"part{number}": one for number, one in enumerate(sentences)}
    return Sentence(mark.join(f"%({name})s" for name in parts), parts)


# ---- kept for later --------------------------------------------------------------------------------------------------


def keepable(tree: Any) -> Any:
    """The same tree for a store that knows JSON only; `restored` gives the sentences back."""
    match tree:
        case Sentence():
            return {"pattern": tree.pattern, "parts": keepable(dict(tree.parts))}
        case str() | int() | float() | None:
            return tree
        case Mapping():
            return {str(key): keepable(value) for key, value in tree.items()}
        case list() | tuple():
            return [keepable(value) for value in tree]
    return str(tree)


def restored(tree: Any) -> Any:
    match tree:
        case {"pattern": str(pattern), "parts": dict(parts)} if len(tree) == 2:
            return Sentence(pattern, {key: restored(value) for key, value in parts.items()})
        case dict():
            return {key: restored(value) for key, value in tree.items()}
        case list():
            return [restored(value) for value in tree]
    return tree
