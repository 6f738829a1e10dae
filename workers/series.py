"""Whether a new version of a form would break the series of answers that the version on phones began."""

from sqlalchemy.orm import Session

from backend.form_surveys import built_survey, changes, stored_survey
from backend.store import forms
from forms.build import BuiltForm
from forms.diff import Aliases
from forms.migration import Migration, Step, check_migration
from forms.reissue import content_of


def check_series(session: Session, built: BuiltForm, migration: Migration | None) -> None:
    """Raises MigrationError for a break that nobody decided. A practice form has no series to break."""
    head = forms.form_head(session, built.form_id)
    if built.practice or head is None or head.current_version is None:
        return
    current = head.current_version
    if content_of(current) == content_of(built.version):
        return
    known = stored_survey(session, built.form_id, current)
    if known is None:
        return
    aliases = migration.aliases() if migration else Aliases()
    step = Step(built.form_id, current, built.version)
    check_migration(migration, step, changes(known, built_survey(built), aliases))
