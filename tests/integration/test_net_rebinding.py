"""The address that is connected to is the one that was checked, whatever names, redirects and servers say.

1. A name is looked up once for a connection; what comes of it is checked and used.
2. No address written in another way, and no redirect, leads elsewhere.
"""

import socket
from typing import Any

import pytest
from fake_http import Handler, says, serving

from workers.net import Limits, NetError, open_session
from workers.reach import Reach

QUICK = Limits(connect_seconds=1, read_seconds=1, seconds=2, tries=3, first_wait=0)
PUBLIC, PRIVATE = "93.184.216.34", "127.0.0.1"


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a socket is told to connect to; none is reached."""
    seen: list[str] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        seen.append(str(address[0]))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", written_out)
    return seen


def written_out(host: str, port: int, *_more: object, **_options: object) -> list[tuple[Any, ...]]:
    """As the system reads addresses, without a look at any name but its own."""
    if ":" in host:
        return [(socket.AF_INET6, 1, 6, "", (host, port, 0, 0))]
    address = PRIVATE if host == "localhost" else socket.inet_ntoa(socket.inet_aton(host))
    return [(socket.AF_INET, 1, 6, "", (address, port))]


def resolver(*answers: list[str]) -> Any:
    """Another answer each time; the last one for ever."""
    waiting = list(answers)

    def resolve(_host: str, port: int, **_options: object) -> list[tuple[Any, ...]]:
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [(family, 1, 6, "", (address, port)) for family, address in zip(families, found, strict=True)]

    return resolve


def refusal(url: str, **options: Any) -> str:
    with pytest.raises(NetError) as caught, open_session(url, limits=QUICK, pause=lambda _: None, **options) as session:
        session.get("x")
    return str(caught.value)


def test_1_a_name_that_turns_private_after_the_check_is_not_followed_there(connected: list[str]) -> None:
    said = refusal("https://rebound.example.org/", resolve=resolver([PUBLIC], [PRIVATE]))

    assert connected == [PUBLIC]
    assert "private network" in said


def test_1_the_name_is_looked_up_once_for_each_connection(connected: list[str]) -> None:
    refusal("https://rebound.example.org/", resolve=resolver([PUBLIC], ["93.184.216.35"], ["93.184.216.36"]))

    assert connected == [PUBLIC, "93.184.216.35", "93.184.216.36"]


def test_1_of_many_addresses_the_private_ones_are_left_out(connected: list[str]) -> None:
    mixed = ["10.0.0.1", "::ffff:127.0.0.1", PUBLIC, "64:ff9b::7f00:1", "fe80::1%1", "169.254.169.254", "::1"]

    refusal("https://rebound.example.org/", resolve=resolver(mixed))

    assert set(connected) == {PUBLIC}


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]", "[::1]", "localhost.", "ⓛocalhost", "0"],
)
def test_2_this_machine_is_not_reached_under_another_spelling(host: str, connected: list[str]) -> None:
    assert refusal(f"https://{host}/", resolve=written_out)
    assert connected == []


@pytest.mark.parametrize("place", ["http://evil.example.org\\@127.0.0.1:{}/x", "http://user@127.0.0.1:{}/x"])
def test_2_a_redirect_that_two_readers_read_in_two_ways_is_not_followed(place: str) -> None:
    def sends_on(handler: Handler) -> None:
        says(302, Location=place.format(handler.server.server_address[1]))(handler)

    with serving(sends_on, says(200)) as fake, open_session(fake.url, reach=Reach(this_machine=True)) as session:
        with pytest.raises(NetError, match="another server"):
            session.get("x")

        assert len(fake.seen) == 1


def test_2_a_session_does_not_ask_an_address_with_somebody_in_it() -> None:
    with serving(says(200)) as fake, open_session(fake.url, reach=Reach(this_machine=True)) as session:
        for url in (f"http://evil.example.org\\@127.0.0.1:{fake.port}/", f"http://a:b@127.0.0.1:{fake.port}/"):
            with pytest.raises(NetError, match="another server"):
                session.get(url)

        assert fake.seen == []
