"""One form on an ODK Central: its state, its fields, the list of its submissions, and their answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote_plus

import msgspec

from backend.store.verdicts import Intake
from mappings.central import CentralRow, central_page, odata_name
from mappings.xform import UnreadableError, read_envelope
from workers.net import Reply
from workers.servers.central.client import CentralClient, escaped
from workers.servers.replies import GarbledError, parsed, server_time, understood

# One request of the list is one look at the database: up to here it cannot have changed in the middle.
LIST_PART = 20_000
INSTANCE = "meta/instanceID"
# nginx in front of Central takes 8 kB of address; the path and the other options need some of it.
_FILTER_CHARACTERS = 6_000
_MOST_IDS = 100
_MOST_SELECT = 4_000
# What is read of a row beside its answers: neither who sent it, nor from which device.
_SYSTEM = (
    "__id",
    "__system/submissionDate",
    "__system/formVersion",
    "__system/edits",
    "__system/status",
    INSTANCE,
)
_NOT_MODIFIED, _MISSING, _NOT_UNDERSTOOD = frozenset({304}), frozenset({404}), frozenset({501})
# ODK Collect, KoboCollect, and browsers (Enketo, ODK Web Forms).
_CHECKING = (b'"org.odk.collect.', b'"org.koboc.collect.', b'"Mozilla/')
_NOT_CHOSEN = frozenset({400, 501})
_INTAKES = {"closing": Intake.CLOSING, "closed": Intake.CLOSED}


class FormState(msgspec.Struct, rename="camel", frozen=True):
    """`key_id` is set when the project encrypts: nothing can be read then."""

    state: str
    version: str | None = None
    hash: str | None = None
    key_id: int | None = None

    @property
    def intake(self) -> Intake:
        return _INTAKES.get(self.state, Intake.OPEN)


class _CurrentVersion(msgspec.Struct, rename="camel"):
    instance_id: str


class _ListRow(msgspec.Struct, rename="camel"):
    instance_id: str
    current_version: _CurrentVersion
    created_at: str
    review_state: str | None = None
    # It names the phone, so it is never decoded.
    user_agent: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def is_checked(self) -> bool:
        return bytes(self.user_agent).startswith(_CHECKING)


class _Field(msgspec.Struct):
    path: str
    type: str


class _Counted(msgspec.Struct):
    count: int = msgspec.field(name="@odata.count")


class ListRow(NamedTuple):
    """`root` never changes; `instance` is the newest edit's own id, the same as `root` without edits.

    `review` is one of few words, '' while nobody has decided. `is_checked`: filled in an app that takes a number only
    for a number; what a program sends may hold anything.
    """

    root: str
    instance: str
    created: str
    review: str
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class ListPart:
    """`etag` changes with the rows of this part; '' where a proxy takes it away. `at`: the server's clock then."""

    rows: list[ListRow]
    etag: str
    at: datetime


_REVIEWS = frozenset({"hasIssues", "edited", "rejected", "approved"})


def review_word(said: str | None) -> str:
    """What is no word of Central's own may say anything, and is kept as `other`."""
    return said if said in _REVIEWS else "other" if said else ""


class CentralForm:
    """`server_form_id` is `<project>/<xmlFormId>`, `part_size` the rows of one part of the list. Raises NetError."""

    def __init__(self, client: CentralClient, server_form_id: str, part_size: int = LIST_PART) -> None:
        project, _, name = server_form_id.partition("/")
        self.client, self.part_size = client, part_size
        self._select = ""
        self.path = f"projects/{escaped(project)}/forms/{escaped(name)}"

    def state(self) -> FormState:
        return self.client.json(self.path, FormState)

    def fields(self) -> dict[str, str]:
        """Type of each field of the published version, by the path that mappings use."""
        found = self.client.json(f"{self.path}/fields", list[_Field])
        return {field.path.lstrip("/"): field.type for field in found}

    def count(self, only: str = "") -> int:
        """Rows of the form; with `only`, those that this OData filter lets through."""
        params = {"$top": "0", "$count": "true", **({"$filter": only} if only else {})}
        return self.client.json(f"{self.path}.svc/Submissions", _Counted, params=params).count

    def list_part(self, number: int, before: int = 0) -> ListPart:
        """The newest first. With so many of the rows `before` it."""
        limit, offset = self.part_size + before, number * self.part_size - before
        return understood(lambda: _part(self._list(limit, offset)))

    def list_part_unless(self, number: int, etag: str) -> ListPart | None:
        """None when the part still has this ETag: that costs the server next to nothing."""

        def ask() -> ListPart | None:
            reply = self._list(self.part_size, number * self.part_size, etag)
            return None if reply.status == 304 else _part(reply)

        return understood(ask)

    def tag_unless(self, number: int, etag: str) -> str | None:
        """The ETag that a part has today, without its rows; None when it is still this one, '' where none came."""
        reply = self._list(self.part_size, number * self.part_size, etag, method="HEAD")
        return None if reply.status == 304 else reply.headers.get("etag", "")

    def newest(self, rows: int) -> list[ListRow]:
        """The first so many rows of the list."""
        return understood(lambda: _part(self._list(rows, 0)).rows)

    def _list(self, limit: int, offset: int, etag: str = "", method: str = "GET") -> Reply:
        return self.client.ask(
            f"{self.path}/submissions",
            method=method,
            params={"limit": str(limit), "offset": str(offset)},
            headers={"If-None-Match": etag} if etag else {},
            accept=_NOT_MODIFIED,
        )

    def ask_only(self, paths: Iterable[str]) -> None:
        """From now on rows hold these answers and nothing else; all of a row when the address has no room for them."""
        names = ("/".join(odata_name(name) for name in path.split("/")) for path in paths if path)
        select = ",".join((*_SYSTEM, *dict.fromkeys(names)))
        self._select = select if len(quote_plus(select)) <= _MOST_SELECT else ""

    def ask_all(self) -> None:
        """Rows come whole: Central cannot choose among the questions of a repeat."""
        self._select = ""

    def batches(self, ids: Sequence[str]) -> list[list[str]]:
        return batches(ids, _FILTER_CHARACTERS - len(quote_plus(self._select)))

    def window(self, skip: int, top: int) -> list[CentralRow]:
        """Rows by their place in the list. Rows move while phones send: what is missing is asked for by its id."""
        return self._rows({"$skip": str(skip), "$top": str(top)}, frozenset()) or []

    def by_ids(self, ids: Sequence[str]) -> list[CentralRow] | None:
        """None from a Central that cannot filter by id (before 2025.3)."""
        return self._rows({"$filter": any_of(ids)}, _NOT_UNDERSTOOD)

    def xml(self, root: str) -> bytes | None:
        """The newest edit as the phone wrote it; None when the submission is not there any more.

        What cannot be opened is asked for again: half a form of a phone comes the same twice, what broke off on the
        way does not, and to take that for the answer would lose it.
        """

        def ask() -> bytes | None:
            found = self._xml(root)
            if found is None or _can_be_opened(found) or self._xml(root) == found:
                return found
            raise GarbledError("A submission broke off on its way")

        return understood(ask)

    def _xml(self, root: str) -> bytes | None:
        reply = self.client.ask(f"{self.path}/submissions/{escaped(root)}.xml", accept=_MISSING)
        if reply.status == 404:
            return None
        if "xml" not in reply.headers.get("content-type", ""):
            raise GarbledError("Something else came in the place of a submission: the page of a proxy?")
        return reply.body

    def _rows(self, options: dict[str, str], accept: frozenset[int]) -> list[CentralRow] | None:
        def ask() -> list[CentralRow] | None:
            wanted = {"$select": self._select} if self._select else {"$expand": "*"}
            maybe = accept | _NOT_CHOSEN if self._select else accept
            reply = self.client.ask(f"{self.path}.svc/Submissions", params={**wanted, **options}, accept=maybe)
            if self._select and reply.status in _NOT_CHOSEN:
                # Older than 2022.3, or a version was published that has other questions.
                self._select = ""
                return ask()
            if reply.status in accept:
                return None
            try:
                return central_page(reply.body)
            except UnreadableError:
                raise GarbledError("A page of answers broke off, or is not what ODK Central answers") from None

        return understood(ask)


def batches(ids: Sequence[str], most: int = _FILTER_CHARACTERS) -> list[list[str]]:
    """Ids for one filter each, as many as an address can hold."""
    found: list[list[str]] = []
    room = 0
    for one in ids:
        length = len(quote_plus(f"{_equals(one)} or "))
        if not found or room < length or len(found[-1]) == _MOST_IDS:
            found.append([])
            room = most
        found[-1].append(one)
        room -= length
    return found


def any_of(ids: Sequence[str]) -> str:
    return " or ".join(map(_equals, ids))


def _can_be_opened(xml: bytes) -> bool:
    try:
        read_envelope(xml)
    except UnreadableError:
        return False
    return True


def _equals(one: str) -> str:
    return "__id eq '{}'".format(one.replace("'", "''"))


def _part(reply: Reply) -> ListPart:
    found = parsed(reply.body, list[_ListRow])
    rows = [
        ListRow(
            root=one.instance_id,
            instance=one.current_version.instance_id,
            created=one.created_at,
            review=review_word(one.review_state),
            is_checked=one.is_checked,
        )
        for one in found
    ]
    return ListPart(rows, reply.headers.get("etag", ""), server_time(reply))
