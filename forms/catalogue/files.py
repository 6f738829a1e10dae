"""Reads and writes the YAML files of a catalogue folder. Every value is text; the meaning is given in `parse`.

Texts stand one language a line; a long text is folded at its sentences, so that a diff shows what was reworded.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from forms.catalogue.findings import CatalogueError, Finding
from forms.writing import write_file

Tree = str | int | list["Tree"] | dict[str, "Tree"]
"""What one file says. Numbers and flags are told from text only when writing."""

DATA = Path(__file__).parent / "data"
"""The catalogue that comes with the product."""

SETTINGS = "catalogue.yaml"
PARTS = ("indicators", "choices", "modules")
"""The folders that hold one entry a file."""

_FOLD_FROM = 110
_SENTENCE = re.compile(r"(?<=[.!?؟:]) (?=\S)")
_PLAIN = re.compile(r"(?:[^\W\d_]|[$¿¡(])(?:[^:#\n]|:(?=\S)|(?<=\S)#)*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that other readers of YAML take for a truth value."""


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Knows text, lists and mappings only: 'no' stays a word, 1.0 stays as written, and no object is ever made."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Tree]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key stands twice", key.start_mark)
            seen.add(key.value)
        mapping: dict[str, Tree] = super().construct_mapping(node, deep=deep)
        return mapping


def read_folder(folder: Path, findings: list[Finding]) -> dict[str, Tree]:
    """File path inside the folder -> what it says; files that cannot be read are findings."""
    if not folder.is_dir():
        raise CatalogueError([Finding(str(folder), "", 0, "there is no such folder", "Name a catalogue folder")])
    trees: dict[str, Tree] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.suffix != ".yaml":
            findings.append(Finding(name, "", 0, "is not a catalogue file", "Remove it or name it .yaml"))
            continue
        try:
            trees[name] = load_tree(path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError:
            findings.append(Finding(name, "", 0, "is not in UTF-8", "Save it as UTF-8"))
        except (yaml.YAMLError, RecursionError) as error:
            findings.append(_unreadable(name, error))
    return trees


def load_tree(text: str) -> Tree:
    tree: Tree = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader makes text, lists and mappings only
    return tree


def _unreadable(name: str, error: Exception) -> Finding:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be understood"
    place = f", line {mark.line + 1}" if mark else ""
    return Finding(name, "", 0, f"is not readable YAML{place}: {problem}", "Compare with a neighbouring file")


def write_folder(folder: Path, trees: Mapping[str, Tree]) -> list[str]:
    """Writes the files that differ, removes those of entries that are gone, and names both."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SETTINGS).is_file():
        what = f"holds other things and no {SETTINGS}"
        raise CatalogueError([Finding(str(folder), "", 0, what, "Name a catalogue folder, or an empty one")])
    texts = {name: dump_tree(tree) for name, tree in trees.items()}
    changed = [name for name, text in texts.items() if not _holds(folder / name, text)]
    for name in changed:
        write_whole(folder / name, texts[name])
    there = (path for part in PARTS for path in sorted((folder / part).glob("*.yaml")))
    gone = [path for path in there if path.relative_to(folder).as_posix() not in trees]
    for path in gone:
        path.unlink()
    return changed + [path.relative_to(folder).as_posix() for path in gone]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("utf-8")


def write_whole(path: Path, text: str) -> None:
    """Whole or not at all: a full disk must not leave half an entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    write_file(draft, text.encode("utf-8"))
    draft.replace(path)


def dump_tree(tree: Tree) -> str:
    """YAML in block style that reads back exactly the same; empty values must have been left out."""
    text = "\n".join(_lines(tree, "")) + "\n"
    if load_tree(text) != _as_text(tree):
        raise ValueError("a text of the catalogue cannot be written as YAML")
    return text


def _as_text(tree: Tree) -> Tree:
    match tree:
        case dict():
            return {key: _as_text(value) for key, value in tree.items()}
        case list():
            return [_as_text(value) for value in tree]
        case _:
            return _scalar(tree) if isinstance(tree, int) else tree


def _lines(tree: Tree, pad: str) -> Iterator[str]:
    match tree:
        case dict():
            for key, value in tree.items():
                yield from _keyed(key, value, pad)
        case list():
            for value in tree:
                first, *rest = _lines(value, pad + "  ")
                yield f"{pad}- {first.strip(' ')}"
                yield from rest
        case _:
            yield pad + _scalar(tree)


def _keyed(key: str, value: Tree, pad: str) -> Iterator[str]:
    if isinstance(value, list | dict):
        yield f"{pad}{key}:"
        yield from _lines(value, pad + "  ")
    elif isinstance(value, str) and len(value) > _FOLD_FROM:
        yield f"{pad}{key}: >-"
        yield from (f"{pad}  {line}" for line in _folded(value))
    else:
        yield f"{pad}{key}: {_scalar(value)}"


def _folded(text: str) -> Iterator[str]:
    """Breaks at ordinary spaces only: a no-break space is part of the text and stays inside its line."""
    for sentence in _SENTENCE.split(text):
        line = ""
        for word in sentence.split(" "):
            if line and len(line) + len(word) >= _FOLD_FROM:
                yield line
                line = word
            else:
                line = f"{line} {word}" if line else word
        yield line


def _scalar(value: str | int) -> str:
    if isinstance(value, int):
        return str(value).lower()
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return "'" + value.replace("'", "''") + "'"
