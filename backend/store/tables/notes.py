"""What is counted or told beside the answers: counters, receipts of the day, messages to supervisors."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, LargeBinary, String, Table

from backend.store.tables.schema import metadata
from backend.store.types import Key

counter = Table(
    "counter",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("adm1_pcode", String(40), primary_key=True),
    Column("kind", String(60), primary_key=True),
    Column("n", Integer, nullable=False),
    CheckConstraint("n >= 0", name="n"),
)
daily = Table(
    "daily",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("adm1_pcode", String(40), primary_key=True),
    Column("n", Integer, nullable=False),
    CheckConstraint("n >= 0", name="n"),
)
# What was counted of a submission before the version was read that should be counted: an edit came before its original,
# or a letter could not be read yet. Sealed with a key of the workers, since it holds the day of receipt.
early_count = Table(
    "early_count",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
legend = Table(
    "legend",
    metadata,
    Column("survey_id", ForeignKey("survey.survey_id"), primary_key=True),
    Column("collector_key", Key, primary_key=True),
    Column("team", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("form_id", ForeignKey("form.form_id"), nullable=False),
    Column("collector_key", Key, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_on", Date, nullable=False),
)
