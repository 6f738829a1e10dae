"""What is to know about a language beside its texts: how it is called, which way it runs, how fast it is read out."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from forms.catalogue.files import Tree, load_tree
from forms.catalogue.findings import CatalogueError, Finding
from forms.catalogue.reader import Reader

SOURCE = "en"
"""Every other text is translated from it, and it is never a translation itself."""

_FILE = Path(__file__).parent / "languages.yaml"
_SLOW = 95
"""Words a minute where nobody measured: it is better to promise too many minutes than too few."""
_CODE = re.compile("[a-z]{2,3}")
_SCRIPT = re.compile("[A-Z]+")


class Direction(StrEnum):
    LTR = "ltr"
    RTL = "rtl"


class Missing(StrEnum):
    """What a form does about a text that a language does not have."""

    STOP = "stop"
    ENGLISH = "english"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    code: str
    """ISO 639-1, or 639-3 where there is none."""
    name: str
    native: str
    direction: Direction
    script: str
    """As Unicode names the letters: LATIN, ARABIC, CYRILLIC, ETHIOPIC ..."""
    words_a_minute: int
    joined: str
    """A pattern of what is written together with a word."""
    called: tuple[str, ...]
    missing: Missing

    @property
    def shown(self) -> str:
        """As phones and servers show it: the own name of the language, and the code that tells the direction."""
        return f"{self.native} ({self.code})"

    @property
    def is_right_to_left(self) -> bool:
        return self.direction is Direction.RTL

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in (self.name, self.native, *self.called))


@cache
def own() -> Mapping[str, Language]:
    """The languages of the catalogue's own files, English first."""
    findings: list[Finding] = []
    tree = load_tree(_FILE.read_text(encoding="utf-8"))
    found = {code: read_language(each, code, _FILE.name, findings) for code, each in _items(tree)}
    if findings:
        raise CatalogueError(findings)
    return found


def read_language(tree: Tree, code: str, file: str, findings: list[Finding]) -> Language:
    """Whatever does not fit is a finding."""
    reader = Reader(tree, file, code, findings, ())
    script, joined = reader.text("script"), reader.text("joined", required=False)
    if not _CODE.fullmatch(code):
        reader.fault("the code of a language has two or three small letters", "Write it as in ISO 639, such as uk, prs")
    if script and not _SCRIPT.fullmatch(script):
        reader.fault("'script' is not a name of Unicode in capitals", "Write it like LATIN, ARABIC, CYRILLIC, ETHIOPIC")
    if not _compiles(joined):
        reader.fault("'joined' is not a regular expression", "Leave it out, or compare with Arabic in languages.yaml")
    native, missing = reader.text("native"), reader.text("missing", required=False) or Missing.STOP.value
    if re.search(r"[()\[\]:⟦⟧]", native):
        reader.fault("'native' holds a bracket or a colon", "Write the name alone; the code is added")
    if missing not in set(Missing):
        reader.fault("'missing' has a word that is not known", f"Write one of: {', '.join(Missing)}")
    language = Language(
        code=code,
        name=reader.text("name"),
        native=native,
        direction=reader.word("direction", Direction),
        script=script,
        words_a_minute=reader.number("words_a_minute", required=False) or _SLOW,
        joined=joined if _compiles(joined) else "",
        called=reader.names("called"),
        missing=Missing(missing) if missing in set(Missing) else Missing.STOP,
    )
    reader.close()
    return language


def script_of(letter: str) -> str:
    """The first word of its Unicode name; nothing for what is no letter."""
    return _script_of(letter) if letter.isalpha() else ""


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _items(tree: Tree) -> list[tuple[str, Tree]]:
    return list(tree.items()) if isinstance(tree, dict) else []
