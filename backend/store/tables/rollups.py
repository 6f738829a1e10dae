"""Counts that pages read instead of submissions, brought up to date part by part."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table

from backend.store.tables.schema import metadata
from backend.store.types import FloatArray, IntArray

# One row an area: sources and sites in step with the ids of its answers, sums with the ids of its numbers.
rollup = Table(
    "rollup",
    metadata,
    Column("form_id", String(64), nullable=False),
    Column("period", String(7), nullable=False),
    Column("adm1_pcode", String(40), nullable=False),
    Column("adm2_pcode", String(40)),
    Column("answer_ids", IntArray, nullable=False),
    Column("n_sources", IntArray, nullable=False),
    Column("n_sites", IntArray, nullable=False),
    Column("number_ids", IntArray, nullable=False),
    Column("totals", FloatArray, nullable=False),
    Index("ix_rollup_form_id_period_adm1_pcode", "form_id", "period", "adm1_pcode"),
)
rollup_due = Table(
    "rollup_due",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("adm1_pcode", String(40), primary_key=True),
)

# Work, not answers: both are recomputed together with the rollup of the same form, period and admin 1.

coverage = Table(
    "coverage",
    metadata,
    Column("form_id", String(64), nullable=False),
    Column("period", String(7), nullable=False),
    Column("adm1_pcode", String(40), nullable=False),
    Column("adm2_pcode", String(40)),
    Column("n_sources", Integer, nullable=False),
    Column("n_sites", Integer, nullable=False),
    Index("ix_coverage_form_id_period_adm1_pcode", "form_id", "period", "adm1_pcode"),
)
# `kind` is `minutes:<lower end of the band>` (of EFFORT_BANDS) or `clock:<ok|early|future>`.
effort = Table(
    "effort",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("adm1_pcode", String(40), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("n", Integer, nullable=False),
    CheckConstraint("n >= 0", name="n"),
)
EFFORT_BANDS = (0, 5, 10, 15, 20, 25, 30, 45, 60)
