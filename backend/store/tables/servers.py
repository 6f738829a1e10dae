"""Other servers, and what is known of the forms on them: what was read, what is missing, whether both sides agree."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from backend.store.tables.schema import metadata
from backend.store.types import Key, Moment

# `credentials` and `session` are encrypted with a key that only workers have. `finding` is the last test, as codes.
server = Table(
    "server",
    metadata,
    Column("server_id", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("url", String(300), nullable=False),
    Column("credentials", LargeBinary, nullable=False),
    Column("session", LargeBinary),
    Column("added_on", Date, nullable=False),
    Column("finding", JSON),
    Column("failures", Integer, nullable=False),
    Column("rest_until", Moment),
    CheckConstraint("kind IN ('central', 'kobo')", name="kind"),
)
# The state of every submission on its server when it was last read. Both ids are pseudonyms; `version_key` names the
# edit, `review` is the server's word for what a reviewer decided, `read_with` the mapping.
mirror = Table(
    "mirror",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("version_key", Key, nullable=False),
    Column("review", String(20), nullable=False),
    Column("read_with", String(40), nullable=False),
)
# What the server's own list holds, for the length of one walk through it. No key: a list may show a row twice while
# it grows.
census = Table(
    "census",
    metadata,
    Column("form_id", String(64), nullable=False),
    Column("walk", String(32), nullable=False),
    Column("part", Integer, nullable=False),
    Column("submission_key", Key, nullable=False),
    Column("version_key", Key, nullable=False),
    Column("review", String(20), nullable=False),
    Index("ix_census_form_id_submission_key", "form_id", "submission_key"),
)
# Gone from the server, too many at once to be believed: a person decides. `found_on`: the day this was noticed.
vanished = Table(
    "vanished",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("submission_key", Key, primary_key=True),
    Column("found_on", Date, nullable=False),
)
# What a person asked of a server in a page, for a worker. `sealed` are credentials that only workers can open, bound to
# this row; they are gone as soon as a worker has looked at them. `problem` is the answer as a code, '' for none.
server_request = Table(
    "server_request",
    metadata,
    Column("request_id", String(32), primary_key=True),
    Column("server_id", String(40), nullable=False),
    Column("action", String(10), nullable=False),
    Column("url", String(300), nullable=False),
    Column("actor", String(254), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("key_id", String(20)),
    Column("sealed", LargeBinary),
    Column("done_at", Moment),
    Column("problem", String(40)),
    CheckConstraint("action IN ('add', 'rotate', 'test')", name="action"),
)
# `proof` is what a later pull shows the server to hear that nothing changed. `equal_at`: when both sides last agreed.
# `intake`: why phones cannot send to the form on its server, as a code; '' when they can.
verdict = Table(
    "verdict",
    metadata,
    Column("form_id", ForeignKey("form.form_id"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("standing", String(12), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("on_server", Integer, nullable=False),
    Column("behind", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("intake", String(20), nullable=False, default=""),
    Column("equal_at", Moment),
    Column("proof", JSON),
    CheckConstraint("standing IN ('equal', 'different', 'count_equal')", name="standing"),
)
# What a server calls a version of ours that it gave a name of its own. A name is noted once and never means another.
version_alias = Table(
    "version_alias",
    metadata,
    Column("form_id", String(64), primary_key=True),
    Column("alias", String(60), primary_key=True),
    Column("version", String(40), nullable=False),
)
