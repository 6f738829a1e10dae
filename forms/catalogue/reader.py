"""Takes typed values out of one mapping of a catalogue file; each value that does not fit becomes a finding.

After a fault a stand-in is returned, so that all faults of an entry are found; the caller drops the entry.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from forms.catalogue.entries import Review, Texts
from forms.catalogue.files import Tree
from forms.catalogue.findings import Finding
from forms.catalogue.terms import ReviewState
from forms.sentences import say

Word = TypeVar("Word", bound=StrEnum)
_NUMBER = re.compile("0|[1-9][0-9]{0,8}")


class Reader:
    """One mapping of one file."""

    def __init__(self, tree: Tree, file: str, entry: str, findings: list[Finding], languages: tuple[str, ...]) -> None:
        self.file, self.entry = file, entry
        self._findings, self._languages = findings, languages
        self._left: dict[str, Tree] = dict(tree) if isinstance(tree, dict) else {}
        if not isinstance(tree, dict):
            self.fault(say("holds no 'key: value' lines"), say("Compare with a neighbouring file"))

    def fault(self, what: str, remedy: str) -> None:
        self._findings.append(Finding(self.file, self.entry, 0, what, remedy))

    def text(self, key: str, *, required: bool = True) -> str:
        value = self._left.pop(key, "")
        if not isinstance(value, str):
            self.fault(say("'%(key)s' is not one text", key=key), say("Write '%(key)s: ...' on one line", key=key))
            return ""
        if required and not value:
            self.fault(say("'%(key)s' is missing", key=key), say("Fill it in"))
        return value

    def number(self, key: str, *, required: bool = True) -> int | None:
        text = self.text(key, required=required)
        if text and not _NUMBER.fullmatch(text):
            self.fault(say("'%(key)s' is not a whole number", key=key), say("Write digits only"))
            return None
        return int(text) if text else None

    def flag(self, key: str) -> bool:
        text = self.text(key, required=False)
        if text not in {"", "true", "false"}:
            self.fault(say("'%(key)s' is neither true nor false", key=key), say("Write true, or leave it empty"))
        return text == "true"

    def word(self, key: str, words: type[Word]) -> Word:
        return self._word(key, self.text(key), words)

    def words(self, key: str, words: type[Word]) -> tuple[Word, ...]:
        return tuple(self._word(key, text, words) for text in self.names(key))

    def _word(self, key: str, text: str, words: type[Word]) -> Word:
        if text in set(words):
            return words(text)
        if text:
            self.fault(
                say("'%(key)s' has a word that is not known", key=key),
                say("Write one of: %(words)s", words=", ".join(words)),
            )
        return next(iter(words))

    def names(self, key: str) -> tuple[str, ...]:
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            self.fault(
                say("'%(key)s' is not a list", key=key),
                say("Write '%(key)s:' and one '- ...' line for each value", key=key),
            )
            return ()
        names = tuple(str(value) for value in values)
        if len(set(names)) != len(names):
            self.fault(say("'%(key)s' names something twice", key=key), say("Keep one of them"))
        return names

    def texts(self, key: str, *, required: bool = True) -> Texts | None:
        value = self._left.pop(key, {})
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self.fault(
                say("'%(key)s' does not hold one text a language", key=key),
                say("Write '%(key)s:' and one line a language", key=key),
            )
            return None
        if not value and not required:
            return None
        for language in self._languages:
            if not value.get(language):
                self.fault(
                    say("'%(key)s' has no text in '%(language)s'", key=key, language=language), say("Add the text")
                )
        for language in sorted(set(value) - set(self._languages)):
            self.fault(
                say(
                    "'%(key)s' has a language the catalogue does not know ('%(language)s')", key=key, language=language
                ),
                say("Remove it"),
            )
        return Texts(tuple((language, str(value.get(language, ""))) for language in self._languages))

    def part_texts(self, key: str) -> Texts:
        """A text in some of the languages: what is left out stays as it is elsewhere."""
        value = self._left.get(key, {})
        given = dict(value) if isinstance(value, dict) else {}
        if not isinstance(value, dict) or not all(isinstance(text, str) and text for text in given.values()):
            return self.texts(key) or Texts(())
        self._left.pop(key, None)
        for language in sorted(set(given) - set(self._languages)):
            self.fault(
                say("'%(key)s' has a language that is not used here ('%(language)s')", key=key, language=language),
                say("Remove it"),
            )
        return Texts(tuple((each, str(given[each])) for each in self._languages if each in given))

    def take(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that are there, which are then no longer unknown."""
        return [key for key in keys if self._left.pop(key, None) is not None]

    def review(self, key: str = "review") -> Review:
        """States by language, in the catalogue's order of languages; an entry names only what differs."""
        states = self.mapping(key)
        known = [language for language in self._languages if language in states._left]
        pairs = tuple((language, states.word(language, ReviewState)) for language in known)
        states.close()
        return pairs

    def mapping(self, key: str) -> "Reader":
        return self._inside(self._left.pop(key, {}), self.entry)

    def mappings(self, key: str, name_key: str) -> list["Reader"]:
        """The mappings of a list; findings about each name it by what stands under `name_key`."""
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not values:
            self.fault(
                say("'%(key)s' is not a list", key=key),
                say("Write '%(key)s:' and one '- %(name_key)s: ...' block for each", key=key, name_key=name_key),
            )
            return []
        return [self._inside(value, f"{self.entry}: {_name(value, name_key)}") for value in values]

    def _inside(self, tree: Tree, entry: str) -> "Reader":
        return Reader(tree, self.file, entry, self._findings, self._languages)

    def close(self) -> None:
        """Call last: what was not asked for is a fault, since a misspelt key would be silently without effect."""
        for key in sorted(self._left):
            self.fault(say("the key '%(key)s' is not known", key=key), say("Correct its spelling or remove it"))


def _name(tree: Tree, name_key: str) -> str:
    return str(tree.get(name_key, "?")) if isinstance(tree, dict) else "?"
