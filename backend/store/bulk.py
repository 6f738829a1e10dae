"""Many rows at once: COPY on PostgreSQL, a few dozen a statement on SQLite, and look-ups by a list of keys."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, Table, Text, any_, bindparam, cast, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Cell = str | int | float | None | list[int] | list[float]

# The type of a Key in the database; the column's own type would bind a list as if it were one key.
_UUID = postgresql.UUID(as_uuid=False)
_UUIDS = postgresql.ARRAY(_UUID)
_NUMBERS = postgresql.ARRAY(BigInteger)
# The fewest that any SQLite takes in one statement.
_SQLITE_MARKS = 999
_SIGNS = "\\\t\n\r"
_ESCAPES = str.maketrans(dict(zip(_SIGNS, ("\\\\", "\\t", "\\n", "\\r"), strict=True)))


def is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Inserts rows whose cells follow `columns`. A key already there raises IntegrityError, and nothing stays."""
    if not rows:
        return
    names = ", ".join(columns)
    connection = session.connection()
    if not is_postgres(session):
        for marks, many in _sqlite_statements(_sqlite_rows(rows), len(columns)):
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES {marks}", many)  # noqa: S608 (ours)
        return
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        copy.write(copy_text(rows))


def merge_rows(
    session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Cell]], on_conflict: str
) -> None:
    """A few dozen rows in one statement; `on_conflict` says in SQL what becomes of a row whose key is there.

    One by one they would take as long as everything else that is saved with a page.
    """
    if not rows:
        return
    names = ", ".join(columns)
    driver = session.connection()
    if is_postgres(session):
        # One text for any number of rows, so that driver and server read and plan the statement once.
        given = msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()
        found = f"SELECT {names} FROM json_populate_recordset(NULL::{table.name}, %s)"  # noqa: S608 (our own names)
        driver.exec_driver_sql(f"INSERT INTO {table.name} ({names}) {found} {on_conflict}", (given,))
        return
    for marks, many in _sqlite_statements(rows, len(columns)):
        statement = f"INSERT INTO {table.name} ({names}) VALUES {marks} {on_conflict}"  # noqa: S608 (our own names)
        driver.exec_driver_sql(statement, many)


def copy_text(rows: Sequence[Sequence[Cell]]) -> str:
    """Rows in PostgreSQL's text format, made column by column: a call for each cell would take twice as long."""
    columns = [_copy_column(column) for column in zip(*rows, strict=True)]
    return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


def _copy_column(column: Sequence[Cell]) -> Sequence[str]:
    """All cells of a column are of one type, or None; a list is never None."""
    first = _first(column)
    if isinstance(first, list):
        return ["{" + numbers + "}" for numbers in _numbers(column)]
    if isinstance(first, str):
        return _copy_texts(column)  # type: ignore[arg-type]  # all of one type
    return ["\\N" if cell is None else str(cell) for cell in column]


def _copy_texts(column: Sequence[str | None]) -> Sequence[str]:
    """What we store are codes, so most columns need no escaping: a look at their different texts tells."""
    different = set(column)
    looked_at = "".join([text for text in different if text is not None])
    if any(sign in looked_at for sign in _SIGNS):
        column = [text and text.translate(_ESCAPES) for text in column]
    if None in different:
        return ["\\N" if text is None else text for text in column]
    return column  # type: ignore[return-value]  # without None


def _first(column: Sequence[Cell]) -> Cell:
    return next((cell for cell in column if cell is not None), None)


def _numbers(column: Sequence[Cell]) -> list[str]:
    """Of lists of numbers, what stands between the brackets.

    The JSON encoder writes them several times faster than a join of their texts, all at once fastest.
    """
    return msgspec.json.encode(column)[2:-2].decode().split("],[")


def _sqlite_rows(rows: Sequence[Sequence[Cell]]) -> list[tuple[Any, ...]]:
    """Lists as JSON, everything else as it is."""
    columns = list(zip(*rows, strict=True))
    texts = [
        ["[" + one + "]" for one in _numbers(cells)] if isinstance(_first(cells), list) else cells for cells in columns
    ]
    return list(zip(*texts, strict=True))


def _sqlite_statements(
    rows: Sequence[Sequence[Cell | str]], width: int
) -> Iterator[tuple[str, list[tuple[Cell | str, ...]]]]:
    """The marks for a few dozen rows, and all rows in such portions; then those for the rest.

    The driver gives the interpreter away for every statement it runs. With a statement for each row, the thread that
    reads the next page was interrupted, and this one waited for it, a thousand times a page.
    """
    portion = max(1, _SQLITE_MARKS // width)
    whole = len(rows) - len(rows) % portion
    for size, part in ((portion, rows[:whole]), (len(rows) - whole, rows[whole:])):
        if part:
            marks = ", ".join([f"({', '.join('?' * width)})"] * size)
            starts = range(0, len(part), size)
            yield marks, [tuple(chain.from_iterable(part[start : start + size])) for start in starts]


def dialect_insert(session: Session) -> Any:
    """The `insert` that knows ON CONFLICT on this database."""
    return postgresql.insert if is_postgres(session) else sqlite.insert


def upsert(session: Session, table: Table, row: dict[str, Any], key: Sequence[str]) -> None:
    """One row, written over the one with the same key."""
    statement = dialect_insert(session)(table).values(**row)
    rest = {name: statement.excluded[name] for name in row if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=rest or row))


def among(session: Session, column: ColumnElement[Any], keys: Iterable[str]) -> ColumnElement[bool]:
    """`column` is one of `keys`, as one bound text however many keys there are: the statement is compiled once."""
    if is_postgres(session):
        return type_coerce(column, _UUID) == _any_of(keys, _UUIDS)
    return column.in_(_listed(list(keys)))


def among_numbers(session: Session, column: ColumnElement[Any], numbers: Collection[int]) -> ColumnElement[bool]:
    """As `among`, for a column of whole numbers."""
    if is_postgres(session):
        return column == _any_of(map(str, numbers), _NUMBERS)
    return column.in_(_listed(list(numbers)))


def _any_of(values: Iterable[str], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    # One text, cast by the server: the driver would look at each value for signs to escape. In a subquery of its own,
    # since the server would cast it anew for every row it looks at.
    text = cast(bindparam("among", "{" + ",".join(values) + "}", type_=Text()), kind)
    return any_(cast(select(text).scalar_subquery(), kind))


def _listed(values: Sequence[str] | Sequence[int]) -> Select[Any]:
    return select(func.json_each(json.dumps(values)).table_valued("value").c.value)
