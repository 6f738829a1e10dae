"""The standard schema as data: tables, fields, HXL tags and privacy classes (mappings/data/schema.yaml)."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the standard. `hxl` is empty for tables that never leave (ledger, counter, inbox, daily).

    `meaning` and `empty_when` are there for what an export shows; docs/export.md is made from them.
    """

    table: str
    name: str
    type: str
    allowed: str
    hxl: str
    privacy_class: str
    transform: str
    required: str
    meaning: str = ""
    empty_when: str = ""


@cache
def fields(table: str) -> tuple[Field, ...]:
    """The fields of one table in their order. Raises KeyError for a table the standard does not have."""
    text = files("mappings").joinpath("data/schema.yaml").read_text(encoding="utf-8")
    return tuple(
        Field(
            table=table,
            name=name,
            type=entry["type"],
            allowed=entry.get("allowed", ""),
            hxl=entry.get("hxl", ""),
            privacy_class=entry["privacy_class"],
            transform=entry["transform"],
            required=entry["required"],
            meaning=entry.get("meaning", ""),
            empty_when=entry.get("empty_when", ""),
        )
        for name, entry in yaml.safe_load(text)[table].items()
    )
