"""The product's own pull, over a folder of replies in the place of a server."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from backend.settings import Settings
from backend.store.answers import register_answers
from backend.store.engine import transaction
from backend.store.forms import ReadableVersion
from backend.store.save import Item
from backend.store.tables import area_set, form, pull, survey
from benchmarks.kobo_data import DEPLOYED_ON, FORM_ID
from mappings.apply import needed_answers
from mappings.privacy.pseudonym import Keys
from workers.context import Context
from workers.pull import Run
from workers.reading import Reader

_TABLES = "submission, ledger, reject, counter, daily, inbox, rollup, rollup_due, coverage, effort, pull"


@dataclass(frozen=True, slots=True)
class _Page:
    items: list[Item] = field(repr=False)
    left_out: int = 0

    @property
    def read(self) -> int:
        return len(self.items)

    def settle(self, _session: Session) -> Sequence[Item]:
        return self.items

    def mark(self, session: Session) -> None:
        """The benchmark's pages lie on disk; a server's source writes its cursor here."""


class _Files:
    """A source whose server is a folder of replies."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        self._folder = folder
        self._reader = reader

    def pages(self) -> Iterator[_Page]:
        for file in sorted(self._folder.glob("*.json")):
            yield self._page(file.read_bytes())

    def _page(self, body: bytes) -> _Page:
        rows = self._reader.decoder.kobo_page(body)
        return _Page([self._reader.read(raw, _received(raw)) for raw in rows if raw is not None])


def _received(raw: Any) -> date:
    return date.fromisoformat(str(raw.f3)[:10])


def open_run(engine: Engine, folder: Path) -> Callable[[], None]:
    mapping, places = pickle.loads((folder / "form.pickle").read_bytes())  # noqa: S301 (written by the benchmark)
    _prepare(engine, mapping.survey_id)
    with transaction(engine) as session:
        ids = register_answers(session, needed_answers(mapping, {kind for kind, _ in places.sites.values()}))
        session.execute(insert(pull).values(form_id=FORM_ID, lease_owner="bench", attempts=0))
    version = ReadableVersion(mapping.form_version, mapping, DEPLOYED_ON, 1)
    reader = Reader(version, places, Keys(b"r" * 32, b"c" * 32), ids)
    context = Context(Settings(home=folder / "home"), engine)

    def run() -> None:
        Run(context, FORM_ID, "bench", _Files(folder, reader)).carry_out()

    return run


def _prepare(engine: Engine, survey_id: str) -> None:
    """A form row for the foreign keys; nothing of it is read."""
    with transaction(engine) as session:
        session.execute(text(f"TRUNCATE {_TABLES}"))
        if session.execute(text("SELECT 1 FROM form")).first():
            return
        registry = {"id": 1, "label": "b", "source": "b", "imported_on": DEPLOYED_ON, "content_sha256": "0" * 64}
        session.execute(insert(area_set).values(**registry, is_current=True))
        session.execute(insert(survey).values(**_survey(survey_id)))
        server = {"server": "kobo", "server_form_id": "b", "state": "open"}
        about = {"survey_id": survey_id, "respondent_kind": "site_ki", "title": "b", "practice": False}
        session.execute(insert(form).values(form_id=FORM_ID, **about, **server))


def _survey(survey_id: str) -> dict[str, Any]:
    """Every column needs something; none of it is looked at here."""
    values: dict[str, Any] = {}
    for column in survey.c:
        kind = column.type.python_type
        values[column.name] = {date: DEPLOYED_ON, int: 14, bool: True, dict: []}.get(kind, "b")
    return values | {"survey_id": survey_id, "country_iso3": "XBA"}
