"""Carries out what people ask of servers in the pages. Credentials that come sealed are opened here, in memory only."""

from datetime import UTC, datetime

import msgspec

from backend.keys import KeyFileError
from backend.server_credentials import bound_to
from backend.store import server_requests
from backend.store.engine import reading, transaction
from backend.store.server_requests import Action, ServerRequest
from workers.context import Context
from workers.crypto import LetterUnreadableError
from workers.letter_keys import LetterKeys
from workers.servers import registration
from workers.servers.credentials import Credentials
from workers.servers.registration import Registration, RegistrationError
from workers.servers.source import PullError


def carry_out(context: Context, request_id: str) -> str:
    """The problem as a stable code, empty when it was done. What a test found is kept with the server.

    The credentials leave the database first: a worker that is killed here leaves none behind.
    """
    with transaction(context.engine) as session:
        request = server_requests.take(session, request_id)
    if request is None:
        return ""
    problem = "interrupted"
    try:
        problem = _problem(context, request)
    finally:
        with transaction(context.engine) as session:
            server_requests.answer(session, request_id, problem)
    return problem


def _problem(context: Context, request: ServerRequest) -> str:
    try:
        _act(context, request)
    except (RegistrationError, PullError) as error:
        return error.code
    except (LetterUnreadableError, KeyFileError, msgspec.MsgspecError):
        return "request_unreadable"
    return ""


def _act(context: Context, request: ServerRequest) -> None:
    if request.action is Action.TEST:
        registration.check(context, request.server_id, actor=request.actor)
        return
    credentials = _open(context, request)
    if request.action is Action.ROTATE:
        registration.rotate(context, request.server_id, credentials, actor=request.actor)
        return
    wanted = Registration(request.server_id, request.url, credentials)
    registration.register(context, wanted, today=datetime.now(UTC).date(), actor=request.actor)


def _open(context: Context, request: ServerRequest) -> Credentials:
    if request.sealed is None or request.key_id is None:
        raise LetterUnreadableError("The credentials of a request were taken already")
    with reading(context.engine) as session:
        keys = LetterKeys.of(session, context.settings)
    opened = keys.open(request.key_id, bound_to(request), request.sealed)
    return msgspec.json.decode(opened, type=Credentials)
