"""Says in words when a question is asked. It knows the few shapes in which our own forms write a condition."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from forms.questionnaire.words import word

_IS = re.compile(r"\$\{(\w+)\}\s*=\s*'([^']+)'")
_IS_NOT = re.compile(r"\$\{(\w+)\}\s*!=\s*'([^']*)'")
_LACKS = re.compile(r"not\(selected\(\$\{(\w+)\}, '([^']+)'\)\)")

Shown = Callable[[str], str]
"""How a question is named to the reader: by its number on paper, by its name in a table."""
Labels = Callable[[str, str], str]
"""Question and code -> the label of the code."""


@dataclass(slots=True)
class _Part:
    """One question and what is said of its answer. `codes` is empty where any answer will do."""

    question: str
    is_one: bool
    codes: list[str]


def in_words(condition: str, language: str, shown: Shown, label: Labels) -> str:
    """'' for a question that is always asked; the condition itself where it has another shape."""
    if not condition:
        return ""
    joined = " or " if " or " in condition else " and "
    if joined == " or " and " and " in condition:
        return condition
    parts = list(_parts(condition.split(joined)))
    if not parts:
        return condition
    texts = [_said(part, language, shown, label) for part in parts]
    return f" {word(f'when_{joined.strip()}')[language]} ".join(texts)


def _parts(pieces: list[str]) -> Iterator[_Part]:
    """Neighbours that speak of the same question become one part; nothing where a piece is of no known shape."""
    found: list[_Part] = []
    for piece in pieces:
        one, other = _IS.fullmatch(piece.strip()), _IS_NOT.fullmatch(piece.strip()) or _LACKS.fullmatch(piece.strip())
        match = one or other
        if match is None:
            return
        question, code = match.groups()
        last = found[-1] if found else None
        if other and last and last.question == question and not last.is_one:
            last.codes += [code] if code else []
        else:
            found.append(_Part(question, bool(one), [code] if code else []))
    yield from found


def _said(part: _Part, language: str, shown: Shown, label: Labels) -> str:
    question = shown(part.question)
    codes = ", ".join(f"“{label(part.question, code)}”" for code in part.codes)
    name = "when_is" if part.is_one else "when_is_not" if codes else "when_answered"
    return word(name)[language].replace("{question}", question).replace("{answers}", codes)


def labels_of(choices: Mapping[str, Mapping[str, str]]) -> Labels:
    """`choices`: question -> code -> label. A code without a label stands for itself."""
    return lambda question, code: choices.get(question, {}).get(code, code)
