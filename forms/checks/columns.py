"""Sheets and columns: what stands in a wrong column or behind a wrong header does nothing, and nobody says so."""

import re
from collections.abc import Iterator

from forms.checks.codes import Code
from forms.checks.report import Finding
from forms.checks.spelling import meant
from forms.checks.survey import TEXTS, Survey
from forms.checks.workbook import Column, Sheet, key_of
from forms.sentences import say

_SURVEY = frozenset(
    {
        *("type", "name", "label", "hint", "guidance_hint", "relevant", "constraint", "constraint_message"),
        *("required", "required_message", "default", "read_only", "calculation", "trigger", "choice_filter"),
        *("appearance", "parameters", "repeat_count", "image", "big-image", "audio", "video", "autoplay", "rows"),
        *("save_to", "disabled", "query", "intent", "noapperrorstring", "no_app_error_string", "compact_tag"),
        *("sms_field", "sms_option", "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format"),
        "sms_response",
    }
)
_SETTINGS = frozenset(
    {
        *("form_title", "form_id", "version", "default_language", "style", "instance_name", "name", "public_key"),
        *("submission_url", "auto_send", "auto_delete", "allow_choice_duplicates", "clean_text_values"),
        *("namespaces", "attribute", "instance_xmlns", "omit_instanceid", "client_editable", "prefix", "delimiter"),
        *("sms_keyword", "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format", "sms_field"),
        *("sms_response", "entity_version", "flat", "id", "add_none_option", "set_form_title", "set_form_id"),
    }
)
_CHOICES = ("list_name", "name", "label", "image", "big-image", "audio", "video", "media")
_SERVERS_OWN = re.compile(r"^(?:\$|kobo--|_|hxl$|tags$|kuid$|label_|oc_|note|comment|remark)", re.IGNORECASE)
"""Columns that servers and people keep for themselves."""
_PARTS = ("bind::", "body::", "control::", "instance::", "attribute::")
_BUILT_IN = frozenset({"jr", "orx", "odk", "xsd", "h", "ev", "xml", "entities"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_x00(?:0[0-8BCEFbcef]|1[0-9A-Fa-f])_")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_PLAIN = frozenset(
    {
        *("type", "name", "list_name", "relevant", "constraint", "required", "read_only", "calculation", "trigger"),
        *("choice_filter", "repeat_count", "parameters", "appearance"),
    }
)
"""Columns whose words a program reads, letter by letter."""


def check_columns(survey: Survey) -> Iterator[Finding]:
    yield from (fault for fault in survey.workbook.faults if not _idle(survey, fault))
    yield from _survey_headers(survey)
    yield from _choice_headers(survey)
    yield from _settings(survey)
    yield from _prefixes(survey)
    for sheet in survey.workbook.sheets.values():
        yield from _characters(sheet)


def _idle(survey: Survey, fault: Finding) -> bool:
    """A cell without value in a column that nothing reads."""
    header = fault.place.header
    if fault.code is not Code.BAD_CELL or not header:
        return False
    key, _ = key_of(header, double="::" in header)
    if fault.place.sheet == "choices":
        logic = (text for item in survey.items for column, text in item.row.cells.items() if column.key not in TEXTS)
        return key not in _CHOICES and not any(header in text for text in logic)
    return fault.place.sheet == "survey" and key not in _SURVEY and not key.startswith(_PARTS)


def _survey_headers(survey: Survey) -> Iterator[Finding]:
    sheet = survey.sheet
    known = {column.key for column in sheet.columns}
    for column in sheet.columns:
        if column.key in TEXTS and "::" in column.language:
            reason = say("'%(header)s' is more than one header", header=column.header)
            yield Finding(
                Code.MISSPELT_COLUMN, sheet.place(None, column), reason, say("Write %(key)s::language", key=column.key)
            )
        if column.key in _SURVEY or column.key.startswith(_PARTS):
            continue
        first = column.header.split(":")[0].strip()
        guess = meant(first, _SURVEY | {"relevance", "calculate", "readonly"})
        if _SERVERS_OWN.match(column.header):
            continue
        # Beside the right one it is somebody's own column, unless it is one language of several.
        if guess and (guess not in known or column.language):
            reason = say(
                "'%(header)s' is no column of XLSForm; '%(guess)s' may be meant", header=column.header, guess=guess
            )
            yield Finding(
                Code.MISSPELT_COLUMN,
                sheet.place(None, column),
                reason,
                say("Write '%(guess)s', or rename it", guess=guess),
            )
        else:
            reason = say("'%(header)s' is no column of XLSForm", header=column.header)
            yield Finding(Code.UNKNOWN_COLUMN, sheet.place(None, column), reason)


def _choice_headers(survey: Survey) -> Iterator[Finding]:
    """Other columns of choices are for filters: only a bad spelling of our own is told, when the right one lacks."""
    sheet = survey.choices
    known = {column.key for column in sheet.columns}
    for column in sheet.columns:
        guess = meant(column.header.split(":")[0].strip(), _CHOICES) if column.key not in _CHOICES else ""
        if guess and (guess not in known or column.language):
            reason = say(
                "'%(header)s' is no column of choices; '%(guess)s' may be meant", header=column.header, guess=guess
            )
            yield Finding(
                Code.MISSPELT_COLUMN, sheet.place(None, column), reason, say("Write '%(guess)s'", guess=guess)
            )


def _settings(survey: Survey) -> Iterator[Finding]:
    sheet = survey.workbook.sheet("settings")
    for column in sheet.columns:
        key = column.key.lower()
        if key in _SETTINGS or key.startswith("attribute::") or _SERVERS_OWN.match(column.header):
            continue
        if guess := meant(column.header, _SETTINGS):
            reason = say(
                "'%(header)s' is no setting of XLSForm; '%(guess)s' may be meant", header=column.header, guess=guess
            )
            yield Finding(
                Code.MISSPELT_SETTING, sheet.place(None, column), reason, say("Write '%(guess)s'", guess=guess)
            )
        else:
            reason = say("'%(header)s' is no setting of XLSForm", header=column.header)
            yield Finding(Code.UNKNOWN_SETTING, sheet.place(None, column), reason)
    for row in sheet.rows[1:]:
        yield Finding(Code.SECOND_SETTINGS_ROW, sheet.place(row), say("a second row of settings does nothing"))


def _prefixes(survey: Survey) -> Iterator[Finding]:
    declared = _BUILT_IN | set(re.findall(r"([\w.-]+)\s*=", survey.settings.get("namespaces", "")))
    for name in ("survey", "settings"):
        sheet = survey.workbook.sheet(name)
        for column in sheet.columns:
            prefix = _prefix(column)
            if prefix and prefix not in declared:
                reason = say(
                    "the prefix '%(prefix)s' of '%(header)s' is not declared", prefix=prefix, header=column.header
                )
                yield Finding(Code.UNDECLARED_PREFIX, sheet.place(None, column), reason)


def _prefix(column: Column) -> str:
    if not column.key.startswith(_PARTS):
        return ""
    name = column.key.split("::", 1)[1]
    return name.split(":", 1)[0] if ":" in name else ""


def _characters(sheet: Sheet) -> Iterator[Finding]:
    for column in sheet.columns:
        if _CONTROL.search(column.header) or _INVISIBLE.search(column.header):
            yield Finding(
                Code.INVISIBLE_CHARACTER, sheet.place(None, column), say("the header holds an unseen character")
            )
    for row in sheet.rows:
        for column, text in row.cells.items():
            if _CONTROL.search(text):
                reason = say("the cell holds a control character")
                yield Finding(Code.CONTROL_CHARACTER, sheet.place(row, column, row.get("name")), reason)
            elif column.key in _PLAIN and _INVISIBLE.search(text):
                reason = say("the cell holds a character that nobody sees and programs read")
                yield Finding(Code.INVISIBLE_CHARACTER, sheet.place(row, column, row.get("name")), reason)
