"""Language packs for tests, with texts that mean nothing: every string has its number and its placeholders."""

import re
from pathlib import Path

from forms.catalogue.files import dump_tree, write_whole
from forms.catalogue.packs import LANGUAGE, NEEDED, SAFETY, TEXTS
from forms.translation.strings import strings

UKRAINIAN = {"name": "Ukrainian", "native": "Українська", "direction": "ltr", "script": "CYRILLIC"}
DARI = {"name": "Dari", "native": "دری", "direction": "rtl", "script": "ARABIC"}
_WORDS = {"CYRILLIC": "слово", "ARABIC": "متن"}
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}|\{[^{}]*\}")


def made_up(number: int, english: str, script: str = "CYRILLIC") -> str:
    return " ".join([_WORDS[script], str(number), *_PLACEHOLDER.findall(english)])


def write_pack(folder: Path, code: str, facts: dict[str, str], *, without: tuple[str, ...] = ()) -> Path:
    """A whole pack; `without` are keys of strings that it does not have."""
    texts = {one.key: made_up(number, one.english, facts["script"]) for number, one in enumerate(strings())}
    word = _WORDS[facts["script"]]
    safety = {kind: {"words": [f"{word}{word}{kind_number}"]} for kind_number, kind in enumerate(sorted(NEEDED))}
    files = {
        LANGUAGE: facts,
        TEXTS: {key: text for key, text in texts.items() if key not in without},
        SAFETY: safety,
    }
    for name, tree in files.items():
        write_whole(folder / code / name, dump_tree(tree))  # type: ignore[arg-type]
    return folder
