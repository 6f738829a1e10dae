"""Who did what."""

from sqlalchemy import JSON, Column, String, Table

from backend.store.tables.schema import Serial, metadata
from backend.store.types import Moment

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(120), nullable=False),
    Column("details", JSON, nullable=False),
)
