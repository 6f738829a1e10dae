"""Opens a KoBoToolbox for a deploy: the side of the form builder and the side of the phones, which are two hosts."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from backend.store.servers import Server
from forms.build import BuiltForm
from forms.xlsform import LANGUAGES
from workers.context import Context
from workers.net import open_session
from workers.servers.central.client import reach
from workers.servers.credentials import Safe
from workers.servers.kobo.client import open_client
from workers.servers.kobo.deploy import Shipment
from workers.servers.kobo.phones import PhoneSide
from workers.servers.kobo.project import Desk


class _Environment(msgspec.Struct):
    open_rosa_server: str


@contextmanager
def open_desk(context: Context, server: Server) -> Iterator[tuple[Desk, PhoneSide]]:
    """Raises NetError, for a host of phones that must not be asked too."""
    with closing(open_client(context, server)) as client:
        phones_url = client.json("api/v2/environment/", _Environment).open_rosa_server
        secret = Safe(context.settings).open_credentials(server).secret
        headers = {"Authorization": f"Token {secret}"}
        with open_session(phones_url, reach=reach(context.settings), headers=headers) as http:
            yield Desk(client), PhoneSide(http)


def shipment_of(built: BuiltForm, senders: frozenset[str]) -> Shipment:
    """`senders`: accounts of the phones on this server."""
    return Shipment(
        version=built.version,
        title=built.title,
        xlsx=built.xlsx,
        xform=built.xform,
        media=built.media,
        languages=[LANGUAGES[language] for language in built.brief.languages],
        senders=senders,
    )
