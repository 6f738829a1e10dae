"""Opens the database: PostgreSQL in production, SQLite embedded, with the same promises about durability."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session


def open_engine(url: str) -> Engine:
    """`hide_parameters` keeps bound values (answers, keys) out of error messages and logs."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, parsed.database)
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=5, max_overflow=15)


def _open_sqlite(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        _make_private(Path(database))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30}, pool_use_lifo=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(file: Path) -> None:
    """It holds answers. SQLite gives the files beside it (WAL) the same rights."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by its own rules; we say BEGIN ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that becomes a writer can fail at once with "database is locked"; this one waits.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine | Connection) -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back on any error.

    Work of many transactions hands over one connection: to fetch and check one each time takes two round trips.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent view that never blocks a writer. What is written in it is not kept."""
    with Session(engine.execution_options(reads_only=True), expire_on_commit=False) as session:
        yield session
        session.rollback()
