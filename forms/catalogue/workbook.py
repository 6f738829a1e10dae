"""The catalogue as a workbook and back: its owners work in spreadsheets, its history is kept in files.

Nothing here changes a file: `from_workbook` gives a new catalogue, `diff` shows what is new, `save` writes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from forms.archive import BY_HAND, SheetError
from forms.catalogue.changes import may_follow
from forms.catalogue.collection import Catalogue
from forms.catalogue.files import SETTINGS, Tree, dump_tree, write_folder
from forms.catalogue.findings import CatalogueError, Finding
from forms.catalogue.parse import parse
from forms.catalogue.render import digest, trees
from forms.catalogue.rules import VERSION_RULE, check
from forms.catalogue.workbook_rows import CHOICES, INDICATORS, ITEMS, RECALL, Column, Kind, Reading, Row, header
from forms.sheets import Table, read_tables, write_tables


def to_workbook(catalogue: Catalogue) -> bytes:
    """An XLSX file with one row an entry and one column a language; the same catalogue gives the same bytes."""
    contents, languages = trees(catalogue.entries), catalogue.languages
    settings = {
        "version": catalogue.version,
        "core_field_form": "; ".join(catalogue.core_field_form),
        "exported_from": catalogue.digest,
    }
    tables = {
        "catalogue": Table(("key", "value"), [{"key": key, "value": value} for key, value in settings.items()]),
        "indicators": table(INDICATORS, [("", tree) for tree in _part(contents, "indicators")], languages),
        "choices": table(CHOICES, _inner(contents, "choices", "name", "choices"), languages, owner="list"),
        "items": table(ITEMS, _inner(contents, "modules", "id", "items"), languages, owner="module"),
        "recall": table(RECALL, [("", tree) for tree in _mappings(contents["recall.yaml"], "periods")], languages),
        "reviews": Table(("entry", *languages), list(_reviews(contents))),
    }
    return write_tables(tables)


def from_workbook(data: bytes, base: Catalogue, filename: str = "the workbook") -> Catalogue:
    """The catalogue that the workbook describes, checked by all rules and as a successor of `base`.

    `SheetError` when the file cannot be read; `CatalogueError` with every fault, by sheet and row.
    """
    tables = read_tables(data, filename, BY_HAND)
    if "catalogue" not in tables:
        # Anything else would be told as dozens of missing columns.
        raise SheetError(
            "no export of the catalogue", "Start from: fieldveil catalogue export FILE.xlsx", file=filename
        )
    reading = Reading(tables, base)
    if reading.gaps:
        raise CatalogueError(reading.gaps)
    try:
        entries = parse(reading.trees, reading.findings)
    except CatalogueError as error:
        raise CatalogueError(reading.located(error.findings)) from None
    findings = reading.findings + check(entries)
    findings += [Finding(fault[0], fault[1], VERSION_RULE, *fault[2:]) for fault in may_follow(base.entries, entries)]
    if findings:
        raise CatalogueError(reading.located(findings))
    return Catalogue(entries, digest(entries))


def is_stale(data: bytes, base: Catalogue, filename: str = "the workbook") -> bool:
    """Whether the workbook was exported from another state: an import would also undo what came in between."""
    rows = read_tables(data, filename, BY_HAND).get("catalogue", [])
    return {"exported_from": base.digest} not in [{row.get("key", ""): row.get("value", "")} for row in rows]


def save(catalogue: Catalogue, folder: Path) -> list[str]:
    """Writes the files that differ and names them; none when nothing changed."""
    return write_folder(folder, trees(catalogue.entries))


def changed_files(old: Catalogue, new: Catalogue) -> dict[str, str | None]:
    """What `save` would write over the files of `old`, by name in the folder; None for a file that goes away."""
    before, after = trees(old.entries), trees(new.entries)
    written: dict[str, str | None] = {
        name: dump_tree(tree) for name, tree in after.items() if dump_tree(before.get(name, {})) != dump_tree(tree)
    }
    return written | {name: None for name in before if name not in after}


def _part(contents: Mapping[str, Tree], folder: str) -> list[dict[str, Tree]]:
    found = (tree for file, tree in contents.items() if file.startswith(f"{folder}/"))
    return [tree for tree in found if isinstance(tree, dict)]


def _mappings(tree: Tree, key: str) -> list[dict[str, Tree]]:
    values = tree.get(key) if isinstance(tree, dict) else None
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _inner(contents: Mapping[str, Tree], folder: str, name: str, key: str) -> list[tuple[str, dict[str, Tree]]]:
    return [(str(tree[name]), inner) for tree in _part(contents, folder) for inner in _mappings(tree, key)]


def table(
    columns: Sequence[Column], parts: Sequence[tuple[str, dict[str, Tree]]], languages: Sequence[str], owner: str = ""
) -> Table:
    rows = [({owner: name} if owner else {}) | _row(tree, columns) for name, tree in parts]
    return Table(header(columns, languages, owner), rows)


def _row(tree: Mapping[str, Tree], columns: Sequence[Column]) -> Row:
    row: Row = {}
    for column in columns:
        match tree.get(column.key, ""):
            case dict() as texts:
                row |= {f"{column.key}_{language}": str(text) for language, text in texts.items()}
            case list() as names:
                row[column.key] = "; ".join(str(name) for name in names)
            case value if column.kind is Kind.FLAG:
                row[column.key] = "yes" if value else ""
            case value if value != "":
                row[column.key] = str(value)
    return row


def _reviews(contents: Mapping[str, Tree]) -> Iterator[Row]:
    """One row for every entry, so that a reviewer finds the cell to fill; empty = as for the whole catalogue."""
    for file, tree in contents.items():
        if file == SETTINGS and isinstance(tree, dict):
            yield {"entry": "catalogue"} | _states(tree, "languages")
        elif file == "recall.yaml":
            for period in _mappings(tree, "periods"):
                yield {"entry": f"recall {period['code']}"} | _states(period, "review")
        elif isinstance(tree, dict):
            name = file.rsplit("/", 1)[-1].removesuffix(".yaml")
            yield {"entry": f"choices {name}" if file.startswith("choices/") else name} | _states(tree, "review")


def _states(tree: Mapping[str, Tree], key: str) -> Row:
    states = tree.get(key, {})
    return {language: str(state) for language, state in states.items()} if isinstance(states, dict) else {}
