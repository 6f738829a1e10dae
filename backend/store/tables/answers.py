"""The answer dictionary, what each form version asks and offers, and the words of what only a country asks."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from backend.store.tables.schema import metadata

answer = Table(
    "answer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("indicator_id", String(40), nullable=False),
    Column("indicator_version", SmallInteger, nullable=False),
    Column("section", String(40), nullable=False),
    Column("code", String(60), nullable=False),
    Column("disagg_sex", String(10), nullable=False),
    Column("disagg_age", String(10), nullable=False),
    Column("disagg_pop", String(10), nullable=False),
    Column("disagg_form", String(40), nullable=False),
    UniqueConstraint(
        "kind",
        "indicator_id",
        "indicator_version",
        "section",
        "code",
        "disagg_sex",
        "disagg_age",
        "disagg_pop",
        "disagg_form",
    ),
    CheckConstraint(
        "kind IN ('value', 'choice', 'multi', 'number', 'status', 'basis', 'confidence', 'limitation', 'source',"
        " 'site_type')",
        name="kind",
    ),
)
asked = Table(
    "asked",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("form_version", String(40), primary_key=True),
    Column("indicator_id", String(40), primary_key=True),
    Column("indicator_version", SmallInteger, nullable=False),
    Column("section", String(40), nullable=False),
    Column("level", String(20), nullable=False),
    Column("theme", String(40), nullable=False),
    Column("unit", String(20), nullable=False),
    Column("recall", String(20), nullable=False),
    Column("sensitivity", SmallInteger, nullable=False),
    Column("comparability", Float, nullable=False, default=1.0),
    ForeignKeyConstraint(["form_id", "form_version"], ["form_version.form_id", "form_version.version"]),
)
offered = Table(
    "offered",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("form_version", String(40), primary_key=True),
    Column("answer_id", ForeignKey("answer.id"), primary_key=True),
)
local_word = Table(
    "local_word",
    metadata,
    Column("indicator_id", String(40), primary_key=True),
    Column("code", String(60), primary_key=True),
    Column("language", String(10), primary_key=True),
    Column("text", Text, nullable=False),
)
