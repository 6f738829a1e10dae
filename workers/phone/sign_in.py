"""Signs a phone in with its enumerator's account, as ODK Collect does: Digest; Basic over https only."""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Callable

from workers.servers.credentials import Credentials

_SCHEME = re.compile(r"(?:^|,)\s*(Basic|Digest)\s", re.IGNORECASE)
_VALUE = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


class AccountSignIn:
    """Keeps the last challenge, so that an upload is not sent twice, and counts how often it was answered."""

    def __init__(self, credentials: Credentials, *, encrypted: bool) -> None:
        self._credentials, self._encrypted = credentials, encrypted
        self._digest: dict[str, str] = {}
        self._is_basic, self._count = False, 0

    def understands(self, challenge: str) -> bool:
        offered = _offered(challenge)
        digest = offered.get("digest", {})
        can_digest = bool(digest.get("nonce")) and _algorithm(digest) in _HASHES and _qop(digest) is not None
        # Over plain http anybody on the way could read the password.
        self._is_basic = not can_digest and self._encrypted and "basic" in offered
        self._digest, self._count = (digest if can_digest else {}), 0
        return can_digest or self._is_basic

    def header(self, method: str, path: str) -> str:
        if self._is_basic:
            pair = f"{self._credentials.account}:{self._credentials.secret}"
            return f"Basic {b64encode(pair.encode()).decode()}"
        return self._answer(method, path) if self._digest else ""

    def _answer(self, method: str, path: str) -> str:
        """RFC 7616, and RFC 2069 where the server names no quality of protection."""
        said, qop, account = self._digest, _qop(self._digest), self._credentials.account
        self._count += 1
        count, cnonce = f"{self._count:08x}", secrets.token_hex(8)
        digest = _hasher(_HASHES[_algorithm(said)])
        who, what = digest(account, said.get("realm", ""), self._credentials.secret), digest(method, path)
        middle = (count, cnonce, qop) if qop else ()
        values = {
            "username": account,
            "realm": said.get("realm", ""),
            "nonce": said["nonce"],
            "uri": path,
            "response": digest(who, said["nonce"], *middle, what),
            **{name: said[name] for name in ("opaque",) if name in said},
        }
        plain = {"algorithm": _algorithm(said)}
        if qop:
            values["cnonce"] = cnonce
            plain |= {"qop": qop, "nc": count}
        quoted = [f'{name}="{value}"' for name, value in values.items()]
        return "Digest " + ", ".join([*quoted, *(f"{name}={value}" for name, value in plain.items())])


def _hasher(name: str) -> Callable[..., str]:
    def digest(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    return digest


def _offered(challenge: str) -> dict[str, dict[str, str]]:
    """By the scheme's name in small letters. Several schemes may stand in one line."""
    starts = list(_SCHEME.finditer(challenge))
    ends = [start.start() for start in starts[1:]]
    offered = {}
    for start, end in zip(starts, [*ends, len(challenge)], strict=False):
        values = _VALUE.finditer(challenge, start.end(), end)
        offered[start[1].lower()] = {found[1].lower(): found[2] or found[3] or "" for found in values}
    return offered


def _algorithm(digest: dict[str, str]) -> str:
    return digest.get("algorithm", "MD5").upper()


def _qop(digest: dict[str, str]) -> str | None:
    """'' where the server asks for none; None where it asks for one that Collect does not speak."""
    offered = digest.get("qop", "")
    if not offered:
        return ""
    return "auth" if "auth" in {name.strip() for name in offered.split(",")} else None
