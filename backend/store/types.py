"""Column types that mean the same on PostgreSQL and SQLite."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CHAR, DateTime, Dialect, Double, Integer, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


class Key(TypeDecorator[str]):
    """A 128-bit pseudonym as 32 hex digits: `uuid` on PostgreSQL (16 bytes), text on SQLite."""

    impl = CHAR(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.UUID(as_uuid=True) if native else CHAR(32))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "postgresql":
            return value
        return uuid.UUID(hex=value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 (signature of the base)
        return value.hex if isinstance(value, uuid.UUID) else value


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone and would give back another kind of value than it was given."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (signature of the base)
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)
        return moment


class _Array(TypeDecorator[Sequence[Any]]):
    impl = Text
    cache_ok = True
    item: type[TypeEngine[Any]]

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.ARRAY(self.item) if native else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(list(value), separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any] | None:
        items: list[Any] | None = value
        return json.loads(value) if value is not None and dialect.name != "postgresql" else items


class IntArray(_Array):
    """`integer[]` on PostgreSQL, JSON text on SQLite (read there with json_each)."""

    item = Integer
    cache_ok = True


class FloatArray(_Array):
    """`double precision[]` on PostgreSQL, JSON text on SQLite. `real` would lose integers above 16.7 million."""

    item = Double
    cache_ok = True
