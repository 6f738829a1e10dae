"""What differs between the form as it was built and the form as its server has it."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, String, Table

from backend.store.tables.schema import metadata

# Names come from schemas only, never from what people sent.
drift = Table(
    "drift",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("version", String(120), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("what", String(10), nullable=False),
    CheckConstraint("what IN ('added', 'missing')", name="what"),
)
# The newest look: how many submissions were looked through, and how many of them hold a key that is in no schema.
drift_look = Table(
    "drift_look",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("looked_on", Date, nullable=False),
    Column("scanned", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
)
