"""Files beside the form and lists inside it: what they offer, and whether they are there and can be read."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from forms.checks.codes import Code
from forms.checks.expression import Call, ExpressionError, Literal, parse, walk
from forms.checks.report import Finding, Place
from forms.checks.spelling import suggestion
from forms.checks.survey import Item, Survey
from forms.sentences import say

_ALWAYS = frozenset({"name", "label"})
_LOGIC = ("calculation", "relevant", "constraint", "required", "read_only", "repeat_count", "choice_filter", "default")
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class CsvFile:
    name: str
    header: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    """Column -> its cells."""


@dataclass(frozen=True, slots=True)
class Use:
    """A file, and the cell that asks for it."""

    file: str
    place: Place
    item: Item | None = None
    """The select whose choices it holds."""


def check_files(survey: Survey) -> Iterator[Finding]:
    told: set[str] = set()
    for use in uses(survey):
        if use.file not in survey.workbook.media:
            if use.file not in told:
                reason = say("the file %(file)s is not there", file=use.file)
                yield Finding(Code.MISSING_FILE, use.place, reason, suggestion(use.file, survey.workbook.media))
        elif use.file.lower().endswith(".csv"):
            yield from _readable(survey, use, again=use.file in told)
        told.add(use.file)


def uses(survey: Survey) -> Iterator[Use]:
    """The data files that a form reads; pictures and sounds are not among them."""
    for item in survey.items:
        if item.file:
            yield Use(item.file, survey.place(item, "type"), item)
        if item.kind in {"csv-external", "xml-external"}:
            yield Use(f"{item.name}.{item.kind.partition('-')[0]}", survey.place(item, "name"))
        for key in _LOGIC:
            if "pulldata" in item.get(key):
                yield from (Use(_csv(name), survey.place(item, key)) for name in _pulled(item.get(key)))


def names(survey: Survey) -> tuple[str, ...]:
    return tuple(dict.fromkeys(use.file for use in uses(survey)))


def file_stems(survey: Survey) -> tuple[str, ...]:
    return tuple(PurePosixPath(name).stem for name in names(survey))


def has_instance(survey: Survey, name: str) -> bool:
    return name in survey.lists or name in file_stems(survey) or name == "__last-saved"


def csv_of(survey: Survey, name: str) -> CsvFile | None:
    """Nothing for a file that is missing or cannot be read: that has its own finding."""
    content = survey.workbook.media.get(_csv(name))
    return _read(_csv(name), content) if content is not None else None


def columns_of(survey: Survey, name: str) -> Collection[str]:
    """Of a list or file that instance() names; empty where nobody can know."""
    if name in survey.lists:
        return _list_columns(survey, name)
    found = csv_of(survey, name)
    return found.header if found else ()


def columns_offered(survey: Survey, item: Item) -> tuple[Collection[str], str]:
    """What a choice filter can compare, and the name of the list."""
    if item.file:
        found = csv_of(survey, item.file) if item.file.lower().endswith(".csv") else None
        return (found.header if found else ()), item.file
    external = "external" in item.get("type")
    known = item.list_name in survey.lists and not external and "search" not in item.get("appearance")
    return (_list_columns(survey, item.list_name) if known else ()), item.list_name


def codes_offered(survey: Survey, item: Item) -> frozenset[str]:
    """All that a select can be answered with; empty where nobody can know."""
    if "search" in item.get("appearance"):
        return frozenset()
    if item.file:
        found = csv_of(survey, item.file) if item.file.lower().endswith(".csv") else None
        cells = found.columns.get(item.parameters.get("value", "name"), ()) if found else ()
        return frozenset(cells)
    listed = survey.lists.get(item.list_name)
    if listed is None:
        return frozenset()
    return listed.codes | (frozenset({"other"}) if item.other else frozenset())


def _list_columns(survey: Survey, name: str) -> frozenset[str]:
    choices = survey.lists[name].choices
    return _ALWAYS | {column.header for choice in choices for column in choice.row.cells}


def _readable(survey: Survey, use: Use, *, again: bool) -> Iterator[Finding]:
    found = _read(use.file, survey.workbook.media[use.file])
    if found is None:
        if not again:
            reason = say("the file %(file)s is not CSV in UTF-8 with commas and a header row", file=use.file)
            yield Finding(Code.BAD_FILE, use.place, reason)
        return
    if use.item is None:
        return
    for name, default in (("value", "name"), ("label", "label")):
        column = use.item.parameters.get(name, default)
        if column not in found.header:
            key = "parameters" if name in use.item.parameters else "type"
            reason = say(
                "the file %(file)s has no column '%(column)s' for the %(name)s of its choices",
                file=use.file,
                column=column,
                name=name,
            )
            remedy = suggestion(column, found.header) or say(
                "Name one of its columns: %(header)s", header=", ".join(found.header)
            )
            yield Finding(Code.MISSING_FILE_COLUMN, survey.place(use.item, key), reason, remedy)
        elif not again:
            yield from _blank(use, found, column)
    value = use.item.parameters.get("value", "name")
    if not again and value in found.header:
        yield from _twice(use, found.columns[value])


def _blank(use: Use, found: CsvFile, column: str) -> Iterator[Finding]:
    rows = [number for number, cell in enumerate(found.columns[column], start=2) if not cell.strip()]
    if rows:
        reason = say(
            "in %(file)s, '%(column)s' is blank in row %(rows)s", file=use.file, column=column, rows=_few(rows)
        )
        yield Finding(Code.BLANK_FILE_CODE, use.place, reason)


def _twice(use: Use, codes: tuple[str, ...]) -> Iterator[Finding]:
    twice = [code for code, times in Counter(codes).items() if times > 1 and code]
    if twice:
        yield Finding(
            Code.DUPLICATE_FILE_CODE,
            use.place,
            say("in %(file)s, codes stand twice: %(twice)s", file=use.file, twice=_few(twice)),
        )


def _few(found: list[int] | list[str]) -> str:
    more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return ", ".join(str(one) for one in found[:_MOST_TOLD]) + more


def _csv(name: str) -> str:
    return name if name.lower().endswith(".csv") else f"{name}.csv"


def _pulled(text: str) -> Iterator[str]:
    try:
        node = parse(text)
    except ExpressionError:
        return
    for part in walk(node):
        match part:
            case Call("pulldata", (Literal(name), *_)):
                yield name


@lru_cache(maxsize=32)
def _read(name: str, content: bytes) -> CsvFile | None:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    if not rows or "\0" in rows[0][0:1] or (len(rows[0]) == 1 and ";" in rows[0][0]):
        return None
    header = tuple(title.strip() for title in rows[0])
    body = [row for row in rows[1:] if any(row)]
    columns = {
        title: tuple(row[place] if place < len(row) else "" for row in body)
        for place, title in enumerate(header)
        if title
    }
    return CsvFile(name, tuple(columns), columns)
