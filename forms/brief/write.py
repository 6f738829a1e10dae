"""Writes a brief as YAML or as the workbook an officer fills in; both read back to an equal brief."""

from collections.abc import Iterator
from typing import Any

import yaml

from forms.brief.model import Brief
from forms.brief.source import TABLES
from forms.sheets import Table, write_tables

_WHOLE = {"indicators": "core", "areas": "all", "sites": "all"}
"""The word for a list that is not narrowed down; a sheet that is left empty means the same."""


def as_yaml(brief: Brief) -> bytes:
    tree: dict[str, Any] = {}
    for name, value in _fields(brief):
        group, _, inner = name.rpartition(".")
        target = tree.setdefault(group, {}) if group else tree
        target[inner] = list(value) if isinstance(value, tuple) else value
    for name, rows in _tables(brief).items():
        if rows or name in _WHOLE:
            tree[name] = rows or _WHOLE[name]
    text: str = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=118)
    return text.encode()


def as_workbook(brief: Brief) -> bytes:
    """The sheet `brief` with one field a row, and a sheet for each list."""
    rows = [
        {"field": name, "value": "; ".join(value) if isinstance(value, tuple) else value}
        for name, value in _fields(brief)
    ]
    sheets = {"brief": Table(("field", "value"), rows)}
    return write_tables(sheets | {name: Table(TABLES[name], found) for name, found in _tables(brief).items()})


def _fields(brief: Brief) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for name in ("form_id", "title", "respondent", "languages"):
        yield name, getattr(brief, name)
    for group in ("survey", "purpose"):
        part = getattr(brief, group)
        for name in part.__slots__:
            yield f"{group}.{name}", _written(getattr(part, name))


def _written(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _tables(brief: Brief) -> dict[str, list[dict[str, str]]]:
    return {
        "indicators": [_filled(indicator=found.indicator, gap_reason=found.gap_reason) for found in brief.indicators],
        "organisations": [{"code": found.code, "name": found.name} for found in brief.organisations],
        "enumerators": [
            {"code": found.code, "team": found.team, "supervisor": found.supervisor} for found in brief.enumerators
        ],
        "areas": [{"pcode": code} for code in brief.areas or ()],
        "sites": [{"code": code} for code in brief.sites or ()],
        "sources": [{"code": found.code, "citation": found.citation} for found in brief.sources],
    }


def _filled(**cells: str) -> dict[str, str]:
    return {name: text for name, text in cells.items() if text}
