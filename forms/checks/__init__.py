"""Checks of any XLSForm in three layers and one report: pyxform and ODK Validate, our own lint, and the engine."""

from forms.checks.codes import Code, Severity
from forms.checks.fills import Gate
from forms.checks.report import Finding, Place, Report
from forms.checks.run import Checked, check_form, convert_and_check, files_beside, read_form
from forms.checks.workbook import Workbook, workbook_of

__all__ = [
    "Checked",
    "Code",
    "Finding",
    "Gate",
    "Place",
    "Report",
    "Severity",
    "Workbook",
    "check_form",
    "convert_and_check",
    "files_beside",
    "read_form",
    "workbook_of",
]
