"""What KoBoToolbox, ODK Central and web forms (Enketo) take differently from ODK Collect."""

import re
from collections.abc import Iterator

from forms.checks.codes import Code
from forms.checks.report import Finding
from forms.checks.survey import TEXTS, Item, Survey
from forms.sentences import say

_NO_LANGUAGE = TEXTS | {"label", "bind", "body", "control", "media", "caption"}
_ONLY_COLLECT = {
    "audit": say("the audit log"),
    "background-audio": say("recording in the background"),
    "phonenumber": say("the phone's number"),
    "email": say("the user's e-mail address"),
}
_RESERVED = frozenset({"meta", "formhub", "uuid", "instanceid", "instancename", "deprecatedid", "key", "parent_key"})
_MARKED_RESERVED = frozenset(
    {"_id", "_uuid", "_notes", "_tags", "_status", "_submitted_by", "_geolocation"}
    | {"_attachments", "_submission_time", "_validation_status", "_xform_id_string"}
)
_SEARCH = re.compile(r"\bsearch\s*\(")


def check_servers(survey: Survey) -> Iterator[Finding]:
    yield from _languages(survey)
    yield from _form_id(survey)
    for item in survey.items:
        yield from _name(survey, item)
        yield from _only_collect(survey, item)
        if item.kind == "repeat" and any(above.kind == "repeat" for above in item.above):
            reason = say("the repeat '%(item)s' stands inside '%(name)s'", item=item.name, name=item.repeats[0].name)
            yield Finding(Code.NESTED_REPEAT, survey.place(item, "type"), reason)


def _languages(survey: Survey) -> Iterator[Finding]:
    """KoBoToolbox reads `anything:word` as the column anything in the language word."""
    for sheet in (survey.sheet, survey.choices):
        for column in sheet.columns:
            parts = [part.strip() for part in re.split(r"::?", column.header)]
            first = parts[0].lower().replace(" ", "_")
            if len(parts) == 1 or column.key in TEXTS or first in _NO_LANGUAGE or column.header.startswith("jr:"):
                continue
            if first == "instance" and len(parts) > 2:
                continue
            reason = say("'%(header)s' would become the language '%(parts)s'", header=column.header, parts=parts[-1])
            yield Finding(Code.KOBO_LANGUAGE, sheet.place(None, column), reason)


def _form_id(survey: Survey) -> Iterator[Finding]:
    sheet = survey.workbook.sheet("settings")
    if not survey.settings.get("form_id"):
        yield Finding(Code.NO_FORM_ID, sheet.place(sheet.rows[0] if sheet.rows else None), say("there is no form_id"))


def _name(survey: Survey, item: Item) -> Iterator[Finding]:
    if item.name.startswith("__") or item.name.lower() in _RESERVED | _MARKED_RESERVED:
        reason = say("'%(item)s' is a name that servers use themselves", item=item.name)
        yield Finding(Code.RESERVED_NAME, survey.place(item, "name"), reason)
    elif not item.name.isascii():
        reason = say("'%(item)s' holds letters other than a-z", item=item.name)
        yield Finding(Code.NOT_ASCII_NAME, survey.place(item, "name"), reason)


def _only_collect(survey: Survey, item: Item) -> Iterator[Finding]:
    if what := _ONLY_COLLECT.get(item.kind):
        yield Finding(Code.NOT_IN_WEB_FORMS, survey.place(item, "type"), say("web forms cannot do %(what)s", what=what))
    if "external" in item.get("type") and item.is_select:
        reason = say("web forms cannot read the sheet external_choices")
        yield Finding(Code.NOT_IN_WEB_FORMS, survey.place(item, "type"), reason, say("Use select_one_from_file"))
    if _SEARCH.search(item.get("appearance")):
        reason = say("web forms cannot do search()")
        yield Finding(Code.NOT_IN_WEB_FORMS, survey.place(item, "appearance"), reason, say("Use select_one_from_file"))
