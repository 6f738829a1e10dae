"""Finds what a question asks for, by its words, language by language; `wording.yaml` lists them."""

import re
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

from forms.catalogue.files import Tree, load_tree
from forms.catalogue.packs import forget_with_packs, known
from forms.catalogue.words import Words, first_match, pattern, words_and_harmless
from forms.catalogue.words import found as found_word

_CODE = re.compile(r"\(\s*([a-zA-Z]{2,3})(?:[-_]\w+)?\s*\)\s*$")


class Asked(StrEnum):
    """What a text can be about, as `wording.yaml` names it."""

    NAME = "name"
    CONTACT = "contact"
    ID_NUMBER = "id_number"
    BIRTH_DATE = "birth_date"
    EXACT_PLACE = "exact_place"
    DIRECTED = "directed"
    CONSENT = "consent"
    HELP = "help"
    OF_PERSONS = "of_persons"
    OF_THINGS = "of_things"
    COUNTED = "counted"


def languages_of(header: str) -> tuple[str, ...]:
    """Which languages a text can be in, by the language of its column; all that we know when it is silent."""
    code = _CODE.search(header)
    if code:
        return (code[1].lower(),) if code[1].lower() in known() else ()
    name = header.strip().casefold()
    if name in known():
        return (name,)
    if named := next((one.code for one in known().values() if name in one.names), ""):
        return (named,)
    return tuple(sorted(known())) if name in {"", "default"} else ()


@lru_cache(maxsize=20_000)
def asks(kind: Asked, language: str, text: str) -> str:
    """The word by which a text is of this kind, or nothing."""
    return first_match(text, *_patterns(kind, language))


def asks_of_person(kind: Asked, language: str, text: str) -> str:
    """The same, for what is harmless when it is asked of a place or an organisation."""
    word = asks(kind, language, text)
    if not word:
        return ""
    about_thing = asks(Asked.OF_THINGS, language, text) and not asks(Asked.OF_PERSONS, language, text)
    return "" if about_thing or asks(Asked.COUNTED, language, text) else word


def names_trafficking(language: str, text: str) -> str:
    return found_word(Words.VICTIM, language, text)


def names_violence(language: str, text: str) -> str:
    return found_word(Words.VIOLENCE, language, text)


@cache
def _sections() -> dict[str, dict[str, Tree]]:
    tree = load_tree((files("forms.checks") / "wording.yaml").read_text(encoding="utf-8"))
    sections = tree if isinstance(tree, dict) else {}
    return {name: section for name, section in sections.items() if isinstance(section, dict)}


@cache
def _patterns(kind: Asked, language: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    words, harmless = words_and_harmless(_sections()[kind.value], kind.value, language)
    return pattern(words, language), pattern(harmless, language)


forget_with_packs(asks.cache_clear)
forget_with_packs(_patterns.cache_clear)
