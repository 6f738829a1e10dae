"""The ways that `benchmarks.pipeline` compares, each run in a process of its own.

product: the pull as it is, with ledger, counters, receipts of the day and rollups.
bound:   orjson.loads of each page, and COPY of ready rows to a table without a key.
careful: a dict loop, COPY to a temporary table and ON CONFLICT on (submission, indicator, code): idempotent long rows.
naive:   json_normalize, melt, to_sql.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from backend.settings import Settings
from backend.store.answers import register_answers
from backend.store.engine import open_engine, transaction
from backend.store.forms import ReadableVersion
from backend.store.migrate import upgrade
from backend.store.save import Item
from backend.store.tables import area_set, form, pull, survey
from benchmarks.kobo_data import DEPLOYED_ON, FORM_ID
from mappings.apply import needed_answers
from mappings.privacy.pseudonym import Keys
from workers.context import Context
from workers.pull import Run
from workers.reading import Reader

_TABLES = "submission, ledger, reject, counter, daily, inbox, rollup, rollup_due, coverage, effort, pull"


@dataclass(frozen=True, slots=True)
class _Page:
    items: list[Item] = field(repr=False)
    left_out: int = 0

    @property
    def read(self) -> int:
        return len(self.items)

    def settle(self, _session: Session) -> Sequence[Item]:
        return self.items

    def mark(self, session: Session) -> None:
        """The benchmark's pages lie on disk; a server's source writes its cursor here."""


class _Files:
    """A source whose server is a folder of replies."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        self._folder = folder
        self._reader = reader

    def pages(self) -> Iterator[_Page]:
        for file in sorted(self._folder.glob("*.json")):
            rows = self._reader.decoder.kobo_page(file.read_bytes())
            yield _Page([self._reader.read(raw, _received(raw)) for raw in rows if raw is not None])


def _received(raw: Any) -> date:
    return date.fromisoformat(str(raw.f3)[:10])


def product(engine: Engine, folder: Path) -> Callable[[], None]:
    mapping, places = msgspec_pickle(folder)
    _prepare(engine, mapping.survey_id)
    with transaction(engine) as session:
        ids = register_answers(session, needed_answers(mapping, {kind for kind, _ in places.sites.values()}))
        session.execute(insert(pull).values(form_id=FORM_ID, lease_owner="bench", attempts=0))
    version = ReadableVersion(mapping.form_version, mapping, DEPLOYED_ON, 1)
    reader = Reader(version, places, Keys(b"r" * 32, b"c" * 32), ids)
    context = Context(Settings(home=folder / "home"), engine)

    def run() -> None:
        Run(context, FORM_ID, "bench", _Files(folder, reader)).carry_out()

    return run


def msgspec_pickle(folder: Path) -> Any:
    import pickle

    return pickle.loads((folder / "form.pickle").read_bytes())  # noqa: S301 (written by the benchmark itself)


def _prepare(engine: Engine, survey_id: str) -> None:
    """A form row for the foreign keys; nothing of it is read."""
    with transaction(engine) as session:
        session.execute(text(f"TRUNCATE {_TABLES}"))
        if session.execute(text("SELECT 1 FROM form")).first():
            return
        session.execute(
            insert(area_set).values(
                id=1, label="b", source="b", imported_on=DEPLOYED_ON, content_sha256="0" * 64, is_current=True
            )
        )
        session.execute(insert(survey).values(**_survey(survey_id)))
        session.execute(
            insert(form).values(
                form_id=FORM_ID,
                survey_id=survey_id,
                respondent_kind="site_ki",
                title="b",
                practice=False,
                server="kobo",
                server_form_id="b",
                state="open",
            )
        )


def _survey(survey_id: str) -> dict[str, Any]:
    words = dict.fromkeys(
        (
            "org_code",
            "catalogue_version",
            "form_id",
            "form_version",
            "form_sha256",
            "purpose_text",
            "decision_owner_role",
            "residual_risk",
            "approver_role",
            "isp_ref",
            "sharing_level",
            "sampling",
            "representativeness",
        ),
        "b",
    )
    flags = {"existing_data_checked": True, "risk_assessed": True, "raw_retention_days": 14, "round": 1}
    lists = {"purpose_code": [], "limitations": [], "language": []}
    days = {"period_start": DEPLOYED_ON, "period_end": DEPLOYED_ON}
    return {"survey_id": survey_id, "country_iso3": "XBA"} | words | flags | lists | days


def bound(engine: Engine, folder: Path) -> Callable[[], None]:
    """The rows are those of a run of the product, so that both write the same bytes."""
    with engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS bare; CREATE TABLE bare AS SELECT * FROM submission WHERE false")
        with cursor.copy("COPY submission TO STDOUT") as copy:
            lines = b"".join(bytes(piece) for piece in copy).splitlines(keepends=True)
        connection.connection.commit()
    files = sorted(folder.glob("*.json"))
    size = -(-len(lines) // len(files))
    ready = [b"".join(lines[start : start + size]) for start in range(0, len(lines), size)]

    def run() -> None:
        with engine.connect() as connection:
            cursor: Any = connection.connection.cursor()
            for file, rows in zip(files, ready, strict=False):
                orjson.loads(file.read_bytes())
                with cursor.copy("COPY bare FROM STDIN") as copy:
                    copy.write(rows)
                connection.connection.commit()

    return run


_LONG = (
    "submission text, indicator text, code text, adm1 text, adm2 text, adm3 text, site text, period text,"
    " grp text, sex text, enum text, value double precision"
)


def careful(engine: Engine, folder: Path) -> Callable[[], None]:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS long_rows"))
        connection.execute(text(f"CREATE TABLE long_rows ({_LONG}, PRIMARY KEY (submission, indicator, code))"))

    def run() -> None:
        with engine.connect() as connection:
            cursor: Any = connection.connection.cursor()
            for file in sorted(folder.glob("*.json")):
                cursor.execute("CREATE TEMP TABLE fresh (LIKE long_rows) ON COMMIT DROP")
                with cursor.copy("COPY fresh FROM STDIN") as copy:
                    copy.write("".join(_long_lines(orjson.loads(file.read_bytes())["results"])))
                cursor.execute(
                    "INSERT INTO long_rows SELECT DISTINCT ON (submission, indicator, code) * FROM fresh"
                    " ON CONFLICT (submission, indicator, code) DO UPDATE SET value = excluded.value"
                )
                connection.connection.commit()

    return run


def _long_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    import hmac

    for row in rows:
        if row.get("consent/con_given") != "yes":
            continue
        key = hmac.digest(b"r" * 32, row["meta/rootUuid"].encode(), "sha256")[:16].hex()
        head = [row.get(f"who/{name}", "") for name in ("adm1", "adm2", "adm3", "site")]
        tail = [row["today"][:7], row.get("who/group", ""), row.get("who/sex", ""), row.get("who/enum", "")]
        shared = "\t".join([*head, *tail])
        for path, value in row.items():
            _, _, name = path.partition("/")
            if not name.startswith("q"):
                continue
            for code in value.split(" "):
                number = code if code.isdecimal() else "\\N"
                yield f"{key}\t{path}\t{'' if code.isdecimal() else code}\t{shared}\t{number}\n"
        for place, inner in enumerate(row.get("incidents", ())):
            for path, value in inner.items():
                number = value if value.isdecimal() else "\\N"
                yield f"{key}\t{path}#{place}\t{'' if value.isdecimal() else value}\t{shared}\t{number}\n"


def naive(engine: Engine, folder: Path) -> Callable[[], None]:
    import pandas

    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS melted"))

    def run() -> None:
        for file in sorted(folder.glob("*.json")):
            frame = pandas.json_normalize(json.loads(file.read_bytes())["results"])
            frame = frame.drop(columns=["incidents"], errors="ignore")
            lists = [
                name for name in frame.columns if frame[name].map(lambda cell: isinstance(cell, list | dict)).any()
            ]
            long = frame.drop(columns=lists).astype(str).melt(id_vars=["_uuid", "who/adm1", "today"])
            long.to_sql("melted", engine, if_exists="append", index=False, method=None)

    return run


def main() -> None:
    way, url, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    engine = open_engine(url)
    upgrade(engine)
    run = {"product": product, "bound": bound, "careful": careful, "naive": naive}[way](engine, folder)
    submissions = 1000 * len(list(folder.glob("*.json")))
    start = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rate": submissions / seconds, "memory": peak}))


if __name__ == "__main__":
    main()
