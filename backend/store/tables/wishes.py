"""What people ask of workers in the pages, and what came of it."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table

from backend.store.tables.schema import metadata
from backend.store.types import Moment

# The last of each kind for each draft, and for the versions of each form that somebody published by hand. `wish_id` is
# the subject and the action. `version` and `seen` are what was shown and confirmed: `seen` is the draft's revision, or
# the mapping's version. `report` is what was found; `problem` a code, '' for none, NULL while a worker is at it.
wish = Table(
    "wish",
    metadata,
    Column("wish_id", String(80), primary_key=True),
    Column("draft_id", ForeignKey("draft_brief.draft_id", ondelete="CASCADE")),
    Column("form_id", ForeignKey("form.form_id")),
    Column("action", String(10), nullable=False),
    Column("version", String(40), nullable=False),
    Column("seen", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("problem", String(40)),
    Column("report", JSON),
    CheckConstraint(
        "(action IN ('check', 'deploy', 'practice') AND draft_id IS NOT NULL AND form_id IS NULL)"
        " OR (action IN ('look', 'adopt') AND form_id IS NOT NULL AND draft_id IS NULL)",
        name="action",
    ),
)
