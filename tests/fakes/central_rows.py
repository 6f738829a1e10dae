"""What ODK Central makes of a phone's XML: tolerant parsing, silent coercion, and the nested rows of its OData."""

import contextlib
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

Fields = dict[str, str]
_INTEGER = re.compile(r"\s*[+-]?\d+")
_DECIMAL = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_SHORT_OFFSET = re.compile(r"[+-]\d\d$")


@dataclass
class Node:
    """One element of a filled form."""

    name: str
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def find(self, path: str) -> list["Node"]:
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name.rpartition(":")[2] == name]
        return found

    def text_at(self, path: str) -> str | None:
        found = self.find(path)
        return found[0].text.strip() or None if found else None


def parse(xml: bytes) -> tuple[Node, dict[str, str]]:
    """The root and its attributes. What is cut off in the middle is taken as far as it goes, as Central does."""
    root = Node("")
    stack = [root]
    attributes: dict[str, str] = {}

    def start(name: str, found: dict[str, str]) -> None:
        if len(stack) == 1:
            attributes.update(found)
        stack[-1].children.append(Node(name))
        stack.append(stack[-1].children[-1])

    def text(data: str) -> None:
        stack[-1].text += data

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _name: stack.pop()
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(xml, True)
    return (root.children[0] if root.children else root), attributes


def odata(root: Node, fields: Fields, own_id: str, *, expand: bool) -> dict[str, Any]:
    """The answers as the schema `fields` shows them. An answer without a field in it is dropped without a word."""
    return _group(root, "", fields, own_id, expand=expand)


def _group(node: Node | None, above: str, fields: Fields, own_id: str, *, expand: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for path, kind in fields.items():
        parent, _, name = path.rpartition("/")
        if parent != above:
            continue
        found = [child for child in (node.children if node else []) if child.name.rpartition(":")[2] == name]
        if kind == "structure":
            row[_sanitised(name)] = _group(found[0] if found else None, path, fields, own_id, expand=expand)
        elif kind != "repeat":
            row[_sanitised(name)] = _coerced(found[0].text if found else "", kind)
        elif found:
            row[f"{_sanitised(name)}@odata.navigationLink"] = f"Submissions('{own_id}')/{path}"
            if expand:
                rows = [_group(one, path, fields, own_id, expand=expand) for one in found]
                row[_sanitised(name)] = [
                    {**one, "__id": hashlib.sha1(f"{own_id}{path}{n}".encode()).hexdigest()}  # noqa: S324 (as Central does)
                    for n, one in enumerate(rows)
                ]
    return row


def _sanitised(name: str) -> str:
    return re.sub("[^A-Za-z0-9_]+", "_", re.sub("^([^A-Za-z_])", r"_\1", name))


def _coerced(text: str, kind: str) -> Any:
    if text == "":
        return None
    if kind == "int":
        found = _INTEGER.match(text)
        number = int(found[0]) if found else None
        return float(number) if number is not None and abs(number) > 2**53 else number
    if kind == "decimal":
        found = _DECIMAL.match(text)
        return float(found[0]) if found else None
    if kind == "dateTime":
        return f"{text}:00" if _SHORT_OFFSET.search(text) else text
    if kind == "geopoint":
        return _point(text)
    return text


def _point(text: str) -> dict[str, Any] | None:
    try:
        latitude, longitude, altitude, accuracy = map(float, text.split())
    except ValueError:
        return None
    return {
        "type": "Point",
        "coordinates": [longitude, latitude, altitude],
        "properties": {"accuracy": accuracy},
    }
