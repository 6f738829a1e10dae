"""Addresses of KoBo's data list. Proxies cut an address at 4 to 8 kB, so ours stay below four."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from mappings.kobo import INSTANCE, OWN_VERSION, RECEIVED, REVIEW, ROOT, VERSION
from workers.reading import Reading

PAGE_ROWS = 1000
"""More is cut down to it without a word (since March 2026)."""
LONGEST = 4_000
_MOST_IN_ONE = 200
_ROOM_FOR_HOST = 120
_ROOM_FOR_QUERY = 900
LIST_FIELDS = ("_id", "_uuid", REVIEW)
"""What a comparison needs. The review comes back empty unless it is named; the root always comes."""
_ALWAYS = ("_id", "_uuid", ROOT, INSTANCE, VERSION, OWN_VERSION, RECEIVED, REVIEW)

Query = Mapping[str, Any]


def after(last: int, up_to: int | None = None) -> Query:
    """Rows above `last`, up to and with `up_to`."""
    return {"_id": {"$gt": last} if up_to is None else {"$gt": last, "$lte": up_to}}


def data_path(
    asset: str, *, query: Query | None = None, fields: Sequence[str] | None = None, newest: bool = False, limit: int
) -> str:
    """By growing `_id`, or the newest first. Never by `start`: a deletion would shift rows past the reader."""
    asked: dict[str, Any] = {"sort": {"_id": -1 if newest else 1}}
    if query:
        asked["query"] = query
    if fields:
        asked["fields"] = fields
    # Slashes and colons may stand in a query; to write them as they are saves a third of the address.
    options = [f"{name}={quote(msgspec.json.encode(value), safe='/:,$')}" for name, value in asked.items()]
    return f"api/v2/assets/{quote(asset, safe='')}/data/?format=json&limit={limit}&{'&'.join(options)}"


def answer_fields(opened: Reading) -> tuple[str, ...] | None:
    """The questions that some mapping reads, and nothing else; None when the address has no room for their names.

    A repeat comes whole: KoBo cannot choose inside it.
    """
    layouts = [reader.decoder.layout for reader in opened.readers.values()]
    asked = [path for layout in layouts for path in (*layout.singles, *(path for path, _ in layout.repeats))]
    fields = tuple(dict.fromkeys((*_ALWAYS, *filter(None, asked))))
    return fields if len(data_path("a" * 22, fields=fields, limit=PAGE_ROWS)) < LONGEST - _ROOM_FOR_QUERY else None


def batches(asset: str, field: str, values: Sequence[Any], fields: Sequence[str] | None) -> Iterator[Query]:
    """Queries for the rows whose `field` is one of `values`, as many in one as an address has room for."""
    chosen: list[Any] = []
    for value in values:
        wider = {field: {"$in": [*chosen, value]}}
        path = data_path(asset, query=wider, fields=fields, limit=PAGE_ROWS)
        if chosen and (len(chosen) == _MOST_IN_ONE or len(path) > LONGEST - _ROOM_FOR_HOST):
            yield {field: {"$in": chosen}}
            chosen = []
        chosen.append(value)
    if chosen:
        yield {field: {"$in": chosen}}
