"""Finds what a question asks for, by its words in four languages; `wording.yaml` lists them."""

import re
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

from forms.catalogue.files import Tree, load_tree
from forms.catalogue.words import LANGUAGES, Words, pattern, plain
from forms.catalogue.words import found as found_word

_OWN_NAMES = {
    **dict.fromkeys(("english", "anglais", "inglés", "ingles"), "en"),
    **dict.fromkeys(("french", "français", "francais", "francés", "frances"), "fr"),
    **dict.fromkeys(("spanish", "español", "espanol", "castellano", "espagnol"), "es"),
    **dict.fromkeys(("arabic", "العربية", "عربي", "عربية", "arabe", "árabe"), "ar"),
}
_CODE = re.compile(r"\(\s*([a-zA-Z]{2})(?:[-_]\w+)?\s*\)\s*$")


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
        return (code[1].lower(),) if code[1].lower() in LANGUAGES else ()
    known = _OWN_NAMES.get(header.strip().casefold()) or (header.strip().lower() if len(header.strip()) == 2 else "")
    if known:
        return (known,) if known in LANGUAGES else ()
    return tuple(sorted(LANGUAGES)) if header.strip().casefold() in {"", "default"} else ()


@lru_cache(maxsize=20_000)
def asks(kind: Asked, language: str, text: str) -> str:
    """The word by which a text is of this kind, or nothing."""
    words, harmless = _patterns(kind, language)
    searched = plain(text)
    if harmless is not None:
        searched = harmless.sub(" ", searched)
    match = words.search(searched) if words else None
    return match.group() if match else ""


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
    section = _sections()[kind.value]
    but_not = section.get("but_not", {})
    harmless = but_not.get(language, []) if isinstance(but_not, dict) else []
    return pattern(section.get(language, []), language), pattern(harmless, language)
