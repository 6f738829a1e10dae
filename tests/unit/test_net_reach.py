"""Which servers may be asked, and how an address is shown: no network is touched here."""

from urllib.parse import urlsplit

import pytest

from workers.reach import Reach, origin_of, shown

PUBLIC = Reach()


@pytest.mark.parametrize(
    "url",
    [
        "http://kobo.example.org/api",
        "ftp://kobo.example.org/",
        "kobo.example.org",
        "https://",
        "https://user:word@kobo.example.org/",
        "http://127.0.0.1:8080/letterbox/t",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_not_plain_https_is_objected_to(url: str) -> None:
    assert PUBLIC.objection(urlsplit(url)) is not None


def test_https_to_a_name_is_no_objection() -> None:
    assert PUBLIC.objection(urlsplit("https://kf.example.org/api/v2/")) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "::10.0.0.1",
        "::ffff:0:a00:1",
        "64:ff9b:1::a00:1",
        "fec0::1",
        "3fff::1",
        "192.0.0.192",
    ],
)
def test_private_addresses_are_refused_in_every_disguise(address: str) -> None:
    assert not PUBLIC.allows("kobo.example.org", address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert PUBLIC.allows("kobo.example.org", address)


def test_a_name_on_the_list_may_be_private_and_without_tls() -> None:
    reach = Reach(hosts=frozenset({"kobo.internal"}))

    assert reach.objection(urlsplit("http://KOBO.internal/")) is None
    assert reach.allows("kobo.internal", "10.0.0.7")
    assert not reach.allows("other.internal", "10.0.0.7")


def test_this_machine_is_allowed_by_its_own_names_only() -> None:
    reach = Reach(this_machine=True)

    assert reach.objection(urlsplit("http://127.0.0.1:8080/letterbox/t")) is None
    assert reach.allows("127.0.0.1", "127.0.0.1")
    assert not reach.allows("rebound.example.org", "127.0.0.1")
    assert not reach.allows("127.0.0.1", "10.0.0.1")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.org/letterbox/s3cret/submission?deviceID=x", "https://a.org/letterbox/***/submission"),
        ("https://a.org/fill/s3cret", "https://a.org/fill/***"),
        (
            "https://a.org/v1/projects/1/forms/core/submissions/uuid:Amina.xml",
            "https://a.org/v1/projects/1/forms/core/***",
        ),
        ("https://a.org/api/v2/assets/aUid/versions/AminaHaddad/", "https://a.org/api/v2/assets/aUid/versions/***"),
        ("https://a.org/v1/projects/1/forms/core/", "https://a.org/v1/projects/1/forms/core"),
        ("https://a.org/v1/key/s3cret/projects/1", "https://a.org/v1/key/***/projects/1"),
        ("https://user:word@a.org:8443/x#y", "https://a.org:8443/x"),
        (f"https://a.org/f/{'t' * 40}/x", "https://a.org/f/***/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("https://a.org:nonsense/", "(an address that cannot be read)"),
        ("nothing", "(an address without a host)"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(url: str, text: str) -> None:
    assert shown(url) == text


def test_an_origin_knows_the_port_that_is_not_written() -> None:
    assert origin_of("https://a.org/x") == origin_of("https://a.org:443/y")
    assert origin_of("https://a.org/x") != origin_of("http://a.org/x")
    assert origin_of("https://a.org:bad/") is None
