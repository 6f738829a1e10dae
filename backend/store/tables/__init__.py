"""All tables, on one MetaData. Names and meanings follow the standard schema (mappings/data/schema.yaml)."""

from backend.store.tables.answers import answer, asked, local_word, offered
from backend.store.tables.areas import area, area_alias, area_set, area_shape, site
from backend.store.tables.audits import audit
from backend.store.tables.drafts import draft_brief
from backend.store.tables.drifts import drift, drift_look
from backend.store.tables.letters import app_user, app_user_form, door_mark, letter, letter_body, letter_key
from backend.store.tables.notes import counter, daily, early_count, inbox, legend
from backend.store.tables.pulls import checkpoint, due, edit_chain, pull
from backend.store.tables.purges import letter_total, numbered, purge_batch
from backend.store.tables.rollups import EFFORT_BANDS, coverage, effort, rollup, rollup_due
from backend.store.tables.schema import metadata
from backend.store.tables.servers import (
    census,
    mirror,
    server,
    server_request,
    vanished,
    verdict,
    version_alias,
)
from backend.store.tables.submissions import ledger, reject, submission, withdrawn
from backend.store.tables.surveys import form, form_media, form_version, survey
from backend.store.tables.wishes import wish

__all__ = [
    "EFFORT_BANDS",
    "answer",
    "app_user",
    "app_user_form",
    "area",
    "area_alias",
    "area_set",
    "area_shape",
    "asked",
    "audit",
    "census",
    "checkpoint",
    "counter",
    "coverage",
    "daily",
    "door_mark",
    "draft_brief",
    "drift",
    "drift_look",
    "due",
    "early_count",
    "edit_chain",
    "effort",
    "form",
    "form_media",
    "form_version",
    "inbox",
    "ledger",
    "legend",
    "letter",
    "letter_body",
    "letter_key",
    "letter_total",
    "local_word",
    "metadata",
    "mirror",
    "numbered",
    "offered",
    "pull",
    "purge_batch",
    "reject",
    "rollup",
    "rollup_due",
    "server",
    "server_request",
    "site",
    "submission",
    "survey",
    "vanished",
    "verdict",
    "version_alias",
    "wish",
    "withdrawn",
]
