"""What the labs of both servers share: a pull of the small form, and what came of it."""

from abc import ABC, abstractmethod
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from fakes.wire import FakeServer
from msgspec.structs import replace
from small_form import MAPPING
from sqlalchemy import func, select, update

from backend.store import pulls, servers
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.forms import form_head
from backend.store.mirror import reviews
from backend.store.servers import Server, ServerKind
from backend.store.tables import form as form_table
from backend.store.tables import form_version, ledger, submission
from backend.store.verdicts import Standing, Verdict, read_verdict
from mappings.model import StandardRow
from workers.context import Context
from workers.net import Limits
from workers.pull import PullReport, Run
from workers.reading import Reading, open_reading
from workers.servers.credentials import Credentials, Safe
from workers.servers.source import Source

QUICK = Limits(connect_seconds=2, read_seconds=0.25, seconds=2, tries=3, first_wait=0.001, longest_wait=0.01)
_LASTING = timedelta(minutes=5)
# A new version in which a question has another name: Central's OData then forgets what the old one was answered.
V2 = replace(
    MAPPING,
    form_version="v2",
    rules=tuple(replace(rule, path={"rec/people": "rec/women"}.get(rule.path, rule.path)) for rule in MAPPING.rules),
)


class PullLab(ABC):
    """A form on a fake server. `opened`: its mappings, compiled once for each number of registered versions."""

    context: Context
    fake: FakeServer
    form: Any
    limits: Limits
    opened: dict[int, Reading]

    @abstractmethod
    def source(self) -> Source: ...

    def pull(self, max_pages: int | None = None) -> PullReport:
        owner = uuid4().hex
        with transaction(self.context.engine) as session:
            pulls.take_lease(session, "small", owner, datetime.now(UTC), _LASTING)
        try:
            return Run(self.context, "small", owner, self.source()).carry_out(max_pages)
        finally:
            with transaction(self.context.engine) as session:
                pulls.release_lease(session, "small", owner, datetime.now(UTC), None)

    def server(self, server_id: str) -> Server:
        with reading(self.context.engine) as session:
            found = servers.find_server(session, server_id)
        assert found is not None
        return found

    def move_to(self, server_id: str, server_form_id: str) -> None:
        with transaction(self.context.engine) as session:
            session.execute(update(form_table).values(server=server_id, server_form_id=server_form_id))

    def reading(self) -> Reading:
        """Compiled anew when a version was registered."""
        with transaction(self.context.engine) as session:
            versions = session.scalar(select(func.count()).select_from(form_version)) or 0
            head = form_head(session, "small")
            assert head is not None
            if versions not in self.opened:
                self.opened[versions] = open_reading(session, self.context.settings, head)
            return self.opened[versions]

    # ---- what is here ----

    def verdict(self) -> Verdict:
        with reading(self.context.engine) as session:
            found = read_verdict(session, "small")
        assert found is not None
        return found

    def stored(self) -> dict[str, tuple[Any, ...]]:
        """Every stored row without the encoding of the database: key to the rest."""
        names = StandardRow._fields
        with reading(self.context.engine) as session:
            rows = session.execute(select(*(submission.c[name] for name in names))).all()
        return {row[0]: tuple(row[1:]) for row in rows}

    def outcomes(self) -> dict[str, str]:
        with reading(self.context.engine) as session:
            return dict(session.execute(select(ledger.c.submission_key, ledger.c.outcome)).all())

    def reviews(self) -> dict[str, int]:
        with reading(self.context.engine) as session:
            return reviews(session, "small")

    # ---- what must be here ----

    @abstractmethod
    def live_keys(self) -> set[str]:
        """Of everything on the server that is not deleted."""

    @abstractmethod
    def expected(self, opened: Reading | None = None) -> dict[str, tuple[Any, ...]]:
        """As `stored`, from the server's own submissions that can be read today, one by one."""

    @abstractmethod
    def expected_reviews(self) -> dict[str, int]: ...


def is_equal(lab: PullLab) -> bool:
    """Whether everything is here as the server has it, and the verdict says so."""
    return lab.stored() == lab.expected() and lab.verdict().standing is Standing.EQUAL


def put_server(context: Context, server_id: str, kind: ServerKind, url: str, credentials: Credentials) -> None:
    sealed = Safe(context.settings).seal_credentials(server_id, url, credentials)
    new = Server(server_id, kind, url, sealed, None, 0, None)
    with transaction(context.engine) as session:
        servers.add_server(session, new=new, added_on=date(2026, 4, 1), audit=Audit("test", "server.added", server_id))
