"""The small form on a fake KoBoToolbox, registered as a server, and what an exact copy of it would hold."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from fakes.fake_kobo import TOKEN, FakeKobo, fake_kobo
from fakes.kobo_store import OWNER, Form
from msgspec.structs import replace
from small_form import FULL, MAPPING
from small_letters import context as letter_context
from small_store import put_form
from sqlalchemy import Engine, func, select, update

from backend.store import pulls, servers
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.forms import form_head
from backend.store.mirror import reviews
from backend.store.servers import Server, ServerKind
from backend.store.tables import form as form_table
from backend.store.tables import form_version, ledger, submission
from backend.store.verdicts import Verdict, read_verdict
from mappings.language import FormMapping
from mappings.model import StandardRow
from mappings.privacy.pseudonym import submission_key
from workers.context import Context
from workers.net import Limits
from workers.pull import PullReport, Run
from workers.reading import Reading, open_reading
from workers.servers.breaker import Breaker
from workers.servers.credentials import Credentials, Safe
from workers.servers.kobo.address import answer_fields
from workers.servers.kobo.client import open_client
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.source import KoboSource

QUICK = Limits(connect_seconds=2, read_seconds=0.25, seconds=2, tries=3, first_wait=0.001, longest_wait=0.01)
SERVER = "field-kobo"
ASSET = "aFieldveilSmallForm01"
PULLER = ("view_asset", "view_submissions", "manage_asset")
_LASTING = timedelta(minutes=5)
# A new version in which a question has another name; KoBo calls the versions by names of its own.
V2 = replace(
    MAPPING,
    form_version="v2",
    rules=tuple(replace(rule, path={"rec/people": "rec/women"}.get(rule.path, rule.path)) for rule in MAPPING.rules),
)
KOBO_NAMES = {"v1": "vKoboVersionOne11", "v2": "vKoboVersionTwo22"}


@dataclass
class Lab:
    context: Context
    fake: FakeKobo
    form: Form
    limits: Limits = QUICK
    opened: dict[int, Reading] = field(default_factory=dict)

    # ---- phones and people ----

    def send(self, name: str, version: str = "v1", *, commit: bool = True, **answers: Any) -> int:
        return self.fake.store.post(self.form, document(version, **answers), root=name, commit=commit)

    def edit(self, number: int, version: str = "v1", people: str = "99", **answers: Any) -> None:
        other = {"rec/people": None, "rec/women": None}
        changed = other | {"rec/women" if version == "v2" else "rec/people": people, "fv_version": version} | answers
        self.fake.store.edit(self.form, number, changed, KOBO_NAMES[version])

    def publish(self, mapping: FormMapping = V2) -> None:
        """On the server and here, as a deploy does it."""
        self.fake.store.publish(self.form, KOBO_NAMES[mapping.form_version], mapping.form_version)
        put_form(self.context.engine, mapping)
        self.move_to_server()

    def move_to_server(self) -> None:
        with transaction(self.context.engine) as session:
            session.execute(update(form_table).values(server=SERVER, server_form_id=ASSET))

    # ---- the pull ----

    def source(self) -> KoboSource:
        with transaction(self.context.engine) as session:
            head, server = form_head(session, "small"), servers.find_server(session, SERVER)
            assert head is not None
            assert server is not None
        opened = self.reading()
        form = KoboForm(open_client(self.context, server, self.limits), ASSET, answer_fields(opened))
        return KoboSource(self.context, form, opened, Breaker(self.context.engine, server))

    def pull(self, max_pages: int | None = None) -> PullReport:
        owner = uuid4().hex
        with transaction(self.context.engine) as session:
            pulls.take_lease(session, "small", owner, datetime.now(UTC), _LASTING)
        try:
            return Run(self.context, "small", owner, self.source()).carry_out(max_pages)
        finally:
            with transaction(self.context.engine) as session:
                pulls.release_lease(session, "small", owner, datetime.now(UTC), None)

    def verdict(self) -> Verdict:
        with reading(self.context.engine) as session:
            found = read_verdict(session, "small")
        assert found is not None
        return found

    # ---- what must be there ----

    def stored(self) -> dict[str, tuple[Any, ...]]:
        """Every stored row without the encoding of the database: key to the rest."""
        names = StandardRow._fields
        with reading(self.context.engine) as session:
            rows = session.execute(select(*(submission.c[name] for name in names))).all()
        return {row[0]: tuple(row[1:]) for row in rows}

    def expected(self) -> dict[str, tuple[Any, ...]]:
        """From the server's own rows that can be read today, each whole and alone, by the version it was written in."""
        opened = self.reading()
        ours = {kobo: own for own, kobo in KOBO_NAMES.items()}
        rows = {}
        for row in self.form.live():
            reader = opened.readers.get(ours[row["__version__"]])
            raw = reader.decoder.kobo_row(msgspec.Raw(msgspec.json.encode(row))) if reader else None
            if reader is None or raw is None:
                continue
            item = reader.read(raw, date.fromisoformat(row["_submission_time"][:10]))
            if item.row is not None:
                rows[item.submission_key] = tuple(item.row)[1:]
        return rows

    def expected_reviews(self) -> dict[str, int]:
        states = (row["_validation_status"].get("uid", "") for row in self.form.live())
        return dict(Counter(state.removeprefix("validation_status_") for state in states))

    def reading(self) -> Reading:
        """Compiled anew when a version was registered."""
        with transaction(self.context.engine) as session:
            versions = session.scalar(select(func.count()).select_from(form_version)) or 0
            head = form_head(session, "small")
            assert head is not None
            if versions not in self.opened:
                self.opened[versions] = open_reading(session, self.context.settings, head)
            return self.opened[versions]

    def key(self, root: str) -> str:
        return submission_key(self.reading().keys, "small", f"uuid:{root}")

    def outcomes(self) -> dict[str, str]:
        with reading(self.context.engine) as session:
            return dict(session.execute(select(ledger.c.submission_key, ledger.c.outcome)).all())

    def reviews(self) -> dict[str, int]:
        with reading(self.context.engine) as session:
            return reviews(session, "small")


def document(version: str = "v1", people: str = "12", **answers: Any) -> dict[str, Any]:
    """The flat JSON of a filled form; `people` is the number that tells answers apart."""
    question = "rec/women" if version == "v2" else "rec/people"
    row = FULL | {"rec/people": None, question: people, "__version__": KOBO_NAMES[version], "fv_version": version}
    return {name: value for name, value in (row | answers).items() if value is not None}


@contextmanager
def kobo_lab(engine: Engine, home: Path, **settings: Any) -> Iterator[Lab]:
    with fake_kobo() as fake:
        context = letter_context(engine, home, server_hosts="127.0.0.1", **settings)
        register_server(context, fake.url)
        lab = Lab(context, fake, fake.store.add_form(ASSET, *PULLER))
        fake.store.publish(lab.form, KOBO_NAMES["v1"], "v1")
        lab.move_to_server()
        yield lab


def register_server(context: Context, url: str, token: str = TOKEN) -> None:
    sealed = Safe(context.settings).seal_credentials(SERVER, url, Credentials(OWNER, token))
    new = Server(SERVER, ServerKind.KOBO, url, sealed, None, 0, None)
    with transaction(context.engine) as session:
        servers.add_server(session, new=new, added_on=date(2026, 4, 1), audit=Audit("test", "server.added", SERVER))
