"""A brief while it is being made: every field as text, from YAML or XLSX, changed, compared and written out again.

Unlike a `Brief` it may lack fields and break rules; `judge_brief` says which.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from forms.brief.model import BriefError, Purpose, Survey
from forms.brief.source import BOUNDS, LISTS, TABLES, Source, from_tables, read_source
from forms.sheets import Table, read_tables, write_tables

_HEAD = ("form_id", "title", "respondent", "languages")
FIELDS = (
    *_HEAD,
    *(f"survey.{name}" for name in Survey.__slots__),
    *(f"purpose.{name}" for name in Purpose.__slots__),
)
"""Every field of a brief that is no list of its own, in the order in which they are asked for."""
Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class DraftChange:
    """One field, or one entry of a list, that differs; '' on the side where it is not."""

    place: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Draft:
    """`fields` holds no empty ones; a list that one word stands for (`core`, `all`) is a field of that name."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return "; ".join(self.fields.get(name, ()))

    def with_indicators(self, chosen: Iterable[tuple[str, str]]) -> "Draft":
        """Single indicators, each with its gap reason or ''."""
        rows = tuple(_filled({"indicator": name, "gap_reason": reason}) for name, reason in chosen)
        fields = {name: value for name, value in self.fields.items() if name != "indicators"}
        return Draft(fields, {**self.tables, "indicators": rows})

    def with_fields(self, changed: Mapping[str, Sequence[str]]) -> "Draft":
        """An empty one takes the field out."""
        fields = {**self.fields, **{name: tuple(values) for name, values in changed.items()}}
        return replace(self, fields={name: values for name, values in fields.items() if any(values)})

    def as_yaml(self) -> bytes:
        tree: dict[str, Any] = {}
        for name in _ordered(self.fields):
            group, _, inner = name.rpartition(".")
            values = self.fields[name]
            target = tree.setdefault(group, {}) if group else tree
            target[inner] = list(values) if name in LISTS or len(values) > 1 else values[0]
        tree |= {name: [dict(row) for row in rows] for name, rows in self.tables.items()}
        text: str = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=118)
        return text.encode()

    def as_workbook(self) -> bytes:
        """As the workbook of a brief; fields that are missing stand there with an empty cell, to be filled."""
        names = dict.fromkeys([*FIELDS, *_ordered(self.fields)])
        rows = [_filled({"field": name, "value": self.value(name)}) for name in names]
        sheets = {"brief": Table(("field", "value"), rows)}
        return write_tables(sheets | {name: self._sheet(name) for name in TABLES})

    def table_workbook(self, name: str) -> bytes:
        """One list alone, such as the roster of enumerators."""
        return write_tables({name: self._sheet(name)})

    def _sheet(self, name: str) -> Table:
        return Table(TABLES[name], list(self.tables.get(name, ())))


def new_draft(**fields: str | Sequence[str]) -> Draft:
    """With nothing picked."""
    given = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in fields.items()}
    return Draft(given, {"indicators": ()})


def read_draft(data: bytes, filename: str) -> Draft:
    """Reads YAML or XLSX. Raises BriefError for what cannot be read; rules are not looked at."""
    return _draft(read_source(data, filename))


def read_upload(data: bytes, filename: str, base: Draft) -> Draft:
    """A whole brief; or a workbook with the list of enumerators alone, which takes the place of that list in `base`.

    Raises BriefError, SheetError.
    """
    if data.startswith(b"PK"):
        sheets = read_tables(data, filename, BOUNDS)
        lone = {name: rows for name, rows in sheets.items() if name in TABLES}
        return _with_lists(lone, base) if lone and "brief" not in sheets else _draft(from_tables(sheets, filename))
    return read_draft(data, filename)


def differences(old: Draft, new: Draft) -> Iterator[DraftChange]:
    """Field by field, then list by list; an entry is known by its first column."""
    for name in _ordered({**old.fields, **new.fields}):
        if old.value(name) != new.value(name):
            yield DraftChange(name, old.value(name), new.value(name))
    for table in TABLES:
        before, after = _entries(old, table), _entries(new, table)
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                yield DraftChange(f"{table}: {key}", before.get(key, ""), after.get(key, ""))


def _draft(source: Source) -> Draft:
    if source.findings:
        raise BriefError(source.findings)
    texts = {name: tuple(cell.text for cell in cells if cell.text) for name, cells in source.fields.items()}
    tables = {
        name: tuple(_filled({column: cell.text for column, cell in row.items()}) for row in rows)
        for name, rows in source.tables.items()
    }
    return Draft({name: values for name, values in texts.items() if values}, tables)


def _with_lists(sheets: Mapping[str, Sequence[Mapping[str, str]]], base: Draft) -> Draft:
    found = base
    for name, rows in sheets.items():
        columns = TABLES[name]
        kept = tuple(_filled({column: row.get(column, "") for column in columns}) for row in rows)
        fields = {known: value for known, value in found.fields.items() if known != name}
        found = Draft(fields, {**found.tables, name: kept})
    return found


def _entries(draft: Draft, table: str) -> dict[str, str]:
    first, *others = TABLES[table]
    found: dict[str, str] = {}
    for row in draft.tables.get(table, ()):
        text = ", ".join(f"{column} {row[column]}" for column in others if row.get(column))
        key = row.get(first, "")
        found[key] = "; ".join(part for part in (found.get(key), text or key) if part)
    return found


def _ordered(names: Iterable[str]) -> list[str]:
    known = set(names)
    return [name for name in FIELDS if name in known] + [name for name in names if name not in FIELDS]


def _filled(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in cells.items() if text}
