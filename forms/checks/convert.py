"""pyxform's errors and warnings in our report; it stops at the first error, our lint does not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from forms.checks.codes import Code
from forms.checks.report import Finding, Place
from forms.checks.workbook import Workbook
from forms.sentences import say

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]")
_SHEET = re.compile(r"(?:On the|sheet:?|of the) '(survey|choices|settings|entities|external_choices)'")
_COLUMN = re.compile(r"sheet, the '([\w:. ]+)' value")
_LANGUAGE = re.compile(r"IANA|machine-readable codes|language (?:code|subtag)", re.IGNORECASE)
_QUOTED_ROW = re.compile(r"\{'(?:type|name|label)'.*\}", re.DOTALL)
_NAMED = re.compile(r"(?:element|question|group|repeat)s? (?:named|with name) '([\w.-]+)'", re.IGNORECASE)
_GENERATED_NOTE = re.compile(r"^generated_note_name_(\d+)$")
_LONGEST = 300
_MOST_TRIED = 1_500
"""Rows; a longer form would take minutes."""


@dataclass(frozen=True, slots=True)
class Converted:
    """`xform` is empty when pyxform refuses the form."""

    xform: bytes = field(repr=False)
    findings: tuple[Finding, ...]


def convert(workbook: Workbook) -> Converted:
    # Importing pyxform takes a second, which nobody should wait for who only reads a mapping.
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as convert_xlsform

    warnings: list[str] = []
    xform = b""
    errors: list[str] = []
    stumbles: list[Finding] = []
    try:
        xform = str(convert_xlsform(workbook.tables(), warnings=warnings, form_name="data").xform).encode()
    except PyXFormError as error:
        errors.append(str(error))
    except RecursionError:
        errors.append("groups or expressions are nested too deep")
    except Exception as error:  # noqa: BLE001 (a converter that stumbles over a strange form says nothing better)
        stumbles.append(_stumbled(workbook, type(error)))
    return Converted(xform, (*stumbles, *_findings(workbook, errors, warnings)))


def _stumbled(workbook: Workbook, kind: type[Exception]) -> Finding:
    """pyxform does not say over what, so each header is left out once, to see whether it goes on then."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as convert_xlsform

    what = say("pyxform stumbles over it (%(name)s)", name=kind.__name__)
    survey = workbook.sheet("survey")
    for column in survey.columns if len(survey.rows) <= _MOST_TRIED else ():
        if column.key in {"type", "name"}:
            continue
        tables = workbook.tables()
        tables["survey"] = [_without(row, column.header) for row in tables["survey"] if isinstance(row, dict)]
        tables["survey_header"] = [{one.header: None for one in survey.columns if one is not column}]
        try:
            convert_xlsform(tables, warnings=[], form_name="data")
        except kind:
            continue
        except PyXFormError:
            pass
        reason, remedy = (
            say("%(what)s: '%(header)s'", what=what, header=column.header),
            say("Correct the header, or delete the column"),
        )
        return Finding(Code.PYXFORM, survey.place(None, column), reason, remedy)
    return Finding(
        Code.PYXFORM,
        Place(),
        say("pyxform stumbles over this form (%(name)s)", name=kind.__name__),
        say("Look at the headers"),
    )


def _without(row: dict[str, str] | dict[str, None], header: str) -> dict[str, str]:
    return {key: text or "" for key, text in row.items() if key != header}


def _findings(workbook: Workbook, errors: Sequence[str], warnings: Sequence[str]) -> Iterator[Finding]:
    for text in errors:
        yield Finding(Code.PYXFORM, _place(workbook, text), _reason(text))
    for text in warnings:
        code = Code.LANGUAGE_CODE if _LANGUAGE.search(text) else Code.PYXFORM_WARNING
        yield Finding(code, _place(workbook, text), _reason(text))


def _place(workbook: Workbook, text: str) -> Place:
    row, sheet, named = _ROW.search(text), _SHEET.search(text), _NAMED.search(text)
    if named and not row:
        return _place_of(workbook, named[1])
    name = sheet[1] if sheet else "survey" if row else ""
    if not name or name not in workbook.sheets:
        return Place(name)
    found = workbook.sheet(name)
    if row is None:
        return found.place(None)
    # pyxform counts from its header row.
    number = int(row[1]) + found.top - 1
    line = next((one for one in found.rows if one.number == number), None)
    column = _COLUMN.search(text)
    if line is None:
        return Place(name, number)
    return found.place(line, line.column(column[1]) if column else None, line.get("name"))


def _place_of(workbook: Workbook, name: str) -> Place:
    """pyxform calls a note without a name by its row."""
    survey, note = workbook.sheet("survey"), _GENERATED_NOTE.match(name)
    if note:
        return Place("survey", int(note[1]) + survey.top - 1)
    row = next((row for row in survey.rows if row.get("name") == name), None)
    return survey.place(row, row.column("name"), name) if row else Place("survey", name=name)


def _reason(text: str) -> str:
    plain = _QUOTED_ROW.sub("", _ROW.sub("", text))
    words = " ".join(plain.split()).rstrip(".:")[:_LONGEST]
    return say("pyxform, the tool that makes the form, says in its own words: %(english)s", english=words)
