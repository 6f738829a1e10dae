"""Finds words that must not be put to people in a community; `words.yaml` lists them, language by language."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from forms.catalogue.files import Tree, load_tree
from forms.catalogue.packs import active, forget_with_packs, is_no_text, known
from forms.sentences import Sentence

BANNED_MEANINGS = frozenset(
    {
        "HTCDS:SexualExploitation",
        "HTCDS:ForcedMarriage",
        "HTCDS:ForcedMilitaryByNonStateActors",
        "HTCDS:MethodsOfControlSexualAbuse",
        "CTDC:isSexualExploit",
        "CTDC:isForcedMarriage",
        "CTDC:isForcedMilitary",
    }
)
"""Standard codes that no answer of a field question may stand for, whatever its label says."""

_FILE = Path(__file__).parent / "words.yaml"
_MARKS = re.compile("[\u0640\u064b-\u0652\u0670]")
_HAMZA = str.maketrans("أإآى", "اااي")


class Words(StrEnum):
    """Kinds of words, as `words.yaml` names them."""

    VICTIM = "victim"
    IDENTITY = "identity"
    VIOLENCE = "violence"
    INFORMER = "informer"
    OBSERVED = "observed"

    @property
    def because(self) -> Sentence:
        because = _section(self)["because"]
        return Sentence(because if isinstance(because, str) else "", {})


@lru_cache(maxsize=20_000)
def found(kind: Words, language: str, text: str) -> str:
    """The first word of this kind that stands in the text, or nothing."""
    return first_match(text, *_patterns(kind, language))


def first_match(text: str, words: re.Pattern[str] | None, harmless: re.Pattern[str] | None) -> str:
    """What `words` finds in the text once the harmless phrases are out of it, or nothing."""
    searched = "" if is_no_text(text) else plain(text)
    if harmless is not None:
        searched = harmless.sub(" ", searched)
    match = words.search(searched) if words else None
    return match.group() if match else ""


@cache
def _section(kind: Words) -> dict[str, Tree]:
    tree = load_tree(_FILE.read_text(encoding="utf-8"))
    section = tree[kind.value] if isinstance(tree, dict) else {}
    return section if isinstance(section, dict) else {}


@cache
def _patterns(kind: Words, language: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    words, harmless = words_and_harmless(_section(kind), kind, language)
    return pattern(words, language), pattern(harmless, language)


def words_and_harmless(section: Mapping[str, Tree], kind: str, language: str) -> tuple[Tree, Tree]:
    """Of one kind in one language: from our own files, or from the pack that brought the language."""
    pack = active().get(language)
    if pack is not None and pack.is_new:
        return pack.safety[kind]["words"], pack.safety[kind]["but_not"]
    but_not = section.get("but_not", {})
    return section.get(language, []), but_not.get(language, []) if isinstance(but_not, dict) else []


def pattern(words: Tree, language: str) -> re.Pattern[str] | None:
    """Finds any of these words in a text that `plain` made; a * stands for any ending."""
    if not isinstance(words, list) or not words:
        return None
    joined = known()[language].joined if language in known() else ""
    phrases = (" ".join(joined + _word(part) for part in str(phrase).split(" ")) for phrase in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")


def _word(word: str) -> str:
    return re.escape(plain(word)).replace(r"\*", r"\w*")


def plain(text: str) -> str:
    """Without vowel marks, stretched letters and the seats of hamza, in small letters, with ordinary spaces."""
    return " ".join(_MARKS.sub("", text).translate(_HAMZA).casefold().split())


forget_with_packs(found.cache_clear)
forget_with_packs(_patterns.cache_clear)
