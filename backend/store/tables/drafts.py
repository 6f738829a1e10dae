"""Briefs that are still being made, and what workers found when they checked or deployed one."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

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
# The last of each kind for each draft. `version` is the form version that was asked for; `problem` is a code, '' for
# none, NULL while a worker is at it.
draft_job = Table(
    "draft_job",
    metadata,
    Column("draft_id", ForeignKey("draft_brief.draft_id", ondelete="CASCADE"), primary_key=True),
    Column("action", String(10), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("version", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("problem", String(40)),
    Column("report", JSON),
    CheckConstraint("action IN ('check', 'deploy', 'practice')", name="action"),
)
