"""An XLSForm understood: questions in their groups, lists with their choices, languages and settings."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from forms.checks.report import Place
from forms.checks.workbook import Column, Row, Sheet, Workbook

_BEGIN = re.compile(r"^begin[\s_](group|lgroup|repeat|looped group|loop)\b", re.IGNORECASE)
_END = re.compile(r"^end[\s_](group|lgroup|repeat|looped group|loop)$", re.IGNORECASE)
_SELECT = re.compile(
    r"^(?P<how>select_one_from_file|select_multiple_from_file|select one from file|select multiple from file"
    r"|select_one_external|select_one|select_multiple|select1|select one from|select one|select all that apply from"
    r"|select all that apply|add select one prompt using|add select multiple prompt using|rank)"
    r"\s+(?P<list>\$\{[^}]*\}|\S+)(?P<other>\s+(?:or_other|or other|or specify other))?\s*$",
    re.IGNORECASE,
)
_AFFIXES = re.compile(r"^(?:q|get|add|uri:)\s*|\s+prompt$")
_KINDS = {
    "int": "integer",
    "string": "text",
    "photo": "image",
    "picture": "image",
    "gps": "geopoint",
    "location": "geopoint",
    "imei": "deviceid",
    "device id": "deviceid",
    "phone number": "phonenumber",
    "sim id": "simserial",
    "subscriber id": "subscriberid",
    "start time": "start",
    "end time": "end",
    "date time": "datetime",
    "percentage": "integer",
    "trigger": "acknowledge",
    "background-geopoint": "geopoint",
}
SELECTS = frozenset({"select_one", "select_multiple", "rank"})
METADATA = frozenset(
    {
        *("start", "end", "today", "deviceid", "phonenumber", "username", "email", "simserial", "subscriberid"),
        *("audit", "start-geopoint", "background-audio", "csv-external", "xml-external", "hidden"),
    }
)
GROUPS = frozenset({"group", "repeat"})
SILENT = METADATA | {"calculate"}
"""Kinds that nobody sees."""


@dataclass(frozen=True, eq=False)
class Item:
    """A row of the survey that is a question, group or repeat; `above` are the groups around it, outermost first."""

    row: Row
    kind: str
    name: str
    list_name: str
    file: str
    other: bool
    above: tuple["Item", ...]
    path: tuple[str, ...]
    """With the root."""

    def get(self, key: str) -> str:
        return self.row.get(key)

    @property
    def is_select(self) -> bool:
        return self.kind in SELECTS

    @property
    def is_group(self) -> bool:
        return self.kind in GROUPS

    @property
    def is_asked(self) -> bool:
        """Whether somebody gives an answer to it."""
        return self.kind not in SILENT | GROUPS | {"note"} and self.get("read_only").lower() not in _YES

    @property
    def repeats(self) -> tuple["Item", ...]:
        inside = (item for item in self.above if item.kind == "repeat")
        return (*inside, self) if self.kind == "repeat" else tuple(inside)

    @cached_property
    def parameters(self) -> dict[str, str]:
        pairs = re.findall(r"([\w-]+)\s*=\s*([^\s;,]+)", self.get("parameters"))
        return {name.lower(): value for name, value in pairs}


_YES = frozenset({"yes", "true", "true()"})


@dataclass(frozen=True, eq=False)
class Choice:
    row: Row
    name: str


@dataclass(frozen=True)
class ChoiceList:
    """`external`: of the sheet external_choices, whose rows are always filtered."""

    name: str
    choices: tuple[Choice, ...]
    external: bool = False

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(choice.name for choice in self.choices)


@dataclass(frozen=True)
class Survey:
    """`entries`: question name -> the catalogue entry it was made from."""

    workbook: Workbook
    items: tuple[Item, ...]
    lists: Mapping[str, ChoiceList]
    settings: Mapping[str, str]
    entries: Mapping[str, str]

    @cached_property
    def sheet(self) -> Sheet:
        return self.workbook.sheet("survey")

    @cached_property
    def choices(self) -> Sheet:
        return self.workbook.sheet("choices")

    @cached_property
    def by_name(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.items:
            if item.name:
                found.setdefault(item.name, []).append(item)
        return found

    @cached_property
    def by_path(self) -> dict[tuple[str, ...], Item]:
        return {item.path: item for item in self.items if item.name}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """As they are spelt in the headers of survey and choices."""
        columns = (*self.sheet.columns, *self.choices.columns)
        return tuple(dict.fromkeys(column.language for column in columns if column.language and column.key in TEXTS))

    def one(self, name: str) -> Item | None:
        """The question of that name, when there is just one."""
        found = self.by_name.get(name, [])
        return found[0] if len(found) == 1 else None

    def place(self, item: Item, key: str = "") -> Place:
        return self.at(item, item.row.column(key) if key else None)

    def at(self, item: Item, column: Column | None) -> Place:
        return self.sheet.place(item.row, column, item.name, self.entries.get(item.name, ""))


TEXTS = frozenset(
    {
        *("label", "hint", "guidance_hint", "constraint_message", "required_message"),
        *("image", "big-image", "audio", "video"),
    }
)
"""Columns that can stand there once for each language."""


def understand(workbook: Workbook, entries: Mapping[str, str]) -> Survey:
    settings_rows = workbook.sheet("settings").rows
    settings = {column.key: text for column, text in settings_rows[0].cells.items()} if settings_rows else {}
    root = settings.get("name", "data")
    return Survey(workbook, tuple(_items(workbook.sheet("survey"), root)), _lists(workbook), settings, entries)


def _items(sheet: Sheet, root: str) -> Iterator[Item]:
    """A group that is never closed or never opened is pyxform's to report."""
    above: list[Item] = []
    for row in sheet.rows:
        text = row.get("type")
        if not text or row.get("disabled").lower() in _YES:
            continue
        if _END.match(text):
            if above:
                above.pop()
            continue
        item = _item(row, text, tuple(above), root)
        yield item
        if item.is_group:
            above.append(item)


def _item(row: Row, text: str, above: tuple[Item, ...], root: str) -> Item:
    begin, select = _BEGIN.match(text), _SELECT.match(text)
    name = row.get("name")
    kind, list_name, file, other = text, "", "", False
    if begin:
        kind = "group" if begin[1].lower() == "group" else "repeat"
    elif select:
        kind, list_name, other = _how(select["how"].lower()), select["list"], bool(select["other"])
        if "file" in select["how"].lower():
            list_name, file = "", list_name
    else:
        plain = _AFFIXES.sub("", text.lower())
        kind = _KINDS.get(plain, plain)
    if kind == "audit":
        name = "audit"
    elif kind == "note" and not name:
        name = f"generated_note_name_{row.number}"
    path = (*(above[-1].path if above else (root,)), name)
    return Item(row, kind, name, list_name, file, other, above, path)


def _how(text: str) -> str:
    if text == "rank":
        return "rank"
    return "select_multiple" if "multiple" in text or "all that apply" in text else "select_one"


def _lists(workbook: Workbook) -> dict[str, ChoiceList]:
    """The two sheets have names of their own; where both use one, the sheet choices stands for it."""
    lists: dict[str, ChoiceList] = {}
    for sheet in (workbook.sheet("external_choices"), workbook.sheet("choices")):
        found: dict[str, list[Choice]] = {}
        for row in sheet.rows:
            name = row.get("list_name")
            if name:
                found.setdefault(name, []).append(Choice(row, row.get("name")))
        external = sheet.name == "external_choices"
        lists |= {name: ChoiceList(name, tuple(choices), external) for name, choices in found.items()}
    return lists
