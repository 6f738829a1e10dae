"""What became of each submission, and its answers: one row each, replaced as a whole by an edit."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, SmallInteger, String, Table

from backend.store.tables.schema import metadata
from backend.store.types import FloatArray, IntArray, Key

ledger = Table(
    "ledger",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("revision", String(16), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("purged_at_source", Boolean, nullable=False),
    CheckConstraint(
        "outcome IN ('stored', 'refused', 'rejected', 'counted', 'withdrawn', 'deleted')",
        name="outcome",
    ),
)
submission = Table(
    "submission",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    # No index: who withdraws is looked for once in a while, and random keys would cost each pull a sixth of its time.
    Column("withdrawal_key", Key),
    Column("revision", String(16), nullable=False),
    Column("form_version", String(40), nullable=False),
    Column("mapping_version", String(40), nullable=False),
    Column("collector_key", Key, nullable=False),
    Column("org_code", String(40), nullable=False),
    Column("adm1_pcode", String(40), nullable=False),
    Column("adm2_pcode", String(40)),
    Column("adm3_pcode", String(40)),
    Column("site_key", Key),
    Column("period", String(7), nullable=False),
    Column("method", String(40), nullable=False),
    Column("source_group", String(40)),
    Column("source_sex", String(10)),
    Column("minutes", SmallInteger),
    Column("clock", String(10), nullable=False),
    Column("c", IntArray, nullable=False),
    Column("nk", IntArray, nullable=False),
    Column("nv", FloatArray, nullable=False),
    Column("e", IntArray, nullable=False),
    Index("ix_submission_form_id_period_adm1_pcode", "form_id", "period", "adm1_pcode"),
)
# Codes that were asked for, as pseudonyms: what comes later with one of them is not stored. Tied to no submission.
withdrawn = Table(
    "withdrawn",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("withdrawal_key", Key, primary_key=True),
)
reject = Table(
    "reject",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("reason", String(40), primary_key=True),
)
