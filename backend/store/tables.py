"""All tables, on one MetaData. Names and meanings follow the standard schema (mappings/data/schema.yaml)."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from backend.store.types import FloatArray, IntArray, Key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for a column typed exactly INTEGER.
_Serial = BigInteger().with_variant(Integer, "sqlite")

# ---- areas -----------------------------------------------------------------------------------------------------------

area_set = Table(
    "area_set",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("label", String(120), nullable=False),
    Column("source", String(200), nullable=False),
    Column("imported_on", Date, nullable=False),
    Column("content_sha256", String(64), nullable=False, unique=True),
    Column("is_current", Boolean, nullable=False),
)
area = Table(
    "area",
    metadata,
    Column("set_id", ForeignKey("area_set.id"), primary_key=True),
    Column("pcode", String(40), primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("parent", String(40)),
    Column("names", JSON, nullable=False),
    Column("valid_from", Date),
)
area_alias = Table(
    "area_alias",
    metadata,
    Column("set_id", ForeignKey("area_set.id"), primary_key=True),
    Column("old_pcode", String(40), primary_key=True),
    Column("pcode", String(40), nullable=False),
)
area_shape = Table(
    "area_shape",
    metadata,
    Column("set_id", ForeignKey("area_set.id"), primary_key=True),
    Column("pcode", String(40), primary_key=True),
    Column("geojson", JSON, nullable=False),
)
site = Table(
    "site",
    metadata,
    Column("set_id", ForeignKey("area_set.id"), primary_key=True),
    Column("site_code", String(40), primary_key=True),
    Column("names", JSON, nullable=False),
    Column("pcode", String(40), nullable=False),
    Column("site_type", String(40), nullable=False),
    Column("valid_from", Date),
)

# ---- surveys and forms -----------------------------------------------------------------------------------------------

survey = Table(
    "survey",
    metadata,
    Column("survey_id", String(40), primary_key=True),
    Column("round", Integer, nullable=False),
    Column("country_iso3", String(3), nullable=False),
    Column("operation", String(80)),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("org_code", String(40), nullable=False),
    Column("catalogue_version", String(20), nullable=False),
    Column("form_id", String(64), nullable=False),
    Column("form_version", String(40), nullable=False),
    Column("form_sha256", String(64), nullable=False),
    Column("purpose_code", JSON, nullable=False),
    Column("purpose_text", String(500), nullable=False),
    Column("decision_owner_role", String(120), nullable=False),
    Column("existing_data_checked", Boolean, nullable=False),
    Column("gap_justification", String(500)),
    Column("risk_assessed", Boolean, nullable=False),
    Column("residual_risk", String(20), nullable=False),
    Column("approver_role", String(120), nullable=False),
    Column("referral_verified_on", Date),
    Column("isp_ref", String(200), nullable=False),
    Column("sharing_level", String(40), nullable=False),
    Column("raw_retention_days", SmallInteger, nullable=False),
    Column("sampling", String(40), nullable=False),
    Column("representativeness", String(500), nullable=False),
    Column("limitations", JSON, nullable=False),
    Column("funding_focus", String(200)),
    Column("language", JSON, nullable=False),
    CheckConstraint("raw_retention_days BETWEEN 0 AND 30", name="raw_retention_days"),
)
form = Table(
    "form",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("survey_id", ForeignKey("survey.survey_id"), nullable=False),
    Column("respondent_kind", String(40), nullable=False),
    Column("title", String(200), nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("server", String(40), nullable=False),
    Column("server_form_id", String(200), nullable=False),
    Column("current_version", String(40)),
    Column("state", String(10), nullable=False),
    Column("closed_on", Date),
    CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
)
form_version = Table(
    "form_version",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("version", String(40), primary_key=True),
    Column("catalogue_version", String(20), nullable=False),
    Column("mapping_version", String(40), nullable=False),
    Column("deid_profile", String(40), nullable=False),
    Column("source_kind", String(10), nullable=False),
    Column("mapping", Text, nullable=False),
    Column("brief", Text, nullable=False),
    Column("xform", LargeBinary, nullable=False),
    Column("xlsx", LargeBinary, nullable=False),
    Column("form_sha256", String(64), nullable=False),
    Column("area_set_id", ForeignKey("area_set.id"), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("deployed_on", Date),
)
form_media = Table(
    "form_media",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("version", String(40), primary_key=True),
    Column("filename", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("md5", String(32), nullable=False),
    ForeignKeyConstraint(["form_id", "version"], ["form_version.form_id", "form_version.version"]),
)

# ---- the letterbox ---------------------------------------------------------------------------------------------------

app_user = Table(
    "app_user",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("label", String(80), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_on", Date, nullable=False),
    Column("revoked_on", Date),
)
app_user_form = Table(
    "app_user_form",
    metadata,
    Column("app_user_id", ForeignKey("app_user.id"), primary_key=True),
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
)
letter_key = Table(
    "letter_key",
    metadata,
    Column("key_id", String(40), primary_key=True),
    Column("month", String(7), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("destroyed_on", Date),
)
letter = Table(
    "letter",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("form_id", ForeignKey("form.form_id"), nullable=False),
    Column("key_id", ForeignKey("letter_key.key_id"), nullable=False),
    Column("receipt", Key, nullable=False),
    Column("content", Key, nullable=False),
    Column("root_receipt", Key, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("attachments", Integer, nullable=False),
    Column("read_with", String(40)),
    UniqueConstraint("form_id", "receipt", "content"),
    CheckConstraint("kind IN ('original', 'edit', 'conflict', 'page')", name="kind"),
    Index("ix_letter_form_id_read_with_seq", "form_id", "read_with", "seq"),
)
letter_body = Table(
    "letter_body",
    metadata,
    Column("seq", ForeignKey("letter.seq"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

# ---- pulling ---------------------------------------------------------------------------------------------------------

pull = Table(
    "pull",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("lease_owner", String(40)),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_started", DateTime(timezone=True)),
    Column("last_finished", DateTime(timezone=True)),
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
    Column("due_at", DateTime(timezone=True), nullable=False),
)
edit_chain = Table(
    "edit_chain",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("instance_key", Key, primary_key=True),
    Column("previous_key", Key, nullable=False),
)
ledger = Table(
    "ledger",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("revision", String(16), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("purged_at_source", Boolean, nullable=False),
    CheckConstraint(
        "outcome IN ('stored', 'refused', 'rejected', 'withdrawn', 'deleted')",
        name="outcome",
    ),
)
submission = Table(
    "submission",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
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
    Index("ix_submission_form_id_withdrawal_key", "form_id", "withdrawal_key"),
)
reject = Table(
    "reject",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("reason", String(40), primary_key=True),
)
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

# ---- answers ---------------------------------------------------------------------------------------------------------

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
        "kind IN ('value', 'choice', 'multi', 'number', 'status', 'basis', 'confidence', 'limitation', 'site_type')",
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
    ForeignKeyConstraint(["form_id", "form_version"], ["form_version.form_id", "form_version.version"]),
)
offered = Table(
    "offered",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("form_version", String(40), primary_key=True),
    Column("answer_id", ForeignKey("answer.id"), primary_key=True),
)
rollup = Table(
    "rollup",
    metadata,
    Column("form_id", String(64), nullable=False),
    Column("period", String(7), nullable=False),
    Column("adm1_pcode", String(40), nullable=False),
    Column("adm2_pcode", String(40)),
    Column("answer_id", Integer, nullable=False),
    Column("n_sources", Integer, nullable=False),
    Column("n_sites", Integer, nullable=False),
    Column("total", Double),
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

# ---- accounts and audit ----------------------------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(120), nullable=False),
    Column("details", JSON, nullable=False),
)
