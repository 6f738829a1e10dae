"""Tables of the accounts, on the one MetaData of the store; apart from the models so that migrations need no Flask."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, String, Table

from backend.access import Role
from backend.store.tables import metadata
from backend.store.types import Moment

_ROLES = ", ".join(f"'{role}'" for role in Role)

# `name` looks like an e-mail address or is a short name; no mail is ever sent to it.
account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("password", String(255)),
    Column("active", Boolean, nullable=False),
    Column("fs_uniquifier", String(64), nullable=False, unique=True),
    Column("tf_primary_method", String(64)),
    Column("tf_totp_secret", String(255)),
    Column("tf_last_counter", Integer),
    Column("language", String(5)),
    Column("areas", JSON, nullable=False),
    Column("teams", JSON, nullable=False),
    Column("created_on", Date, nullable=False),
    CheckConstraint("name = lower(name)", name="name"),
)
account_role = Table(
    "account_role",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("name", String(40), primary_key=True),
    CheckConstraint(f"name IN ({_ROLES})", name="name"),
)
one_time_login = Table(
    "one_time_login",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
# Sessions that ended before their time: their cookie stays valid by itself, wherever a copy of it is.
signed_out = Table(
    "signed_out",
    metadata,
    Column("session_hash", String(64), primary_key=True),
    Column("until", Moment, nullable=False),
)
