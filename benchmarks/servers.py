"""What pulls ask of a server, beside reading everything again as other clients do: requests, bytes and seconds.

20,000 submissions of 60 questions on the fakes of ODK Central and KoBoToolbox, which wait as long as the real ones did.
The two other clients are re-enacted: the requests that pyodk's `get_table` and koboextractor's `get_data` send, paged
by what the servers give today, and their answers read into Python objects. They keep nothing of it, so their seconds
are kind to them. Bytes are those of the bodies; compressed, as by a proxy in front of the server, they are told beside.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from backend.store.servers import ServerKind
from benchmarks.server_lab import ASSET, CENTRAL_FORM, Cost, Remote, a_day_passes, product, remote, timed
from workers.context import Context
from workers.net import Limits, Session, open_session
from workers.pull import pull_form
from workers.reach import Reach

_FORM = "bench"
_EDITS, _POSTS = 50, 50
_LIMITS = Limits(read_seconds=120.0, seconds=600.0, most_bytes=500_000_000)


class Spent(NamedTuple):
    cost: Cost
    seconds: float


def main(rows: int = 20_000) -> None:
    for kind in (ServerKind.CENTRAL, ServerKind.KOBO):
        with tempfile.TemporaryDirectory(prefix="fieldveil-bench-") as folder, remote(kind, rows) as server:
            _compare(product(Path(folder), kind, server.url), server, rows)


def _compare(context: Context, server: Remote, rows: int) -> None:
    other = _pyodk if server.kind is ServerKind.CENTRAL else _koboextractor
    others = _spent(server, lambda: other(server.url))
    whole = _spent(server, lambda: _pull(context))
    print(f"{server.kind}: {_words(whole)} for the first pull; {_words(others)} for {other.__doc__}")
    _report("unchanged", _spent(server, lambda: _pull(context)), whole, others, goal=0.01)
    server.do("change", _EDITS, _POSTS)
    changed = _spent(server, lambda: _pull(context))
    # In proportion to what changed, and as much again for the asking.
    _report(f"{_EDITS} edits and {_POSTS} new", changed, whole, others, goal=2 * (_EDITS + _POSTS) / rows)
    server.do("older")
    _pull(context)
    server.cost()
    unchanged = _spent(server, lambda: _pull(context))
    _report("unchanged, older server or fewer rights", unchanged, whole, others, goal=0.25)
    server.do("change", _EDITS, _POSTS)
    _report(f"the same, {_EDITS} edits and {_POSTS} new", _spent(server, lambda: _pull(context)), whole, others)
    a_day_passes(context)
    _report("the same, the list of once a day", _spent(server, lambda: _pull(context)), whole, others, goal=0.25)


def _report(what: str, spent: Spent, whole: Spent, others: Spent, goal: float | None = None) -> None:
    requests, size = spent.cost / whole.cost
    sent = spent.cost.sent / whole.cost.sent
    other_size = spent.cost.size / others.cost.size
    wanted = f" (goal <= {goal:.0%})" if goal else ""
    print(f"  {what}: {_words(spent)}")
    print(f"    = {size:.3%} of the bytes{wanted} ({sent:.3%} compressed)", end=" ")
    print(f"and {requests:.1%} of the requests of a first pull;", end=" ")
    print(f"{other_size:.3%} of the bytes and {spent.seconds / others.seconds:.1%} of the time of the other client")


def _words(spent: Spent) -> str:
    size = f"{spent.cost.size:,} bytes ({spent.cost.sent:,} compressed)"
    return f"{spent.cost.requests} requests, {size}, {spent.seconds:.2f} s"


def _spent(server: Remote, work: Callable[[], None]) -> Spent:
    server.cost()
    seconds = timed(work)
    return Spent(server.cost(), seconds)


def _pull(context: Context) -> None:
    assert pull_form(context, _FORM) is not None


# ---- the other clients -----------------------------------------------------------------------------------------------


def _pyodk(url: str) -> None:
    """pyodk's get_table(expand="*"), re-enacted"""
    from fakes.fake_central import EMAIL, PASSWORD

    with _session(url) as http:
        given = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
        token = json.loads(http.send("POST", "v1/sessions", body=given).body)["token"]
        path = f"v1/projects/1/forms/{CENTRAL_FORM}.svc/Submissions"
        asked = {"$expand": "*", "$count": "true"}
        body = http.send("GET", path, params=asked, headers={"Authorization": f"Bearer {token}"}).body
        page = json.loads(body)
    assert len(page["value"]) == page["@odata.count"]


def _koboextractor(url: str) -> None:
    """koboextractor's get_data(), re-enacted and paged by start"""
    from fakes.fake_kobo import TOKEN

    rows: list[object] = []
    with _session(url) as http:
        while True:
            path = f"api/v2/assets/{ASSET}/data/?limit=30000&start={len(rows)}"
            headers = {"Authorization": f"Token {TOKEN}", "Accept": "application/json"}
            page = json.loads(http.send("GET", path, headers=headers).body)
            rows += page["results"]
            if len(rows) >= page["count"]:
                return


def _session(url: str) -> Session:
    return open_session(url, reach=Reach(hosts=frozenset({"127.0.0.1"})), limits=_LIMITS)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
