"""Takes the rows of a catalogue workbook apart into the trees of its files, and remembers where each entry stood."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from forms.catalogue.collection import Catalogue
from forms.catalogue.files import SETTINGS, Tree
from forms.catalogue.findings import Finding
from forms.catalogue.render import trees
from forms.sheets import ROW

Row = dict[str, str]
"""Column -> text; under `ROW` the number of the row."""


class Kind(Enum):
    """How a value of a file stands in a cell."""

    TEXT = auto()
    NAMES = auto()
    FLAG = auto()
    TEXTS = auto()


class Column(NamedTuple):
    key: str
    kind: Kind = Kind.TEXT


INDICATORS = (
    *(Column(key) for key in ("id", "version", "level", "theme", "tier", "name", "definition")),
    Column("question", Kind.TEXTS),
    *(Column(key) for key in ("response_type", "choices", "max_select", "unit")),
    Column("depends_on", Kind.NAMES),
    Column("recall"),
    Column("methods", Kind.NAMES),
    *(Column(key) for key in ("field_default", "pim_category", "sensitivity", "min_release_geo", "min_release_period")),
    Column("disaggregation", Kind.NAMES),
    Column("preferred_source"),
    Column("source_basis", Kind.NAMES),
    Column("hxl"),
    Column("localisable", Kind.NAMES),
    Column("safeguard"),
)
CHOICES = (
    Column("name"),
    Column("label", Kind.TEXTS),
    Column("maps_to", Kind.NAMES),
    Column("exclusive", Kind.FLAG),
)
ITEMS = (
    *(Column(key) for key in ("name", "type", "choices")),
    Column("label", Kind.TEXTS),
    *(Column(key) for key in ("relevant", "calculation", "trigger")),
    Column("required", Kind.FLAG),
    *(Column(key) for key in ("privacy_class", "transform", "standard_field")),
    Column("localisable", Kind.NAMES),
)
RECALL = (Column("code"), Column("label", Kind.TEXTS))
_FLAGS = {"yes": "true", "true": "true", "1": "true", "no": "", "false": "", "0": ""}


def header(columns: Sequence[Column], languages: Sequence[str], owner: str) -> tuple[str, ...]:
    names = [owner] if owner else []
    for column in columns:
        names += [f"{column.key}_{each}" for each in languages] if column.kind is Kind.TEXTS else [column.key]
    return tuple(names)


class Reading:
    """One pass over the sheets; what the workbook does not hold is taken from the catalogue it replaces."""

    def __init__(self, tables: Mapping[str, list[Row]], base: Catalogue) -> None:
        self.findings: list[Finding] = []
        # Of a sheet or column that is gone or misspelt. What each row misses then need not be told as well.
        self.gaps: list[Finding] = []
        self._tables, self._languages = tables, base.languages
        self._places: dict[tuple[str, str], str] = {}
        self.trees: dict[str, Tree] = {"recall.yaml": {"periods": self._periods()}, **self._indicators()}
        self.trees |= self._grouped("choices", CHOICES, owner="list", folder="choices", keys=("name", "choices"))
        self.trees |= self._grouped("items", ITEMS, owner="module", folder="modules", keys=("id", "items"))
        self.trees[SETTINGS] = self._settings(trees(base.entries)[SETTINGS])
        self._take_reviews()

    def located(self, findings: Iterable[Finding]) -> list[Finding]:
        """The same findings, by sheet and row in place of file."""
        return [replace(finding, file=self._place(finding)) for finding in findings]

    def _place(self, finding: Finding) -> str:
        for place in ((finding.file, finding.entry), (finding.file, "")):
            if place in self._places:
                return self._places[place]
        return finding.file

    def _rows(self, sheet: str, columns: Sequence[str]) -> list[Row]:
        rows = self._tables.get(sheet, [])
        if not rows:
            self._gap(sheet, "is missing or empty", "Start from a fresh export")
            return []
        for name in [name for name in columns if name not in rows[0]]:
            self._gap(sheet, f"has no column '{name}'", "Put the column back")
        for name in [name for name in rows[0] if name not in {*columns, ROW}]:
            self._gap(sheet, f"has a column that is not known ('{name}')", "Remove it")
        return rows

    def _gap(self, sheet: str, what: str, remedy: str) -> None:
        self.gaps.append(Finding(f"sheet '{sheet}'", "", 0, what, remedy))

    def _fault(self, place: str, entry: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(place, entry, 0, what, remedy))

    def _named(self, sheet: str, row: Row, key: str) -> str:
        """The name in a row; a row without one is a fault and is left out."""
        if not row.get(key):
            self._fault(_place(sheet, row), "", f"has no '{key}'", "Fill it in or delete the row")
        return row.get(key, "")

    def _indicators(self) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for row in self._rows("indicators", header(INDICATORS, self._languages, "")):
            name = self._named("indicators", row, "id")
            file = f"indicators/{name}.yaml"
            if file in found:
                what = f"stands twice (also in {self._places[file, '']})"
                self._fault(_place("indicators", row), name, what, "Delete one of the rows, or give it a new id")
            elif name:
                self._places[file, ""] = _place("indicators", row)
                found[file] = self._tree(row, INDICATORS)
        return found

    def _grouped(
        self, sheet: str, columns: Sequence[Column], *, owner: str, folder: str, keys: tuple[str, str]
    ) -> dict[str, Tree]:
        groups: dict[str, list[Tree]] = {}
        for row in self._rows(sheet, header(columns, self._languages, owner)):
            group = self._named(sheet, row, owner)
            if group:
                file = f"{folder}/{group}.yaml"
                self._places.setdefault((file, ""), _place(sheet, row))
                self._places.setdefault((file, f"{group}: {row.get('name', '')}"), _place(sheet, row))
                groups.setdefault(group, []).append(self._tree(row, columns))
        return {f"{folder}/{group}.yaml": {keys[0]: group, keys[1]: inner} for group, inner in groups.items()}

    def _periods(self) -> list[Tree]:
        rows = self._rows("recall", header(RECALL, self._languages, ""))
        for row in rows:
            self._places.setdefault(("recall.yaml", f"recall: {row.get('code', '')}"), _place("recall", row))
        self._places["recall.yaml", ""] = "sheet 'recall'"
        return [self._tree(row, RECALL) for row in rows]

    def _settings(self, base: Tree) -> Tree:
        values = {row.get("key", ""): row.get("value", "") for row in self._rows("catalogue", ("key", "value"))}
        self._places[SETTINGS, ""] = "sheet 'catalogue'"
        settings = dict(base) if isinstance(base, dict) else {}
        settings["version"] = values.get("version", "")
        settings["core_field_form"] = _names(values.get("core_field_form", ""))
        return _all_text(settings)

    def _take_reviews(self) -> None:
        places = {_review_entry(file): file for file in self.trees if file != "recall.yaml"}
        periods = {f"recall {period.get('code')}": period for period in _periods_of(self.trees["recall.yaml"])}
        for row in self._rows("reviews", ("entry", *self._languages)):
            entry = row.get("entry", "")
            states: Tree = {language: row[language] for language in self._languages if row.get(language)}
            tree = periods.get(entry) or self.trees.get(places.get(entry, ""))
            if not isinstance(tree, dict):
                self._fault(_place("reviews", row), entry, "there is no such entry", "Correct or delete the row")
            elif entry == "catalogue":
                tree["languages"] = states
            elif states:
                tree["review"] = states

    def _tree(self, row: Row, columns: Sequence[Column]) -> dict[str, Tree]:
        tree: dict[str, Tree] = {}
        for column in columns:
            if column.kind is Kind.TEXTS:
                texts: Tree = {each: text for each in self._languages if (text := row.get(f"{column.key}_{each}", ""))}
                value: Tree = texts
            else:
                value = _value(row.get(column.key, ""), column.kind)
            if value:
                tree[column.key] = value
        return tree


def _value(text: str, kind: Kind) -> Tree:
    match kind:
        case Kind.NAMES:
            return _names(text)
        case Kind.FLAG:
            return _FLAGS.get(text.lower(), text)
        case _:
            return text


def _names(text: str) -> list[Tree]:
    return [name for part in text.split(";") if (name := part.strip())]


def _place(sheet: str, row: Row) -> str:
    return f"sheet '{sheet}', row {row.get(ROW, '?')}"


def _review_entry(file: str) -> str:
    name = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    return f"choices {name}" if file.startswith("choices/") else name


def _periods_of(tree: Tree) -> list[dict[str, Tree]]:
    periods = tree.get("periods") if isinstance(tree, dict) else None
    return [period for period in periods if isinstance(period, dict)] if isinstance(periods, list) else []


def _all_text(tree: Tree) -> Tree:
    match tree:
        case dict():
            return {key: _all_text(value) for key, value in tree.items()}
        case list():
            return [_all_text(value) for value in tree]
        case _:
            return str(tree)
