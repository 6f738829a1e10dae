"""Reads many rows column by column, arrays of numbers as one numpy array: a page of rows becomes a few objects.

Through the column types, a list for each array and an object for each number, the same rows take several times as long.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table
from sqlalchemy.orm import Session

from backend.store.bulk import is_postgres
from backend.store.types import FloatArray, IntArray

_FETCH = 1000
_BINARY = 1
# PostgreSQL sends an array as 20 bytes about its shape (12 when it is empty), then length and value of each element.
_SHAPE = 20
_ELEMENTS = {
    "int4": np.dtype([("length", ">i4"), ("value", ">i4")]),
    "float8": np.dtype([("length", ">i4"), ("value", ">f8")]),
}
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Arrays:
    """The arrays of one column: all their items one after the other, and how many are of which row."""

    items: NDArray[Any]
    lengths: NDArray[np.intp]

    @property
    def rows(self) -> NDArray[np.intp]:
        """In step with `items`: the number of the row that each is of."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


Columns = list[Sequence[Any] | Arrays]


def stream_columns(
    session: Session, table: Table, columns: Sequence[str], where: Mapping[str, str]
) -> Iterator[Columns]:
    """The columns of up to a thousand rows at a time, as the driver gives them: a key is good for comparing only."""
    kinds = [_element(table, name) for name in columns]
    conditions = " AND ".join(f"{name} = {'%s' if is_postgres(session) else '?'}" for name in where)
    query = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {conditions}"  # noqa: S608 (our own names)
    batches = _from_postgres if is_postgres(session) else _from_sqlite
    unpack = _unpack if is_postgres(session) else _parse
    for rows in batches(session, query, tuple(where.values())):
        cells = zip(*rows, strict=True)
        yield [unpack(column, kind) if kind else column for column, kind in zip(cells, kinds, strict=True)]


def _element(table: Table, name: str) -> str | None:
    kind = table.c[name].type
    if isinstance(kind, IntArray):
        return "int4"
    return "float8" if isinstance(kind, FloatArray) else None


def _from_postgres(session: Session, query: str, given: tuple[str, ...]) -> Iterator[Sequence[tuple[Any, ...]]]:
    driver: Any = session.connection().connection
    with driver.cursor() as cursor:
        known = cursor.adapters
        raw = known.get_loader(known.types["bytea"].oid, _BINARY)
        for oid in (known.types["uuid"].oid, *(known.types[name].array_oid for name in _ELEMENTS)):
            known.register_loader(oid, raw)
        # The server reads on while the rows that came are worked on.
        rows = cursor.stream(query, given, binary=True, size=_FETCH)
        while batch := list(islice(rows, _FETCH)):
            yield batch


def _from_sqlite(session: Session, query: str, given: tuple[str, ...]) -> Iterator[Sequence[Sequence[Any]]]:
    return session.connection().exec_driver_sql(query, given).partitions(_FETCH)


def _unpack(cells: Sequence[bytes], kind: str) -> Arrays:
    element = _ELEMENTS[kind]
    lengths = np.fromiter(map(len, cells), np.intp, len(cells))
    values = np.frombuffer(b"".join([cell[_SHAPE:] for cell in cells]), element)["value"]
    return Arrays(values, np.maximum(lengths - _SHAPE, 0) // element.itemsize)


def _parse(cells: Sequence[str], kind: str) -> Arrays:
    lists = _decode("[" + ",".join(cells) + "]")
    values = np.array(list(chain.from_iterable(lists)), np.intp if kind == "int4" else np.float64)
    return Arrays(values, np.fromiter(map(len, lists), np.intp, len(lists)))
