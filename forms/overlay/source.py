"""Reads the two spellings of an overlay, YAML and XLSX, into one: trees of text, each with the place it stands at."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import yaml

from forms.archive import BY_HAND, SheetError
from forms.catalogue.files import Tree
from forms.overlay.rule import Finding, OverlayError
from forms.sentences import say
from forms.sheets import ROW, read_tables
from forms.yaml_nodes import compose

_MOST_ENTRIES = 1_500
"""One that changes everything there is in the standard has 800."""
HEAD = "overlay"
STANDARD = "standard"
"""A column to read beside: what stands in the catalogue. Nobody takes anything from it."""
EXPORTED = "exported_from"
_TEXTS = ("question", "hint", "examples", "label")
_NAMES = frozenset({"languages", "depends_on", "methods", "disaggregation", "source_basis"})
_FLAGS = {"yes": "true", "1": "true", "no": "", "false": "", "0": ""}
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "indicators": ("id",),
    "choices": ("list", "code"),
    "items": ("name",),
    "sites": ("code",),
    "local_indicators": ("id",),
    "local_choices": ("list", "code"),
}
"""The parts of an overlay, a list in YAML and a sheet in XLSX, with what names an entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One block of a list, or one row of a sheet; nothing judged yet."""

    place: str
    tree: dict[str, Tree]

    def name(self, section: str) -> str:
        return ": ".join(str(self.tree.get(key, "")) for key in SECTIONS[section])


@dataclass(frozen=True, slots=True)
class Source:
    """An overlay as it was written down. A section that is not there at all is not in `sections`."""

    file: str
    head: Entry
    sections: dict[str, list[Entry]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, place: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(place, what, remedy))


def read_source(data: bytes, filename: str, languages: Collection[str]) -> Source:
    """By the content: a workbook is read as one, whatever its name says. Raises OverlayError for what has no rows."""
    source = _read(data, filename, languages)
    if sum(map(len, source.sections.values())) > _MOST_ENTRIES:
        what = say("more than %(most)s entries", most=f"{_MOST_ENTRIES:,}")
        raise _refused(filename, what, say("Compare with docs/overlay.md"))
    return source


def _read(data: bytes, filename: str, languages: Collection[str]) -> Source:
    if data.startswith(b"PK") or PurePath(filename).suffix.lower() in {".xlsx", ".xlsm"}:
        return _from_sheets(data, filename, languages)
    return _from_yaml(data, filename)


def is_stale(data: bytes, filename: str, wanted: str) -> bool:
    """Whether a workbook was exported from another overlay than `wanted`: it would undo what came in between."""
    if not data.startswith(b"PK"):
        return False
    rows = read_tables(data, filename, BY_HAND).get(HEAD, [])
    return (EXPORTED, wanted) not in [(row.get("key", ""), row.get("value", "")) for row in rows]


def _refused(place: str, what: str, remedy: str) -> OverlayError:
    return OverlayError([Finding(place, what, remedy)])


# ---- YAML ------------------------------------------------------------------------------------------------------------


def _from_yaml(data: bytes, filename: str) -> Source:
    def refuse(place: str, what: str, remedy: str) -> OverlayError:
        return _refused(f"{filename}, {place}" if place else filename, what, remedy)

    root = compose(data, refuse, say("Compare with docs/overlay.md"))
    source = Source(filename, Entry(filename, {}))
    for name, node in _pairs(source, root).items():
        if name in SECTIONS:
            source.sections[name] = _entries(source, node, name)
        else:
            source.head.tree[name] = _tree(source, node)
    return source


def _entries(source: Source, node: yaml.Node, section: str) -> list[Entry]:
    if not isinstance(node, yaml.SequenceNode):
        source.fault(
            _line(source, node),
            say("'%(section)s' is not a list", section=section),
            say("Write one '- ' block for each entry"),
        )
        return []
    found = []
    for value in node.value:
        tree = _tree(source, value)
        bare = {SECTIONS[section][0]: tree}
        entry = Entry(_line(source, value), tree if isinstance(tree, dict) else bare)
        found.append(Entry(f"{entry.place}, {entry.name(section)}", entry.tree))
    return found


def _tree(source: Source, node: yaml.Node) -> Tree:
    match node:
        case yaml.MappingNode():
            return {name: _tree(source, value) for name, value in _pairs(source, node).items()}
        case yaml.SequenceNode():
            return [_tree(source, value) for value in node.value]
    return str(node.value).strip()


def _pairs(source: Source, node: yaml.MappingNode) -> dict[str, yaml.Node]:
    pairs: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in pairs:
            source.fault(
                _line(source, key), say("a field stands twice, or its name is no word"), say("Keep one of them")
            )
        else:
            pairs[key.value] = value
    return pairs


def _line(source: Source, node: yaml.Node) -> str:
    return f"{source.file}, line {node.start_mark.line + 1}"


# ---- XLSX ------------------------------------------------------------------------------------------------------------


def _from_sheets(data: bytes, filename: str, languages: Collection[str]) -> Source:
    try:
        sheets = read_tables(data, filename, BY_HAND)
    except SheetError as error:
        raise _refused(str(error).split(": ")[0], error.what, error.remedy) from None
    if HEAD not in sheets:
        raise _refused(
            f"{filename}, sheet '{HEAD}'", say("is missing"), say("Start from: fieldveil overlay template FILE.xlsx")
        )
    rows = {row.get("key", ""): row.get("value", "") for row in sheets.pop(HEAD)}
    head = {key: _cell(key, text) for key, text in rows.items() if text and key != EXPORTED}
    source = Source(filename, Entry(f"{filename}, sheet '{HEAD}'", head))
    for name, found in sheets.items():
        if name not in SECTIONS:
            remedy = say("Name it after what it holds (%(sections)s), or remove it", sections=", ".join(SECTIONS))
            source.fault(f"{filename}, sheet '{name}'", say("an overlay has no such sheet"), remedy)
        elif entries := _filled_rows(source, name, found, languages):
            source.sections[name] = entries
    return source


def _filled_rows(
    source: Source, section: str, rows: Sequence[Mapping[str, str]], languages: Collection[str]
) -> list[Entry]:
    """A row that only names its entry changes nothing: a template lists every entry for somebody to fill in."""
    keys, found = SECTIONS[section], []
    for row in rows:
        tree = _row(row, languages)
        if set(tree) - set(keys) or (tree and section == "sites"):
            entry = Entry("", tree)
            place = f"{source.file}, sheet '{section}', row {row.get(ROW, '?')}, {entry.name(section)}"
            found.append(Entry(place, tree))
    return found


def _row(row: Mapping[str, str], languages: Collection[str]) -> dict[str, Tree]:
    tree: dict[str, Tree] = {}
    by_language = re.compile(rf"({'|'.join(_TEXTS)})_({'|'.join(languages)})")
    for column, text in row.items():
        if not text or column in {ROW, STANDARD}:
            continue
        if match := by_language.fullmatch(column):
            texts = tree.setdefault(match[1], {})
            if isinstance(texts, dict):
                texts[match[2]] = text
        elif value := _cell(column, text):
            tree[column] = value
    return tree


def _cell(column: str, text: str) -> Tree:
    if column in _NAMES:
        return [name for part in text.split(";") if (name := part.strip())]
    return _FLAGS.get(text.lower(), text) if column == "exclusive" else text
