"""The door to other servers, against a server of the standard library on this machine."""

import gzip
import logging
import pickle
import socket
import threading
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from fake_http import SECRET, Answer, Handler, says, serving

from workers.net import USER_AGENT, Limits, NetError, Session, open_session
from workers.reach import Reach

PERSON = "Amina-Hidden"
QUICK = Limits(connect_seconds=1, read_seconds=0.5, seconds=2, tries=4, first_wait=0.25, most_bytes=100_000)


def sleeps(seconds: float) -> Answer:
    return lambda _handler: time.sleep(seconds)


def breaks_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(PERSON.encode())
    handler.close_connection = True


def drips(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def opened(url: str, *, limits: Limits = QUICK, pauses: list[float] | None = None, **options: Any) -> Session:
    waits = pauses if pauses is not None else []
    return open_session(url, reach=Reach(this_machine=True), limits=limits, pause=waits.append, **options)


def failure(session: Session, path: str = f"x?name={PERSON}", **options: Any) -> NetError:
    with pytest.raises(NetError) as caught:
        session.get(path, **options)
    return caught.value


# ---- good answers ----------------------------------------------------------------------------------------------------


def test_an_answer_is_read_whole_and_we_say_who_we_are() -> None:
    with serving(says(200, b"content", X_Kind="Form")) as fake, opened(fake.url) as session:
        reply = session.get("formList", params={"deviceID": "d"}, headers={"X-OpenRosa-Version": "1.0"})

        assert (reply.status, reply.body, reply.headers["x-kind"]) == (200, b"content", "Form")
        [(method, path, headers)] = fake.seen
        assert (method, path) == ("GET", f"/letterbox/{SECRET}/formList?deviceID=d")
        assert headers["User-Agent"] == USER_AGENT
        assert headers["X-OpenRosa-Version"] == "1.0"


def test_a_caller_may_say_another_user_agent() -> None:
    with serving(says(200)) as fake, opened(fake.url, headers={"User-Agent": "Phone"}) as session:
        session.get("x")

        assert fake.seen[0][2]["User-Agent"] == "Phone"


def test_a_post_sends_its_bytes_and_any_status_is_an_answer() -> None:
    with serving(says(409, b"conflict")) as fake, opened(fake.url) as session:
        reply = session.send("POST", "submission", body=b"<data/>", headers={"Content-Type": "text/xml"})

        assert (reply.status, reply.body) == (409, b"conflict")
        assert fake.bodies == [b"<data/>"]


def test_compressed_answers_are_unpacked() -> None:
    packed = gzip.compress(b"content" * 10)
    with serving(says(200, packed, Content_Encoding="gzip")) as fake, opened(fake.url) as session:
        assert session.get("x").body == b"content" * 10


def test_a_proxy_of_the_environment_is_not_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect wherever it likes, past the addresses that were checked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    with serving(says(200, b"content")) as fake, opened(fake.url) as session:
        assert session.get("x").body == b"content"


def test_cookies_are_not_kept() -> None:
    with serving(says(200, Set_Cookie="who=phone")) as fake, opened(fake.url) as session:
        session.get("x")
        session.get("x")

        assert "Cookie" not in fake.seen[1][2]


# ---- tries and waits -------------------------------------------------------------------------------------------------


def test_a_busy_server_is_asked_again_with_growing_waits() -> None:
    pauses: list[float] = []
    with serving(says(503), says(502), says(200, b"ok")) as fake, opened(fake.url, pauses=pauses) as session:
        assert session.get("x").body == b"ok"

    assert pauses == [0.25, 0.5]


def test_the_wait_that_the_server_asks_for_is_kept() -> None:
    pauses: list[float] = []
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    answers = (says(429, Retry_After="7"), says(503, Retry_After=soon), says(200))
    with serving(*answers) as fake, opened(fake.url, pauses=pauses) as session:
        session.get("x")

    assert pauses[0] == 7
    assert 25 < pauses[1] <= 30


def test_a_wait_that_is_too_long_is_left_to_the_caller() -> None:
    with serving(says(429, Retry_After="3600")) as fake, opened(fake.url) as session:
        error = failure(session)

        assert (error.status, error.permanent, error.retry_after) == (429, False, 3600)
        assert len(fake.seen) == 1


@pytest.mark.parametrize("said", ["-5", "soon", "", "٣", "Wed, 99 Foo 2026"])
def test_a_wait_that_cannot_be_read_is_our_own(said: str) -> None:
    pauses: list[float] = []
    answers = (says(503, Retry_After=said.encode().decode("latin-1")), says(200))
    with serving(*answers) as fake, opened(fake.url, pauses=pauses) as session:
        session.get("x")

    assert pauses == [0.25]


def test_tries_come_to_an_end() -> None:
    with serving(says(500)) as fake, opened(fake.url) as session:
        error = failure(session)

        assert (error.status, error.permanent) == (500, False)
        assert len(fake.seen) == QUICK.tries


def test_a_refusal_is_not_asked_again() -> None:
    with serving(says(404)) as fake, opened(fake.url) as session:
        error = failure(session)

        assert (error.status, error.permanent) == (404, True)
        assert len(fake.seen) == 1


def test_a_post_is_sent_once() -> None:
    with serving(says(503)) as fake, opened(fake.url) as session:
        assert session.send("POST", "x", body=b"").status == 503
        assert len(fake.seen) == 1


def test_nobody_at_home_passes_and_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        pauses: list[float] = []
        with opened(f"http://127.0.0.1:{port}/letterbox/{SECRET}", pauses=pauses) as session:
            error = failure(session)

    assert not error.permanent
    assert len(pauses) == QUICK.tries - 1


# ---- bounds ----------------------------------------------------------------------------------------------------------


def test_a_server_that_hangs_is_left_after_the_read_time_out() -> None:
    started = time.monotonic()
    limits = Limits(read_seconds=0.2, tries=2, first_wait=0)
    with serving(sleeps(1)) as fake, opened(fake.url, limits=limits) as session:
        error = failure(session)

    assert "0.2 seconds" in str(error)
    assert not error.permanent
    assert time.monotonic() - started < 2.5


def test_a_server_that_drips_is_left_after_the_whole_time() -> None:
    limits = Limits(read_seconds=5, seconds=0.3, tries=1)
    with serving(drips) as fake, opened(fake.url, limits=limits) as session:
        error = failure(session)

    assert "not complete after 0.3 seconds" in str(error)


@pytest.mark.parametrize(
    "answer", [says(200, b"x" * 100_001), says(200, gzip.compress(b"\0" * 5_000_000), Content_Encoding="gzip")]
)
def test_an_answer_that_is_too_large_is_dropped(answer: Answer) -> None:
    with serving(answer) as fake, opened(fake.url) as session:
        error = failure(session)

        assert error.permanent
        assert "100,000 bytes" in str(error)


@pytest.mark.parametrize(("layers", "encoding"), [(1, "gzip"), (2, "gzip, gzip")])
def test_an_answer_that_unpacks_to_a_thousandfold_takes_no_more_memory_than_is_allowed(
    layers: int, encoding: str
) -> None:
    bomb = b"\0" * 30_000_000
    for _ in range(layers):
        bomb = gzip.compress(bomb, 6)
    with serving(says(200, bomb, Content_Encoding=encoding)) as fake, opened(fake.url) as session:
        tracemalloc.start()
        error = failure(session)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert "100,000 bytes" in str(error)
    assert most < 2_000_000


def test_an_answer_that_breaks_off_passes() -> None:
    with serving(breaks_off, says(200, b"whole")) as fake, opened(fake.url) as session:
        assert session.get("x").body == b"whole"


def test_one_server_gets_two_connections_at_most() -> None:
    most = Busy()
    limits = Limits(read_seconds=5)
    with serving(most.answer) as fake, opened(fake.url, limits=limits) as session:
        threads = [threading.Thread(target=session.get, args=("x",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(fake.seen) == 6
    assert most.highest == 2


class Busy:
    """Counts how many requests are in work at the same time."""

    def __init__(self) -> None:
        self.now = self.highest = 0
        self.lock = threading.Lock()

    def answer(self, handler: Handler) -> None:
        with self.lock:
            self.now += 1
            self.highest = max(self.highest, self.now)
        time.sleep(0.05)
        with self.lock:
            self.now -= 1
        says(200)(handler)


# ---- other servers ---------------------------------------------------------------------------------------------------


def test_a_redirect_inside_the_server_is_followed() -> None:
    with serving(says(302, Location="/elsewhere"), says(200, b"there")) as fake, opened(fake.url) as session:
        assert session.get("x").body == b"there"
        assert fake.seen[1][1] == "/elsewhere"


@pytest.mark.parametrize("place", ["http://localhost:1/x", "https://evil.example.org/", "//evil.example.org/x"])
def test_a_redirect_to_another_server_is_not_followed(place: str) -> None:
    with serving(says(302, Location=place)) as fake, opened(fake.url) as session:
        error = failure(session)

        assert error.permanent
        assert "another server" in str(error)
        assert len(fake.seen) == 1


def test_a_circle_of_redirects_ends() -> None:
    with serving(says(302, Location="/again")) as fake, opened(fake.url) as session:
        assert failure(session).permanent
        assert len(fake.seen) == 4


def test_a_post_is_never_sent_on() -> None:
    with serving(says(307, Location="/elsewhere")) as fake, opened(fake.url) as session:
        assert session.send("POST", "x", body=b"answers").status == 307
        assert len(fake.seen) == 1


def test_a_session_asks_its_own_server_only() -> None:
    with serving(says(200)) as fake, opened(fake.url) as session:
        error = failure(session, f"http://localhost:{fake.port}/letterbox/{SECRET}/x")

        assert error.permanent
        assert fake.seen == []


def test_a_name_that_leads_inside_is_not_connected_to() -> None:
    with serving(says(200)) as fake:
        inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", fake.port))]
        session = open_session(f"https://rebound.example.org:{fake.port}/", resolve=lambda *_a, **_k: inside)
        error = failure(session)

        assert error.permanent
        assert "private network" in str(error)
        assert fake.seen == []


def test_an_unknown_name_is_told_as_such() -> None:
    def nothing(*_args: object, **_options: object) -> list[tuple[Any, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    session = open_session("https://gone.example.org/", limits=QUICK, pause=lambda _: None, resolve=nothing)

    assert "its name is not known" in str(failure(session))


def test_the_second_address_of_a_name_is_used_when_the_first_is_dead() -> None:
    with serving(says(200, b"alive")) as fake, socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        # 127.0.0.2 is this machine too, and nobody listens there.
        found = [(2, 1, 6, "", (address, fake.port)) for address in ("127.0.0.2", "127.0.0.1")]
        allowed = Reach(hosts=frozenset({"two.example.org"}))
        session = open_session(
            f"http://two.example.org:{fake.port}/", reach=allowed, limits=QUICK, resolve=lambda *_a, **_k: found
        )

        assert session.get("x").body == b"alive"
        assert fake.seen[0][2]["Host"] == f"two.example.org:{fake.port}"


@pytest.mark.parametrize("url", ["http://a.org/", "https://a.org/?q=1", "https://a.org:port/", "a.org", ""])
def test_a_bad_base_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(NetError) as caught:
        open_session(url)

    assert caught.value.permanent


def test_https_to_a_server_without_tls_is_permanent() -> None:
    with serving(says(200)) as fake:
        session = opened(fake.url.replace("http://", "https://"))

        assert failure(session).permanent


# ---- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [says(404, PERSON.encode()), says(500), breaks_off, says(302, Location="//x/")])
def test_no_error_and_no_log_holds_a_secret(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answer) as fake, opened(fake.url, headers={"Authorization": "Token hush"}) as session:
        error = failure(session)

    told = f"{error} {error!r} {error.__dict__} {caplog.text} {error.__cause__!r} {error.__context__!r}"
    assert SECRET not in told
    assert PERSON not in told
    assert "hush" not in told
    assert "letterbox/***" in str(error)


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(NetError("text", permanent=True, status=404)))  # noqa: S301

    assert (str(error), error.permanent, error.status) == ("text", True, 404)


def test_a_reply_does_not_show_what_it_holds() -> None:
    with serving(says(200, PERSON.encode(), X_Token=SECRET)) as fake, opened(fake.url) as session:
        shown = repr(session.get("x"))

        assert PERSON not in shown
        assert SECRET not in shown
