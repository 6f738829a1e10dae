"""The form of the benchmarks on a server that stands in a process of its own, and the product that pulls it.

The servers are the fakes of the tests, held to recordings of the real ones, and answer as slowly as those were measured
to: what is compared is what two ways of reading ask of the same server.
"""

import itertools
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from sqlalchemy import select, update

from backend.settings import Settings
from backend.store import servers
from backend.store.areas import current_id, save_set
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.forms import register_version
from backend.store.migrate import upgrade
from backend.store.servers import Server, ServerKind
from backend.store.tables import checkpoint, verdict
from backend.store.tables import form as form_table
from benchmarks.kobo_data import Bench, bench
from mappings.areas import Area, Site, build_registry
from mappings.places import Places
from workers.context import Context, open_context
from workers.pseudonym_keys import create_keys
from workers.servers.credentials import Credentials, Safe
from workers.servers.kobo.progress import read_progress, write_progress

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

SERVER, ASSET, CENTRAL_FORM = "bench-server", "aBenchFormOfFieldveil1", "bench"
DAY = date(2026, 4, 1)
# Seconds from here to the server and back, as from a field office.
_WAY = 0.06
# Between two interviews: a hundred and more an hour, for a week.
_PACE = timedelta(seconds=30)
_Answer = Any


# ---- the server's process --------------------------------------------------------------------------------------------


@dataclass
class Cost:
    """What was asked of the server since the last look. `sent`: bytes on the line, where a proxy compresses them."""

    requests: int
    size: int
    sent: int

    def __truediv__(self, other: "Cost") -> tuple[float, float]:
        return self.requests / other.requests, self.size / other.size


class Remote:
    """The fake in its process: `do` calls a function below on it, `cost` counts and forgets."""

    def __init__(self, kind: ServerKind, url: str, wire: "Connection[Any, Any]") -> None:
        self.kind, self.url, self._wire = kind, url, wire

    def do(self, what: str, *arguments: Any) -> Any:
        self._wire.send((what, arguments))
        return self._wire.recv()

    def cost(self) -> Cost:
        return Cost(*self.do("cost"))


@contextmanager
def remote(kind: ServerKind, rows: int) -> Iterator[Remote]:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(kind, rows, there), daemon=True)
    process.start()
    try:
        yield Remote(kind, here.recv(), here)
    finally:
        here.send(("stop", ()))
        process.join(10)


def _serve(kind: ServerKind, rows: int, wire: "Connection[Any, Any]") -> None:
    from fakes.fake_central import fake_central
    from fakes.fake_kobo import fake_kobo

    with fake_central() if kind is ServerKind.CENTRAL else fake_kobo() as fake:
        desk: Any = _CentralDesk(fake, rows) if kind is ServerKind.CENTRAL else _KoboDesk(fake, rows)
        fake.pause = desk.pause
        wire.send(fake.url)
        while (command := wire.recv())[0] != "stop":
            wire.send(getattr(desk, command[0])(*command[1]))


class _Desk:
    """What people do on the server; times are those measured on the real one, less what the fake itself took."""

    def __init__(self, fake: Any) -> None:
        self.fake = fake
        fake.packs = True

    def cost(self) -> tuple[int, int, int]:
        asked, self.fake.asked = self.fake.asked, []
        return len(asked), sum(one.size for one in asked), sum(one.sent for one in asked)

    def pause(self, asked: Any, answer: _Answer, took: float) -> None:
        time.sleep(max(self.seconds(asked, answer) - took, 0.0) + _WAY)

    def seconds(self, asked: Any, answer: _Answer) -> float:
        raise NotImplementedError


class _CentralDesk(_Desk):
    def __init__(self, fake: Any, rows: int) -> None:
        super().__init__(fake)
        fake.store.pace = _PACE
        self._rows = interviews(rows + 3000)
        self.form = fake.store.add_form(1, CENTRAL_FORM, material().mapping.form_version, fields_on_central())
        for row in itertools.islice(self._rows, rows):
            fake.store.post(self.form, xml(row))

    def seconds(self, asked: Any, answer: _Answer) -> float:
        if answer.status == 304:
            return 0.1
        if asked.path.endswith("/Submissions"):
            return 0.2 + answer.body.count(b'"__id"') * 0.00032
        if asked.path.endswith("/submissions"):
            return 0.05 + len(answer.body) * 6.5e-8
        return 0.4 if asked.path.endswith("/sessions") else 0.01

    def older(self) -> None:
        """As behind a proxy that takes ETags away."""
        self.fake.etags = False

    def change(self, edits: int, posts: int) -> None:
        """Edits all over the form, and new interviews."""
        chosen = random.Random(1).sample(sorted(self.form.submissions), edits)
        for root in chosen:
            row = next(self._rows) | {"meta/deprecatedID": self.form.submissions[root].current.instance}
            self.fake.store.post(self.form, xml(row))
        for row in itertools.islice(self._rows, posts):
            self.fake.store.post(self.form, xml(row))


class _KoboDesk(_Desk):
    def __init__(self, fake: Any, rows: int) -> None:
        super().__init__(fake)
        self._rows = interviews(rows + 3000)
        version = material().mapping.form_version
        self.form = fake.store.add_form(ASSET, "view_asset", "view_submissions", "manage_asset")
        fake.store.publish(self.form, version, "")
        for row in itertools.islice(self._rows, rows):
            fake.store.post(self.form, row, root=row["_uuid"])
        self.form.history.clear()

    def seconds(self, _asked: Any, answer: _Answer) -> float:
        return 0.05 + len(answer.body) * (0.5 / 1_300_000)

    def older(self) -> None:
        """An account that may not read the history."""
        self.form.rights["im_officer"].discard("manage_asset")

    def change(self, edits: int, posts: int) -> None:
        for number in random.Random(1).sample(sorted(self.form.rows), edits):
            self.fake.store.edit(self.form, number, {"minutes": "77"})
        for row in itertools.islice(self._rows, posts):
            self.fake.store.post(self.form, row, root=row["_uuid"])


# ---- interviews ------------------------------------------------------------------------------------------------------


def material() -> Bench:
    return bench(0)


def interviews(rows: int) -> Iterator[dict[str, Any]]:
    """Flat, as KoBo has them."""
    import orjson

    for number in range(0, rows, 1000):
        for page in bench(min(1000, rows - number), seed=number).pages:
            yield from orjson.loads(page)["results"]


@cache
def fields_on_central() -> dict[str, str]:
    """The schema of the form, with questions that no mapping reads."""
    from central_lab import fields

    private = {"who/name": "string", "who/phone": "string", "who/gps": "geopoint", "deviceid": "string"}
    return fields(material().mapping) | private


def xml(row: Mapping[str, Any]) -> bytes:
    """As a phone sends it."""
    left_out = ("_", "formhub", "username", "meta/rootUuid")
    tree: dict[str, Any] = {}
    for path, value in row.items():
        if path.startswith(left_out):
            continue
        *above, name = path.split("/")
        place = tree
        for group in above:
            place = place.setdefault(group, {})
        place[name] = value
    return f'<data id="bench" version="{row["__version__"]}">{_elements(tree)}</data>'.encode()


def _elements(tree: Mapping[str, Any]) -> str:
    pieces = []
    for name, value in tree.items():
        if isinstance(value, list):
            pieces += [f"<{name}>{_elements({p.rpartition('/')[2]: v for p, v in r.items()})}</{name}>" for r in value]
        else:
            inner = _elements(value) if isinstance(value, dict) else escape(str(value))
            pieces.append(f"<{name}>{inner}</{name}>")
    return "".join(pieces)


# ---- the product -----------------------------------------------------------------------------------------------------


def product(folder: Path, kind: ServerKind, url: str) -> Context:
    """Everything a pull of the form needs, on a SQLite database in `folder`."""
    from fakes.fake_central import EMAIL, PASSWORD
    from fakes.fake_kobo import TOKEN
    from small_store import new_version

    context = open_context(Settings(home=folder, server_hosts="127.0.0.1"))
    upgrade(context.engine)
    found = material()
    create_keys(context.settings, survey_id=found.mapping.survey_id, country="XAA")
    is_central = kind is ServerKind.CENTRAL
    known = Credentials(EMAIL, PASSWORD) if is_central else Credentials("im_officer", TOKEN)
    sealed = Safe(context.settings).seal_credentials(SERVER, url, known)
    place = {"server": SERVER, "server_form_id": f"1/{CENTRAL_FORM}" if is_central else ASSET}
    with transaction(context.engine) as session:
        save_set(session, _registry(found.places), {}, source="b", imported_on=DAY, audit=Audit("b", "areas", "b"))
        new = new_version(current_id(session) or 0, found.mapping)
        register_version(session, new, [], Audit("bench", "form", "bench"))
        new_server = Server(SERVER, kind, url, sealed, None, 0, None)
        servers.add_server(session, new=new_server, added_on=DAY, audit=Audit("bench", "server.added", SERVER))
        session.execute(update(form_table).values(**place))
    return context


def _registry(places: Places) -> Any:
    levels = {1: dict.fromkeys(sorted(places.adm1)), 2: dict(places.adm2), 3: dict(places.adm3)}
    areas = [Area(code, level, parent, {"en": code}) for level, all_ in levels.items() for code, parent in all_.items()]
    sites = [Site(code, area, {"en": code}, kind) for code, (kind, area) in places.sites.items()]
    return build_registry(areas, label="bench", sites=sites, aliases=places.aliases)


def a_day_passes(context: Context) -> None:
    """Since the whole list of a form was compared, where a server needs that once a day."""
    with transaction(context.engine) as session:
        for (cursor,) in session.execute(select(checkpoint.c.cursor)).all():
            progress = read_progress(cursor)
            older = msgspec.structs.replace(progress, compared=progress.compared - 90_000)
            session.execute(update(checkpoint).values(cursor=write_progress(older)))
        for (proof,) in session.execute(select(verdict.c.proof)).all():
            listed = datetime.fromisoformat(proof["contents_as_of"]) - timedelta(seconds=90_000)
            session.execute(update(verdict).values(proof={**proof, "contents_as_of": listed.isoformat()}))


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
