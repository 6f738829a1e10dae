"""The state of pulling: leases, checkpoints, what is due, which version edits which."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from backend.store.tables.schema import metadata
from backend.store.types import Key, Moment

pull = Table(
    "pull",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("lease_owner", String(40)),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_started", Moment),
    Column("last_finished", Moment),
    Column("last_error", String(200)),
)
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("mapping_version", String(40), primary_key=True),
    Column("cursor", String(200), nullable=False),
)
due = Table(
    "due",
    metadata,
    Column("task", String(60), primary_key=True),
    Column("argument", String(120), primary_key=True),
    Column("due_at", Moment, nullable=False),
)
edit_chain = Table(
    "edit_chain",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("instance_key", Key, primary_key=True),
    Column("previous_key", Key, nullable=False),
)
