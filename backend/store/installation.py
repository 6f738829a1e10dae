"""What `fieldveil doctor` asks a database: is its schema the newest, and does it keep what it said it keeps?"""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from backend.store.migrate import config

# On SQLite 2 is FULL: a commit is on the disk when it returns.
_DURABLE = {
    "sqlite": {"PRAGMA synchronous": {"2", "3"}, "PRAGMA foreign_keys": {"1"}, "PRAGMA secure_delete": {"1"}},
    "postgresql": {
        "SHOW synchronous_commit": {"on", "remote_write", "remote_apply"},
        "SHOW fsync": {"on"},
        "SHOW full_page_writes": {"on"},
    },
}


def is_newest(engine: Engine) -> bool:
    """Whether the schema is the one this program was written for."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory.from_config(config()).get_current_head()


def careless_settings(engine: Engine) -> list[str]:
    """Settings with which a power cut could lose a letter that a phone was told is safe; empty when there is none."""
    wanted = _DURABLE[engine.dialect.name]
    with engine.connect() as connection:
        found = {question: str(connection.execute(text(question)).scalar_one()) for question in wanted}
    return [f"{question} is {found[question]}" for question, good in wanted.items() if found[question] not in good]
