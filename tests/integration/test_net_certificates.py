"""Whose certificates are accepted: https on this machine, with an authority that the public ones know nothing of.

1. An authority of the file counts besides the public ones, and only where the file is named.
2. The certificate has to be for the name in the address, whoever signed it and whatever address was connected to.
3. What is refused is told with a remedy.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority, authority
from fake_http import Fake, says, serving

from backend.settings import Settings
from workers.net import Limits, NetError, Session, Trouble, open_session
from workers.reach import Reach, reach_of

NAME = "central.example.org"
QUICK = Limits(connect_seconds=2, read_seconds=2, seconds=4, tries=1)


@pytest.fixture
def ministry(tmp_path: Path) -> Authority:
    return authority(tmp_path / "ministry")


@contextmanager
def opened(fake: Fake, reach: Reach, *, name: str = NAME) -> Iterator[Session]:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", fake.port))]

    def resolve(*_args: object, **_options: object) -> list[tuple[Any, ...]]:
        return found

    with open_session(f"https://{name}:{fake.port}/", reach=reach, limits=QUICK, resolve=resolve) as session:
        yield session


def settled(file: Path | None) -> Reach:
    """As the product has it, from its settings."""
    return reach_of(Settings(server_hosts=f"{NAME},other.example.org", server_authorities=file or Path()))


def refusal(fake: Fake, reach: Reach, *, name: str = NAME) -> NetError:
    with pytest.raises(NetError) as caught, opened(fake, reach, name=name) as session:
        session.get("x")
    return caught.value


def test_a_server_of_an_authority_of_the_file_is_accepted(ministry: Authority) -> None:  # 1
    with (
        serving(says(200, b"inside"), tls=ministry.context(NAME)) as fake,
        opened(fake, settled(ministry.file)) as session,
    ):
        assert session.get("x").body == b"inside"


def test_it_is_refused_where_the_file_is_not_named(ministry: Authority) -> None:  # 1 3
    with serving(says(200), tls=ministry.context(NAME)) as fake:
        error = refusal(fake, settled(None))

        assert fake.seen == []
    assert (error.permanent, error.trouble) == (True, Trouble.CERTIFICATE)
    assert "FIELDVEIL_SERVER_AUTHORITIES" in str(error)


def test_another_authority_of_the_same_name_does_not_count(ministry: Authority, tmp_path: Path) -> None:  # 1
    impostor = authority(tmp_path / "impostor")
    with serving(says(200), tls=impostor.context(NAME)) as fake:
        assert refusal(fake, settled(ministry.file)).trouble is Trouble.CERTIFICATE
        assert fake.seen == []


def test_public_authorities_count_besides_those_of_the_file(ministry: Authority, tmp_path: Path) -> None:  # 1
    """Another file stands for the public list of the system here: it is read in the same way."""
    both = tmp_path / "both.pem"
    other = authority(tmp_path / "other")
    both.write_bytes(ministry.file.read_bytes() + other.file.read_bytes())

    with serving(says(200), tls=other.context(NAME)) as fake, opened(fake, settled(both)) as session:
        assert session.get("x").status == 200


def test_the_authority_that_issues_is_enough_also_when_it_was_made_plainly(
    ministry: Authority, tmp_path: Path
) -> None:  # 1
    issuing = ministry.below(tmp_path / "issuing")

    with serving(says(200), tls=issuing.context(NAME)) as fake:
        with opened(fake, settled(issuing.file)) as session:
            assert session.get("x").status == 200
        assert refusal(fake, settled(ministry.file)).trouble is Trouble.CERTIFICATE


def test_a_certificate_for_another_name_is_refused(ministry: Authority) -> None:  # 2 3
    with serving(says(200), tls=ministry.context(NAME)) as fake:
        error = refusal(fake, settled(ministry.file), name="other.example.org")

        assert fake.seen == []
    assert "for another name" in str(error)


def test_the_name_is_checked_and_not_the_address_that_it_leads_to(ministry: Authority) -> None:  # 2
    with serving(says(200), tls=ministry.context("127.0.0.1")) as fake:
        assert "for another name" in str(refusal(fake, settled(ministry.file)))


def test_a_certificate_that_has_ended_is_refused_as_such(ministry: Authority) -> None:  # 3
    with serving(says(200), tls=ministry.context(NAME, ends_in=timedelta(days=-1))) as fake:
        error = refusal(fake, settled(ministry.file))

    assert "has ended" in str(error)
    assert error.trouble is Trouble.CERTIFICATE


def test_a_server_without_tls_is_told_apart_from_a_bad_certificate(ministry: Authority) -> None:  # 3
    with serving(says(200)) as fake:
        error = refusal(fake, settled(ministry.file))

    assert "does not speak https" in str(error)
    assert error.trouble is Trouble.USUAL


def test_a_proxy_that_sends_http_on_to_https_is_told_in_words() -> None:  # 3
    with serving(says(301, Location=f"https://{NAME}/x")) as fake:
        session = open_session(f"http://{NAME}:{fake.port}/", reach=settled(None), limits=QUICK, resolve=_here(fake))
        with pytest.raises(NetError, match="write its address with https://") as caught:
            session.get("x")

    assert caught.value.trouble is Trouble.ELSEWHERE


def test_a_server_that_does_not_know_of_its_https_is_told_how_to(ministry: Authority) -> None:  # 3
    with (
        serving(says(200), tls=ministry.context(NAME)) as fake,
        opened(fake, settled(ministry.file)) as session,
        pytest.raises(NetError, match="whoever runs it has to tell it") as caught,
    ):
        session.get(f"http://{NAME}/forms/6/form.xml")

    assert caught.value.trouble is Trouble.ELSEWHERE


def _here(fake: Fake) -> Any:
    return lambda *_args, **_options: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", fake.port))]
