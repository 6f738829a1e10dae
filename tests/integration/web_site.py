"""A web application on a test database, people to sign in, and a country with some weeks of work in it."""

import atexit
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from apiflask import APIFlask
from brief_tables import written
from flask import Flask, request
from flask.testing import FlaskClient
from flask_babel import Babel
from sqlalchemy import Engine, Table, delete, insert, select

from backend import keys
from backend.access import Role, Team
from backend.app import create_app, state
from backend.app.guard import Gate, open_to
from backend.notes import Note, seal_enumerator, seal_note
from backend.settings import Environment, Settings
from backend.store import accounts, areas, drafts
from backend.store.accounts import NewAccount
from backend.store.app_users import create_app_user
from backend.store.audit import Audit
from backend.store.engine import open_engine, reading, transaction
from backend.store.tables import (
    answer,
    counter,
    coverage,
    daily,
    effort,
    form,
    form_version,
    inbox,
    ledger,
    legend,
    letter,
    letter_body,
    letter_key,
    pull,
    reject,
    rollup,
    survey,
)
from forms.brief import Draft, read_draft
from mappings.areas import demo

FORM, SURVEY = "cte_ki_demo", "CTE-S-DRV-2026-01"
PRACTICE = "cte_ki_demo_practice"
NEXT_FORM, NEXT_SURVEY = "cte_ki_next", "CTE-S-DRV-2026-02"
NORTH = frozenset({Team(SURVEY, "north")})
DRAFT = "d" * 32
PUBLIC = "https://fieldveil.example"
ENTRY = Audit(actor="test", action="test", object="test")
TODAY = datetime.now(UTC).date()
MONTH = f"{TODAY:%Y-%m}"
LAST_MONTH = f"{TODAY.replace(day=1) - timedelta(days=1):%Y-%m}"


def settings_for(engine: Engine, home: Path, **changes: Any) -> Settings:
    database = engine.url.render_as_string(hide_password=False)
    return Settings(**{"home": home, "database_url": database, "log_level": "ERROR", **changes})


class Browser(FlaskClient):
    """Calls the address of the site, and says where a form was sent from as browsers do."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        address = state.of(self.application).settings.public_url
        kwargs = {"base_url": address, **kwargs}
        kwargs["headers"] = {"Referer": f"{address}/", **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)


@contextmanager
def site(engine: Engine, home: Path, **changes: Any) -> Iterator[APIFlask]:
    """The application on the test's database."""
    with _served(settings_for(engine, home, **changes)) as app:
        yield app


@contextmanager
def _served(settings: Settings) -> Iterator[APIFlask]:
    """Logging is put back afterwards, since it is the whole process's."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    app = create_app(settings)
    app.config["TESTING"] = True
    app.test_client_class = Browser
    # Slow on purpose in the product; the tests hash passwords by the dozen.
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=64)
    yield app
    state.of(app).engine.dispose()
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@contextmanager
def production_site(engine: Engine, home: Path) -> Iterator[APIFlask]:
    """As behind the proxy of docker-compose.yml: https, strict hosts. The store stays the test's own."""
    settings = settings_for(engine, home)
    settings.environment, settings.public_url = Environment.PRODUCTION, PUBLIC
    with _served(settings) as app:
        yield app


def open_to_anyone(view: Callable[[], Any]) -> Callable[[], Any]:
    """For routes that a test adds."""
    return open_to(Gate.ANYONE)(view)


def remote_address() -> str | None:
    """What the request being served says of where it came from."""
    return request.remote_addr


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """For code that words things for a page, called without one."""
    app = Flask(__name__)
    Babel(app, locale_selector=lambda: language)
    with app.test_request_context():
        yield


def close_account(engine: Engine, name: str) -> None:
    with transaction(engine) as session:
        accounts.set_active(session, name, active=False, audit=ENTRY)


def add_account(engine: Engine, *roles: Role, name: str = "amina", **details: Any) -> int:
    with transaction(engine) as session:
        return accounts.create_user(session, NewAccount(name, frozenset(roles), **details), ENTRY)


def one_time_link(engine: Engine, person: int) -> str:
    with transaction(engine) as session:
        return accounts.create_one_time_login(session, person, 5, ENTRY)


def form_token(client: FlaskClient, path: str = "/login") -> str:
    """The token against forged forms, as a browser finds it in a page."""
    page = client.get(path).get_data(as_text=True)
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def visitor(app: APIFlask, engine: Engine, *roles: Role, name: str = "amina", **details: Any) -> FlaskClient:
    """A browser in which a new account with these roles is signed in, by its one-time link."""
    token = one_time_link(engine, add_account(engine, *roles, name=name, **details))
    client: FlaskClient = app.test_client()
    found = client.post("/enter", data={"token": token, "csrf_token": form_token(client, f"/enter/{token}")})
    assert found.status_code == 302
    return client


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    """Sends a form as a page of the site would."""
    return client.post(path, data={"csrf_token": form_token(client, "/account"), **data})


# ---- a country with work in it ---------------------------------------------------------------------------------------


def words(answer: Any) -> str:
    """A page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def plain(client: FlaskClient, path: str) -> str:
    return words(client.get(path))


def insert_rows(engine: Engine, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    with transaction(engine) as session:
        session.execute(insert(table), [dict(row) for row in rows])


def add_areas(engine: Engine) -> None:
    found = demo.draft()
    with transaction(engine) as session:
        areas.save_set(session, found.accept(), found.shapes, source="demo", imported_on=TODAY, audit=ENTRY)


def add_survey(engine: Engine) -> None:
    """One survey with a real form and its practice twin, each with one version."""
    add_areas(engine)
    insert_rows(engine, survey, [_SURVEY])
    insert_rows(engine, form, [_form(FORM, practice=False), _form(PRACTICE, practice=True)])
    with transaction(engine) as session:
        set_id = areas.current_id(session)
        session.execute(insert(form_version), [_version(form_id, set_id) for form_id in (FORM, PRACTICE)])


def _form(form_id: str, *, practice: bool) -> dict[str, Any]:
    title = "PRACTICE Key informants" if practice else "Key informants, autumn round"
    return {
        "form_id": form_id,
        "survey_id": SURVEY,
        "respondent_kind": "site_ki",
        "title": title,
        "practice": practice,
        "server": "letterbox",
        "server_form_id": form_id,
        "current_version": "2026111501",
        "state": "open",
    }


def _version(form_id: str, set_id: int | None) -> dict[str, Any]:
    return {
        "form_id": form_id,
        "version": "2026111501",
        "catalogue_version": "1.0",
        "mapping_version": "m1",
        "deid_profile": "d1",
        "source_kind": "primary",
        "mapping": "{}",
        "brief": "{}",
        "xform": b"<x/>",
        "xlsx": b"PK-a-workbook",
        "form_sha256": "ab" * 32,
        "area_set_id": set_id,
        "minutes": 24,
        "overlay": "",
        "deployed_on": TODAY,
    }


_SURVEY = {
    "survey_id": SURVEY,
    "round": 1,
    "country_iso3": "DRV",
    "period_start": date(2026, 9, 1),
    "period_end": date(2026, 12, 31),
    "org_code": "org1",
    "catalogue_version": "1.0",
    "form_id": FORM,
    "form_version": "2026111501",
    "form_sha256": "ab" * 32,
    "purpose_code": ["gap"],
    "purpose_text": "Decide where services are missing",
    "decision_owner_role": "Coordinator",
    "existing_data_checked": True,
    "risk_assessed": True,
    "residual_risk": "low",
    "approver_role": "Head of programme",
    "isp_ref": "ISP-1",
    "sharing_level": "restricted",
    "raw_retention_days": 14,
    "sampling": "purposive",
    "representativeness": "The sites visited",
    "limitations": ["access"],
    "language": ["en", "ar"],
}


def add_work(engine: Engine) -> None:
    """Some weeks of interviews, uneven over days and areas, with everything the monitor can show."""
    add_survey(engine)
    registry = demo.load()
    first = [area.pcode for area in registry.level(1)]
    second = [(area.parent, area.pcode) for area in registry.level(2)]
    _add_days(engine, first)
    _add_coverage(engine, second)
    _add_outcomes(engine)
    _add_counters(engine, first)
    _add_letters(engine)


def fill(engine: Engine) -> None:
    """Work and answers in an empty SQLite database, by a copy of one that is filled once a process."""
    file = Path(str(engine.url.database))
    engine.dispose()
    shutil.copyfile(_filled(file), file)


_FILLED: list[Path] = []


def _filled(empty: Path) -> Path:
    if not _FILLED:
        file = Path(tempfile.mkdtemp(prefix="fieldveil-site-")) / "filled.sqlite"
        atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
        shutil.copyfile(empty, file)
        engine = open_engine(f"sqlite:///{file}")
        add_work(engine)
        add_answers(engine)
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        _FILLED.append(file)
    return _FILLED[0]


def _add_days(engine: Engine, first: Sequence[str]) -> None:
    days = [TODAY - timedelta(days=back) for back in range(30)]
    rows = [
        {"form_id": FORM, "day": day, "adm1_pcode": pcode, "n": (day.toordinal() * 7 + number * 3) % 11 + 1}
        for number, pcode in enumerate(first)
        for day in days
        if (day.toordinal() + number) % 4
    ]
    insert_rows(engine, daily, rows)


def _add_coverage(engine: Engine, second: Sequence[tuple[str | None, str]]) -> None:
    rows = [
        {
            "form_id": FORM,
            "period": MONTH if number % 2 else LAST_MONTH,
            "adm1_pcode": parent,
            "adm2_pcode": pcode,
            "n_sources": number * 13 % 37 + 1,
            "n_sites": number % 5 + 1,
        }
        for number, (parent, pcode) in enumerate(second)
        if number % 4
    ]
    not_listed = {"form_id": FORM, "period": MONTH, "adm1_pcode": second[0][0], "adm2_pcode": None}
    insert_rows(engine, coverage, [*rows, {**not_listed, "n_sources": 4, "n_sites": 0}])
    bands = {0: 2, 5: 3, 10: 20, 15: 90, 20: 160, 25: 70, 30: 20, 45: 4, 60: 1}
    minutes = [(f"minutes:{low}", n) for low, n in bands.items()]
    kinds = [*minutes, ("clock:ok", 350), ("clock:early", 6), ("clock:future", 2)]
    insert_rows(
        engine,
        effort,
        [{"form_id": FORM, "period": MONTH, "adm1_pcode": second[0][0], "kind": kind, "n": n} for kind, n in kinds],
    )


def _add_outcomes(engine: Engine) -> None:
    outcomes = ["stored"] * 60 + ["refused"] * 9 + ["rejected"] * 3 + ["withdrawn"]
    rows = [
        {
            "form_id": FORM,
            "submission_key": f"{n:032x}",
            "revision": "0" * 16,
            "outcome": kind,
            "purged_at_source": False,
        }
        for n, kind in enumerate(outcomes)
    ]
    insert_rows(engine, ledger, rows)
    bad = [("core/com_01", "not_in_list")] * 5 + [("core/com_07", "too_many")] * 2 + [("", "unknown_version")]
    insert_rows(
        engine,
        reject,
        [
            {"form_id": FORM, "submission_key": f"{n:032x}", "path": path, "reason": reason}
            for n, (path, reason) in enumerate(bad)
        ],
    )


def _add_counters(engine: Engine, first: Sequence[str]) -> None:
    kinds = {
        "received": 40,
        "refused": 5,
        "not_understood": 2,
        "stopped_safety": 1,
        "nil:adm2": 4,
        "nil:site": 12,
        "distress": 3,
        "disclosure_action:referred": 1,
    }
    rows = [
        {"form_id": FORM, "month": month, "adm1_pcode": pcode, "kind": kind, "n": n}
        for month in (MONTH, LAST_MONTH)
        for pcode in first[:2]
        for kind, n in kinds.items()
    ]
    insert_rows(engine, counter, rows)


def _add_letters(engine: Engine) -> None:
    insert_rows(engine, letter_key, [{"key_id": "k1", "month": MONTH, "public_key": b"x"}])
    rows = [
        {
            "seq": n + 1,
            "form_id": FORM,
            "key_id": "k1",
            "receipt": f"{n:032x}",
            "content": f"{n:032x}",
            "root_receipt": f"{n:032x}",
            "kind": "original",
            "received_on": TODAY,
            "attachments": 0,
            "read_with": "m1" if n < 73 else None,
        }
        for n in range(80)
    ]
    insert_rows(engine, letter, rows)
    insert_rows(engine, letter_body, [{"seq": n + 1, "sealed": b"x"} for n in range(80)])
    now = datetime.now(UTC)
    insert_rows(
        engine,
        pull,
        [{"form_id": FORM, "attempts": 0, "last_started": now, "last_finished": now - timedelta(minutes=2)}],
    )


def add_answers(engine: Engine) -> None:
    """One choice, several choices, a number and a status, in the first two areas of level 2."""
    shared = {"indicator_version": 1, "section": "s", "disagg_sex": "all", "disagg_age": "all"}
    shared |= {"disagg_pop": "all", "disagg_form": "all"}
    kinds = [
        ("value", "CTE-COM-001", "some"),
        ("value", "CTE-COM-001", "none"),
        ("status", "CTE-COM-001", "dk"),
        ("multi", "CTE-COM-019", ""),
        ("choice", "CTE-COM-019", "word_mouth"),
        ("choice", "CTE-COM-019", "social_media"),
        ("number", "CTE-HHD-001", ""),
    ]
    rows = [{"kind": kind, "indicator_id": who, "code": code, **shared} for kind, who, code in kinds]
    insert_rows(engine, answer, rows)
    with transaction(engine) as session:
        numbers = list(session.scalars(select(answer.c.id).order_by(answer.c.id)))
    places = [(area.parent, area.pcode) for area in demo.load().level(2)][:2]
    insert_rows(
        engine,
        rollup,
        [
            {
                "form_id": FORM,
                "period": MONTH,
                "adm1_pcode": adm1,
                "adm2_pcode": adm2,
                "answer_ids": numbers,
                "n_sources": [3 + order for order in range(len(numbers))],
                "n_sites": [2] * len(numbers),
                "number_ids": numbers[-1:],
                "totals": [40.0],
            }
            for adm1, adm2 in places
        ],
    )


def demo_draft() -> Draft:
    """The brief of the demo, with days that let it go to phones today."""
    days = {
        "purpose.referral_verified_on": [str(TODAY - timedelta(days=5))],
        "survey.period_start": [str(TODAY)],
        "survey.period_end": [str(TODAY + timedelta(days=60))],
    }
    return read_draft(written(), "brief.yaml").with_fields(days)


def add_draft(engine: Engine, draft: Draft, draft_id: str = DRAFT) -> str:
    with transaction(engine) as session:
        drafts.create_draft(session, draft_id, "Autumn round", draft.as_yaml().decode(), ENTRY)
    return draft_id


def stored_draft(engine: Engine) -> drafts.StoredDraft:
    with reading(engine) as session:
        found = drafts.find_draft(session, DRAFT)
    assert found is not None
    return found


def add_next_survey(engine: Engine) -> None:
    """Of the same organisation, with a form of its own."""
    insert_rows(engine, survey, [_SURVEY | {"survey_id": NEXT_SURVEY, "form_id": NEXT_FORM}])
    insert_rows(engine, form, [_form(NEXT_FORM, practice=False) | {"survey_id": NEXT_SURVEY, "title": "Next survey"}])


def add_note(
    engine: Engine, home: Path, team: str, code: str, collector: str, *, form_id: str = FORM, survey_id: str = SURVEY
) -> None:
    """An enumerator of a team did not feel safe and wants to talk."""
    key = keys.field_key(settings_for(engine, home))
    sealed_code = seal_enumerator(key, survey_id, collector, code)
    insert_rows(
        engine, legend, [{"survey_id": survey_id, "collector_key": collector, "team": team, "sealed": sealed_code}]
    )
    note = seal_note(key, form_id, collector, Note(enum_safe=False, debrief=True))
    day = TODAY + timedelta(days=5)
    insert_rows(engine, inbox, [{"form_id": form_id, "collector_key": collector, "sealed": note, "expires_on": day}])


def forget_enumerators(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(delete(legend))


def add_phone(engine: Engine, label: str = "team-1") -> str:
    with transaction(engine) as session:
        return create_app_user(session, label=label, forms=[FORM], today=TODAY, audit=ENTRY).token
