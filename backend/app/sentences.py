"""Sentences of the floors below in the reader's language; what is free text stays English, and is marked as such."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from flask import Flask
from flask_babel import gettext
from markupsafe import Markup, escape

from backend.app.language import direction, language
from forms.sentences import Sentence, restored

# The parts of a sentence about a brief that name one of its fields or lists.
_FIELD_PARTS = frozenset({"name", "table", "field", "other_field"})
_NO_NAMES: Mapping[str, str] = MappingProxyType({})
# The part that holds the words of another program.
_ENGLISH = "english"
_PART = re.compile(r"%\(\w+\)s")


def install(app: Flask) -> None:
    app.jinja_env.globals.update(told=told)


def told(text: str | Mapping[str, object], end: str = "", names: Mapping[str, str] = _NO_NAMES) -> Markup:
    """Of a `Sentence`, as it is or as it was kept in the store, its translation; of any other text the text.

    `end` closes it, on the side where its language ends. `names` are of fields, in the place of their names in a file.
    """
    found = _named(restored(text), names)
    if isinstance(found, StrEnum):
        found = Sentence(str(found), {})
    if language() == "en":
        return escape(str(found) + end)
    return _translated(found, end) if isinstance(found, Sentence) else _english(str(found) + end)


def _named(found: object, names: Mapping[str, str]) -> object:
    if not names or not isinstance(found, Sentence):
        return found
    parts = {key: _named(value, names) for key, value in found.parts.items()}
    fields = {key: names.get(str(value), value) for key, value in parts.items() if key in _FIELD_PARTS}
    return Sentence(found.pattern, parts | fields)


def _translated(sentence: Sentence, end: str = "") -> Markup:
    pattern = gettext(sentence.pattern)
    if pattern == sentence.pattern and not _is_only_parts(pattern):
        return _english(str(sentence) + end)
    if not sentence.parts:
        return escape(pattern + end)
    parts = {name: _part(value, is_english=name == _ENGLISH) for name, value in sentence.parts.items()}
    return escape(pattern) % parts + escape(end)


def _is_only_parts(pattern: str) -> bool:
    """Such as '%(part0)s; %(part1)s', which is the same in every language."""
    return not any(map(str.isalpha, _PART.sub("", pattern)))


def _part(value: object, *, is_english: bool) -> Markup:
    """Codes and names keep their own direction inside an Arabic sentence."""
    if isinstance(value, Sentence):
        return _translated(value)
    if is_english:
        return _english(str(value))
    return Markup("<bdi>{}</bdi>").format(str(value)) if direction() == "rtl" else escape(str(value))


def _english(text: str) -> Markup:
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(str(text))
