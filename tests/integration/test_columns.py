"""Rows read column by column are the rows that were written, on both databases and across batches."""

from typing import Any

from small_store import put_areas, put_form
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.store.bulk import insert_rows
from backend.store.columns import Arrays, stream_columns
from backend.store.engine import reading, transaction
from backend.store.save import _SUBMISSION_COLUMNS as COLUMNS
from backend.store.tables import submission

LISTS: list[tuple[list[int], list[int], list[float]]] = [
    ([1, 70_000, 2_000_000_000], [5], [2.5]),
    ([], [], []),
    ([9], [7, 7], [-0.125, 16_777_217.0]),
]


def put_rows(session: Session, number: int) -> None:
    fixed: dict[str, Any] = {"form_id": "small", "withdrawal_key": None, "adm2_pcode": None, "adm3_pcode": None}
    fixed |= {"site_key": "ab" * 16, "minutes": None, "source_group": None, "source_sex": None, "period": "2026-04"}
    fixed |= {"revision": "0" * 16, "collector_key": "cd" * 16, "adm1_pcode": "XA01"}
    rows = []
    for at in range(number):
        c, nk, nv = LISTS[at % len(LISTS)]
        own = fixed | {"submission_key": f"{at:032x}", "c": c, "nk": nk, "nv": nv, "e": []}
        rows.append([own.get(name, "v") for name in COLUMNS])
    insert_rows(session, submission, COLUMNS, rows)


def number(key: str | bytes) -> int:
    return int.from_bytes(key) if isinstance(key, bytes) else int(key, 16)


def lists(column: Any) -> list[list[float]]:
    assert isinstance(column, Arrays)
    found: list[list[float]] = [[] for _ in column.lengths]
    for row, item in zip(column.rows.tolist(), column.items.tolist(), strict=True):
        found[row].append(item)
    return found


def test_arrays_come_back_as_they_were_written(engine: Engine) -> None:
    put_areas(engine)
    put_form(engine)
    with transaction(engine) as session:
        put_rows(session, 2500)

    with reading(engine) as session:
        where = {"form_id": "small", "period": "2026-04"}
        batches = list(stream_columns(session, submission, ("submission_key", "minutes", "c", "nk", "nv"), where))

    found = {
        number(one[0][at]): row for one in batches for at, row in enumerate(zip(*map(lists, one[2:]), strict=True))
    }
    assert len(batches) > 1
    assert {minutes for one in batches for minutes in one[1]} == {None}
    assert found == {at: LISTS[at % len(LISTS)] for at in range(2500)}


def test_no_rows_are_no_batches(engine: Engine) -> None:
    with reading(engine) as session:
        assert list(stream_columns(session, submission, ("c",), {"form_id": "none"})) == []
