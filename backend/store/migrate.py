"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

_MIGRATIONS = Path(__file__).parent / "migrations"


def config() -> Config:
    result = Config()
    result.set_main_option("script_location", str(_MIGRATIONS))
    return result


def upgrade(engine: Engine) -> None:
    """Runs every missing migration in one transaction; safe to call at each start."""
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
