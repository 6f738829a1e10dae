"""The form's own words (words.yaml) in all languages: titles, hints, messages."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from forms.catalogue import Texts
from forms.catalogue.files import Tree, load_tree
from forms.catalogue.merge import text_in
from forms.catalogue.packs import active, forget_with_packs

_GUARDED = ("saf_", "con_", "dis_")


def word(name: str, **values: int) -> Texts:
    """Raises KeyError for a word that the file does not have."""
    texts = _words()[name]
    if not values:
        # A text may hold `${question}`, which is for the phone to fill.
        return texts
    return Texts(tuple((language, text.format(**values)) for language, text in texts.items()))


def word_or_none(name: str) -> Texts | None:
    """For words that only some kinds of form have."""
    return word(name) if name in _words() else None


def joined(*parts: Texts) -> Texts:
    """Sentences one after the other, in the languages that all of them have."""
    shared = [language for language in parts[0] if all(language in part for part in parts)]
    return Texts(tuple((language, " ".join(part[language] for part in parts)) for language in shared))


@cache
def _words() -> Mapping[str, Texts]:
    return {name: _with_packs(name, texts) for name, texts in own_words().items()}


forget_with_packs(_words.cache_clear)


def key_of(name: str) -> str:
    """By which language packs name it."""
    return f"words/{name}"


def is_guarded(name: str) -> bool:
    """Other words for items of safety, consent and disclosure, which are never shown in another language."""
    return name.rpartition(".")[2].startswith(_GUARDED)


def _with_packs(name: str, texts: Texts) -> Texts:
    said = {code: text_in(pack, key_of(name), texts, is_guarded(name)) for code, pack in active().items()}
    return Texts(tuple((dict(texts) | said).items()))


@cache
def own_words() -> Mapping[str, Texts]:
    """As the file has them, without what language packs say."""
    tree = load_tree((files("forms.questionnaire") / "words.yaml").read_text(encoding="utf-8"))
    return {name: _texts(entry) for name, entry in tree.items()} if isinstance(tree, dict) else {}


def _texts(entry: Tree) -> Texts:
    pairs = entry.items() if isinstance(entry, dict) else ()
    return Texts(tuple((language, str(text)) for language, text in pairs))
