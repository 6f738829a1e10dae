"""Random histories of a letterbox form, from the door to every figure that is shown, against a model that knows nothing
of the store: nothing that was answered 201 is lost, nothing counts twice, and each figure is what the rows say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from histories import Shelf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from letterbox_door import BOUNDARY, multipart
from small_form import RECEIVED
from small_letters import context, xml
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError

from backend.crypto import seal
from backend.letterbox.routes import create_blueprint
from backend.store import monitor
from backend.store.app_users import create_app_user
from backend.store.audit import Audit
from backend.store.closing import close_form, finish_closed
from backend.store.engine import reading, transaction
from backend.store.forms import Where, make_current
from backend.store.letter_keys import sealing_key
from backend.store.letters import GRACE_DAYS, destroy_letters
from backend.store.migrate import upgrade
from backend.store.status import totals
from backend.store.tables import answer, counter, daily, effort, ledger, reject, rollup, submission
from backend.store.withdrawals import withdraw
from mappings.privacy.pseudonym import submission_key, withdrawal_key
from workers.context import Context
from workers.letter_keys import keep
from workers.pseudonym_keys import read_keys
from workers.pull import pull_form

_CODES = ("stored", "stored", "elsewhere", "refused", "rejected", "unknown")
_ANSWERS: dict[str, dict[str, Any]] = {
    "stored": {},
    "elsewhere": {"who/adm1": "XA02", "who/adm2": "XA0201", "ctx/adm3": None, "ctx/site": "S2"},
    "refused": {"con/given": "no"},
    "rejected": {"who/adm1": "ZZ"},
    "unknown": {"version": "v9"},
}
_OUTCOMES = {"elsewhere": "stored", "unknown": "rejected"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One document that was answered 201. `place` is its letter: an instance id for a phone, a letter id for a page."""

    number: int
    instance: str
    previous: str
    kind: str
    day: date
    from_page: bool
    place: str
    document: bytes = field(repr=False)


@dataclass
class World:
    """What phones, pages and clocks do. `sent` is all that the product is held to."""

    shelf: Shelf
    context: Context
    clients: Sequence[FlaskClient]
    token: str
    day: date = RECEIVED
    closed_on: date | None = None
    sent: list[Sent] = field(default_factory=list)
    taken_back: set[str] = field(default_factory=set)
    sealed: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    is_away: bool = False
    door: int = 0

    @property
    def client(self) -> FlaskClient:
        """Whoever lost the door's key has another one."""
        return self.clients[self.door]

    def post(self, kind: str, instance: str, previous: str = "", *, files: int = 0) -> None:
        number = len(self.sent)
        answers = {"rec/people": str(number), "clo/code": f"{number:08x}"} | _ANSWERS[kind]
        document = xml(instance, previous, **answers)
        self._deliver(Sent(number, instance, previous, kind, self.day, False, instance, document), files)

    def post_page(self, kind: str, instance: str, like: Sent | None = None) -> None:
        number = len(self.sent)
        document = like.document if like else xml(instance, **({"rec/people": str(number)} | _ANSWERS[kind]))
        kind = like.kind if like else kind
        self._deliver(Sent(number, instance, "", kind, self.day, True, f"{number:032x}", document))

    def again(self, one: Sent) -> None:
        """A phone that never heard the answer."""
        self._deliver(one, retry=True)

    def _deliver(self, one: Sent, files: int = 0, *, retry: bool = False) -> None:
        answer = self._page_letter(one) if one.from_page else self._submission(one, files)
        assert answer in ((503,) if self.is_away else (201,))
        if answer == 201 and not retry:
            self.sent.append(one)

    def _submission(self, one: Sent, files: int) -> int:
        body = multipart(one.document, tuple(f"{number}.jpg" for number in range(files)))
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.client.post(f"/letterbox/{self.token}/submission", data=body, content_type=kind).status_code

    def _page_letter(self, one: Sent) -> int:
        """A page keeps what it has sealed: a retry is the same to the byte."""
        if one.place not in self.sealed:
            with reading(self.context.engine) as session:
                key = sealing_key(session, self.day)
            assert key is not None
            self.sealed[one.place] = (key.key_id, seal(key.public_key, "small", one.document))
        key_id, content = self.sealed[one.place]
        path = f"/letterbox/{self.token}/forms/small/letters/{one.place}?key={key_id}"
        return self.client.post(path, data=content).status_code

    def pull(self, **how: Any) -> None:
        pull_form(self.context, "small", **how)

    def withdraw(self, one: Sent) -> None:
        keys = read_keys(self.context.settings, survey_id="CTE-S-XAA-2026-01", country="XAA")
        code = withdrawal_key(keys, "small", f"{one.number:08x}")
        with transaction(self.context.engine) as session:
            if session.scalar(select(submission.c.submission_key).where(submission.c.withdrawal_key == code)):
                withdraw(session, "small", code, datetime.now(UTC), "test")
                self.taken_back.add(_root(_chain(self.sent), one.instance))

    def close(self) -> None:
        with transaction(self.context.engine) as session:
            if close_form(session, "small", self.day, Audit("test", "form.closed", "small")):
                self.closed_on = self.day

    def reopen(self) -> None:
        with transaction(self.context.engine) as session:
            make_current(session, "small", "v1", Where("letterbox", "small"), Audit("test", "form.deployed", "small"))
        self.closed_on = None

    def tidy_up(self) -> None:
        keep(self.context, self.day)
        with transaction(self.context.engine) as session:
            destroy_letters(session, self.day)
            finish_closed(session, self.day)


# ---- the model -------------------------------------------------------------------------------------------------------


def _chain(sent: Sequence[Sent]) -> dict[str, str]:
    """Instance to the instance it edits, of the letters of phones that count. What would close a ring edits nothing."""
    chain: dict[str, str] = {}
    for one in sent:
        if one.previous and not one.from_page and _root(chain, one.previous) != one.instance:
            chain.setdefault(one.instance, one.previous)
    return chain


def _root(chain: dict[str, str], instance: str) -> str:
    while instance in chain:
        instance = chain[instance]
    return instance


def _depth(chain: dict[str, str], instance: str) -> int:
    depth = 0
    while instance in chain:
        instance, depth = chain[instance], depth + 1
    return depth


@dataclass(frozen=True, slots=True)
class Expected:
    """By root: the version that is shown, and the one that is counted. `conflicts`: with the id of another letter."""

    shown: dict[str, Sent]
    counted: dict[str, Sent]
    conflicts: int


def _expected(world: World) -> Expected:
    firsts: dict[str, Sent] = {}
    # Also of what came too late: a form that is opened again counts it, so a person is asked all the same.
    from_phones: dict[str, Sent] = {}
    conflicts = 0
    last = None if world.closed_on is None else world.closed_on + timedelta(days=GRACE_DAYS)
    late = [one for one in world.sent if last is not None and one.day > last]
    for one in world.sent:
        twin = firsts.get(one.instance) or from_phones.get(one.instance)
        if one.instance not in firsts and one not in late:
            firsts[one.instance] = one
        elif twin is not None and twin.document != one.document and (one not in late or not one.from_page):
            conflicts += 1
        if not one.from_page:
            from_phones.setdefault(one.instance, one)
    chain = _chain(list(firsts.values()))
    keys = read_keys(world.context.settings, survey_id="CTE-S-XAA-2026-01", country="XAA")
    versions: defaultdict[str, list[Sent]] = defaultdict(list)
    for one in firsts.values():
        versions[_root(chain, one.instance)].append(one)

    def rank(one: Sent) -> tuple[int, str]:
        return _depth(chain, one.instance), submission_key(keys, "small", one.instance)

    edited = set(chain.values())
    return Expected(
        {root: max((one for one in found if one.instance not in edited), key=rank) for root, found in versions.items()},
        {root: min(found, key=rank) for root, found in versions.items()},
        conflicts,
    )


# ---- steps -----------------------------------------------------------------------------------------------------------

_NUMBER = st.integers(0, 30)
_SENDING = ("post", "post", "edit", "edit of what comes later", "conflict", "page", "page twice", "database away")
_WORKING = ("again", "again", "pull", "pull", "withdraw", "close", "reopen", "tidy up", "lose the door key")
_STEPS = st.one_of(
    st.tuples(st.sampled_from(_SENDING), _NUMBER, st.sampled_from(_CODES)),
    st.tuples(st.sampled_from(_SENDING), _NUMBER, st.sampled_from(_CODES)),
    st.tuples(st.sampled_from(_WORKING), _NUMBER, st.just("")),
    st.tuples(st.just("crash"), st.integers(0, 6), st.just("")),
    st.tuples(st.just("days"), st.sampled_from((-1, 0, 1, 5, 16)), st.just("")),
)


def _act(world: World, step: int, what: str, which: int, kind: str) -> None:
    if kind:
        _send(world, step, what, which, kind)
    else:
        _work(world, what, which)


def _send(world: World, step: int, what: str, which: int, kind: str) -> None:
    phones = [one for one in world.sent if not one.from_page] or [None]
    pages = [one for one in world.sent if one.from_page] or [None]
    some, page = phones[which % len(phones)], pages[which % len(pages)]
    match what:
        case "post":
            world.post(kind, f"uuid:{step}", files=which % 3)
        case "edit" if some is not None:
            world.post(kind, f"uuid:{step}", some.instance)
        case "edit of what comes later":
            # Its original is an interview of one of the next steps, or never comes.
            world.post(kind, f"uuid:{step}", f"uuid:{step + 1 + which % 4}")
        case "conflict" if some is not None and not world.door:
            world.post(kind, some.instance, some.previous)
        case "page":
            world.post_page(kind, f"page:{step}")
        case "page twice" if page is not None and not world.door:
            world.post_page(kind, page.instance, page if which % 2 else None)
        case "database away":
            _while_away(world, kind, step)


def _work(world: World, what: str, which: int) -> None:
    some = world.sent[which % len(world.sent)] if world.sent else None
    match what:
        case "again" if some is not None and not (world.door and _is_other_again(world, some)):
            world.again(some)
        case "pull":
            world.pull(max_pages=1 if which % 3 == 0 else None)
        case "crash":
            with world.shelf.crashing(which):
                world.pull()
        case "withdraw" if some is not None and not some.from_page:
            world.withdraw(some)
        case "days":
            # Not so far that receipts of a closed form go: then a retry is a new letter, and too late.
            world.day = min(world.day + timedelta(days=which), RECEIVED + timedelta(days=26))
        case "close":
            world.close()
        case "reopen":
            world.reopen()
        case "tidy up":
            world.tidy_up()
        case "lose the door key":
            world.door = 1


def _is_other_again(world: World, one: Sent) -> bool:
    """With the id of an earlier letter: a door that cannot recognise it has a person asked once more."""
    return any(before.instance == one.instance for before in world.sent[: one.number])


def _while_away(world: World, kind: str, step: int) -> None:
    """The commit fails; the phone hears so, and sends again when the database is back."""

    def fail(*_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(world.context.engine, "commit", fail)
    world.is_away = True
    with suppress(OperationalError):
        world.post(kind, f"uuid:{step}")
    event.remove(world.context.engine, "commit", fail)
    world.is_away = False
    world.post(kind, f"uuid:{step}")


# ---- the histories ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("letterbox")
    shelf = Shelf(folder)
    upgrade(shelf.engine)
    found = context(shelf.engine, folder, page_size=3)
    with transaction(shelf.engine) as session:
        audit = Audit("test", "app_user", "phone")
        phone = create_app_user(session, label="phone", forms=["small"], today=RECEIVED, audit=audit)
    shelf.keep()
    yield World(shelf, found, [], phone.token)
    shelf.engine.dispose()


def _door(world: World, key: bytes) -> FlaskClient:
    app = Flask("door")
    context = world.context
    app.register_blueprint(create_blueprint(context.engine, context.settings, key, today=lambda: world.day))
    return app.test_client()


@example([("edit of what comes later", 0, "stored"), ("edit", 0, "stored"), ("edit", 1, "stored")])
@example([("close", 0, ""), ("days", 16, ""), ("post", 0, "stored"), ("conflict", 0, "stored")])
@given(history=st.lists(_STEPS, min_size=1, max_size=25))
@settings(max_examples=settings().max_examples)
def test_whatever_happens_each_figure_is_what_was_sent(world: World, history: list[tuple[str, int, str]]) -> None:
    world.shelf.put_back()
    world.day, world.closed_on, world.sent, world.taken_back = RECEIVED, None, [], set()
    world.sealed, world.door = {}, 0
    world.clients = [_door(world, key) for key in (b"d" * 32, b"e" * 32)]
    for step, (what, which, kind) in enumerate(history):
        _act(world, step, what, which, kind)
    world.pull()
    world.tidy_up()

    _check_store(world)
    _check_figures(world.context.engine)


def _check_store(world: World) -> None:
    expected = _expected(world)
    outcomes = Counter(
        "withdrawn" if root in world.taken_back else _OUTCOMES.get(one.kind, one.kind)
        for root, one in expected.shown.items()
    )
    people = [
        float(one.number)
        for root, one in expected.shown.items()
        if root not in world.taken_back and _OUTCOMES.get(one.kind, one.kind) == "stored"
    ]
    with reading(world.context.engine) as session:
        found = totals(session, "small")
        stored = sorted(numbers[0] for numbers in session.scalars(select(submission.c.nv)))
        days = dict(session.execute(select(daily.c.day, func.sum(daily.c.n)).group_by(daily.c.day)).all())
        refused = session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == "refused")) or 0
        received = session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == "received")) or 0
    assert (found.posted, found.pulled, found.conflicts) == (len(expected.shown),) * 2 + (expected.conflicts,)
    assert Counter({name: getattr(found, name) for name in ("stored", "refused", "rejected", "withdrawn")}) == outcomes
    assert found.agree
    assert stored == sorted(people)
    assert days == Counter(one.day for one in expected.counted.values())
    assert (received, refused) == (len(expected.shown), sum(one.kind == "refused" for one in expected.counted.values()))


def _check_figures(engine: Engine) -> None:
    """Every figure of the pages once more, from the rows alone."""
    scope = monitor.Scope(("small",))
    with reading(engine) as session:
        rows = session.execute(select(submission)).mappings().all()
        [letters] = monitor.letters(session, ["small"]) or [monitor.Letters("small")]
        shown = totals(session, "small")
        assert (letters.posted, letters.read, letters.conflicts) == (shown.posted, shown.pulled, shown.conflicts)
        areas = {(a.adm1_pcode, a.adm2_pcode): (a.n_sources, a.n_sites) for a in _areas(session, scope)}
        assert areas == _areas_of(rows)
        in_all = sum(day.n for day in monitor.received_by_day(session, scope, date.min))
        assert monitor.received_in_all(session, scope) == in_all == shown.pulled
        ledgered = dict(session.execute(select(ledger.c.outcome, func.count()).group_by(ledger.c.outcome)).all())
        assert {one.outcome: one.n for one in monitor.outcomes(session, ["small"])} == ledgered
        bad = Counter(tuple(row) for row in session.execute(select(reject.c.path, reject.c.reason)))
        assert {(one.path, one.reason): one.n for one in monitor.rejects(session, ["small"])} == bad
        clocks = Counter(f"clock:{row['clock']}" for row in rows)
        kept = session.execute(select(effort.c.kind, func.sum(effort.c.n)).group_by(effort.c.kind)).all()
        assert {kind: n for kind, n in kept if kind.startswith("clock")} == clocks
        assert _sources(session) == _sources_of(rows)


def _areas(session: Any, scope: monitor.Scope) -> Iterator[monitor.AreaCount]:
    for period in monitor.coverage_periods(session, scope):
        yield from monitor.coverage_by_area(session, scope, period)


def _areas_of(rows: Sequence[Any]) -> dict[tuple[str, str | None], tuple[int, int]]:
    """All rows of a history are of one month."""
    sites: defaultdict[tuple[str, str | None], list[str | None]] = defaultdict(list)
    for row in rows:
        sites[row["adm1_pcode"], row["adm2_pcode"]].append(row["site_key"])
    return {place: (len(found), len(set(found) - {None})) for place, found in sites.items()}


def _sources(session: Any) -> Counter[int]:
    """Sources by answer, as the rollups have them."""
    found: Counter[int] = Counter()
    for ids, sources in session.execute(select(rollup.c.answer_ids, rollup.c.n_sources)):
        found.update(dict(zip(ids, sources, strict=True)))
    assert session.scalar(select(func.count()).select_from(answer)) or not found
    return found


def _sources_of(rows: Sequence[Any]) -> Counter[int]:
    return Counter(number for row in rows for number in {*row["c"], *row["nk"]})
