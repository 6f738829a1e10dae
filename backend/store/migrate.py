"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

_MIGRATIONS = Path(__file__).parent / "migrations"


def config() -> Config:
    result = Config()
    result.set_main_option("script_location", str(_MIGRATIONS))
    return result


class ForeignSchemaError(RuntimeError):
    """The database is of another version of this program. The message says what to do."""


def known_revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def upgrade(engine: Engine) -> None:
    """Runs every missing migration in one transaction; safe to call at each start.

    Raises ForeignSchemaError for a schema that this program does not know.
    """
    with engine.begin() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known_revisions():
            raise ForeignSchemaError(
                "The database has the schema of another version of Fieldveil, probably a newer one, and nothing was "
                "changed in it. Install that version again, or restore the backup that was made before it"
            )
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
