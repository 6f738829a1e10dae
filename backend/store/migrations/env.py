"""Alembic's entry: runs on the connection it is handed by `backend.store.migrate`."""

from alembic import context

import backend.store.account_tables  # noqa: F401 (puts the tables of the accounts on the metadata)
from backend.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
