"""First schema: written out, so that later changes of the tables in code cannot change what it made."""

import sqlalchemy as sa
from alembic import op

from backend.store import types
from backend.store.views import create_views, drop_views

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_last_counter", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=True),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_account_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("indicator_id", sa.String(length=40), nullable=False),
        sa.Column("indicator_version", sa.SmallInteger(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("disagg_sex", sa.String(length=10), nullable=False),
        sa.Column("disagg_age", sa.String(length=10), nullable=False),
        sa.Column("disagg_pop", sa.String(length=10), nullable=False),
        sa.Column("disagg_form", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('value', 'choice', 'multi', 'number', 'status', 'basis', 'confidence', 'limitation', 'source', 'site_type')",
            name=op.f("ck_answer_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint(
            "kind",
            "indicator_id",
            "indicator_version",
            "section",
            "code",
            "disagg_sex",
            "disagg_age",
            "disagg_pop",
            "disagg_form",
            name=op.f("uq_answer_kind"),
        ),
    )
    op.create_table(
        "app_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_app_user_token_hash")),
    )
    op.create_table(
        "area_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_set")),
        sa.UniqueConstraint("content_sha256", name=op.f("uq_area_set_content_sha256")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "census",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("walk", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("version_key", types.Key(), nullable=False),
        sa.Column("review", sa.String(length=20), nullable=False),
    )
    op.create_index("ix_census_form_id_submission_key", "census", ["form_id", "submission_key"], unique=False)
    op.create_table(
        "counter",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_counter_n")),
        sa.PrimaryKeyConstraint("form_id", "month", "adm1_pcode", "kind", name=op.f("pk_counter")),
    )
    op.create_table(
        "coverage",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.Column("adm2_pcode", sa.String(length=40), nullable=True),
        sa.Column("n_sources", sa.Integer(), nullable=False),
        sa.Column("n_sites", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_coverage_form_id_period_adm1_pcode", "coverage", ["form_id", "period", "adm1_pcode"], unique=False
    )
    op.create_table(
        "daily",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_daily_n")),
        sa.PrimaryKeyConstraint("form_id", "day", "adm1_pcode", name=op.f("pk_daily")),
    )
    op.create_table(
        "door_mark",
        sa.Column("mark", types.Key(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_door_mark")),
    )
    op.create_table(
        "draft_brief",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=True),
        sa.Column("pending_sha256", sa.String(length=64), nullable=True),
        sa.Column("overlay", sa.Text(), nullable=True),
        sa.Column("pending_overlay", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_draft_brief")),
    )
    op.create_table(
        "due",
        sa.Column("task", sa.String(length=60), nullable=False),
        sa.Column("argument", sa.String(length=120), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("task", "argument", name=op.f("pk_due")),
    )
    op.create_table(
        "early_count",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "submission_key", name=op.f("pk_early_count")),
    )
    op.create_table(
        "effort",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_effort_n")),
        sa.PrimaryKeyConstraint("form_id", "period", "adm1_pcode", "kind", name=op.f("pk_effort")),
    )
    op.create_table(
        "ledger",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("revision", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("purged_at_source", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('stored', 'refused', 'rejected', 'counted', 'withdrawn', 'deleted')",
            name=op.f("ck_ledger_outcome"),
        ),
        sa.PrimaryKeyConstraint("form_id", "submission_key", name=op.f("pk_ledger")),
    )
    op.create_table(
        "letter_key",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("destroyed_on", sa.Date(), nullable=True),
        sa.Column("promised_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_letter_key")),
    )
    op.create_table(
        "local_word",
        sa.Column("indicator_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("indicator_id", "code", "language", name=op.f("pk_local_word")),
    )
    op.create_table(
        "mirror",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("version_key", types.Key(), nullable=False),
        sa.Column("review", sa.String(length=20), nullable=False),
        sa.Column("read_with", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "submission_key", name=op.f("pk_mirror")),
    )
    op.create_table(
        "reject",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "submission_key", "path", "reason", name=op.f("pk_reject")),
    )
    op.create_table(
        "rollup",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.Column("adm2_pcode", sa.String(length=40), nullable=True),
        sa.Column("answer_ids", types.IntArray(), nullable=False),
        sa.Column("n_sources", types.IntArray(), nullable=False),
        sa.Column("n_sites", types.IntArray(), nullable=False),
        sa.Column("number_ids", types.IntArray(), nullable=False),
        sa.Column("totals", types.FloatArray(), nullable=False),
    )
    op.create_index("ix_rollup_form_id_period_adm1_pcode", "rollup", ["form_id", "period", "adm1_pcode"], unique=False)
    op.create_table(
        "rollup_due",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "period", "adm1_pcode", name=op.f("pk_rollup_due")),
    )
    op.create_table(
        "server",
        sa.Column("server_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=True),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("finding", sa.JSON(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rest_until", types.Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('central', 'kobo')", name=op.f("ck_server_kind")),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_server")),
    )
    op.create_table(
        "server_request",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("server_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", types.Moment(), nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.CheckConstraint("action IN ('add', 'rotate', 'test')", name=op.f("ck_server_request_action")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_server_request")),
    )
    op.create_table(
        "signed_out",
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_signed_out")),
    )
    op.create_table(
        "submission",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("withdrawal_key", types.Key(), nullable=True),
        sa.Column("revision", sa.String(length=16), nullable=False),
        sa.Column("form_version", sa.String(length=40), nullable=False),
        sa.Column("mapping_version", sa.String(length=40), nullable=False),
        sa.Column("collector_key", types.Key(), nullable=False),
        sa.Column("org_code", sa.String(length=40), nullable=False),
        sa.Column("adm1_pcode", sa.String(length=40), nullable=False),
        sa.Column("adm2_pcode", sa.String(length=40), nullable=True),
        sa.Column("adm3_pcode", sa.String(length=40), nullable=True),
        sa.Column("site_key", types.Key(), nullable=True),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("source_group", sa.String(length=40), nullable=True),
        sa.Column("source_sex", sa.String(length=10), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("clock", sa.String(length=10), nullable=False),
        sa.Column("c", types.IntArray(), nullable=False),
        sa.Column("nk", types.IntArray(), nullable=False),
        sa.Column("nv", types.FloatArray(), nullable=False),
        sa.Column("e", types.IntArray(), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "submission_key", name=op.f("pk_submission")),
    )
    op.create_index(
        "ix_submission_form_id_period_adm1_pcode", "submission", ["form_id", "period", "adm1_pcode"], unique=False
    )
    op.create_table(
        "survey",
        sa.Column("survey_id", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("country_iso3", sa.String(length=3), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("org_code", sa.String(length=40), nullable=False),
        sa.Column("catalogue_version", sa.String(length=20), nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("form_version", sa.String(length=40), nullable=False),
        sa.Column("form_sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose_code", sa.JSON(), nullable=False),
        sa.Column("purpose_text", sa.String(length=500), nullable=False),
        sa.Column("decision_owner_role", sa.String(length=120), nullable=False),
        sa.Column("existing_data_checked", sa.Boolean(), nullable=False),
        sa.Column("gap_justification", sa.String(length=500), nullable=True),
        sa.Column("risk_assessed", sa.Boolean(), nullable=False),
        sa.Column("residual_risk", sa.String(length=20), nullable=False),
        sa.Column("approver_role", sa.String(length=120), nullable=False),
        sa.Column("referral_verified_on", sa.Date(), nullable=True),
        sa.Column("isp_ref", sa.String(length=200), nullable=False),
        sa.Column("sharing_level", sa.String(length=40), nullable=False),
        sa.Column("raw_retention_days", sa.SmallInteger(), nullable=False),
        sa.Column("sampling", sa.String(length=40), nullable=False),
        sa.Column("representativeness", sa.String(length=500), nullable=False),
        sa.Column("limitations", sa.JSON(), nullable=False),
        sa.Column("funding_focus", sa.String(length=200), nullable=True),
        sa.Column("language", sa.JSON(), nullable=False),
        sa.CheckConstraint("raw_retention_days BETWEEN 0 AND 30", name=op.f("ck_survey_raw_retention_days")),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_survey")),
    )
    op.create_table(
        "vanished",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "submission_key", name=op.f("pk_vanished")),
    )
    op.create_table(
        "version_alias",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "alias", name=op.f("pk_version_alias")),
    )
    op.create_table(
        "withdrawn",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("withdrawal_key", types.Key(), nullable=False),
        sa.PrimaryKeyConstraint("form_id", "withdrawal_key", name=op.f("pk_withdrawn")),
    )
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "name IN ('admin', 'im_officer', 'coordinator', 'supervisor', 'reviewer', 'protection_focal_point', 'partner')",
            name=op.f("ck_account_role_name"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_role_account_id")),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_account_role")),
    )
    op.create_table(
        "area",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("pcode", sa.String(length=40), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=True),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["area_set.id"], name=op.f("fk_area_set_id")),
        sa.PrimaryKeyConstraint("set_id", "pcode", name=op.f("pk_area")),
    )
    op.create_table(
        "area_alias",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("old_pcode", sa.String(length=40), nullable=False),
        sa.Column("pcode", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["area_set.id"], name=op.f("fk_area_alias_set_id")),
        sa.PrimaryKeyConstraint("set_id", "old_pcode", name=op.f("pk_area_alias")),
    )
    op.create_table(
        "area_shape",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("pcode", sa.String(length=40), nullable=False),
        sa.Column("geojson", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["area_set.id"], name=op.f("fk_area_shape_set_id")),
        sa.PrimaryKeyConstraint("set_id", "pcode", name=op.f("pk_area_shape")),
    )
    op.create_table(
        "form",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("survey_id", sa.String(length=40), nullable=False),
        sa.Column("respondent_kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("server", sa.String(length=40), nullable=False),
        sa.Column("server_form_id", sa.String(length=200), nullable=False),
        sa.Column("current_version", sa.String(length=40), nullable=True),
        sa.Column("former_version", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("purge_raw", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_form_state")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.survey_id"], name=op.f("fk_form_survey_id")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_form")),
    )
    op.create_table(
        "legend",
        sa.Column("survey_id", sa.String(length=40), nullable=False),
        sa.Column("collector_key", types.Key(), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.survey_id"], name=op.f("fk_legend_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "collector_key", name=op.f("pk_legend")),
    )
    op.create_table(
        "offered",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("form_version", sa.String(length=40), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_offered_answer_id")),
        sa.PrimaryKeyConstraint("form_id", "form_version", "answer_id", name=op.f("pk_offered")),
    )
    op.create_table(
        "one_time_login",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_one_time_login_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_login")),
    )
    op.create_table(
        "site",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("site_code", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("pcode", sa.String(length=40), nullable=False),
        sa.Column("site_type", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["area_set.id"], name=op.f("fk_site_set_id")),
        sa.PrimaryKeyConstraint("set_id", "site_code", name=op.f("pk_site")),
    )
    op.create_table(
        "app_user_form",
        sa.Column("app_user_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["app_user_id"], ["app_user.id"], name=op.f("fk_app_user_form_app_user_id")),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_app_user_form_form_id")),
        sa.PrimaryKeyConstraint("app_user_id", "form_id", name=op.f("pk_app_user_form")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("mapping_version", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_checkpoint_form_id")),
        sa.PrimaryKeyConstraint("form_id", "mapping_version", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "drift",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.CheckConstraint("what IN ('added', 'missing')", name=op.f("ck_drift_what")),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_drift_form_id")),
        sa.PrimaryKeyConstraint("form_id", "version", "name", name=op.f("pk_drift")),
    )
    op.create_table(
        "drift_look",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("scanned", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_drift_look_form_id")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_drift_look")),
    )
    op.create_table(
        "edit_chain",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("instance_key", types.Key(), nullable=False),
        sa.Column("previous_key", types.Key(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_edit_chain_form_id")),
        sa.PrimaryKeyConstraint("form_id", "instance_key", name=op.f("pk_edit_chain")),
    )
    op.create_table(
        "form_version",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("catalogue_version", sa.String(length=20), nullable=False),
        sa.Column("overlay", sa.String(length=60), nullable=False),
        sa.Column("mapping_version", sa.String(length=40), nullable=False),
        sa.Column("deid_profile", sa.String(length=40), nullable=False),
        sa.Column("source_kind", sa.String(length=10), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("xform", sa.LargeBinary(), nullable=False),
        sa.Column("xlsx", sa.LargeBinary(), nullable=False),
        sa.Column("form_sha256", sa.String(length=64), nullable=False),
        sa.Column("area_set_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("deployed_on", sa.Date(), nullable=True),
        sa.Column("adopted_from", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["area_set_id"], ["area_set.id"], name=op.f("fk_form_version_area_set_id")),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_form_version_form_id")),
        sa.PrimaryKeyConstraint("form_id", "version", name=op.f("pk_form_version")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("collector_key", types.Key(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_inbox_form_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "letter",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("receipt", types.Key(), nullable=False),
        sa.Column("content", types.Key(), nullable=False),
        sa.Column("root_receipt", types.Key(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("attachments", sa.Integer(), nullable=False),
        sa.Column("read_with", sa.String(length=40), nullable=True),
        sa.Column("instance_mark", types.Key(), nullable=True),
        sa.Column("content_mark", types.Key(), nullable=True),
        sa.Column("difference", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('original', 'edit', 'page', 'conflict', 'replacement', 'separate', 'set_aside')",
            name=op.f("ck_letter_kind"),
        ),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_letter_form_id")),
        sa.ForeignKeyConstraint(["key_id"], ["letter_key.key_id"], name=op.f("fk_letter_key_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_letter")),
        sa.UniqueConstraint("form_id", "receipt", "content", name=op.f("uq_letter_form_id")),
    )
    op.create_index("ix_letter_form_id_read_with_seq", "letter", ["form_id", "read_with", "seq"], unique=False)
    op.create_table(
        "letter_total",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("after_grace", sa.Integer(), nullable=False),
        sa.Column("attachments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_letter_total_form_id")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_letter_total")),
    )
    op.create_table(
        "numbered",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("submission_key", types.Key(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_numbered_form_id")),
        sa.PrimaryKeyConstraint("form_id", "submission_key", name=op.f("pk_numbered")),
    )
    op.create_table(
        "pull",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("lease_until", types.Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_started", types.Moment(), nullable=True),
        sa.Column("last_finished", types.Moment(), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_pull_form_id")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_pull")),
    )
    op.create_table(
        "purge_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("server", sa.String(length=40), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("standing_at", types.Moment(), nullable=False),
        sa.Column("hashes", sa.JSON(), nullable=False),
        sa.CheckConstraint("state IN ('begun', 'done')", name=op.f("ck_purge_batch_state")),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_purge_batch_form_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_batch")),
    )
    op.create_index(op.f("ix_purge_batch_form_id"), "purge_batch", ["form_id"], unique=False)
    op.create_table(
        "verdict",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("on_server", sa.Integer(), nullable=False),
        sa.Column("behind", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("intake", sa.String(length=20), nullable=False),
        sa.Column("equal_at", types.Moment(), nullable=True),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.CheckConstraint("standing IN ('equal', 'different', 'count_equal')", name=op.f("ck_verdict_standing")),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_verdict_form_id")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_verdict")),
    )
    op.create_table(
        "wish",
        sa.Column("wish_id", sa.String(length=80), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=True),
        sa.Column("form_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("seen", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("done_at", types.Moment(), nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "(action IN ('check', 'deploy', 'practice') AND draft_id IS NOT NULL AND form_id IS NULL) OR (action IN ('look', 'adopt') AND form_id IS NOT NULL AND draft_id IS NULL)",
            name=op.f("ck_wish_action"),
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft_brief.draft_id"], name=op.f("fk_wish_draft_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["form_id"], ["form.form_id"], name=op.f("fk_wish_form_id")),
        sa.PrimaryKeyConstraint("wish_id", name=op.f("pk_wish")),
    )
    op.create_table(
        "asked",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("form_version", sa.String(length=40), nullable=False),
        sa.Column("indicator_id", sa.String(length=40), nullable=False),
        sa.Column("indicator_version", sa.SmallInteger(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("recall", sa.String(length=20), nullable=False),
        sa.Column("sensitivity", sa.SmallInteger(), nullable=False),
        sa.Column("comparability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["form_id", "form_version"], ["form_version.form_id", "form_version.version"], name=op.f("fk_asked_form_id")
        ),
        sa.PrimaryKeyConstraint("form_id", "form_version", "indicator_id", name=op.f("pk_asked")),
    )
    op.create_table(
        "form_media",
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["form_id", "version"], ["form_version.form_id", "form_version.version"], name=op.f("fk_form_media_form_id")
        ),
        sa.PrimaryKeyConstraint("form_id", "version", "filename", name=op.f("pk_form_media")),
    )
    op.create_table(
        "letter_body",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["letter.seq"], name=op.f("fk_letter_body_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_letter_body")),
    )
    for statement in create_views(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in drop_views():
        op.execute(statement)
    op.drop_table("letter_body")
    op.drop_table("form_media")
    op.drop_table("asked")
    op.drop_table("wish")
    op.drop_table("verdict")
    op.drop_index(op.f("ix_purge_batch_form_id"), table_name="purge_batch")
    op.drop_table("purge_batch")
    op.drop_table("pull")
    op.drop_table("numbered")
    op.drop_table("letter_total")
    op.drop_index("ix_letter_form_id_read_with_seq", table_name="letter")
    op.drop_table("letter")
    op.drop_table("inbox")
    op.drop_table("form_version")
    op.drop_table("edit_chain")
    op.drop_table("drift_look")
    op.drop_table("drift")
    op.drop_table("checkpoint")
    op.drop_table("app_user_form")
    op.drop_table("site")
    op.drop_table("one_time_login")
    op.drop_table("offered")
    op.drop_table("legend")
    op.drop_table("form")
    op.drop_table("area_shape")
    op.drop_table("area_alias")
    op.drop_table("area")
    op.drop_table("account_role")
    op.drop_table("withdrawn")
    op.drop_table("version_alias")
    op.drop_table("vanished")
    op.drop_table("survey")
    op.drop_index("ix_submission_form_id_period_adm1_pcode", table_name="submission")
    op.drop_table("submission")
    op.drop_table("signed_out")
    op.drop_table("server_request")
    op.drop_table("server")
    op.drop_table("rollup_due")
    op.drop_index("ix_rollup_form_id_period_adm1_pcode", table_name="rollup")
    op.drop_table("rollup")
    op.drop_table("reject")
    op.drop_table("mirror")
    op.drop_table("local_word")
    op.drop_table("letter_key")
    op.drop_table("ledger")
    op.drop_table("effort")
    op.drop_table("early_count")
    op.drop_table("due")
    op.drop_table("draft_brief")
    op.drop_table("door_mark")
    op.drop_table("daily")
    op.drop_index("ix_coverage_form_id_period_adm1_pcode", table_name="coverage")
    op.drop_table("coverage")
    op.drop_table("counter")
    op.drop_index("ix_census_form_id_submission_key", table_name="census")
    op.drop_table("census")
    op.drop_table("audit")
    op.drop_table("area_set")
    op.drop_table("app_user")
    op.drop_table("answer")
    op.drop_table("account")
