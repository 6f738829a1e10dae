"""Opens the right target for a deploy: the letterbox, or a registered server, with its account or one entered now."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from backend.doorbell import doorbell_password
from backend.keys import field_key
from backend.store.engine import reading
from backend.store.servers import ServerKind
from workers.context import Context
from workers.net import NetError
from workers.servers.breaker import change_refusal
from workers.servers.central.client import open_client
from workers.servers.central.target import CentralTarget, chosen_project
from workers.servers.credentials import Credentials
from workers.servers.kobo.desk import open_desk
from workers.servers.kobo.project import Doorbell
from workers.servers.kobo.target import KoboTarget
from workers.servers.letterbox_target import LetterboxTarget
from workers.servers.registry import LETTERBOX, require_server
from workers.servers.target import Known, Target


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and there a project of Central or a project uid of KoBo, where one was named."""

    server: str = LETTERBOX
    inside: str = ""

    @classmethod
    def of(cls, text: str) -> "Place":
        """From `field-central/1`."""
        server, _, inside = text.strip().partition("/")
        return cls(server or LETTERBOX, inside)

    def __str__(self) -> str:
        return f"{self.server}/{self.inside}" if self.inside else self.server


@contextmanager
def open_target(
    context: Context,
    place: Place,
    form_id: str,
    known: Known,
    *,
    senders: frozenset[str] = frozenset(),
    entered: Credentials | None = None,
) -> Iterator[Target]:
    """Raises PullError where the server cannot be asked, with the remedy in words."""
    if place.server == LETTERBOX:
        yield LetterboxTarget(context.engine, known)
        return
    with reading(context.engine) as session:
        server = require_server(session, place.server)
    try:
        if server.kind is ServerKind.KOBO:
            with open_desk(context, server, entered) as (desk, phones):
                bell = _bell(context, form_id)
                yield KoboTarget(desk, phones, known, uid=place.inside, senders=senders, bell=bell)
        else:
            with closing(open_client(context, server, entered=entered)) as client:
                yield CentralTarget(client, chosen_project(client, place.inside, known), known)
    except NetError as error:
        raise change_refusal(error, server.server_id, is_entered=entered is not None) from None


def _bell(context: Context, form_id: str) -> Doorbell:
    settings = context.settings
    address = f"{settings.public_url.rstrip('/')}/doorbell"
    return Doorbell(address, form_id, doorbell_password(field_key(settings), form_id))
