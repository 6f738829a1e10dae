"""The versions of one form on ODK Central, each with its workbook, its XForm and its files."""

from datetime import date

import msgspec

from workers.servers.central.client import CentralClient, escaped
from workers.servers.central.form import CentralForm
from workers.servers.published import Published, VersionFiles
from workers.servers.replies import parsed, understood

_MISSING = frozenset({404})
# So an empty name is written in an address.
_NAMELESS = "___"


class _Version(msgspec.Struct, rename="camel"):
    version: str | None = None
    published_at: str | None = None


class _File(msgspec.Struct):
    name: str
    exists: bool = True


class CentralVersions:
    def __init__(self, client: CentralClient, server_form_id: str) -> None:
        self._client, self._path = client, CentralForm(client, server_form_id).path

    def published(self) -> list[Published]:
        return understood(lambda: published_of(self._client.ask(f"{self._path}/versions").body))

    def files(self, version: str) -> VersionFiles | None:
        path = f"{self._path}/versions/{escaped(version) or _NAMELESS}"
        book = self._client.ask(f"{path}.xlsx", accept=_MISSING)
        if book.status == 404:
            # Somebody uploaded an XForm: there never was a workbook.
            return None
        return VersionFiles(book.body, self._client.ask(f"{path}.xml").body, self._media(f"{path}/attachments"))

    def _media(self, path: str) -> dict[str, bytes]:
        listed = self._client.ask(path, accept=_MISSING)
        if listed.status == 404:
            return {}
        names = [one.name for one in parsed(listed.body, list[_File]) if one.exists]
        return {name: self._client.ask(f"{path}/{escaped(name)}").body for name in names if name.endswith(".csv")}


def published_of(body: bytes) -> list[Published]:
    """Raises GarbledError."""
    found = parsed(body, list[_Version])
    return [
        Published(one.version or "", date.fromisoformat(one.published_at[:10])) for one in found if one.published_at
    ]
