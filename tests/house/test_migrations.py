"""The migrations: one line of history, numbered, and at its end exactly the tables of the code."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, Integer, MetaData, String

from backend.store.migrate import config, upgrade
from backend.store.tables import metadata


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1


def test_migrations_are_numbered_without_a_gap() -> None:
    history = ScriptDirectory.from_config(config()).walk_revisions()

    files = sorted(Path(revision.path).name for revision in history)

    assert [file[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [file for file in files if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", file)] == []


def test_the_migrated_database_has_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_the_comparison_sees_a_column_and_a_length_that_no_migration_made(engine: Engine) -> None:
    newer = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(newer)
    newer.tables["survey"].append_column(Column("added", Integer))
    newer.tables["area_set"].c.label.type = String(121)

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), newer)

    assert "added" in str(differences)
    assert "121" in str(differences)


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)

    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_heads() == tuple(
            ScriptDirectory.from_config(config()).get_heads()
        )
