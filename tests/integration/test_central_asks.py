"""How ODK Central is asked: one sign-in for all, addresses a proxy takes, and nothing lost to names or odd ids."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import requests
from central_lab import SERVER, V1, V2, Lab, central_lab, document, fields
from fakes.wire import Asked, Fault
from msgspec.structs import replace
from pull_lab import is_equal
from sqlalchemy import Engine, select

from backend.store.engine import reading
from backend.store.tables import ledger, reject
from workers.servers.source import PullError

ODD = ("my custom id/1", "it's", "a b&c=d", "ü+%20")
# Two questions that Central's OData calls by one name: the later one hides the earlier.
ALIKE = replace(
    V1,
    form_version="v2",
    rules=tuple(replace(one, path={"rec/people": "rec/how_many"}.get(one.path, one.path)) for one in V1.rules),
)


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


def outcomes(lab: Lab) -> list[str]:
    with reading(lab.context.engine) as session:
        return list(session.scalars(select(ledger.c.outcome)))


def rejects(lab: Lab) -> list[str]:
    with reading(lab.context.engine) as session:
        return list(session.scalars(select(reject.c.reason)))


def test_rows_far_apart_with_odd_ids_are_asked_for_by_their_ids(lab: Lab) -> None:
    lab.fake.store.publish(lab.form, "v2", fields(V2))
    for name in ODD:
        lab.fake.store.post(lab.form, document(name, version="v2"))
        for _ in range(14):
            lab.send(len(lab.form.submissions))
    lab.pull()
    lab.register(V2)
    lab.fake.asked.clear()

    report = lab.pull()

    filters = [one.status for one in lab.fake.asked if "$filter" in one.query]
    assert (report.read, filters) == (4, [200])
    assert not any(one.path.endswith(".xml") for one in lab.fake.asked)
    assert is_equal(lab)
    assert lab.stored().keys() >= {lab.key(name) for name in ODD}


def test_two_questions_that_odata_calls_alike_are_told_apart(lab: Lab) -> None:
    lab.fake.store.publish(lab.form, "v2", fields(ALIKE) | {"rec/how.many": "int"})
    lab.register(ALIKE)
    answers = {"rec/people": None, "rec/how_many": "7", "rec/how.many": "40"}
    lab.fake.store.post(lab.form, document("uuid:1", version="v1", **answers).replace(b'version="v1"', b'version="v2"'))

    lab.pull()

    assert is_equal(lab)


def test_a_row_that_is_encrypted_from_one_moment_to_the_next_is_no_interview_without_consent(lab: Lab) -> None:
    """The form said a moment ago that nothing is encrypted; Central then shows such a row without any answers."""

    def encrypt(asked: Asked) -> None:
        if asked.path.endswith(".svc/Submissions"):
            lab.form.key_id = 1

    lab.send(1)
    lab.fake.before = encrypt

    lab.pull()

    assert (outcomes(lab), rejects(lab)) == (["rejected"], ["unreadable"])
    lab.let_pass(timedelta(minutes=10))
    with pytest.raises(PullError) as caught:
        lab.pull()
    assert caught.value.code == "encrypted"


def test_two_requests_that_meet_an_expired_sign_in_renew_it_once(lab: Lab) -> None:
    both, waiting = Barrier(2, action=lab.fake.expire_logins, timeout=5), ["second", "first"]

    def meet(asked: Asked) -> None:
        if asked.path.endswith(".xml") and waiting:
            waiting.pop()
            both.wait()

    for number in range(2):
        lab.send(number)
    lab.pull()
    for number in range(2):
        lab.edit(f"uuid:{number}", people="3")
    lab.fake.before = meet

    lab.pull()

    assert lab.fake.logins == 2
    assert is_equal(lab)


def test_a_server_that_refuses_whom_it_just_signed_in_is_asked_once_more_and_left(lab: Lab) -> None:
    lab.send(1)
    lab.fake.before = lambda asked: None if "sessions" in asked.path else lab.fake.expire_logins()

    with pytest.raises(PullError) as caught:
        lab.pull()

    assert caught.value.code == "server_sign_in"
    assert lab.fake.logins == 2


def fail(lab: Lab, times: int) -> None:
    for _ in range(times):
        with pytest.raises(PullError):
            lab.pull()


def resting(lab: Lab) -> tuple[int, bool]:
    found = lab.server(SERVER)
    return found.failures, found.rest_until is not None


def test_a_server_rests_after_failures_in_a_row_and_not_after_some_now_and_then(lab: Lab) -> None:
    lab.send(1)
    down = [Fault.GATEWAY] * 50
    lab.fake.faults.extend(down)
    fail(lab, 2)
    lab.fake.faults.clear()
    lab.pull()
    between = resting(lab)
    lab.fake.faults.extend(down)
    fail(lab, 2)
    twice = resting(lab)
    fail(lab, 1)

    assert (between, twice, resting(lab)) == ((0, False), (2, False), (3, True))


def test_a_server_that_refuses_is_not_down(lab: Lab) -> None:
    lab.send(1)
    lab.fake.verbs = ("form.list", "form.read")

    fail(lab, 4)

    assert resting(lab) == (0, False)


def test_an_address_longer_than_a_proxy_takes_is_refused_by_the_fake(lab: Lab) -> None:
    assert requests.get(f"{lab.fake.url}/v1/projects?{'x' * 9_000}", timeout=5).status_code == 414
