"""The form's own words (words.yaml) in all languages: titles, hints, messages."""

from functools import cache
from importlib.resources import files

from forms.catalogue import Texts
from forms.catalogue.files import Tree, load_tree


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
def _words() -> dict[str, Texts]:
    tree = load_tree((files("forms.questionnaire") / "words.yaml").read_text(encoding="utf-8"))
    return {name: _texts(entry) for name, entry in tree.items()} if isinstance(tree, dict) else {}


def _texts(entry: Tree) -> Texts:
    pairs = entry.items() if isinstance(entry, dict) else ()
    return Texts(tuple((language, str(text)) for language, text in pairs))
