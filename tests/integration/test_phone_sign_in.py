"""The simulated phone signs in with an account, as ODK Collect does on KoBoToolbox.

S1 Digest where the server offers it, the password never on the line  S2 one challenge serves many requests
S3 a nonce that grew old is replaced, and an upload is not lost  S4 a wrong password is told, with what to do
S5 Basic over https only  S6 what nobody can answer is not tried
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_http import Answer, Fake, Handler, says, serving

from workers.cli.entry import run
from workers.net import Limits, NetError, Session, open_session
from workers.phone.canary import Canaries
from workers.phone.collect import Phone
from workers.phone.deliveries import Delivery, Reason
from workers.phone.sign_in import AccountSignIn
from workers.reach import Reach
from workers.servers.credentials import Credentials

ACCOUNT, PASSWORD = "enum1", "Long-9:with colon"
FIRST = Delivery(b"<data/>", Reason.FIRST)
ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
}


class Guard:
    """Asks for Digest as django-digest of KoBo does: one realm, `auth`, each count of a nonce good for once."""

    def __init__(self, algorithm: str = "MD5", qop: str = ', qop="auth"', body: bytes = b"") -> None:
        self.algorithm, self.qop, self.then = algorithm, qop, says(200 if body else 204, body)
        self.number, self.uses, self.most_uses = 1, set[str](), 1_000

    def __call__(self, handler: Handler) -> None:
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', handler.headers.get("Authorization", "")))
        if not self._is_good(said, handler):
            nonce = f'Digest realm="DJANGO"{self.qop}, nonce="n:{self.number}", opaque="9C9A", stale="false"'
            return says(401, b"", WWW_Authenticate=f'{nonce}, algorithm="{self.algorithm}"')(handler)
        self.uses.add(said.get("nc", ""))
        if len(self.uses) >= self.most_uses:
            self.number, self.uses = self.number + 1, set()
        return self.then(handler)

    def _is_good(self, said: dict[str, str], handler: Handler) -> bool:
        def digest(*parts: str) -> str:
            return ALGORITHMS[self.algorithm](":".join(parts).encode())

        middle = [said.get("nc", ""), said.get("cnonce", ""), "auth"] if self.qop else []
        who, what = digest(ACCOUNT, "DJANGO", PASSWORD), digest(handler.command, handler.path)
        asked = said.get("uri") == handler.path and said.get("opaque") == "9C9A" and said.get("nc") not in self.uses
        return asked and said.get("response") == digest(who, f"n:{self.number}", *middle, what)


def opened(fake: Fake, secret: str = PASSWORD, encrypted: bool = False) -> Session:
    sign_in = AccountSignIn(Credentials(ACCOUNT, secret), encrypted=encrypted)
    return open_session(fake.url, reach=Reach(this_machine=True), limits=Limits(tries=1), sign_in=sign_in)


@contextmanager
def guarded(guard: Answer, **options: str | bool) -> Iterator[tuple[Session, Fake]]:
    with serving(guard) as fake, opened(fake, **options) as session:  # type: ignore[arg-type]
        yield session, fake


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("qop", [', qop="auth,auth-int"', ""], ids=["auth", "of 1997"])
def test_a_challenge_is_answered_without_the_password_on_the_line(algorithm: str, qop: str) -> None:  # S1
    with guarded(Guard(algorithm, qop, b"in")) as (session, fake):
        assert session.get("formList", params={"deviceID": "collect:ä b"}).body == b"in"
        said = repr(fake.seen)

    assert [method for method, _, _ in fake.seen] == ["GET", "GET"]
    assert PASSWORD not in said
    assert 'uri="/letterbox/t0ken-of-a-phone/formList?deviceID=collect%3A%C3%A4+b"' in said


def test_one_challenge_serves_an_upload_and_those_after_it() -> None:  # S2
    guard = Guard()
    with guarded(guard) as (session, fake):
        phone = Phone(session, Canaries(3))
        guard.then = lambda handler: says(204 if handler.command == "HEAD" else 201)(handler)
        stored = [phone.send(FIRST, "b").stored for _ in range(3)]

    assert stored == [True] * 3
    assert [method for method, _, _ in fake.seen] == ["HEAD", *["HEAD", "POST"] * 3]


def test_an_upload_whose_nonce_grew_old_is_sent_once_more() -> None:  # S3
    guard = Guard()
    with guarded(guard) as (session, fake):
        guard.most_uses = 2
        for _ in range(3):
            assert session.send("POST", "submission", body=b"interview").status == 204

    assert [body for body in fake.bodies if body] == [b"interview"] * 5


def test_a_wrong_password_is_refused_after_two_tries() -> None:  # S4
    with guarded(Guard(), secret="wrong") as (session, fake), pytest.raises(NetError) as caught:
        session.get("formList")

    assert (caught.value.status, len(fake.seen)) == (401, 2)


@pytest.mark.parametrize("encrypted", [True, False])
def test_basic_goes_over_https_only(encrypted: bool) -> None:  # S5
    with guarded(says(401, WWW_Authenticate='Basic realm="KoBo"'), encrypted=encrypted) as (session, fake):
        session.send("GET", "formList")

    assert ["Authorization" in headers for _, _, headers in fake.seen] == [False, True][: 1 + encrypted]


@pytest.mark.parametrize(
    "challenge",
    ["", "Token", 'Digest realm="x"', 'Digest nonce="1", algorithm="X"', 'Digest nonce="1", qop="auth-int"'],
)
def test_what_cannot_be_answered_is_not_tried(challenge: str) -> None:  # S6
    with guarded(says(401, WWW_Authenticate=challenge)) as (session, fake):
        assert session.send("GET", "formList").status == 401

    assert len(fake.seen) == 1


def test_digest_is_chosen_where_basic_is_offered_beside_it() -> None:  # S1
    both = says(401, WWW_Authenticate='Basic realm="K", Digest realm="D", nonce="7", qop="auth"')
    with guarded(both, encrypted=True) as (session, fake):
        session.send("GET", "formList")

    assert fake.seen[-1][2]["Authorization"].startswith('Digest username="enum1", realm="D", nonce="7"')


@pytest.mark.parametrize("names_account", [True, False])
def test_the_command_says_what_a_kobo_wants(  # S4
    names_account: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "phone.env"
    file.touch(mode=0o600)
    file.write_text(f"ACCOUNT={ACCOUNT}\nSECRET=wrong-one\n")
    with serving(Guard()) as fake:
        account = ("--account-file", str(file)) if names_account else ()
        code = run(("fill", "--url", fake.url, "--recorded", "--submissions", "1", *account))

    shown = capsys.readouterr()
    assert code == 1
    assert "--account-file FILE with ACCOUNT=… and SECRET=…" in shown.err
    assert "wrong-one" not in shown.err + shown.out
    assert ("enum1" in repr(fake.seen)) == names_account
