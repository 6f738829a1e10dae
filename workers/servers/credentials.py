"""What signs us in at other servers, encrypted with a key of the workers: the web process could not even read it."""

from dataclasses import dataclass, field

import msgspec

from backend.crypto import CannotDecryptError, decrypt_field, encrypt_field
from backend.keys import read_or_create, read_private
from backend.settings import Settings
from backend.store.servers import Server
from workers.servers.source import PullError

_KEY_FILE = "credentials"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Central: e-mail address and password, or name and key of an app user. KoBo: account name and token."""

    account: str = field(repr=False)
    secret: str = field(repr=False)


class Safe:
    """Seals and opens what belongs to a server. Bound to its address: a changed address makes it unreadable."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def seal_credentials(self, server_id: str, url: str, credentials: Credentials) -> bytes:
        key = read_or_create(self._settings.worker_keys, _KEY_FILE)
        return encrypt_field(key, f"server:{server_id}:{url}:credentials", msgspec.json.encode(credentials))

    def open_credentials(self, server: Server) -> Credentials:
        content = self._open(server, "credentials", server.credentials)
        return msgspec.json.decode(content, type=Credentials)

    def seal_session(self, server: Server, token: str) -> bytes:
        key = read_private(self._settings.worker_keys / _KEY_FILE)
        return encrypt_field(key, f"server:{server.server_id}:{server.url}:session", token.encode())

    def open_session(self, server: Server) -> str | None:
        return self._open(server, "session", server.session).decode() if server.session else None

    def _open(self, server: Server, column: str, sealed: bytes) -> bytes:
        key = read_private(self._settings.worker_keys / _KEY_FILE)
        try:
            return decrypt_field(key, f"server:{server.server_id}:{server.url}:{column}", sealed)
        except CannotDecryptError:
            raise PullError(
                "credentials_unreadable",
                f"Server {server.server_id}",
                f"Put the key file `{_KEY_FILE}` of the workers back from its backup, or use `fieldveil server rotate "
                f"{server.server_id}`.",
            ) from None
