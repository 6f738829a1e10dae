"""The same form under another version: for servers that publish a version once and never again."""

import re

from msgspec.structs import replace

from forms.sheets import ROW, Table, read_tables, write_tables
from mappings.language import FormMapping

_ISSUE = re.compile(r"-r([0-9]+)$")


def content_of(version: str) -> str:
    """The version that was built, which names the content; an issue of it has a number behind."""
    return _ISSUE.sub("", version)


def next_issue(version: str, taken: frozenset[str]) -> str:
    """The first of `version`, `version-r2`, `version-r3` that is free."""
    wanted, number = content_of(version), 2
    issue = wanted
    while issue in taken:
        issue, number = f"{wanted}-r{number}", number + 1
    return issue


def reissue_xform(xform: bytes, old: str, new: str) -> bytes:
    """Both places: the attribute that servers read, and the hidden line that comes back in each submission."""
    named = xform.replace(f'version="{old}"'.encode(), f'version="{new}"'.encode())
    return named.replace(f"'{old}'".encode(), f"'{new}'".encode())


def same_content(one: bytes, other: bytes, version: str) -> bool:
    """Whether two XForms are issues of one form; `version` is that of either."""
    name = content_of(version).encode()
    issue = re.compile(re.escape(name) + rb"(-r[0-9]+)?\b")
    return issue.sub(name, one) == issue.sub(name, other)


def reissue_workbook(xlsx: bytes, old: str, new: str) -> bytes:
    """The same two places in the sheets."""
    tables, changed = {}, {old: new, f"'{old}'": f"'{new}'"}
    for name, rows in read_tables(xlsx, "form.xlsx").items():
        cells = [{key: changed.get(text, text) for key, text in row.items() if key != ROW} for row in rows]
        tables[name] = Table(tuple(dict.fromkeys(key for row in cells for key in row)), cells)
    return write_tables(tables)


def reissue_mapping(mapping: FormMapping, new: str) -> FormMapping:
    return replace(mapping, form_version=new)
