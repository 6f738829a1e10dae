"""Opens a KoBoToolbox for a deploy: the side of the form builder and the side of the phones, which are two hosts."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from backend.store.servers import Server
from workers.context import Context
from workers.net import open_session
from workers.reach import reach_of
from workers.servers.credentials import Credentials, Safe
from workers.servers.kobo.client import open_client
from workers.servers.kobo.project import Desk
from workers.servers.phone_side import PhoneSide


class Environment(msgspec.Struct):
    open_rosa_server: str


@contextmanager
def open_desk(context: Context, server: Server, entered: Credentials | None = None) -> Iterator[tuple[Desk, PhoneSide]]:
    """Raises NetError, for a host of phones that must not be asked too."""
    with closing(open_client(context, server, entered=entered)) as client:
        phones_url = client.json("api/v2/environment/", Environment).open_rosa_server
        known = entered or Safe(context.settings).open_credentials(server)
        headers = {"Authorization": f"Token {known.secret}"}
        with open_session(phones_url, reach=reach_of(context.settings), headers=headers) as http:
            yield Desk(client), PhoneSide(http)
