"""Form versions as the comparison of forms reads them: the questions, and the mapping that reads their answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.store import forms
from forms.build import BuiltForm
from forms.catalogue import load
from forms.checks.survey import Survey, understand
from forms.checks.workbook import Workbook, read_workbook
from forms.diff import Aliases, FormDiff, compare, stakes
from mappings.language import FormMapping

_NO_ALIASES = Aliases()


@dataclass(frozen=True, slots=True)
class KnownSurvey:
    survey: Survey
    mapping: FormMapping


def stored_survey(session: Session, form_id: str, version: str) -> KnownSurvey | None:
    """Of a version that was on phones. Raises SheetError when its workbook cannot be read."""
    stored = forms.stored_version(session, form_id, version)
    if stored is None:
        return None
    return KnownSurvey(survey_of(f"{form_id}@{version}", stored.xlsx, stored.media), stored.mapping)


def built_survey(built: BuiltForm) -> Survey:
    return survey_of(f"{built.form_id}@{built.version}", built.xlsx, built.media)


def survey_of(name: str, xlsx: bytes, media: Mapping[str, bytes]) -> Survey:
    book = read_workbook(xlsx, f"{name}.xlsx", media)
    return understand(Workbook(name, book.sheets, book.media, book.faults, book.sheet_names), {})


def changes(old: KnownSurvey, new: Survey, aliases: Aliases = _NO_ALIASES) -> FormDiff:
    """Graded by what hangs on the older one."""
    found = stakes(old.survey, mapping=old.mapping, catalogue=load())
    return compare(old.survey, new, aliases=aliases, stakes=found)
