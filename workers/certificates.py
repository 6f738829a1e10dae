"""Whose certificates are accepted, and in which words one that is not, or half a https, is told."""

import ssl
from functools import lru_cache
from pathlib import Path

from workers.reach import schemes_of_host

_OTHER_NAME, _OUT_OF_DATE = frozenset({62, 64}), frozenset({9, 10})
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21, 27})


@lru_cache(maxsize=2)
def trusted(authorities: Path, public: str) -> ssl.SSLContext:
    """The public authorities, the system's own, and those of the file: organisations run servers with a private one.

    Read once a process: it takes longer than a whole pull of a form that did not change.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=public)
    if authorities != Path():
        context.load_verify_locations(cafile=authorities)
        # The same with every Python: what an administrator was given may be the issuing authority only, and those who
        # make an authority by hand leave out what nobody has asked them for until 3.13.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def of_certificate(code: int) -> str:
    """In words, by the number that OpenSSL gives its refusal (openssl-verification-options, "Diagnostics")."""
    if code in _OTHER_NAME:
        return "its certificate is for another name; write the address with the name that the certificate has"
    if code in _OUT_OF_DATE:
        return "its certificate has ended or begins later: it needs a new one there, or the clock here is wrong"
    if code in _UNKNOWN_AUTHORITY:
        return (
            "its certificate is not accepted: no authority known here has signed it. Is the name in the address right? "
            "If the organisation has an authority of its own, an administrator puts its PEM file into "
            "FIELDVEIL_SERVER_AUTHORITIES"
        )
    return "its certificate is not accepted; whoever runs that server can say what is wrong with it"


def half_secure(base: str, target: str) -> str:
    """A server that does not know of the proxy in front of it: it would take no password of a phone, either."""
    if schemes_of_host(base, target) == ("https", "http"):
        return (
            ". It gives out http:// where it is asked by https://: whoever runs it has to tell it that a proxy in "
            "front of it speaks https (KoboToolbox: SECURE_PROXY_SSL_HEADER, without a space)"
        )
    return ""
