"""The letterbox as the target of a deploy: what is registered in our own store is on the phones."""

import hashlib

from sqlalchemy import Engine

from backend.store.engine import reading
from backend.store.forms import form_head, stored_version
from workers.servers.target import Action, Known, Live, Package, Steps


class LetterboxTarget:
    """Its `put` only says what will be live: the deploy writes it to the store, with everything else, in one commit."""

    def __init__(self, engine: Engine, known: Known) -> None:
        self._engine, self._known = engine, known

    def look(self, package: Package) -> Steps:
        with reading(self._engine) as session:
            head = form_head(session, package.form_id)
            there = stored_version(session, package.form_id, self._known.version)
        if head is None or there is None:
            return Steps(Action.CREATE, tuple(sorted(package.media)))
        if head.current_version == package.version and head.state == "open":
            return Steps(Action.UNCHANGED)
        changed = (name for name, content in package.media.items() if _md5(there.media.get(name)) != _md5(content))
        return Steps(Action.REPLACE, tuple(sorted(changed)), tuple(sorted(set(there.media) - set(package.media))))

    def put(self, package: Package, *, accept_warnings: bool) -> Live:  # noqa: ARG002 (there is nothing to accept)
        return Live(package, package.form_id, package.version, self.look(package))

    def ring(self, server_form_id: str) -> bool:  # noqa: ARG002 (its letters need no bell)
        return False


def _md5(content: bytes | None) -> str:
    return hashlib.md5(content or b"", usedforsecurity=False).hexdigest()
