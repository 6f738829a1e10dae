"""Whether a new version of a form would break the series of answers that the version on phones began."""

from sqlalchemy.orm import Session

from backend.store import forms
from forms.build import BuiltForm
from forms.catalogue import load
from forms.checks.survey import Survey, understand
from forms.checks.workbook import Workbook, read_workbook
from forms.diff import compare, stakes
from forms.migration import Migration, Step, check_migration
from mappings.language import FormMapping


def check_series(session: Session, built: BuiltForm, migration: Migration | None) -> None:
    """Raises MigrationError for a break that nobody decided. A practice form has no series to break."""
    head = forms.form_head(session, built.form_id)
    if built.practice or head is None or head.current_version in {None, built.version}:
        return
    current = str(head.current_version)
    known = stored_survey(session, built.form_id, current)
    if known is None:
        return
    survey, mapping = known
    new = _survey(f"{built.form_id}@{built.version}", read_workbook(built.xlsx, "new.xlsx", built.media))
    found = stakes(survey, mapping=mapping, catalogue=load())
    aliases = {} if migration is None else {"aliases": migration.aliases()}
    step = Step(built.form_id, current, built.version)
    check_migration(migration, step, compare(survey, new, stakes=found, **aliases))


def stored_survey(session: Session, form_id: str, version: str) -> tuple[Survey, FormMapping] | None:
    """The questions of a version that was on phones, and the mapping that reads their answers."""
    stored = forms.stored_version(session, form_id, version)
    if stored is None:
        return None
    name = f"{form_id}@{version}"
    return _survey(name, read_workbook(stored.xlsx, f"{name}.xlsx", stored.media)), stored.mapping


def _survey(name: str, book: Workbook) -> Survey:
    return understand(Workbook(name, book.sheets, book.media, book.faults, book.sheet_names), {})
