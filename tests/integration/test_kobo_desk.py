"""From a built form to a KoBoToolbox through the doors of the product: registered server, two hosts, token."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.kobo_projects import Workbook
from kobo_lab import SERVER, Lab, kobo_lab
from sqlalchemy import Engine

from backend.store import servers
from backend.store.engine import reading
from forms import demo
from forms.build import BuiltForm, build
from forms.catalogue import load
from mappings.areas import demo as dorvania
from workers.packing import package_of
from workers.servers.kobo.deploy import Shipment, ship
from workers.servers.kobo.desk import open_desk


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with kobo_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


@pytest.fixture(scope="module")
def built() -> BuiltForm:
    brief = demo.brief()
    verified = replace(brief.purpose, referral_verified_on=datetime.now(UTC).date() - timedelta(days=3))
    return build(replace(brief, purpose=verified), load(), dorvania.draft().accept())


def test_the_form_of_the_demo_goes_to_kobo_with_all_its_files(lab: Lab, built: BuiltForm) -> None:
    package = package_of(built)
    order = Shipment(
        version=built.version,
        title=built.title,
        xlsx=built.xlsx,
        xform=built.xform,
        media=built.media,
        languages=package.languages,
        senders=frozenset({"enum1"}),
    )
    # KoBo calls the root of the form after the project.
    theirs = built.xform.replace(f"/{built.form_id}/".encode(), b"/aProject/")
    lab.fake.managing.books[built.xlsx] = Workbook(built.version, package.languages, theirs)
    with reading(lab.context.engine) as session:
        server = servers.find_server(session, SERVER)
    assert server is not None

    with open_desk(lab.context, server) as (desk, phones):
        first = ship(desk, phones, order, None)
        again = ship(desk, phones, order, first.project)

    project = lab.fake.managing.projects[first.project]
    assert again.plan.is_empty
    assert project.on_phones == dict(built.media)
    assert ("enum1", "add_submissions") in project.grants
