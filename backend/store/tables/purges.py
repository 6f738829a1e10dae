"""What was deleted at the source, and the proof of it."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Integer, String, Table

from backend.store.tables.schema import Serial, metadata
from backend.store.types import Key, Moment

# One row a batch, written before anything is deleted. `hashes` are of pseudonyms; a batch that is `done` holds those
# that were seen to be gone. `standing` and `standing_at`: the verdict it was done on.
purge_batch = Table(
    "purge_batch",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("form_id", ForeignKey("form.form_id"), nullable=False, index=True),
    Column("server", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("standing", String(12), nullable=False),
    Column("standing_at", Moment, nullable=False),
    Column("hashes", JSON, nullable=False),
    CheckConstraint("state IN ('begun', 'done')", name="state"),
)
# What is left of the receipts of a closed form when they are destroyed: figures.
letter_total = Table(
    "letter_total",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("received", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("conflicts", Integer, nullable=False),
    Column("after_grace", Integer, nullable=False),
    Column("attachments", Integer, nullable=False),
)
# Rows of a KoBoToolbox that named no root when they were read first: they keep the name made of their number.
numbered = Table(
    "numbered",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("submission_key", Key, primary_key=True),
)
