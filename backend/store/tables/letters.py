"""The letterbox: who may post, the keys that seal, and the sealed letters."""

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
    UniqueConstraint,
)

from backend.store.tables.schema import Serial, metadata
from backend.store.types import Key

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
    # What pages were told of how long it opens, while the longest retention of the surveys was a longer one.
    Column("promised_until", Date),
)
# Of each key that the door made receipts with: more than one, and what was sent before is not recognised.
door_mark = Table(
    "door_mark",
    metadata,
    Column("mark", Key, primary_key=True),
    Column("since", Date, nullable=False),
)
letter = Table(
    "letter",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("form_id", ForeignKey("form.form_id"), nullable=False),
    Column("key_id", ForeignKey("letter_key.key_id"), nullable=False),
    Column("receipt", Key, nullable=False),
    Column("content", Key, nullable=False),
    Column("root_receipt", Key, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("attachments", Integer, nullable=False),
    Column("read_with", String(40)),
    # What a worker found inside a letter that was sealed in a page, as its own receipts: the door sees neither.
    Column("instance_mark", Key),
    Column("content_mark", Key),
    # Of a conflict, once a worker compared both: in which questions, by path, they differ.
    Column("difference", JSON(none_as_null=True)),
    UniqueConstraint("form_id", "receipt", "content"),
    CheckConstraint(
        "kind IN ('original', 'edit', 'page', 'conflict', 'replacement', 'separate', 'set_aside')", name="kind"
    ),
    Index("ix_letter_form_id_read_with_seq", "form_id", "read_with", "seq"),
)
letter_body = Table(
    "letter_body",
    metadata,
    Column("seq", ForeignKey("letter.seq"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)
