"""Giving a form to the phones of a KoBoToolbox: the right steps in the right order, or everything as it was before."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from fakes.fake_kobo import TOKEN, FakeKobo, fake_kobo
from fakes.kobo_projects import Project, Workbook
from fakes.wire import Asked, Fault

from workers.net import NetError, open_session
from workers.reach import Reach
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.deploy import Shipment, Shipped, look, ship
from workers.servers.kobo.project import Desk, Doorbell, ProjectError
from workers.servers.phone_side import PhoneSide, differences
from workers.servers.target import TargetError

LANGUAGES = ("English (en)", "العربية (ar)")
_HEAD = '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'


def xform(version: str, root: str = "small", relevant: str = "/small/q1 = 'a'") -> bytes:
    """KoBo names the root after the project and adds lines of its own."""
    binds = [f'<bind nodeset="/{root}/q1" type="string"/>', f'<bind nodeset="/{root}/q2" relevant="{relevant}"/>']
    binds.append(f'<bind nodeset="/{root}/fv_version" calculate="\'{version}\'" type="string"/>')
    if root != "small":
        binds.append(f'<bind nodeset="/{root}/__version__" calculate="\'vXyz\'" type="string"/>')
    return f"{_HEAD}{''.join(binds)}</model></h:head></h:html>".encode()


@dataclass
class Counter:
    """What was sent to the server to change it."""

    fake: FakeKobo
    desk: Desk
    phones: PhoneSide
    sent: list[str] = field(default_factory=list)

    def note(self, asked: Asked) -> None:
        self.sent.append(f"{asked.method} {asked.path.rstrip('/').rpartition('/')[2]}")

    def ship(self, shipment: Shipment, uid: str | None = None) -> Shipped:
        self.sent.clear()
        return ship(self.desk, self.phones, shipment, uid)

    def project(self) -> Project:
        return next(iter(self.fake.managing.projects.values()))


@pytest.fixture
def counter() -> Iterator[Counter]:
    with fake_kobo() as fake:
        fake.managing.books = {book(v): understood(v) for v in ("v1", "v2")}
        reach, headers = Reach(hosts=frozenset({"127.0.0.1"})), {"Authorization": f"Token {TOKEN}"}
        with open_session(fake.url, reach=reach, headers=headers) as http:
            found = Counter(fake, Desk(KoboClient(http), _at_once), PhoneSide(http, _at_once))
            fake.managing.changed = found.note  # type: ignore[method-assign]
            yield found


def _at_once(_seconds: float) -> None:
    """No waiting in tests."""


def book(version: str) -> bytes:
    return f"PK workbook {version}".encode()


def understood(version: str) -> Workbook:
    return Workbook(version, LANGUAGES, xform(version, "aProject", "/aProject/q1 = 'a'"))


def shipment(version: str = "v1", **media: bytes) -> Shipment:
    return Shipment(
        version=version,
        title="Small form",
        xlsx=book(version),
        xform=xform(version),
        media={f"{name}.csv": content for name, content in (media or {"adm2": b"name\nA\n"}).items()},
        languages=LANGUAGES,
        senders=frozenset({"enum1"}),
    )


def test_a_new_form_is_imported_given_its_files_and_then_deployed(counter: Counter) -> None:
    done = counter.ship(shipment())

    assert counter.sent == ["POST imports", "POST files", "POST deployment", "POST permission-assignments"]
    assert counter.project().active
    assert counter.project().on_phones == {"adm2.csv": b"name\nA\n"}
    assert done.project == counter.project().uid


def test_the_same_form_again_changes_nothing(counter: Counter) -> None:
    done = counter.ship(shipment())

    again = counter.ship(shipment(), done.project)

    assert again.plan.is_empty
    assert counter.sent == []


def test_a_dry_run_says_what_would_be_done_and_does_nothing(counter: Counter) -> None:
    done = counter.ship(shipment())
    counter.sent.clear()

    _, steps = look(counter.desk, shipment("v2", adm2=b"name\nB\n", sites=b"name\nS\n"), done.project)

    assert (steps.create, steps.replace, steps.files, steps.redeploy) == (False, True, ("adm2.csv", "sites.csv"), True)
    assert counter.sent == []


def test_a_changed_file_alone_is_replaced_and_deployed_again(counter: Counter) -> None:
    done = counter.ship(shipment())

    counter.ship(shipment(adm2=b"name\nB\n"), done.project)

    uid = counter.sent[0]
    assert counter.sent == [uid, "POST files", "PATCH deployment"]
    assert uid.startswith("DELETE f")
    assert counter.project().on_phones == {"adm2.csv": b"name\nB\n"}


def test_a_new_version_goes_into_the_same_project(counter: Counter) -> None:
    done = counter.ship(shipment())

    newer = counter.ship(shipment("v2"), done.project)

    assert newer.project == done.project
    assert newer.version != done.version
    assert len(counter.fake.managing.projects) == 1


@pytest.mark.parametrize("step", ["import", "files", "deployment"])
def test_a_new_project_that_fails_is_not_left_behind(counter: Counter, step: str) -> None:
    counter.fake.managing.refuses = {step}

    with pytest.raises(Exception, match=r"KoBo|answered 400"):
        counter.ship(shipment())

    assert counter.fake.managing.projects == {}


def test_an_import_whose_answer_broke_off_is_not_asked_for_twice(counter: Counter) -> None:
    counter.fake.faults.append(Fault.GARBLED)

    with pytest.raises(NetError):
        counter.ship(shipment())

    assert [one.path for one in counter.fake.asked if one.method == "POST"] == ["/api/v2/imports/"]


def test_an_old_project_gets_its_form_and_its_files_back_when_phones_would_get_another(counter: Counter) -> None:
    done = counter.ship(shipment())
    counter.fake.managing.books[book("v2")] = replace(understood("v2"), xform=xform("v2", "aProject", "true()"))

    with pytest.raises(TargetError, match="differs at q2"):
        counter.ship(shipment("v2", adm2=b"name\nB\n", sites=b"name\nS\n"), done.project)

    project = counter.project()
    assert project.versions[project.deployed or ""].own == "v1"
    assert dict(project.files.values()) == {"adm2.csv": b"name\nA\n"}


def test_a_column_that_kobo_takes_for_a_language_is_noticed(counter: Counter) -> None:
    counter.fake.managing.books[book("v1")] = replace(understood("v1"), languages=(*LANGUAGES, "code"))

    with pytest.raises(ProjectError, match="for a language"):
        counter.ship(shipment())

    assert counter.fake.managing.projects == {}


def test_a_form_imported_empty_is_noticed_although_kobo_says_complete(counter: Counter) -> None:
    counter.fake.managing.books[book("v1")] = replace(understood("v1"), rows=0)

    with pytest.raises(ProjectError, match="not there"):
        counter.ship(shipment())


def test_files_that_never_come_to_the_phones_are_noticed(counter: Counter) -> None:
    counter.fake.managing.lag = 1_000

    with pytest.raises(TargetError, match=r"adm2\.csv"):
        counter.ship(shipment())


def test_a_project_that_takes_anonymous_interviews_is_refused(counter: Counter) -> None:
    done = counter.ship(shipment())
    counter.project().grants.append(("AnonymousUser", "add_submissions"))

    with pytest.raises(ProjectError, match="anybody"):
        counter.ship(shipment("v2"), done.project)

    assert counter.sent == []


def test_a_file_that_phones_get_otherwise_than_its_hash_promises_is_noticed(counter: Counter) -> None:
    counter.fake.managing.refuses = {"downloads"}

    with pytest.raises(TargetError, match=r"would not get these files.*adm2\.csv"):
        counter.ship(shipment())

    assert counter.fake.managing.projects == {}


def test_a_new_project_that_anybody_may_send_to_all_the_same_is_not_left_behind(counter: Counter) -> None:
    counter.fake.managing.presets = [("AnonymousUser", "add_submissions")]
    counter.fake.managing.refuses = {"permissions"}

    with pytest.raises(ProjectError, match="anybody"):
        counter.ship(shipment())

    assert counter.fake.managing.projects == {}


def test_a_deployment_is_done_when_the_project_says_so(counter: Counter) -> None:
    done = counter.ship(shipment())
    counter.fake.managing.settles = 3

    newer = counter.ship(shipment("v2"), done.project)

    assert counter.project().settling <= 0
    assert newer.version == counter.project().deployed


def test_permissions_of_others_stay_as_they_are(counter: Counter) -> None:
    done = counter.ship(shipment())
    counter.project().grants.append(("colleague", "view_submissions"))

    counter.ship(replace(shipment("v2"), senders=frozenset({"enum1", "enum2"})), done.project)

    assert ("colleague", "view_submissions") in counter.project().grants
    assert counter.sent.count("POST permission-assignments") == 1


def test_phones_can_get_an_earlier_version_again(counter: Counter) -> None:
    first = counter.ship(shipment())
    counter.ship(shipment("v2", adm2=b"name\nB\n"), first.project)

    counter.ship(shipment(), first.project)

    project = counter.project()
    assert project.versions[project.deployed or ""].own == "v1"
    assert project.on_phones == {"adm2.csv": b"name\nA\n"}


def test_the_doorbell_is_installed_once_and_rings_with_ids_only(counter: Counter) -> None:
    uid = counter.ship(shipment()).project
    project = counter.desk.project(uid)

    counter.desk.install_doorbell(project, Doorbell("https://fieldveil.example/doorbell", "small", "first"))
    counter.desk.install_doorbell(project, Doorbell("https://fieldveil.example/doorbell", "small", "second"))

    hooks = list(counter.project().hooks.values())
    assert [hook["settings"]["password"] for hook in hooks] == ["second"]
    assert hooks[0]["subset_fields"] == ["_id", "meta/rootUuid"]


def test_two_forms_differ_by_their_questions_and_not_by_the_name_of_their_root() -> None:
    assert differences(xform("v1"), xform("v1", "aX", "/aX/q1 = 'a'")) == []
    assert differences(xform("v1"), xform("v2", "aX", "/aX/q1  =  'b'")) == ["fv_version", "q2"]
