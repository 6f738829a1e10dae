"""The small form on a fake ODK Central, registered as a server, and what an exact copy of it would hold."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from fakes.central_rows import Fields
from fakes.central_store import Form, Submission
from fakes.fake_central import EMAIL, PASSWORD, FakeCentral, fake_central
from pull_lab import QUICK, V2, PullLab, put_server
from small_form import MAPPING
from small_letters import context as letter_context
from small_letters import xml
from small_store import put_form
from sqlalchemy import Engine, update

from backend.store.engine import transaction
from backend.store.servers import ServerKind
from backend.store.tables import verdict
from backend.store.verdicts import read_verdict
from mappings.language import FormMapping
from mappings.privacy.pseudonym import submission_key
from mappings.xform import UnreadableError
from workers.context import Context
from workers.net import Limits
from workers.reading import Reading
from workers.servers.breaker import Breaker
from workers.servers.central.client import open_client
from workers.servers.central.form import CentralForm
from workers.servers.central.source import LONG_LIST, CentralSource
from workers.servers.credentials import Credentials

SERVER = "field-central"
_FORM = "1/small"
V1 = MAPPING


def fields(mapping: FormMapping) -> Fields:
    """The schema Central would make of the form: groups, repeats and types."""
    kinds = {rule.path: {"integer": "int", "decimal": "decimal"}.get(rule.response, "string") for rule in mapping.rules}
    interview = mapping.interview
    places = [interview.adm1, interview.adm2, interview.adm3, interview.site, interview.withdrawal_code]
    coded = [interview.enumerator, interview.organisation, interview.method, interview.source_group]
    coded += [interview.source_sex, interview.disclosure_action]
    singles = [*places, interview.enum_safe, interview.debrief, interview.distress, interview.minutes]
    singles += [one.path for one in coded if one] + [step.path for step in mapping.gate]
    singles += [about.path for about in mapping.about]
    wanted = {"meta/instanceID": "string", "today": "date", **dict.fromkeys(singles, "string"), **kinds}
    repeats = {rule.repeat for rule in mapping.rules if rule.repeat}
    found: Fields = {}
    for path, kind in wanted.items():
        if not path:
            continue
        parent = path.rpartition("/")[0]
        if parent:
            found.setdefault(parent, "repeat" if parent in repeats else "structure")
        found[path] = kind
    return found


@dataclass
class Lab(PullLab):
    """`part_size`: rows in one part of the list, and `long_list`: what counts as long, so that a few submissions do."""

    context: Context
    fake: FakeCentral
    form: Form
    limits: Limits = QUICK
    part_size: int = 20_000
    long_list: int = LONG_LIST
    opened: dict[int, Reading] = field(default_factory=dict)

    # ---- phones ----

    def send(self, number: int, version: str = "v1", **answers: Any) -> Submission:
        return self.fake.store.post(self.form, document(f"uuid:{number}", version=version, **answers))

    def edit(self, root: str, version: str = "v1", **answers: Any) -> Submission:
        current = self.form.submissions[root].current.instance
        return self.fake.store.post(
            self.form, document(f"uuid:{uuid4()}", previous=current, version=version, **answers)
        )

    def lose_many(self) -> None:
        """Five of twelve, which is more than is applied without a person."""
        for number in range(12):
            self.send(number)
        self.pull()
        for number in range(5):
            self.fake.store.delete(self.form, f"uuid:{number}")
        self.pull()

    def publish(self, mapping: FormMapping = V2) -> None:
        """On the server and here, as a deploy does it."""
        self.fake.store.publish(self.form, mapping.form_version, fields(mapping))
        self.register(mapping)

    def register(self, mapping: FormMapping) -> None:
        put_form(self.context.engine, mapping)
        self.move_to(SERVER, _FORM)

    # ---- the pull ----

    def source(self) -> CentralSource:
        server = self.server(SERVER)
        form = CentralForm(open_client(self.context, server, self.limits), _FORM, self.part_size)
        breaker = Breaker(self.context.engine, server)
        return CentralSource(self.context, form, self.reading(), breaker, long_list=self.long_list)

    def let_pass(self, by: timedelta) -> None:
        """Since the whole list was read, and the form looked at, without waiting."""
        with transaction(self.context.engine) as session:
            found = read_verdict(session, "small")
            if found is None:
                return
            proof = found.proof or {}
            known = {name: proof[name] for name in ("contents_as_of", "looked_at") if name in proof}
            earlier = {name: (datetime.fromisoformat(at) - by).isoformat() for name, at in known.items()}
            equal_at = found.equal_at and found.equal_at - by
            session.execute(update(verdict).values(proof={**proof, **earlier} or None, equal_at=equal_at))

    # ---- what must be here ----

    def expected(self, opened: Reading | None = None) -> dict[str, tuple[Any, ...]]:
        """From the newest XML of each."""
        opened = opened or self.reading()
        rows = {}
        for one in self.form.live():
            reader = opened.readers.get(one.current.version)
            if reader is None:
                continue
            try:
                raw = reader.decoder.letter(
                    one.current.xml, root=one.root, instance=one.current.instance, version="", received=""
                )
            except UnreadableError:
                continue
            item = reader.read(raw, date(one.created.year, one.created.month, one.created.day))
            if item.row is not None:
                rows[item.submission_key] = tuple(item.row)[1:]
        return rows

    def expected_reviews(self) -> dict[str, int]:
        return dict(Counter(one.review or "" for one in self.form.live()))

    def live_keys(self) -> set[str]:
        return {self.key(one.root) for one in self.form.live()}

    def key(self, root: str) -> str:
        return submission_key(self.reading().keys, "small", root)


def has_listed(lab: Lab) -> bool:
    """Whether the list came since the last look, and not its tags or its newest rows alone."""
    return any(
        (one.method, one.status) == ("GET", 200)
        and one.path.endswith("/submissions")
        and int(one.query["limit"]) >= lab.part_size
        for one in lab.fake.asked
    )


def document(instance: str, previous: str = "", version: str = "v1", **answers: Any) -> bytes:
    """A filled form of either version; `people` is the number that tells answers apart."""
    people = answers.pop("people", None)
    if version == "v2":
        answers |= {"rec/people": None, "rec/women": people or "12"}
    elif people is not None:
        answers |= {"rec/people": people}
    head, meta, rest = re.split("(<meta>.*?</meta>)", xml(instance, previous, version, **answers).decode())
    # pyxform puts it last, and what is cut off in a phone's XML is then seen by it.
    return f"{head}{rest.removesuffix('</data>')}{meta}</data>".encode()


@contextmanager
def central_lab(engine: Engine, home: Path) -> Iterator[Lab]:
    with fake_central() as fake:
        context = letter_context(engine, home, server_hosts="127.0.0.1")
        register_server(context, fake.url)
        lab = Lab(context, fake, fake.store.add_form(1, "small", "v1", fields(V1)))
        lab.move_to(SERVER, _FORM)
        yield lab


def register_server(context: Context, url: str) -> None:
    put_server(context, SERVER, ServerKind.CENTRAL, url, Credentials(EMAIL, PASSWORD))
