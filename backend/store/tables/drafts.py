"""Briefs that are still being made."""

from sqlalchemy import Column, Integer, String, Table, Text

from backend.store.tables.schema import metadata
from backend.store.types import Moment

# `content` is YAML, and so is `overlay`: what a country says in its own words, NULL for the standard. `pending` and
# `pending_overlay` are uploads whose differences were shown and that nobody has confirmed yet.
draft_brief = Table(
    "draft_brief",
    metadata,
    Column("draft_id", String(32), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("content", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("owner", String(80), nullable=False),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("pending", Text),
    Column("pending_sha256", String(64)),
    Column("overlay", Text),
    Column("pending_overlay", Text),
)
