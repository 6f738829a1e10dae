"""Writes the table of columns in docs/export.md from the standard schema: python tests/unit/export_page.py"""

from pathlib import Path

from backend.disclosure.export import MARK, columns
from mappings.schema import Field, fields

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
BEGIN = "| column | type | meaning | empty when | HXL tag |\n"
END = "\n## "
_SHARING = Field(
    *("observation", "sharing", "text", "", "#meta+sharing", "safe", "keep", "yes"),
    meaning=f"always `{MARK}`",
    empty_when="never",
)
_WORDS = {"string": "text", "code": "code", "code[]": "codes", "uuid": "text", "decimal": "number", "integer": "number"}


def exported() -> list[Field]:
    known = {field.name: field for field in fields("observation")}
    return [*(known[name] for name in columns()), _SHARING]


def table() -> str:
    return BEGIN + "|---|---|---|---|---|\n" + "".join(map(_row, exported()))


def _row(field: Field) -> str:
    values = f" ({field.allowed.replace('|', ', ')})" if field.type == "code" and "|" in field.allowed else ""
    kind = _WORDS.get(field.type, "true/false" if field.type == "boolean" else field.type)
    return f"| `{field.name}` | {kind}{values} | {field.meaning} | {field.empty_when} | `{field.hxl}` |\n"


def page() -> str:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return before + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
