"""Language packs: folders with the texts of a language that the catalogue's own files do not have, or better ones.

A folder `uk/` holds `language.yaml`, `texts.yaml`, `safety.yaml` and `reviews.yaml`; docs/translations.md tells how.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import yaml

from forms.catalogue.files import Tree, load_tree
from forms.catalogue.findings import CatalogueError, Finding
from forms.catalogue.languages import SOURCE, Language, own, read_language
from forms.catalogue.reader import Reader

TEXTS, REVIEWS, SAFETY, LANGUAGE = "texts.yaml", "reviews.yaml", "safety.yaml", "language.yaml"
FORBIDDEN = ("victim", "identity", "violence", "informer", "observed")
ASKED = (
    *("name", "contact", "id_number", "birth_date", "exact_place", "directed"),
    *("of_persons", "of_things", "counted", "consent", "help"),
)
"""The kinds of words of `words.yaml` and of `forms/checks/wording.yaml`."""
NEEDED = frozenset({*FORBIDDEN, *ASKED}) - {"informer"}
"""Without them nothing forbidden would be found in the language, and no form in it could be called safe."""
_MARK = ("⟦", "⟧")
_HASH_DIGITS = 12
IN_ENGLISH = "[English] "
"""Before a text that is shown in English by decision of a pack."""


class UnknownLanguageError(CatalogueError, KeyError):
    """A language that neither the catalogue nor a pack has."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Review:
    """What was said of one text: of which English and which wording, by whom (a role) and when."""

    english: str = ""
    text: str = ""
    role: str = ""
    on: date | None = None
    comment: str = ""

    @property
    def is_reviewed(self) -> bool:
        return self.on is not None


@dataclass(frozen=True, slots=True)
class Pack:
    code: str
    language: Language
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By the key of a string, such as `choices/frequency/never`."""
    reviews: Mapping[str, Review] = field(default_factory=dict, repr=False)
    safety: Mapping[str, Mapping[str, Tree]] = field(default_factory=dict, repr=False)
    """Kind of words -> `words` and `but_not`."""

    @property
    def is_new(self) -> bool:
        """Whether the catalogue's own files do not have the language."""
        return self.code not in own()

    @property
    def lacks(self) -> tuple[str, ...]:
        """Kinds of words that a new language must list first. Until then it is a draft, and no form can have it."""
        if not self.is_new:
            return ()
        return tuple(kind for kind in (*FORBIDDEN, *ASKED) if kind in NEEDED and not self.safety[kind]["words"])


_state: dict[str, Path | None] = {"folder": None}
_packs: dict[str, Pack] = {}
_to_forget: list[Callable[[], None]] = []


def forget_with_packs(clear: Callable[[], None]) -> None:
    """For whoever keeps something that was made from the packs: `clear` is called when there are others."""
    _to_forget.append(clear)


def use(folder: Path | None) -> None:
    """From now on this process knows the packs of this folder; none when there is no such folder, and no drafts.

    Raises CatalogueError with every fault, and then keeps what it had.
    """
    found = read_packs(folder) if folder is not None else {}
    _state["folder"] = folder
    _take({code: pack for code, pack in found.items() if not pack.lacks})


@contextmanager
def using(folder: Path | None) -> Iterator[None]:
    """The same for a while."""
    before = _state["folder"]
    use(folder)
    try:
        yield
    finally:
        use(before)


@contextmanager
def trying(pack: Pack) -> Iterator[None]:
    """With this pack for a while, in place of the one that is there; it may be a draft."""
    before = dict(_packs)
    _take({**before, pack.code: pack})
    try:
        yield
    finally:
        _take(before)


def _take(found: Mapping[str, Pack]) -> None:
    if found != _packs:
        _packs.clear()
        _packs.update(found)
        for clear in _to_forget:
            clear()


def active() -> Mapping[str, Pack]:
    return MappingProxyType(_packs)


def known() -> Mapping[str, Language]:
    """Every language that a text can be in: the catalogue's own first."""
    return {**own(), **{code: pack.language for code, pack in _packs.items() if pack.is_new}}


def language(code: str) -> Language:
    found = known().get(code)
    if found is None:
        remedy = "Name the folder of its pack in FIELDVEIL_LANGUAGE_PACKS"
        raise UnknownLanguageError([Finding("languages", code, 0, "there is no such language", remedy)])
    return found


class Shown(Mapping[str, str]):
    """Code -> the name that phones and servers show, of every language that is known now."""

    def __getitem__(self, code: str) -> str:
        return language(code).shown

    def __iter__(self) -> Iterator[str]:
        return iter(known())

    def __len__(self) -> int:
        return len(known())


def no_text(key: str) -> str:
    """Stands where a text is missing, so that it is seen and never silently blank. No form is built with one."""
    return f"{_MARK[0]}no text: {key}{_MARK[1]}"


def is_no_text(text: str) -> bool:
    return _MARK[0] in text


def missing_keys(text: str) -> list[str]:
    return [part.split(_MARK[1])[0].removeprefix("no text: ") for part in text.split(_MARK[0])[1:]]


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def read_packs(folder: Path) -> dict[str, Pack]:
    findings: list[Finding] = []
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = {path.name: read_pack(path, findings) for path in inside if path.is_dir() and path.name[0] not in "._"}
    if findings:
        raise CatalogueError(findings)
    return found


def read_pack(folder: Path, findings: list[Finding]) -> Pack:
    code = folder.name
    trees = {name: _tree(folder / name, findings) for name in (LANGUAGE, TEXTS, REVIEWS, SAFETY)}
    if code == SOURCE:
        remedy = "Change English texts in the catalogue (docs/catalogue.md), or in the overlay of a country"
        findings.append(Finding(f"{code}/", code, 0, "English is what the others are translated from", remedy))
    if code in own():
        if trees[LANGUAGE] or trees[SAFETY]:
            what = f"the catalogue's own files hold {LANGUAGE} and {SAFETY} of '{code}'"
            findings.append(Finding(f"{code}/", code, 0, what, f"Leave only {TEXTS} and {REVIEWS} in the pack"))
        spoken = own()[code]
    else:
        spoken = read_language(trees[LANGUAGE], code, f"{code}/{LANGUAGE}", findings)
    texts = Reader(trees[TEXTS], f"{code}/{TEXTS}", code, findings, ())
    safety = Reader(trees[SAFETY], f"{code}/{SAFETY}", code, findings, ())
    return Pack(
        code=code,
        language=spoken,
        texts=_texts(trees[TEXTS], texts),
        reviews=_reviews(trees[REVIEWS], f"{code}/{REVIEWS}", findings),
        safety={} if code in own() else _safety(trees[SAFETY], safety),
    )


def _tree(path: Path, findings: list[Finding]) -> dict[str, Tree]:
    name = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        return {}
    try:
        tree = load_tree(path.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        findings.append(Finding(name, "", 0, "is not readable YAML in UTF-8", "Compare with another pack"))
        return {}
    if not isinstance(tree, dict) and tree:
        findings.append(Finding(name, "", 0, "holds no 'key: value' lines", "Compare with another pack"))
    return tree if isinstance(tree, dict) else {}


def _texts(tree: Mapping[str, Tree], reader: Reader) -> dict[str, str]:
    texts = {key: reader.text(key, required=False) for key in tree}
    for key, text in texts.items():
        if is_no_text(text) or text != " ".join(text.strip(" ").split("\n")):
            reader.fault(f"'{key}' is not one clean line", "Type it again on one line, without ⟦")
    return {key: text for key, text in texts.items() if text}


def _reviews(tree: Mapping[str, Tree], file: str, findings: list[Finding]) -> dict[str, Review]:
    found = {}
    for key, inner in tree.items():
        reader = Reader(inner, file, key, findings, ())
        fields = {name: reader.text(name, required=False) for name in ("english", "text", "role", "on", "comment")}
        day = _day(fields["on"], reader)
        if (day is None) != (fields["role"] == ""):
            reader.fault("a review needs 'role' and 'on'", "Write who has read it (a role), and the day")
        found[key] = Review(fields["english"], fields["text"], fields["role"], day, fields["comment"])
        reader.close()
    return found


def _day(text: str, reader: Reader) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        reader.fault("'on' is not a day", "Write it like 2026-03-31")
        return None


def _safety(tree: Mapping[str, Tree], reader: Reader) -> dict[str, dict[str, Tree]]:
    found: dict[str, dict[str, Tree]] = {}
    for kind in (*FORBIDDEN, *ASKED):
        inner = reader.mapping(kind) if kind in tree else None
        words = inner.names("words") if inner else ()
        but_not = inner.names("but_not") if inner else ()
        if inner:
            inner.close()
        found[kind] = {"words": list(words), "but_not": list(but_not)}
    reader.close()
    return found
