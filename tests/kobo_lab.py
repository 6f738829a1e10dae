"""The small form on a fake KoBoToolbox, registered as a server, and what an exact copy of it would hold."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from fakes.fake_kobo import TOKEN, FakeKobo, fake_kobo
from fakes.kobo_store import OWNER, Form
from pull_lab import QUICK, V2, PullLab, put_server
from small_form import FULL
from small_letters import context as letter_context
from small_store import put_form
from sqlalchemy import Engine

from backend.store.servers import ServerKind
from mappings.language import FormMapping
from mappings.privacy.pseudonym import submission_key
from workers.context import Context
from workers.net import Limits
from workers.reading import Reading
from workers.servers.breaker import Breaker
from workers.servers.credentials import Credentials
from workers.servers.kobo.address import answer_fields
from workers.servers.kobo.client import open_client
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.source import KoboSource

SERVER = "field-kobo"
ASSET = "aFieldveilSmallForm01"
PULLER = ("view_asset", "view_submissions", "manage_asset")
# KoBo calls the versions by names of its own.
KOBO_NAMES = {"v1": "vKoboVersionOne11", "v2": "vKoboVersionTwo22"}


@dataclass
class Lab(PullLab):
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
        self.register(mapping)

    def register(self, mapping: FormMapping) -> None:
        put_form(self.context.engine, mapping)
        self.move_to(SERVER, ASSET)

    # ---- the pull ----

    def source(self) -> KoboSource:
        server, opened = self.server(SERVER), self.reading()
        form = KoboForm(open_client(self.context, server, self.limits), ASSET, answer_fields(opened))
        return KoboSource(self.context, form, opened, Breaker(self.context.engine, server))

    # ---- what must be here ----

    def expected(self, opened: Reading | None = None) -> dict[str, tuple[Any, ...]]:
        """Each row whole and alone, by the version it was written in."""
        opened = opened or self.reading()
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

    def live_keys(self) -> set[str]:
        return {self.key(row["meta/rootUuid"].removeprefix("uuid:")) for row in self.form.live()}

    def key(self, root: str) -> str:
        return submission_key(self.reading().keys, "small", f"uuid:{root}")


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
        lab.move_to(SERVER, ASSET)
        yield lab


def register_server(context: Context, url: str, token: str = TOKEN) -> None:
    put_server(context, SERVER, ServerKind.KOBO, url, Credentials(OWNER, token))
