"""What KoBo's import makes of a workbook: rows with paths of their own, and texts as lists beside the languages."""

import re
from typing import Any

from forms.sheets import read_tables

_TEXT = re.compile(r"(label|hint|guidance_hint|constraint_message|required_message)(?:::(.+))?")
_LISTED = re.compile(r"(select_one|select_multiple|rank)\s+(\S+)$")
_FROM_FILE = re.compile(r"(select_\w+_from_file)\s+(\S+)$")


def content_of(xlsx: bytes) -> dict[str, Any]:
    """Fresh `$kuid`s aside: the same file gives the same content here. Nothing for what tests send as a file."""
    if not xlsx.startswith(b"PK\x03\x04"):
        return {}
    tables = read_tables(xlsx, "form.xlsx")
    rows = [{key: text for key, text in row.items() if key and text} for row in tables["survey"]]
    languages = list(dict.fromkeys(found[2] for row in rows for key in row if (found := _TEXT.fullmatch(key))))
    settings = {key: text for key, text in tables["settings"][0].items() if key and text}
    settings["id_string"] = settings.pop("form_id", "")
    above: list[str] = []
    return {
        "schema": "1",
        "survey": [_question(_joined(row, languages), above) for row in rows],
        "choices": [_joined(row, languages) for row in tables.get("choices", []) if row.get("name")],
        "settings": {key: text for key, text in settings.items() if key != "form_title"},
        "translated": sorted({found[1] for row in rows for key in row if (found := _TEXT.fullmatch(key))}),
        "translations": languages or [None],
    }


def _joined(row: dict[str, str], languages: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, text in row.items():
        found = _TEXT.fullmatch(key) if key else None
        if found:
            made.setdefault(found[1], [None] * len(languages))[languages.index(found[2])] = text
        elif key and text:
            made[key] = text
    return made


def _question(row: dict[str, Any], above: list[str]) -> dict[str, Any]:
    kind, name = row["type"].replace(" ", "_", 1) if row["type"].startswith(("begin", "end")) else row["type"], ""
    if kind.startswith("end_"):
        return {"type": kind, "name": above.pop()}
    name = row.get("name", "")
    made = {**row, "type": kind, "$kuid": f"k{name}", "$autoname": name, "$xpath": "/".join([*above, name])}
    if kind.startswith("begin_"):
        above.append(name)
    for pattern, key in ((_LISTED, "select_from_list_name"), (_FROM_FILE, "file")):
        if found := pattern.fullmatch(kind):
            made |= {"type": found[1], key: found[2]}
    if made.get("required") in {"yes", "true"}:
        made["required"] = True
    return made
