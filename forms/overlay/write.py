"""Writes an overlay as YAML or as the workbook an officer fills in; both read back to an equal overlay."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from forms.catalogue import Catalogue, ChoiceList, Indicator
from forms.catalogue.files import Tree, dump_tree
from forms.catalogue.render import choice_tree, filled, indicator_tree
from forms.catalogue.workbook import table
from forms.catalogue.workbook_rows import INDICATORS, Column, Kind
from forms.overlay.model import Overlay
from forms.overlay.source import EXPORTED, HEAD, SECTIONS, STANDARD
from forms.sheets import Table, write_tables

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "indicators": (
        Column("id"),
        Column(STANDARD),
        *(Column(key, Kind.TEXTS) for key in ("question", "hint", "examples")),
        *(Column(key) for key in ("recall", "sensitivity")),
    ),
    "choices": (Column("list"), Column("code"), Column("parent"), Column(STANDARD), Column("label", Kind.TEXTS)),
    "items": (Column("name"), Column(STANDARD), Column("label", Kind.TEXTS), Column("confirmed_by")),
    "sites": (Column("code"),),
    "local_indicators": tuple(column for column in INDICATORS if column.key != "localisable"),
    "local_choices": (Column("list"), Column("code"), Column("exclusive", Kind.FLAG), Column("label", Kind.TEXTS)),
}
_DIGITS = 8
_HEAD = ("country", "organisation", "version", "catalogue", "languages")


def as_tree(overlay: Overlay) -> dict[str, Tree]:
    """The content of an overlay, nothing empty."""
    return filled(
        {
            "country": overlay.country,
            "organisation": overlay.organisation,
            "version": overlay.version,
            "catalogue": overlay.catalogue,
            "languages": list(overlay.languages),
            **{name: list(entries) for name, entries in _sections(overlay).items()},
        }
    )


def label(overlay: Overlay) -> str:
    """Who, which version, and eight digits of the content: a version number alone can be forgotten."""
    content = hashlib.sha256(msgspec.json.encode(as_tree(overlay), order="sorted")).hexdigest()
    return f"{overlay.country}-{overlay.organisation}-{overlay.version}-{content[:_DIGITS]}"


def as_yaml(overlay: Overlay) -> bytes:
    return dump_tree(as_tree(overlay)).encode()


def as_workbook(overlay: Overlay, catalogue: Catalogue) -> bytes:
    """A sheet for each part. What is in the standard stands beside what replaces it, for the eyes only; each indicator
    has its row, so that somebody can fill it in."""
    tree = as_tree(overlay)
    head = [{"key": key, "value": _cell(tree.get(key, ""))} for key in _HEAD]
    sheets = {HEAD: Table(("key", "value"), [*head, {"key": EXPORTED, "value": label(overlay)}])}
    adapted = {one.id for one in overlay.indicators}
    rest: list[Tree] = [{"id": one.id} for one in catalogue.indicators if one.id not in adapted]
    for name, columns in COLUMNS.items():
        found = [*_mappings(tree.get(name, [])), *_mappings(rest if name == "indicators" else [])]
        entries = [_with_standard(name, entry, catalogue) for entry in found]
        sheets[name] = table(columns, [("", entry) for entry in entries], catalogue.languages)
    return write_tables(sheets)


def _sections(overlay: Overlay) -> dict[str, Sequence[Tree]]:
    return {
        "indicators": [
            filled(
                {
                    "id": one.id,
                    "question": dict(one.question),
                    "hint": dict(one.hint),
                    "examples": dict(one.examples),
                    "recall": one.recall,
                    "sensitivity": one.sensitivity,
                }
            )
            for one in overlay.indicators
        ],
        "choices": [
            filled({"list": one.list_name, "code": one.code, "parent": one.parent, "label": dict(one.label)})
            for one in overlay.choices
        ],
        "items": [
            filled({"name": one.name, "label": dict(one.label), "confirmed_by": one.confirmed_by})
            for one in overlay.items
        ],
        "sites": list(overlay.sites or ()),
        "local_indicators": [_local(one) for one in overlay.local_indicators],
        "local_choices": [entry for one in overlay.local_lists for entry in _choices(one)],
    }


def _local(indicator: Indicator) -> Tree:
    return indicator_tree(indicator)


def _choices(one: ChoiceList) -> Iterator[Tree]:
    for choice in one.choices:
        tree = choice_tree(choice)
        yield {"list": one.name, "code": choice.name, **{key: value for key, value in tree.items() if key != "name"}}


def _mappings(tree: Tree) -> list[dict[str, Tree]]:
    if not isinstance(tree, list):
        return []
    return [one if isinstance(one, dict) else {SECTIONS["sites"][0]: one} for one in tree]


def _with_standard(section: str, entry: dict[str, Tree], catalogue: Catalogue) -> dict[str, Tree]:
    """English, which is the reviewed language."""
    known = ""
    if section == "indicators" and (found := catalogue.entries.indicators.get(str(entry["id"]))):
        known = found.question["en"]
    elif section == "choices" and (answers := catalogue.entries.choice_lists.get(str(entry["list"]))):
        code = entry.get("parent") or entry["code"]
        known = next((choice.label["en"] for choice in answers.choices if choice.name == code), "")
    elif section == "items":
        items = (item for module in catalogue.modules for item in module.items if item.name == entry["name"])
        known = next((item.label["en"] for item in items if item.label), "")
    return {**entry, STANDARD: known} if known else entry


def _cell(tree: Tree) -> str:
    return "; ".join(map(str, tree)) if isinstance(tree, list) else str(tree)
