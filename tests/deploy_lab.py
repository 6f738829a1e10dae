"""A deploy to each kind of server: the letterbox and the two fakes, registered in one store, and two forms to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import central_lab
import kobo_lab
from fakes.central_publishing import MANAGES
from fakes.fake_central import VIEWER, FakeCentral, fake_central
from fakes.fake_kobo import FakeKobo, fake_kobo
from fakes.kobo_projects import Workbook
from small_letters import context as letter_context
from sqlalchemy import Engine, select

from backend.store.engine import reading
from backend.store.forms import FormHead, form_head
from backend.store.tables import audit
from forms.brief import Brief, Chosen
from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.demo import brief as demo_brief
from mappings.areas.demo import load as dorvania
from workers.context import Context
from workers.deploy import Deployed, Wish, deploy, roll_back
from workers.packing import package_of
from workers.servers.targets import Place

TODAY = date(2026, 5, 4)
FORM = "site_ki"
CENTRAL, KOBO = central_lab.SERVER, kobo_lab.SERVER
PLACES = ("letterbox", f"{CENTRAL}/1", KOBO)
_ASKED = {"first": ("CTE-COM-012",), "second": ("CTE-COM-012", "CTE-COM-013")}


@cache
def built(name: str = "first", form_id: str = FORM, *, practice: bool = False) -> BuiltForm:
    """`second` asks one question more."""
    return build(_brief(_ASKED[name], form_id), load(), dorvania(), practice=practice)


def _brief(indicators: tuple[str, ...], form_id: str) -> Brief:
    found = demo_brief()
    chosen = tuple(Chosen(name, "no other source") for name in indicators)
    purpose = replace(found.purpose, referral_verified_on=TODAY)
    return replace(found, form_id=form_id, languages=("en", "ar"), indicators=chosen, purpose=purpose)


@dataclass
class DeployLab:
    context: Context
    central: FakeCentral
    kobo: FakeKobo

    def deploy(self, form: BuiltForm, place: str, *, accept_warnings: bool = False, **wish: object) -> Deployed:
        self.kobo_knows(form)
        wanted = Wish(to=Place.of(place), accept_warnings=accept_warnings, **wish)  # type: ignore[arg-type]
        return deploy(self.context, form, today=TODAY, actor="test", wish=wanted)

    def roll_back(self, form_id: str = FORM) -> Deployed:
        return roll_back(self.context, form_id, today=TODAY, actor="test", wish=Wish(accept_warnings=True))

    def kobo_knows(self, form: BuiltForm) -> None:
        """How KoBo understands this workbook: it calls the root after the project."""
        theirs = form.xform.replace(b"/data/", b"/aProject/")
        book = Workbook(form.version, package_of(form).languages, theirs, form=form.form_id)
        self.kobo.managing.books[form.xlsx] = book

    def head(self, form_id: str = FORM) -> FormHead | None:
        with reading(self.context.engine) as session:
            return form_head(session, form_id)

    def audited(self) -> list[tuple[str, str]]:
        with reading(self.context.engine) as session:
            rows = session.execute(select(audit.c.action, audit.c.object).where(audit.c.actor == "test"))
            return [(row.action, row.object) for row in rows if row.object.startswith((FORM, "forms:"))]

    def changes(self) -> list[str]:
        """What servers were asked to change since the last look."""
        asked = [one for fake in (self.central, self.kobo) for one in fake.asked]
        self.central.asked.clear()
        self.kobo.asked.clear()
        return [f"{one.method} {one.path}" for one in asked if one.method != "GET" and "sessions" not in one.path]


@contextmanager
def deploy_lab(engine: Engine, home: Path) -> Iterator[DeployLab]:
    with fake_central() as central, fake_kobo() as kobo:
        central.verbs = (*VIEWER, *MANAGES)
        context = letter_context(engine, home, server_hosts="127.0.0.1")
        central_lab.register_server(context, central.url)
        kobo_lab.register_server(context, kobo.url)
        yield DeployLab(context, central, kobo)
