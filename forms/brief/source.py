"""Reads the two spellings of a brief, YAML and XLSX, into one: texts by field, each with the place it stands at.

Every value stays text, so that `no` is a word, `01` keeps its zero, and both spellings mean the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import yaml

from forms.archive import BY_HAND, SheetError
from forms.brief.model import BriefError, Finding
from forms.sentences import say
from forms.sheets import ROW, read_tables
from forms.yaml_nodes import compose

TABLES: Mapping[str, tuple[str, ...]] = {
    "organisations": ("code", "name"),
    "enumerators": ("code", "team", "supervisor"),
    "indicators": ("indicator", "gap_reason"),
    "areas": ("pcode",),
    "sites": ("code",),
    "sources": ("code", "citation"),
}
"""The lists of a brief: a sheet in XLSX, a list in YAML. The first column is the one that a bare entry fills."""
BOUNDS = replace(BY_HAND, cells=20_000, signs=120_000, letters=200_000)
"""Of a workbook: as much as its YAML may be."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One text and where it stands."""

    text: str
    place: str


Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Source:
    """A brief as it was written down, nothing judged yet. A list given as one word (`all`, `core`) is in `fields`."""

    file: str
    fields: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, place: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(self.file, place, what, remedy))


def read_source(data: bytes, filename: str) -> Source:
    """By the content: a workbook is read as one, whatever its name says. Raises BriefError for what cannot be read."""
    if data.startswith(b"PK") or PurePath(filename).suffix.lower() in {".xlsx", ".xlsm", ".csv"}:
        return _from_sheets(data, filename)
    return _from_yaml(data, filename)


def _refused(filename: str, place: str, what: str, remedy: str) -> BriefError:
    return BriefError([Finding(filename, place, what, remedy)])


# ---- YAML ------------------------------------------------------------------------------------------------------------


def _from_yaml(data: bytes, filename: str) -> Source:
    def refuse(place: str, what: str, remedy: str) -> BriefError:
        return _refused(filename, place, what, remedy)

    source = Source(filename)
    root = compose(data, refuse, say("Compare with docs/brief.md"))
    _read_mapping(source, root, "")
    return source


def _read_mapping(source: Source, node: yaml.MappingNode, prefix: str) -> None:
    for name, value in _pairs(source, node, prefix):
        place = _place(value, name)
        if isinstance(value, yaml.MappingNode) and not prefix:
            _read_mapping(source, value, f"{name}.")
        elif isinstance(value, yaml.SequenceNode) and name in TABLES:
            source.tables[name] = [row for entry in value.value for row in _row(source, entry, name)]
        elif isinstance(value, yaml.SequenceNode):
            _read_list(source, value, name)
        elif isinstance(value, yaml.ScalarNode):
            source.fields[name] = (Cell(value.value.strip(), place),)
        else:
            source.fault(place, say("a group of fields stands inside another"), say("Move it to the left"))


def _read_list(source: Source, node: yaml.SequenceNode, name: str) -> None:
    entries = [entry for entry in node.value if isinstance(entry, yaml.ScalarNode)]
    if len(entries) != len(node.value):
        source.fault(_place(node, name), say("a list that holds more than plain words"), say("Write one word a line"))
    source.fields[name] = tuple(Cell(entry.value.strip(), _place(entry, name)) for entry in entries)


def _row(source: Source, entry: yaml.Node, table: str) -> Iterator[Row]:
    columns = TABLES[table]
    if isinstance(entry, yaml.ScalarNode):
        yield {columns[0]: Cell(entry.value.strip(), _place(entry, table))}
    elif isinstance(entry, yaml.MappingNode):
        pairs = [(name, value) for name, value in _pairs(source, entry, "") if isinstance(value, yaml.ScalarNode)]
        if len(pairs) != len(entry.value):
            source.fault(
                _place(entry, table), say("an entry that holds more than plain words"), say("Write one word a field")
            )
        yield _known(source, {name: Cell(value.value.strip(), _place(value, table)) for name, value in pairs}, table)
    else:
        source.fault(
            _place(entry, table),
            say("a list stands inside a list"),
            say("Give %(columns)s", columns=", ".join(columns)),
        )


def _pairs(source: Source, node: yaml.MappingNode, prefix: str) -> list[tuple[str, yaml.Node]]:
    pairs: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = f"{prefix}{key.value}" if isinstance(key, yaml.ScalarNode) else ""
        if not name:
            source.fault(_place(key, ""), say("a field name that is no word"), say("Write the name of a field"))
        elif name in pairs:
            source.fault(_place(key, name), say("the field stands twice"), say("Keep one of them"))
        else:
            pairs[name] = value
    return list(pairs.items())


def _place(node: yaml.Node, name: str) -> str:
    line = f"line {node.start_mark.line + 1}"
    return f"{line}, {name}" if name else line


# ---- XLSX ------------------------------------------------------------------------------------------------------------


def _from_sheets(data: bytes, filename: str) -> Source:
    try:
        sheets = read_tables(data, filename, BOUNDS)
    except SheetError as error:
        place = f"sheet '{error.sheet}'" if error.sheet else ""
        raise _refused(
            filename, place + (f", row {error.row}" if error.row else ""), error.what, error.remedy
        ) from None
    return from_tables(sheets, filename)


def from_tables(sheets: Mapping[str, Sequence[Mapping[str, str]]], filename: str) -> Source:
    """Of a workbook that was read already. Raises BriefError."""
    if "brief" not in sheets:
        remedy = say("Give it the columns 'field' and 'value'; docs/brief.md names the fields")
        raise _refused(filename, "", say("the sheet 'brief' is missing"), remedy)
    source = Source(filename)
    _read_fields(source, sheets["brief"])
    for name, rows in sheets.items():
        if name == "brief":
            continue
        if name in TABLES:
            _read_table(source, name, rows)
        elif rows:
            known = ", ".join(("brief", *TABLES))
            source.fault(
                f"sheet '{name}'",
                say("a sheet that a brief does not have"),
                say("Remove it; known are %(known)s", known=known),
            )
    return source


def _read_fields(source: Source, rows: Sequence[Mapping[str, str]]) -> None:
    for row in rows:
        place = f"sheet 'brief', row {row[ROW]}"
        name = row.get("field", "")
        if "field" not in row or "value" not in row:
            source.fault(place, say("the columns 'field' and 'value' are missing"), say("Write both in the first row"))
            return
        if name in source.fields:
            source.fault(place, say("the field %(name)s stands twice", name=name), say("Keep one of them"))
        elif name or row["value"]:
            parts = [part.strip() for part in row["value"].split(";")] if name in LISTS else [row["value"]]
            source.fields[name] = tuple(Cell(part, f"{place}, {name}") for part in parts if part)


def _read_table(source: Source, name: str, rows: Sequence[Mapping[str, str]]) -> None:
    if not rows:
        return
    source.tables[name] = []
    for row in rows:
        place = f"sheet '{name}', row {row[ROW]}"
        cells = {column: Cell(text, f"{place}, {column}") for column, text in row.items() if column != ROW and text}
        source.tables[name].append(_known(source, cells, name))


LISTS = frozenset({"languages", "purpose.codes", "purpose.limitations"})
"""Fields with several words; in a cell they are separated by semicolons."""


def _known(source: Source, row: Mapping[str, Cell], table: str) -> Row:
    columns = TABLES[table]
    for column, cell in row.items():
        if column not in columns:
            source.fault(
                cell.place,
                say("%(table)s has no field '%(column)s'", table=table, column=column),
                say("Known are %(columns)s", columns=", ".join(columns)),
            )
    return {column: cell for column, cell in row.items() if column in columns}
