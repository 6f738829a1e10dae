"""The versions of a form that its server has published, whoever published them, and the files of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol


class Published(NamedTuple):
    """`version` is the server's own name of it, which each answer that was given with it brings along."""

    version: str
    on: date


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """`xform` is b'' where the server does not keep that of an older version, and none can be made."""

    xlsx: bytes = field(repr=False)
    xform: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class PublishedVersions(Protocol):
    """One form on one server. Raises NetError."""

    def published(self) -> list[Published]:
        """The newest first."""
        ...

    def files(self, version: str) -> VersionFiles | None:
        """None where the server has no workbook of it."""
        ...
