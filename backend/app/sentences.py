"""Sentences of the floors below in the reader's language; what is free text stays English, and is marked as such."""

import re
from collections.abc import Mapping
from enum import StrEnum

from flask import Flask
from flask_babel import gettext
from markupsafe import Markup, escape

from backend.app.language import direction, language
from forms.sentences import Sentence, restored

_PART = re.compile(r"%\(\w+\)s")


def install(app: Flask) -> None:
    app.jinja_env.globals.update(told=told)


def told(text: str | Mapping[str, object], end: str = "") -> Markup:
    """Of a `Sentence`, as it is or as it was kept in the store, its translation; of any other text the text.

    `end` closes it, on the side where its language ends.
    """
    found = restored(text)
    if isinstance(found, StrEnum):
        found = Sentence(str(found), {})
    if language() == "en":
        return escape(str(found) + end)
    return _translated(found, end) if isinstance(found, Sentence) else _english(str(found) + end)


def _translated(sentence: Sentence, end: str = "") -> Markup:
    pattern = gettext(sentence.pattern)
    if pattern == sentence.pattern and not _is_only_parts(pattern):
        return _english(str(sentence) + end)
    if not sentence.parts:
        return escape(pattern + end)
    return escape(pattern) % {name: _part(value) for name, value in sentence.parts.items()} + escape(end)


def _is_only_parts(pattern: str) -> bool:
    """Such as '%(part0)s; %(part1)s', which is the same in every language."""
    return not any(map(str.isalpha, _PART.sub("", pattern)))


def _part(value: object) -> Markup:
    """Codes and names keep their own direction inside an Arabic sentence."""
    if isinstance(value, Sentence):
        return _translated(value)
    return Markup("<bdi>{}</bdi>").format(str(value)) if direction() == "rtl" else escape(str(value))


def _english(text: str) -> Markup:
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(str(text))
