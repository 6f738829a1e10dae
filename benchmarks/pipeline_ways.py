"""The ways that `benchmarks.pipeline` compares, each run in a process of its own.

product: the pull as it is, with ledger, counters, receipts of the day and rollups.
bound:   orjson.loads of each page, and COPY of ready rows to a table without a key.
careful: a dict loop, COPY to a temporary table and ON CONFLICT on a key of five columns: long, idempotent rows.
naive:   json_normalize, melt, to_sql, as found in many scripts: nothing is checked, a second run doubles the rows.
"""

import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, text

from benchmarks.kobo_data import FORM_ID

Run = Callable[[], None]


def product(engine: Engine, folder: Path) -> Run:
    # Here, so that the other ways do not carry the product's imports.
    from benchmarks.pipeline_product import open_run

    return open_run(engine, folder)


def bound(engine: Engine, folder: Path) -> Run:
    """The rows are those of a run of the product, so that both write the same bytes."""
    with engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS bare; CREATE TABLE bare AS SELECT * FROM submission WHERE false")
        with cursor.copy("COPY submission TO STDOUT") as copy:
            lines = b"".join(bytes(piece) for piece in copy).splitlines(keepends=True)
        connection.connection.commit()
    files = _pages(folder)
    size = -(-len(lines) // len(files))
    ready = [b"".join(lines[start : start + size]) for start in range(0, len(lines), size)]

    def run() -> None:
        with engine.connect() as connection:
            cursor: Any = connection.connection.cursor()
            for file, rows in zip(files, ready, strict=True):
                orjson.loads(file.read_bytes())
                with cursor.copy("COPY bare FROM STDIN") as copy:
                    copy.write(rows)
                connection.connection.commit()

    return run


_KEY = "form_id, submission_key, indicator, part, code"
_LONG = (
    "form_id text, submission_key uuid, indicator text, part smallint, code text, value double precision,"
    " adm1 text, adm2 text, site text, period text, source_group text, collector text"
)
_REPLACED = ("value", "adm1", "adm2", "site", "period", "source_group", "collector")


def careful(engine: Engine, folder: Path) -> Run:
    """What an experienced colleague would write: an own row for each observation, and no second one at a re-run."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS long_rows"))
        connection.execute(text(f"CREATE TABLE long_rows ({_LONG}, PRIMARY KEY ({_KEY}))"))
    fresh = f"SELECT DISTINCT ON ({_KEY}) * FROM fresh"  # noqa: S608 (our own names)
    replaced = ", ".join(f"{name} = excluded.{name}" for name in _REPLACED)
    upsert = f"INSERT INTO long_rows {fresh} ON CONFLICT ({_KEY}) DO UPDATE SET {replaced}"

    def run() -> None:
        with engine.connect() as connection:
            cursor: Any = connection.connection.cursor()
            for file in _pages(folder):
                cursor.execute("CREATE TEMP TABLE fresh (LIKE long_rows) ON COMMIT DROP")
                with cursor.copy("COPY fresh FROM STDIN") as copy:
                    copy.write("".join(_long_lines(orjson.loads(file.read_bytes())["results"])))
                cursor.execute(upsert)
                connection.connection.commit()

    return run


def _long_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row.get("consent/con_given") != "yes":
            continue
        key = hmac.digest(b"r" * 32, row["meta/rootUuid"].encode(), "sha256")[:16].hex()
        collector = hmac.digest(b"r" * 32, row["who/enum"].encode(), "sha256")[:16].hex()
        head = f"{FORM_ID}\t{key}"
        tail = "\t".join(
            [row["who/adm1"], row["who/adm2"], row["who/site"], row["today"][:7], row["who/group"], collector]
        )
        for path, value in row.items():
            if path.partition("/")[2].startswith("q"):
                yield from _answer_lines(f"{head}\t{path}\t0", value, tail)
        for part, inner in enumerate(row.get("incidents", ()), start=1):
            for path, value in inner.items():
                yield from _answer_lines(f"{head}\t{path}\t{part}", value, tail)


def _answer_lines(head: str, value: str, tail: str) -> Iterator[str]:
    if value.isdecimal():
        yield f"{head}\t\t{value}\t{tail}\n"
    else:
        for code in value.split(" "):
            yield f"{head}\t{code}\t\\N\t{tail}\n"


_ABOUT = ["_uuid", "today", "who/adm1", "who/adm2", "who/site", "who/group", "who/enum"]


def naive(engine: Engine, folder: Path) -> Run:
    import pandas

    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS melted"))

    def run() -> None:
        for file in _pages(folder):
            rows = json.loads(file.read_bytes())["results"]
            # A record without the repeat makes json_normalize raise, so these are left out here.
            with_repeat = [row for row in rows if "incidents" in row]
            wide = pandas.json_normalize(rows)
            inner = pandas.json_normalize(with_repeat, record_path="incidents", meta=_ABOUT)
            for frame in (wide, inner):
                asked = [name for name in frame if "/q" in name or name.startswith("incidents/")]
                long = frame.melt(id_vars=_ABOUT, value_vars=asked).dropna(subset="value")
                long.to_sql("melted", engine, if_exists="append", index=False)

    return run


def _pages(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


WAYS: dict[str, Callable[[Engine, Path], Run]] = {
    "product": product,
    "bound": bound,
    "careful": careful,
    "naive": naive,
}
