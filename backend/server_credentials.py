"""Credentials of a form server on their way from a page to a worker: sealed at once, and nobody here can open them."""

import json

from backend.crypto import seal
from backend.store.server_requests import ServerRequest

MOST_CHARACTERS = 300


def seal_for_worker(public_key: bytes, request: ServerRequest, account: str, secret: str) -> bytes:
    """Bound to what was asked: moved to another request or address, they cannot be opened."""
    return seal(public_key, bound_to(request), json.dumps({"account": account, "secret": secret}).encode())


def bound_to(request: ServerRequest) -> str:
    return f"server-request:{request.request_id}:{request.action}:{request.server_id}:{request.url}"
