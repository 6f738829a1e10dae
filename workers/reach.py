"""Which servers this program may talk to, by name and by address, and how an address may be shown."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from backend.settings import Settings

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# A network that writes IPv4 addresses inside IPv6 ones (RFC 6052): the inner one is where the packets go.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Python's own list of what is not public has gaps, and grows with its versions.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("3fff::/20"))
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_FOLDER = re.compile(r"(?<=/)(letterbox|enter|fill|key)/[^/]+")
# Deeper pieces of a path can name submissions, by ids that phones made up.
_SHOWN_PIECES = 5
_LONG_SEGMENT = re.compile(r"(?<=/)[^/]{32,}")


@dataclass(frozen=True, slots=True)
class Reach:
    """`hosts` may have private addresses and plain http; `this_machine` allows the letterbox that runs beside us.

    `authorities` is a PEM file of those whose certificates count besides the public ones; they are no way round names.
    """

    hosts: frozenset[str] = frozenset()
    this_machine: bool = False
    authorities: Path = Path()

    def objection(self, url: SplitResult) -> str | None:
        """Why this address must not be asked, before its name is looked up; None when it may be."""
        host = (url.hostname or "").lower()
        if not host or url.scheme not in {"http", "https"}:
            return "is not an address that begins with https:// and a host name"
        if url.username is not None or url.password is not None:
            return "has a user name or password in it; give them apart from the address"
        if url.scheme == "http" and not self._is_named(host):
            return "is not https; an administrator can put the host on the list of allowed hosts"
        return None

    def allows(self, host: str, address: str) -> bool:
        """Asked again for every connection, since a name can lead to another address each time."""
        if host.lower() in self.hosts:
            return True
        real = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        if real.is_loopback:
            return self.this_machine and host.lower() in _THIS_MACHINE
        return _is_public(real)

    def _is_named(self, host: str) -> bool:
        return host in self.hosts or (self.this_machine and host in _THIS_MACHINE)


def _is_public(address: _Address) -> bool:
    if address.version == 6 and address not in _PUBLIC_IPV6:
        return False
    return address.is_global and not address.is_multicast and not any(address in inside for inside in _NOT_PUBLIC)


def _unwrapped(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def reach_of(settings: Settings) -> Reach:
    """Public addresses over https, and the hosts an administrator has named."""
    hosts = (host.strip().lower() for host in settings.server_hosts.split(","))
    return Reach(hosts=frozenset(host for host in hosts if host), authorities=settings.server_authorities)


def shown(url: str) -> str:
    """The address as it may appear in messages: no user, no query, tokens blotted out."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that cannot be read)"
    host = f"[{host}]" if ":" in host else host
    whole = _LONG_SEGMENT.sub("***", _SECRET_FOLDER.sub(r"\1/***", parts.path))
    first, rest = whole.split("/")[: _SHOWN_PIECES + 1], whole.split("/")[_SHOWN_PIECES + 1 :]
    path = "/".join([*first, *(["***"] if any(rest) else [])])
    return f"{parts.scheme}://{host}{port}{path}" if host else "(an address without a host)"


def schemes_of_host(before: str, after: str) -> tuple[str, str] | None:
    """The schemes of two addresses with the same host; None for two hosts."""
    first, second = origin_of(before), origin_of(after)
    return (first[0], second[0]) if first and second and first[1] == second[1] else None


def origin_of(url: str) -> tuple[str, str | None, int | None] | None:
    r"""None for what no server of ours sends: of a\@b some readers take a for the host, and others b."""
    try:
        parts = urlsplit(url)
        if "@" in parts.netloc:
            return None
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
