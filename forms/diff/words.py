"""The same text or rule written in another way: what two forms are compared by."""

import re
from collections.abc import Iterable, Mapping

from forms.checks.survey import Item, Survey
from forms.checks.workbook import Column, Row

_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$")
_REFERENCE = re.compile(r"\$\{\s*(last-saved#)?([^{}]*?)\s*\}")
_QUOTED = re.compile(r"('[^']*'|\"[^\"]*\")")
_SPACE = re.compile(r"\s+")
_TIGHT = re.compile(r"\s*([-+*=<>!(),|\[\]])\s*")
_WORDLESS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")
_LONG, _AROUND, _LONGEST = 160, 50, 400


def same_words(one: str, other: str) -> bool:
    """Whether only spaces, capitals and punctuation differ. A digit or sign that is left out is another text."""
    return _WORDLESS.sub(" ", one).casefold().split() == _WORDLESS.sub(" ", other).casefold().split()


def same_but_one_number(one: str, other: str) -> bool:
    return _NUMBER.sub("#", one) == _NUMBER.sub("#", other) and len(_different(one, other)) == 1


def _different(one: str, other: str) -> list[tuple[str, str]]:
    both = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return [(before, after) for before, after in both if before != after]


def around(one: str, other: str) -> tuple[str, str]:
    """Both in one line; when they are long, what is different and some words around it."""
    first, second = (_SPACE.sub(" ", text).strip() for text in (one, other))
    if max(len(first), len(second)) <= _LONG:
        return first, second
    shortest = min(len(first), len(second))
    head = next((at for at in range(shortest) if first[at] != second[at]), shortest)
    tail = next((at for at in range(shortest - head) if first[-1 - at] != second[-1 - at]), shortest - head)
    return _cut(first, head, tail), _cut(second, head, tail)


def _cut(text: str, head: int, tail: int) -> str:
    begin, end = max(head - _AROUND, 0), len(text) - max(tail - _AROUND, 0)
    # Whole words only.
    begin = text.find(" ", begin, head) + 1 or begin if begin else 0
    middle = text[begin:end]
    if len(middle) > _LONGEST:
        middle = middle[:_LONGEST] + "…"
    return ("…" if begin else "") + middle + ("…" if end < len(text) else "")


def plain(expression: str, renamed: Mapping[str, str]) -> str:
    """Without spaces that mean nothing, and with the new names of what was renamed."""
    named = _REFERENCE.sub(lambda found: f"${{{found[1] or ''}{renamed.get(found[2], found[2])}}}", expression)
    parts = _QUOTED.split(named.strip())
    return "".join(part if part[:1] in {"'", '"'} and part else _loose(part) for part in parts)


def _loose(part: str) -> str:
    return _TIGHT.sub(r"\1", _SPACE.sub(" ", part))


def language_key(name: str) -> str:
    """`French (fr)` and `Français (fr)` are one language."""
    code = _CODE.search(name)
    return code[1].lower() if code else name.casefold().strip()


def languages(survey: Survey) -> dict[str, str]:
    """Key -> the name as the form spells it. A form without languages has the one of its settings, or ''."""
    named = {language_key(name): name for name in survey.languages}
    return named or {language_key(survey.settings.get("default_language", "")): ""}


def texts(row: Row, key: str, survey: Survey) -> dict[str, str]:
    """Language key -> text. A column without language is in the form's default language."""
    fallback = language_key(survey.settings.get("default_language", ""))
    return {
        language_key(column.language) if column.language else fallback: text for column, text in row.texts(key).items()
    }


def text_column(row: Row, key: str, language: str, survey: Survey) -> Column | None:
    """Where `texts` found it."""
    fallback = language_key(survey.settings.get("default_language", ""))
    found = row.texts(key)
    return next((one for one in found if (language_key(one.language) if one.language else fallback) == language), None)


def pairs(old: Survey, new: Survey) -> list[tuple[str, str]]:
    """The languages to compare, old key and new key; forms without a common one are compared in their first."""
    before, after = list(languages(old)), list(languages(new))
    common = [(key, key) for key in before if key in after]
    return common or [(before[0], after[0])]


def identity(item: Item, shared: Iterable[str]) -> str:
    """The name, or the path where two questions have one name."""
    return item.name if item.name not in shared else "/".join(item.path[1:])
