"""Writes docs/settings.md and the settings part of .env.example from the class: python tests/house/settings_page.py"""

from enum import Enum
from pathlib import Path
from typing import Any

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from source_tree import ROOT

from backend.settings import Settings

PAGE = ROOT / "docs" / "settings.md"
EXAMPLE = ROOT / ".env.example"
MARK = "# ---- Settings of the product (docs/settings.md); what is commented out is the default ----\n"

_HEAD = """\
# Settings

Every setting is a variable of the environment, or a line of the file `.env` in the folder the product is started in.
The environment wins. Only `backend/settings.py` reads them; this page is made from it
(`python tests/house/settings_page.py`), and a test compares the two.

No setting holds a default secret. Keys are files in the three key folders, made at the first start and readable by
their owner only; [operations](operations.md) says how to keep them. In production `docker-compose.yml` sets the
addresses and folders, and `.env` says only what it cannot know.

| name | default | meaning |
|---|---|---|
"""


def variable(name: str) -> str:
    return f"FIELDVEIL_{name.upper()}"


def default(field: FieldInfo) -> str:
    value: Any = field.default
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value == Path() else str(value)


def _bounds(field: FieldInfo) -> str:
    lowest = [f"at least {item.ge}" for item in field.metadata if isinstance(item, Ge)]
    highest = [f"at most {item.le}" for item in field.metadata if isinstance(item, Le)]
    return f" ({', '.join(lowest + highest)})" if lowest or highest else ""


def _row(name: str, field: FieldInfo) -> str:
    shown = f"`{default(field)}`" if default(field) else "empty"
    return f"| `{variable(name)}` | {shown} | {field.description}{_bounds(field)} |\n"


def page() -> str:
    return _HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def example() -> str:
    """The hand-written part above the mark stays; the part below it is made from the class."""
    by_hand = EXAMPLE.read_text(encoding="utf-8").split(MARK)[0]
    made = [
        f"\n# {field.description}{_bounds(field)}\n# {variable(name)}={default(field)}\n"
        for name, field in Settings.model_fields.items()
    ]
    return by_hand + MARK + "".join(made)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
