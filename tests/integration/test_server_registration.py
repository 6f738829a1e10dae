"""Servers as a user has them: registered, tested with a clear verdict, rotated, removed; credentials never come out."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from central_lab import SERVER, Lab, central_lab
from certificates import authority
from fake_http import says, serving
from fakes.fake_central import EMAIL, PASSWORD, VIEWER
from fakes.wire import Fault
from sqlalchemy import Engine, delete, select, update

from backend.store import servers
from backend.store.engine import reading, transaction
from backend.store.servers import ServerInUseError, ServerKind
from backend.store.tables import audit, form, server
from workers.pull import pull_form
from workers.servers import registration
from workers.servers.credentials import Credentials
from workers.servers.registration import Registration, RegistrationError
from workers.servers.source import PullError

TODAY = date(2026, 4, 10)
GOOD = Credentials(EMAIL, PASSWORD)


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


def register(lab: Lab, name: str = "second", credentials: Credentials = GOOD) -> registration.Finding:
    return registration.register(
        lab.context, Registration(name, f"{lab.fake.url}/", credentials), today=TODAY, actor="admin"
    )


def test_a_central_is_recognised_and_tested_when_it_is_registered(lab: Lab) -> None:
    lab.send(1)

    found = register(lab)

    assert found.is_usable
    assert (found.problem, found.missing, found.needless, found.forms) == ("", (), (), 1)
    assert found.features == ("list_events", "list_etag", "filter_by_id", "filter_deleted")
    with reading(lab.context.engine) as session:
        line = next(one for one in servers.list_servers(session) if one.server_id == "second")
    assert (line.kind, line.url, line.forms) == (ServerKind.CENTRAL, lab.fake.url, 0)
    assert line.finding is not None
    assert "secret" not in repr(line.finding)


def test_an_older_central_shows_which_features_it_lacks(lab: Lab) -> None:
    lab.fake.etags = lab.fake.filters_ids = lab.fake.filters_deleted = False

    assert register(lab).features == ()


def test_too_many_rights_are_named(lab: Lab) -> None:
    lab.fake.verbs = (*VIEWER, "submission.delete")

    found = register(lab)

    assert found.is_usable
    assert found.needless == ("submission.delete",)


def test_too_few_rights_are_named(lab: Lab) -> None:
    lab.fake.verbs = ("form.list", "form.read", "submission.list")

    found = register(lab)

    assert not found.is_usable
    assert found.missing == ("submission.read",)


def test_a_wrong_password_is_found_at_the_test(lab: Lab) -> None:
    found = register(lab, credentials=Credentials(EMAIL, "wrong"))

    assert (found.problem, found.is_usable) == ("server_sign_in", False)


def test_another_kind_of_site_is_not_registered(lab: Lab) -> None:
    lab.fake.faults.extend([Fault.HTML] * 4)

    with pytest.raises(RegistrationError, match="Neither an ODK Central nor a KoboToolbox"):
        register(lab)


def test_a_proxy_whose_server_is_down_is_not_taken_for_another_kind_of_site(lab: Lab) -> None:
    lab.fake.faults.extend([Fault.GATEWAY] * 10)

    with pytest.raises(RegistrationError, match="502") as failure:
        register(lab)
    assert failure.value.code == "server_silent"


def test_a_server_with_an_unknown_authority_is_told_as_such(lab: Lab, tmp_path: Path) -> None:
    with serving(says(200), tls=authority(tmp_path / "ministry").context("localhost")) as there:
        lab.context.settings.server_hosts = "localhost"
        wanted = Registration("closed", f"https://localhost:{there.port}", GOOD)
        with pytest.raises(RegistrationError, match="FIELDVEIL_SERVER_AUTHORITIES") as failure:
            registration.register(lab.context, wanted, today=TODAY, actor="admin")

    assert failure.value.code == "server_certificate"


# ---- a Central where people sign in by single sign-on ----------------------------------------------------------------


def test_single_sign_on_is_never_told_as_a_wrong_password(lab: Lab) -> None:
    lab.fake.single_sign_on = True

    found = register(lab)

    assert (found.problem, found.is_usable) == ("server_no_passwords", False)
    assert "app user" in found.words


def test_an_app_user_with_a_role_reads_where_nobody_has_a_password(lab: Lab) -> None:
    lab.fake.single_sign_on = True
    key = lab.fake.make_key("Fieldveil", VIEWER)
    lab.send(1)

    found = registration.rotate(lab.context, SERVER, Credentials("Fieldveil", key), actor="admin")
    lab.pull()

    assert (found.is_usable, found.needless) == (True, ())
    assert len(lab.stored()) == 1
    assert lab.fake.logins == 0


def test_a_key_that_was_revoked_is_a_refused_sign_in_and_asked_once(lab: Lab) -> None:
    key = lab.fake.make_key("Fieldveil", VIEWER)
    lab.fake.expire_logins()

    found = register(lab, credentials=Credentials("Fieldveil", key))

    assert found.problem == "server_sign_in"
    assert len([one for one in lab.fake.asked if one.path == "/v1/projects"]) == 1


def test_a_person_with_a_long_password_signs_in_with_it(lab: Lab) -> None:
    lab.fake.password = "p" * 64

    assert register(lab, credentials=Credentials(EMAIL, "p" * 64)).is_usable
    assert lab.fake.logins == 1


def test_an_address_inside_the_network_is_not_asked(lab: Lab) -> None:
    lab.context.settings.server_hosts = ""

    with pytest.raises(RegistrationError, match="not https"):
        register(lab)
    assert lab.fake.asked == []


@pytest.mark.parametrize("name", ["letterbox", "", "Field Central", "a" * 41])
def test_a_server_needs_a_plain_name_of_its_own(lab: Lab, name: str) -> None:
    with pytest.raises(RegistrationError, match="needs a name"):
        register(lab, name)


def test_a_name_is_given_once(lab: Lab) -> None:
    with pytest.raises(RegistrationError, match="already"):
        register(lab, SERVER)


def test_new_credentials_replace_the_old_sign_in(lab: Lab) -> None:
    lab.pull()
    lab.fake.password = "another-long-password"
    lab.fake.expire_logins()

    found = registration.rotate(lab.context, SERVER, Credentials(EMAIL, "another-long-password"), actor="admin")

    assert found.is_usable
    lab.send(1)
    lab.pull()
    assert len(lab.stored()) == 1


def test_a_server_with_forms_on_it_stays(lab: Lab) -> None:
    with pytest.raises(ServerInUseError, match="take each off it"):
        registration.remove(lab.context, SERVER, actor="admin")


def test_a_server_without_forms_is_removed_with_its_credentials(lab: Lab) -> None:
    register(lab)

    registration.remove(lab.context, "second", actor="admin")

    with reading(lab.context.engine) as session:
        assert servers.find_server(session, "second") is None
        actions = list(session.scalars(select(audit.c.action).where(audit.c.object == "second")))
    assert actions == ["server.added", "server.tested", "server.removed"]


def test_credentials_moved_to_another_address_cannot_be_read_there(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        session.execute(update(server).values(url="http://127.0.0.1:9", session=None))

    with pytest.raises(PullError, match="cannot be decrypted with the key of the workers") as failure:
        lab.pull()

    assert failure.value.code == "credentials_unreadable"


def test_a_pull_goes_to_the_server_of_the_form(lab: Lab) -> None:
    lab.send(1)

    report = pull_form(lab.context, "small")

    assert report is not None
    assert (report.read, len(lab.stored())) == (1, 1)


def test_a_resting_server_is_not_asked_until_somebody_tests_it(lab: Lab) -> None:
    lab.fake.faults.extend([Fault.GATEWAY] * 9)
    for _ in range(3):
        with pytest.raises(PullError):
            lab.pull()
    with pytest.raises(PullError, match="Failures in a row: 3") as failure:
        pull_form(lab.context, "small")
    lab.fake.faults.clear()

    registration.check(lab.context, SERVER, actor="admin")

    assert failure.value.code == "server_resting"
    assert pull_form(lab.context, "small") is not None


def test_a_form_of_a_server_that_is_unknown_is_a_state_with_a_remedy(lab: Lab) -> None:
    with transaction(lab.context.engine) as session:
        session.execute(update(form).values(server="nowhere"))
        session.execute(delete(server))

    with pytest.raises(PullError, match="fieldveil server list"):
        pull_form(lab.context, "small")
