"""The names of questions on a server, version by version, and the names in a few whole submissions: never a value."""

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from sqlalchemy.orm import Session

from backend.store.forms import FormHead
from backend.store.letter_end import newest_letters
from backend.store.servers import ServerKind
from mappings.drift import letter_names, row_names
from mappings.kobo import OWN_VERSION
from mappings.xform import UnreadableError
from workers.context import Context
from workers.crypto import LetterUnreadableError
from workers.letter_keys import LetterKeys
from workers.servers.central import client as central_client
from workers.servers.central.client import CentralClient, escaped
from workers.servers.central.form import CentralForm
from workers.servers.kobo import client as kobo_client
from workers.servers.kobo.address import data_path
from workers.servers.kobo.client import KoboClient
from workers.servers.registry import LETTERBOX, require_server
from workers.servers.replies import parsed

# One page a day, whole: a server writes more into it than is ever asked for otherwise, so it is small.
_ROWS, _DOCUMENTS = 100, 20
_MOST_VERSIONS = 20
_MISSING = frozenset({404})
_ENDS = frozenset({"end_group", "end_repeat"})


class Schema(NamedTuple):
    """`version` is the server's name of it, `own` ours; '' where the server's version names none of ours."""

    version: str
    own: str
    names: frozenset[str]


class Sample(NamedTuple):
    """Names in each of some whole submissions."""

    schemas: list[Schema]
    rows: list[frozenset[str]]


class _Question(msgspec.Struct):
    type: str = ""
    name: str = ""
    xpath: str = msgspec.field(name="$xpath", default="")
    calculation: str = ""


class _Content(msgspec.Struct):
    survey: list[_Question] = []


class _Version(msgspec.Struct):
    content: _Content = msgspec.field(default_factory=_Content)


class _Asset(msgspec.Struct):
    deployed_version_id: str | None = None


class _Field(msgspec.Struct):
    path: str


class _Published(msgspec.Struct):
    version: str | None = None


def look_at(session: Session, context: Context, head: FormHead) -> Sample:
    """Raises NetError and PullError."""
    if head.server == LETTERBOX:
        return Sample([], list(_letters(session, context, head.form_id)))
    server = require_server(session, head.server)
    if server.kind is ServerKind.KOBO:
        with closing(kobo_client.open_client(context, server)) as kobo:
            return _kobo(kobo, head.server_form_id)
    with closing(central_client.open_client(context, server)) as central:
        return _central(central, head.server_form_id)


def _letters(session: Session, context: Context, form_id: str) -> Iterator[frozenset[str]]:
    keys = LetterKeys.of(session, context.settings)
    for letter in newest_letters(session, form_id, _ROWS):
        if keys.has(letter.key_id):
            try:
                yield letter_names(keys.open(letter.key_id, form_id, letter.sealed))
            except (LetterUnreadableError, UnreadableError):
                # It is a reject already.
                continue


def _kobo(client: KoboClient, asset: str) -> Sample:
    path = f"api/v2/assets/{quote(asset, safe='')}/"
    live = client.json(path, _Asset).deployed_version_id
    page = client.listing(data_path(asset, newest=True, limit=_ROWS)).rows
    versions = sorted({row.version for row in page if row.version.isalnum()} | ({live} if live else set()))
    schemas = []
    for version in versions[:_MOST_VERSIONS]:
        reply = client.ask(f"{path}versions/{version}/", accept=_MISSING)
        if reply.status != 404:
            schemas.append(_schema(version, parsed(reply.body, _Version).content.survey))
    return Sample(schemas, [row_names(row.answers) for row in page])


def _schema(version: str, questions: list[_Question]) -> Schema:
    own = next((one.calculation.strip("'\" ") for one in questions if one.name == OWN_VERSION), "")
    # The line that ends a group has its name, and no path: it would look like a question outside of all groups.
    names = frozenset(one.xpath or one.name for one in questions if one.name and one.type not in _ENDS)
    return Schema(version, own, names - {"__version__"})


def _central(client: CentralClient, server_form_id: str) -> Sample:
    form = CentralForm(client, server_form_id, part_size=_DOCUMENTS)
    reply = client.ask(f"{form.path}/versions", accept=_MISSING)
    live = form.state().version or ""
    older = [] if reply.status == 404 else parsed(reply.body, list[_Published])
    versions = [live, *(one.version or "" for one in older if (one.version or "") != live)]
    schemas = []
    for version in versions[:_MOST_VERSIONS]:
        # An empty name is written as three underscores in an address.
        path = f"{form.path}/fields" if version == live else f"{form.path}/versions/{escaped(version) or '___'}/fields"
        found = client.json(path, list[_Field])
        names = frozenset(field.path.lstrip("/") for field in found)
        schemas.append(Schema(version, version, frozenset(name for name in names if not name.startswith("meta"))))
    documents = [form.xml(row.root) for row in form.list_part(0).rows[:_DOCUMENTS]]
    return Sample(schemas, [held for xml in documents if xml and (held := _names(xml)) is not None])


def _names(xml: bytes) -> frozenset[str] | None:
    try:
        return letter_names(xml)
    except UnreadableError:
        return None
