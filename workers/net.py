"""The only door to other servers: bounded in time, size and retries; no foreign redirect; no secret in any error."""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from typing import Any, Protocol, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError

from workers.certificates import half_secure, of_certificate, trusted
from workers.reach import Reach, origin_of, schemes_of_host, shown

# Its messages quote whole addresses, tokens included, from DEBUG up to WARNING. What matters is in our errors.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

USER_AGENT = f"Fieldveil/{version('fieldveil')}"
_SAFE = frozenset({"GET", "HEAD"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONNECTIONS = 2
_PIECE = 1 << 16

Headers = Mapping[str, str | bytes]
Turn = Callable[[], AbstractContextManager[None]]
_Resolve = Callable[..., list[tuple[Any, ...]]]


class Trouble(StrEnum):
    """What an administrator can mend, by its code in the list of troubles; USUAL says nothing particular."""

    USUAL = ""
    CERTIFICATE = "server_certificate"
    ELSEWHERE = "server_elsewhere"
    NO_PASSWORDS = "server_no_passwords"


class NetError(Exception):
    """A server that cannot be reached or says no. `permanent`: asking again later will not help.

    The message names the server and the reason. It never holds a token, a query, a body or a header.
    """

    def __init__(
        self,
        message: str,
        permanent: bool = False,
        status: int | None = None,
        retry_after: float | None = None,
        trouble: Trouble = Trouble.USUAL,
    ) -> None:
        super().__init__(message)
        self.permanent, self.status, self.retry_after, self.trouble = permanent, status, retry_after, trouble


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` is the longest a whole answer may take, however slowly it drips; `longest_wait` between two tries."""

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    seconds: float = 300.0
    tries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0
    most_bytes: int = 64_000_000


_PUBLIC_ONLY, _USUAL = Reach(), Limits()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer read whole. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class SignIn(Protocol):
    """For servers that say how they want to be told who asks: with a challenge, and 401."""

    def header(self, method: str, path: str) -> str:
        """What to send as Authorization; '' before the first challenge. `path` is as it goes over the line."""

    def understands(self, challenge: str) -> bool:
        """Whether it is worth asking again now that the server said this."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request. What may be secret stays out of the repr, and so out of every message."""

    method: str
    url: str
    params: Mapping[str, str] | None = field(repr=False)
    headers: Headers | None = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong, as a value: an exception would carry the request, and with it tokens and bodies."""

    reason: str
    permanent: bool
    trouble: Trouble = Trouble.USUAL


class Session:
    """One server: its scheme, host and port, at most two connections. Other addresses are refused."""

    def __init__(
        self,
        http: requests.Session,
        origin: SplitResult,
        limits: Limits,
        pause: Callable[[float], None],
        turn: Turn,
        sign_in: SignIn | None,
    ) -> None:
        self._http, self._origin, self._limits, self._pause, self._turn = http, origin, limits, pause, turn
        self._sign_in = sign_in

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, url: str, *, params: Mapping[str, str] | None = None, headers: Headers | None = None) -> Reply:
        """A good answer. Raises NetError for every other one."""
        reply = self.send("GET", url, params=params, headers=headers)
        if not 200 <= reply.status < 300:
            raise NetError(
                f"{shown(self._absolute(url))} answered {reply.status}{_meaning(reply.status)}",
                permanent=reply.status not in PASSING,
                status=reply.status,
                retry_after=asked_wait(reply),
            )
        return reply

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Headers | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """The answer, whatever its status. GET and HEAD are tried again when the server is away or busy."""
        ask = _Ask(method, self._absolute(url), params, headers, body)
        tries = self._limits.tries if method in _SAFE else 1
        for attempt in range(1, tries + 1):
            with self._turn():
                outcome = self._signed_in(ask)
            wait = self._wait(outcome, attempt)
            if wait is None or attempt == tries:
                break
            self._pause(wait)
        if isinstance(outcome, _Failure):
            said = f"{shown(ask.url)}: {outcome.reason}"
            raise NetError(said, permanent=outcome.permanent, trouble=outcome.trouble)
        return outcome

    def _absolute(self, url: str) -> str:
        """Relative to the server's base address. Raises NetError for an address of another server."""
        base = self._origin.geturl().rstrip("/") + "/"
        target = url if "://" in url else base + url.lstrip("/")
        if origin_of(target) != origin_of(base):
            said = f"{shown(target)} is another server than {shown(base)}; it is not asked{half_secure(base, target)}"
            raise NetError(said, permanent=True, trouble=Trouble.ELSEWHERE)
        return target

    def _wait(self, outcome: Reply | _Failure, attempt: int) -> float | None:
        """Seconds until the next try; None when there should be none."""
        if isinstance(outcome, _Failure):
            wait = None if outcome.permanent else 0.0
        else:
            wait = (asked_wait(outcome) or 0.0) if outcome.status in PASSING else None
        if wait is None or wait > self._limits.longest_wait:
            return None
        own: float = self._limits.first_wait * 2 ** (attempt - 1)
        return max(wait, min(own, self._limits.longest_wait))

    def _signed_in(self, ask: _Ask) -> Reply | _Failure:
        """Asked once more after a challenge: also a signature that was good a moment ago grows old."""
        outcome = self._follow(ask)
        if isinstance(outcome, _Failure) or outcome.status != 401 or self._sign_in is None:
            return outcome
        return self._follow(ask) if self._sign_in.understands(outcome.headers.get("www-authenticate", "")) else outcome

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        said = self._sign_in.header(str(request.method), request.path_url) if self._sign_in else ""
        if said:
            request.headers["Authorization"] = said
        return request

    def _follow(self, ask: _Ask) -> Reply | _Failure:
        outcome = self._once(ask)
        for _ in range(_MOST_REDIRECTS):
            if isinstance(outcome, _Failure) or outcome.status not in _REDIRECTS or ask.method not in _SAFE:
                return outcome
            place = urljoin(ask.url, outcome.headers.get("location", ""))
            if origin_of(place) != origin_of(ask.url):
                return _sent_on(ask.url, place)
            ask = replace(ask, url=place, params=None)
            outcome = self._once(ask)
        if isinstance(outcome, Reply) and outcome.status in _REDIRECTS:
            return _Failure("it sends us on again and again", permanent=True)
        return outcome

    def _once(self, ask: _Ask) -> Reply | _Failure:
        ends = time.monotonic() + self._limits.seconds
        try:
            with self._http.request(
                ask.method,
                ask.url,
                params=ask.params,
                headers=ask.headers,
                data=ask.body,
                auth=self._sign,
                stream=True,
                allow_redirects=False,
                timeout=(self._limits.connect_seconds, self._limits.read_seconds),
            ) as response:
                content = _read(response, ends, self._limits)
                if isinstance(content, _Failure):
                    return content
                names = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status_code, names, content)
        except _OutOfReachError:
            return _Failure("leads to an address inside a private network, which is not asked", permanent=True)
        except (requests.RequestException, HTTPError, UnicodeError) as error:
            return _failure(error, self._limits)


def open_session(
    base_url: str,
    *,
    reach: Reach = _PUBLIC_ONLY,
    limits: Limits = _USUAL,
    headers: Headers | None = None,
    pause: Callable[[float], None] = time.sleep,
    turn: Turn = nullcontext,
    resolve: _Resolve = socket.getaddrinfo,
    sign_in: SignIn | None = None,
) -> Session:
    """For one server. `headers` go with every request, to this server only. Raises NetError for a bad address.

    `turn` is held while a request is under way, and not between two tries. `sign_in` answers the server's challenges.
    """
    try:
        origin = urlsplit(base_url)
        objection = reach.objection(origin)
        _ = origin.port
    except ValueError:
        origin, objection = SplitResult("", "", "", "", ""), "cannot be read"
    if objection or origin.query or origin.fragment:
        raise NetError(f"The address {shown(base_url)} {objection or 'has a ? or # in it'}", permanent=True)
    http = requests.Session()
    # Proxies, passwords and certificates of the environment are not for us: they would walk past the checks.
    http.trust_env = False
    http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    http.headers.clear()
    http.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})})
    for scheme in ("http://", "https://"):
        http.mount(scheme, _GuardedAdapter(reach, resolve))
    return Session(http, origin, limits, pause, turn, sign_in)


def _read(response: requests.Response, ends: float, limits: Limits) -> bytes | _Failure:
    pieces: list[bytes] = []
    size = 0
    # Whatever has come: to wait for a full piece would let a server that drips hold us for hours.
    while piece := response.raw.read1(_PIECE, decode_content=True):
        size += len(piece)
        if size > limits.most_bytes:
            return _Failure(f"its answer is larger than {limits.most_bytes:,} bytes", permanent=True)
        if time.monotonic() > ends:
            return _Failure(f"its answer was not complete after {limits.seconds:g} seconds", permanent=False)
        pieces.append(piece)
    return b"".join(pieces)


def _sent_on(asked: str, place: str) -> _Failure:
    """Proxies send people from http to https in this way; we do not follow with what may be a password."""
    if schemes_of_host(asked, place) == ("http", "https"):
        said = "it wants https: write its address with https://"
    else:
        said = "it sends us on to another server, which is not followed"
    return _Failure(said, permanent=True, trouble=Trouble.ELSEWHERE)


def _failure(error: Exception, limits: Limits) -> _Failure:
    """By the kinds of the error only: its text quotes addresses and bodies."""
    errors = _causes(error)
    kinds = frozenset(type(one).__name__ for one in errors)
    if "SSLError" in kinds:
        codes = [one.verify_code for one in errors if isinstance(one, ssl.SSLCertVerificationError)]
        if codes:
            return _Failure(of_certificate(codes[0]), permanent=True, trouble=Trouble.CERTIFICATE)
        return _Failure("it does not speak https there", permanent=True)
    if "NameResolutionError" in kinds:
        return _Failure("its name is not known; is it written correctly, is there a network?", permanent=False)
    if "ConnectTimeoutError" in kinds:
        return _Failure(f"no connection within {limits.connect_seconds:g} seconds", permanent=False)
    if "ReadTimeoutError" in kinds:
        return _Failure(f"no answer within {limits.read_seconds:g} seconds", permanent=False)
    if kinds & {"ConnectionError", "ProtocolError"}:
        return _Failure("cannot be reached, or broke off in the middle", permanent=False)
    return _Failure(f"the exchange failed ({type(error).__name__})", permanent=True)


def _causes(error: BaseException) -> list[BaseException]:
    """An error and those it was made from: the first cause is hidden in arguments of the last."""
    causes: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(causes) < 20:
        found = waiting.pop()
        if isinstance(found, BaseException):
            causes.append(found)
            waiting += [getattr(found, "reason", None), *found.args]
    return causes


def _meaning(status: int) -> str:
    words = {401: " (not signed in)", 403: " (not allowed)", 404: " (not there, or the token is not valid)"}
    return words.get(status, " (it is busy)" if status == 429 else " (it has a problem)" if status >= 500 else "")


def asked_wait(reply: Reply) -> float | None:
    """Seconds from now until the server wants to be asked again, whether it says seconds or a date."""
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


# ---- which addresses are connected to --------------------------------------------------------------------------------


class _OutOfReachError(Exception):
    """Neither of the two libraries knows it, so neither wraps it."""


class _GuardedAdapter(HTTPAdapter):
    """Looks the name up itself and connects to an allowed address only: checked and used are the same address."""

    def __init__(self, reach: Reach, resolve: _Resolve) -> None:
        self._reach, self._resolve = reach, resolve
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0, pool_block=True)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=trusted(self._reach.authorities, DEFAULT_CA_BUNDLE_PATH), **options)
        plain = _guarded(HTTPConnection, self._addresses)
        encrypted = _guarded(HTTPSConnection, self._addresses)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("_Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_Pool", (HTTPSConnectionPool,), {"ConnectionCls": encrypted}),
        }

    def cert_verify(self, conn: Any, _url: str, _verify: Any, _cert: Any) -> None:
        """The library would read its list of authorities again for each connection, into what all threads share."""
        conn.cert_reqs = "CERT_REQUIRED"

    def _addresses(self, host: str, port: int) -> list[str]:
        found = self._resolve(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [address for address in addresses if self._reach.allows(host, address)]
        if not allowed:
            raise _OutOfReachError
        return allowed


def _guarded(kind: Any, addresses: Callable[[str, int], list[str]]) -> Any:
    class Guarded(kind):  # type: ignore[misc]
        _dns_host: str

        def _new_conn(self) -> socket.socket:
            name = self._dns_host
            try:
                found = addresses(name.rstrip("."), self.port)
            except socket.gaierror as error:
                raise NameResolutionError(name, self, error) from None
            try:
                return self._first_of(found)
            finally:
                # The certificate is checked against the name, not the address.
                self._dns_host = name

        def _first_of(self, found: list[str]) -> socket.socket:
            *others, last = found
            for address in others:
                self._dns_host = address
                try:
                    return super()._new_conn()  # type: ignore[no-any-return]
                except HTTPError:
                    continue
            self._dns_host = last
            return super()._new_conn()  # type: ignore[no-any-return]

    return Guarded
