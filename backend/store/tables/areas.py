"""The registry of areas and sites, one set of rows for each imported list."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, SmallInteger, String, Table

from backend.store.tables.schema import metadata

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
