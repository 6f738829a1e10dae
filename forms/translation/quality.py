"""What about a translation a person should look at: signs that a machine can see, none of which proves a mistake."""

import re
import unicodedata
from collections import Counter
from enum import StrEnum

from forms.catalogue.languages import SOURCE, Language, script_of
from forms.sentences import Sentence, say

_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}|\{[^{}]*\}")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_BRACKETS = "()[]"
_LATIN = "LATIN"


class Doubt(StrEnum):
    """In the order of gravity."""

    PLACEHOLDERS = "placeholders"
    SCRIPTS = "scripts"
    ENGLISH = "english"
    NUMBERS = "numbers"
    BRACKETS = "brackets"
    LONG = "long"

    @property
    def meaning(self) -> Sentence:
        return _MEANINGS[self]


_MEANINGS = {
    Doubt.PLACEHOLDERS: say("a placeholder such as {r} is missing, or is another one than in English"),
    Doubt.SCRIPTS: say("letters of another script stand in it"),
    Doubt.ENGLISH: say("it is the same as the English"),
    Doubt.NUMBERS: say("its numbers are not those of the English"),
    Doubt.BRACKETS: say("its brackets are not those of the English"),
    Doubt.LONG: say("it is much longer than the English"),
}


def doubts(language: Language, english: str, text: str, at_most: int) -> tuple[Doubt, ...]:
    """Of a text that is there; English itself is beyond doubt here."""
    if language.code == SOURCE or not text:
        return ()
    found = {
        Doubt.PLACEHOLDERS: placeholders(english) != placeholders(text),
        Doubt.SCRIPTS: bool(_strangers(language, english, text)),
        Doubt.ENGLISH: text.casefold() == english.casefold() and bool(_WORD.search(_bare(text))),
        Doubt.NUMBERS: _numbers(english) != _numbers(text),
        Doubt.BRACKETS: _brackets(english) != _brackets(text),
        Doubt.LONG: len(text) > at_most,
    }
    return tuple(doubt for doubt in Doubt if found[doubt])


def placeholders(text: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(text))


def _bare(text: str) -> str:
    return _PLACEHOLDER.sub(" ", text)


def _numbers(text: str) -> Counter[str]:
    """Arabic, Persian and Latin digits say the same."""
    return Counter(
        "".join(str(unicodedata.digit(digit)) for digit in number) for number in _NUMBER.findall(_bare(text))
    )


def _brackets(text: str) -> Counter[str]:
    return Counter(char for char in unicodedata.normalize("NFKC", _bare(text)) if char in _BRACKETS)


def _strangers(language: Language, english: str, text: str) -> list[str]:
    """Words in a script that is not the language's, unless the English has them too; and words of two scripts."""
    borrowed = {word.casefold() for word in _WORD.findall(english)}
    found = []
    for word in _WORD.findall(_bare(text)):
        scripts = {script for char in word if (script := script_of(char))} - {"MODIFIER", "FEMININE", "MASCULINE"}
        at_home = scripts <= {language.script}
        if not at_home and not (scripts == {_LATIN} and word.casefold() in borrowed):
            found.append(word)
    return found
