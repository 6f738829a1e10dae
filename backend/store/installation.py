"""What `fieldveil doctor` asks a database: is its schema the newest, and does it keep what it said it keeps?"""

from datetime import UTC, datetime
from enum import StrEnum

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from backend.store.forms import pulled_forms
from backend.store.migrate import config, known_revisions
from backend.store.tables import form, pull, survey

# On SQLite 2 is FULL: a commit is on the disk when it returns.
_DURABLE = {
    "sqlite": {"PRAGMA synchronous": {"2", "3"}, "PRAGMA foreign_keys": {"1"}, "PRAGMA secure_delete": {"1"}},
    "postgresql": {
        "SHOW synchronous_commit": {"on", "remote_write", "remote_apply"},
        "SHOW fsync": {"on"},
        "SHOW full_page_writes": {"on"},
    },
}


class Schema(StrEnum):
    """How the schema of a database stands to the one this program was written for; in words where somebody is told."""

    NEWEST = "newest"
    EMPTY = "empty"
    OLDER = "older than this program"
    FOREIGN = "of another version of this program"


def schema(engine: Engine) -> Schema:
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return Schema.EMPTY
    if found not in known_revisions():
        return Schema.FOREIGN
    return Schema.NEWEST if found == ScriptDirectory.from_config(config()).get_current_head() else Schema.OLDER


def open_rounds(session: Session) -> list[tuple[str, str]]:
    """Survey and country of what workers still read: each needs its keys."""
    columns = (survey.c.survey_id, survey.c.country_iso3)
    used = select(*columns).join(form, form.c.survey_id == survey.c.survey_id).distinct()
    return [tuple(row) for row in session.execute(used.where(form.c.form_id.in_(pulled_forms(session))))]


def clock(engine: Engine) -> datetime | None:
    """What time it is on the database server; None where it is this machine."""
    if engine.dialect.name == "sqlite":
        return None
    with engine.connect() as connection:
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC)


def newest_pull(engine: Engine) -> datetime | None:
    with engine.connect() as connection:
        found: datetime | None = connection.scalar(select(func.max(pull.c.last_finished)))
    return found


def careless_settings(engine: Engine) -> list[str]:
    """Settings with which a power cut could lose a letter that a phone was told is safe; empty when there is none."""
    wanted = _DURABLE[engine.dialect.name]
    with engine.connect() as connection:
        found = {question: str(connection.execute(text(question)).scalar_one()) for question in wanted}
    return [f"{question} is {found[question]}" for question, good in wanted.items() if found[question] not in good]
