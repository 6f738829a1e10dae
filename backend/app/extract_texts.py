"""What `pybabel extract` finds below the pages: sentences made by `say`, remedies of checks, and reasons.

Named in backend/translations/babel.cfg. The English stands where the sentence is found, and nowhere else.
"""

import io
from collections.abc import Iterator
from typing import IO, Any

from babel.messages.extract import extract_python

from forms.catalogue.files import load_tree

_Found = tuple[int, str, str, Any]
_KEYWORDS: dict[str, None] = {"say": None}


def sentences(file: IO[bytes], _: Any, tags: list[str], options: Any) -> Iterator[_Found]:
    """The first argument of every `say(...)`."""
    for line, _name, message, comments in extract_python(file, _KEYWORDS, tags, options):
        # Babel's own types know tuples only, and it gives a bare text where a call has one.
        texts: Any = message
        yield line, "gettext", texts if isinstance(texts, str) else texts[0], comments


def reasons(file: IO[bytes], *_: Any, **__: Any) -> Iterator[_Found]:
    """Why a word must not be put to people, as `forms/catalogue/words.yaml` says."""
    tree = load_tree(io.TextIOWrapper(file, "utf-8").read())
    for section in tree.values() if isinstance(tree, dict) else ():
        if isinstance(section, dict) and "because" in section:
            yield 1, "gettext", str(section["because"]), []


def codes(file: IO[bytes], *_: Any, **__: Any) -> Iterator[_Found]:
    """What to do about each code, as `forms/checks/codes.yaml` says; what was found is said where it is found."""
    tree = load_tree(io.TextIOWrapper(file, "utf-8").read())
    for entry in tree.values() if isinstance(tree, dict) else ():
        if isinstance(entry, dict):
            yield 1, "gettext", str(entry["remedy"]), []
