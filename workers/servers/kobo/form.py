"""One form on a KoBoToolbox: how many rows it has, its list, its answers, its versions and its history."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec

from backend.store.verdicts import Intake
from mappings.kobo import OWN_VERSION, RECEIVED, ROOT, KoboListing, KoboRow
from workers.net import NetError, Reply
from workers.servers.kobo.address import LIST_FIELDS, PAGE_ROWS, Query, after, batches, data_path
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.content import FormContent
from workers.servers.replies import parsed, server_time, understood

_NO_HISTORY = frozenset({403, 404})
_MISSING = frozenset({404})
_MOST_HISTORY = 20
_UID = re.compile(r"[A-Za-z0-9]{10,40}")
_DELETED = "delete-submission"
_OWN_FORM = "fv_form"
_Kind = TypeVar("_Kind")


class Head(NamedTuple):
    """How many rows there are, and the highest `_id` (0 without rows)."""

    rows: int
    top: int


class Changes(NamedTuple):
    """Roots as the list writes them. `until`: the server's clock when it was asked. `is_whole`: all were read."""

    edited: frozenset[str]
    deleted: frozenset[str]
    until: datetime
    is_whole: bool


class _Permission(msgspec.Struct):
    codename: str = ""


class _Settings(msgspec.Struct):
    public_key: str | None = None


class _Question(msgspec.Struct):
    name: str = ""
    calculation: str = ""


class Content(msgspec.Struct):
    """The questions of one version, as far as they are looked at."""

    survey: list[_Question] = []
    settings: _Settings | list[_Settings] = msgspec.field(default_factory=_Settings)

    @property
    def own_version(self) -> str:
        """What our hidden line brings back; '' in a form that has none."""
        return self._line(OWN_VERSION)

    @property
    def own_form(self) -> str:
        return self._line(_OWN_FORM)

    def _line(self, name: str) -> str:
        said = [question.calculation for question in self.survey if question.name == name]
        return said[0].strip().strip("'\"") if said else ""


class FormState(msgspec.Struct):
    """What the server says of the form to this account."""

    owner__username: str = ""
    effective_permissions: list[_Permission] = []
    deployment__encrypted: bool | None = None
    has_deployment: bool = True
    deployment__active: bool = True
    content: Content = msgspec.field(default_factory=Content)

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset(one.codename for one in self.effective_permissions)

    @property
    def intake(self) -> Intake:
        if not self.has_deployment:
            return Intake.UNDEPLOYED
        return Intake.OPEN if self.deployment__active else Intake.ARCHIVED

    @property
    def is_encrypted(self) -> bool:
        found = self.content.settings
        has_key = any(one.public_key for one in (found if isinstance(found, list) else [found]))
        return has_key or bool(self.deployment__encrypted)


class _Version(msgspec.Struct):
    content: FormContent = msgspec.field(default_factory=FormContent)


class _Submission(msgspec.Struct):
    root_uuid: str | None = None


class _Metadata(msgspec.Struct):
    submission: _Submission | None = None


class _Event(msgspec.Struct):
    """Names of users and their addresses are in it too: never decoded."""

    action: str = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _History(msgspec.Struct):
    results: list[_Event]
    next: str | None = None


class KoboForm:
    """`fields`: what is asked of each row that is read; None for all of it."""

    def __init__(self, client: KoboClient, asset: str, fields: Sequence[str] | None) -> None:
        self.client, self.asset, self._fields = client, asset, fields

    def state(self) -> FormState:
        return self.client.json(f"api/v2/assets/{quote(self.asset, safe='')}/", FormState)

    def head(self) -> Head:
        found = self.client.listing(data_path(self.asset, fields=("_id",), newest=True, limit=1))
        return Head(found.matching, found.rows[0].id if found.rows else 0)

    def rows_up_to(self, top: int) -> int:
        path = data_path(self.asset, query={"_id": {"$lte": top}}, fields=("_id",), limit=1)
        return self.client.listing(path).matching

    def list_part(self, last: int, up_to: int, limit: int = PAGE_ROWS) -> KoboListing:
        """The next rows above `last`, without answers."""
        return self._part(after(last, up_to), LIST_FIELDS, last, limit)

    def dated_part(self, last: int, up_to: int) -> KoboListing:
        """As `list_part`, with the day each row was received."""
        return self._part(after(last, up_to), (*LIST_FIELDS, RECEIVED), last)

    def answers_part(self, last: int, up_to: int | None = None, limit: int = PAGE_ROWS) -> KoboListing:
        """The next rows above `last`, with answers."""
        return self._part(after(last, up_to), self._fields, last, limit)

    def list_roots(self, roots: Sequence[str]) -> list[KoboRow]:
        return self._list_of(ROOT, roots)

    def list_ids(self, ids: Sequence[int]) -> list[KoboRow]:
        return self._list_of("_id", ids)

    def _list_of(self, field: str, values: Sequence[Any]) -> list[KoboRow]:
        queries = batches(self.asset, field, values, LIST_FIELDS)
        return [row for query in queries for rows in self._parts(query, LIST_FIELDS) for row in rows]

    def answers(self, ids: Sequence[int]) -> Iterator[list[KoboRow]]:
        for query in batches(self.asset, "_id", ids, self._fields):
            yield from self._parts(query, self._fields)

    def _parts(self, query: Query, fields: Sequence[str] | None) -> Iterator[list[KoboRow]]:
        """All that matches, however small the pages that the server cuts it into."""
        found = self._part(query, fields)
        yield found.rows
        while found.has_more:
            last = found.rows[-1].id
            found = self._part({**query, "_id": {**query.get("_id", {}), "$gt": last}}, fields, last)
            yield found.rows

    def _part(self, query: Query, fields: Sequence[str] | None, last: int = 0, limit: int = PAGE_ROWS) -> KoboListing:
        found = self.client.listing(data_path(self.asset, query=query, fields=fields, limit=limit))
        if found.rows and found.rows[0].id <= last:
            raise NetError("The server does not go on where it was asked to; its list cannot be read", permanent=True)
        return found

    def content(self, version: str) -> FormContent | None:
        """None when there is no such version."""
        if not _UID.fullmatch(version):
            return None
        path = f"api/v2/assets/{quote(self.asset, safe='')}/versions/{version}/"
        found = self._found(path, _MISSING, _Version)
        return found[1].content if found else None

    def changes(self, since: datetime) -> Changes | None:
        """Edits, reviews and deletions; None when this account may not read the history."""
        edited, deleted, until, events = set[str](), set[str](), datetime.now(UTC), 0
        for _ in range(_MOST_HISTORY):
            found = self._found(self._history_path(since, events), _NO_HISTORY, _History)
            if found is None:
                return None
            reply, history = found
            until = min(until, server_time(reply))
            # As many as came, not as were asked for: the server may cut pages down further one day.
            events += len(history.results)
            for event in history.results:
                root = event.metadata.submission and event.metadata.submission.root_uuid
                if root:
                    (deleted if event.action == _DELETED else edited).add(f"uuid:{root.removeprefix('uuid:')}")
            if history.next is None:
                break
        return Changes(frozenset(edited - deleted), frozenset(deleted), until, is_whole=history.next is None)

    def _found(self, path: str, missing: frozenset[int], kind: type[_Kind]) -> tuple[Reply, _Kind] | None:
        """None when the status is one of `missing`."""

        def ask() -> tuple[Reply, _Kind] | None:
            reply = self.client.ask(path, accept=missing)
            return None if reply.status in missing else (reply, parsed(reply.body, kind))

        return understood(ask)

    def _history_path(self, since: datetime, start: int) -> str:
        # Without the quotes around the time the server finds nothing and calls it a success.
        wanted = f'(action:modify-submission OR action:{_DELETED}) AND date_created__gte:"{since:%Y-%m-%dT%H:%M:%SZ}"'
        options = f"q={quote(wanted, safe='')}&limit={PAGE_ROWS}&start={start}"
        return f"api/v2/assets/{quote(self.asset, safe='')}/history/?{options}"
