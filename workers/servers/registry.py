"""Opens the right source for a form: the letterbox, or the server it was deployed to."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from backend.keys import field_key
from backend.notes import note_sealer
from backend.store import servers
from backend.store.forms import FormHead
from backend.store.servers import Server, ServerKind
from workers.context import Context
from workers.letter_keys import LetterKeys
from workers.net import NetError
from workers.reading import Reading
from workers.servers.breaker import Breaker, refusal
from workers.servers.central.client import open_client
from workers.servers.central.form import CentralForm
from workers.servers.central.source import CentralSource
from workers.servers.conflicts import ConflictsPage
from workers.servers.early_counts import CountedOnce, EarlyCounts
from workers.servers.kobo import client as kobo_client
from workers.servers.kobo.address import answer_fields
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.source import KoboSource
from workers.servers.letterbox import Known, Letterbox
from workers.servers.letters_verdict import Reconciled
from workers.servers.source import PullError, Source

LETTERBOX = "letterbox"


def open_source(session: Session, context: Context, head: FormHead, opened: Reading, *, anew: bool = False) -> Source:
    """Asks no server yet. Raises PullError for a server that is unknown or has to rest.

    `anew`: reads every submission, whatever is known of it. The letterbox is part of this store, and has no other side.
    """
    seal_note = note_sealer(field_key(context.settings), head.form_id)
    if head.server == LETTERBOX:
        known = Known.of(session, opened, seal_note)
        keys, page_size = LetterKeys.of(session, context.settings), context.settings.page_size
        letters = Letterbox(context.engine, keys, opened, known, page_size)
        return Reconciled(context.engine, head.form_id, letters, ConflictsPage(keys, opened))
    early = EarlyCounts.of(session, opened, seal_note)
    return CountedOnce(_open_other(session, context, head, opened, anew=anew), early)


def _open_other(session: Session, context: Context, head: FormHead, opened: Reading, *, anew: bool) -> Source:
    server = require_server(session, head.server)
    breaker = Breaker(context.engine, server)
    breaker.check(datetime.now(UTC))
    try:
        if server.kind is ServerKind.KOBO:
            kobo = kobo_client.open_client(context, server)
            return KoboSource(
                context, KoboForm(kobo, head.server_form_id, answer_fields(opened)), opened, breaker, anew=anew
            )
        client = open_client(context, server)
    except NetError as error:
        raise refusal(error, server.server_id) from None
    return CentralSource(context, CentralForm(client, head.server_form_id), opened, breaker, anew=anew)


def require_server(session: Session, server_id: str) -> Server:
    server = servers.find_server(session, server_id)
    if server is None:
        raise PullError("no_server", f"Server {server_id}", "`fieldveil server list` shows those that are.")
    return server
