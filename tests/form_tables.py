"""Makes a workbook of a form that is shown in a test as a Markdown table, and reads it through the usual door."""

import io

import openpyxl

from forms.checks import Gate, Report, Workbook, check_form
from forms.checks.workbook import read_workbook

YES_NO = """
| choices  |           |      |       |
|          | list_name | name | label |
|          | yn        | yes  | Yes   |
|          | yn        | no   | No    |
"""


def xlsx(table: str) -> bytes:
    """A line whose first cell is filled begins a sheet; the second cell of a line is column A. \\p is a bar."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = None
    for line in filter(str.strip, table.splitlines()):
        first, *cells = [cell.strip().replace("\\p", "|") for cell in line.strip().strip("|").split("|")]
        if first:
            sheet = book.create_sheet(first)
        if sheet is not None and (any(cells) or not first):
            sheet.append([cell or None for cell in cells])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def workbook(table: str, **media: str) -> Workbook:
    """`pop="..."` is the file pop.csv beside the form."""
    files = {f"{name}.csv": text.encode() for name, text in media.items()}
    return read_workbook(xlsx(table), "form.xlsx", files)


def checked(table: str, *, gate: Gate | None = None, **media: str) -> Report:
    return check_form(workbook(table, **media), gate=gate)


def told(report: Report) -> list[tuple[str, str]]:
    """Code and cell of all errors and warnings."""
    return [(str(finding.code), finding.place.cell) for finding in (*report.errors, *report.warnings)]
