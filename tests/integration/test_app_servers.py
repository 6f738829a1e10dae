"""Form servers in the browser: credentials are sealed at once, a worker does the rest, pages tell how it went.

The worker runs in this process, with the fake ODK Central on the other end.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import web_site
from apiflask import APIFlask
from central_lab import SERVER, Lab, central_lab
from fakes.fake_central import EMAIL, PASSWORD, VIEWER
from flask.testing import FlaskClient
from small_form import PLACES
from sqlalchemy import Engine, select, update

from backend.access import Role
from backend.store import server_requests, servers
from backend.store.due import due_now
from backend.store.engine import reading, transaction
from backend.store.tables import audit, form, server_request
from workers import letter_keys
from workers.servers import requests

CANARY = "CANARY-5f1c-password"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        letter_keys.keep(found.context, TODAY)
        yield found


@pytest.fixture
def app(lab: Lab, sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    with web_site.site(sqlite_engine, tmp_path / "home") as found:
        yield found


def add(client: FlaskClient, lab: Lab, name: str = "second", **changed: str) -> Any:
    data = {"name": name, "url": lab.fake.url, "account": EMAIL, "secret": PASSWORD, **changed}
    return web_site.post(client, "/servers", **data)


def page(client: FlaskClient, path: str = "/servers") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def work(lab: Lab) -> list[str]:
    """A worker does what is due; the problems it met."""
    with reading(lab.context.engine) as session:
        due = due_now(session, datetime.now(UTC) + timedelta(seconds=1))
    return [requests.carry_out(lab.context, request_id) for task, request_id in due if task == "servers.carry_out"]


# ---- adding, testing, rotating, removing -----------------------------------------------------------------------------


def test_a_server_is_added_by_a_worker_and_the_page_tells_what_it_found(officer: FlaskClient, lab: Lab) -> None:
    answer = add(officer, lab)
    waiting = page(officer)
    asked = officer.get("/servers/second/status")

    assert work(lab) == [""]

    done = page(officer)
    assert answer.status_code == 303
    assert 'hx-get="/servers/second/status"' in waiting
    assert "HX-Refresh" not in asked.headers
    assert officer.get("/servers/second/status").headers["HX-Refresh"] == "true"
    assert 'hx-get="/servers/second/status"' not in done
    assert "Works, with the rights it needs and no others" in done
    assert "release 2026.1 or newer" in done


def test_an_administrator_may_do_the_same(app: APIFlask, sqlite_engine: Engine, lab: Lab) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)

    add(client, lab)

    assert work(lab) == [""]


def test_a_coordinator_sees_how_servers_stand_and_changes_nothing(
    app: APIFlask, sqlite_engine: Engine, lab: Lab
) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.COORDINATOR)
    paths = ("/servers", f"/servers/{SERVER}/test", f"/servers/{SERVER}/credentials", f"/servers/{SERVER}/remove")

    refused = [web_site.post(client, path).status_code for path in (*paths, "/losses/small")]

    found = page(client)
    assert refused == [403] * 5
    assert SERVER in found
    assert "Test now" not in found


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.REVIEWER, Role.PARTNER, Role.PROTECTION_FOCAL_POINT])
def test_other_roles_see_no_servers(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role, teams=web_site.NORTH)

    assert [client.get(path).status_code for path in ("/servers", f"/servers/{SERVER}/status")] == [403, 403]


def test_a_test_is_asked_of_a_worker_and_names_rights_that_are_too_many(officer: FlaskClient, lab: Lab) -> None:
    lab.fake.verbs = (*VIEWER, "submission.delete")

    web_site.post(officer, f"/servers/{SERVER}/test")
    work(lab)

    assert "Rights too many" in page(officer)
    assert "submission.delete" in page(officer)


def test_new_credentials_replace_the_old_ones(officer: FlaskClient, lab: Lab) -> None:
    lab.fake.password = "another-long-password"

    web_site.post(officer, f"/servers/{SERVER}/credentials", account=EMAIL, secret="another-long-password")
    work(lab)

    lab.send(1)
    lab.pull()
    assert len(lab.stored()) == 1


def test_a_server_with_forms_on_it_stays_and_one_without_goes(officer: FlaskClient, lab: Lab) -> None:
    web_site.post(officer, f"/servers/{SERVER}/remove")
    stays = page(officer)
    with transaction(lab.context.engine) as session:
        session.execute(update(form).values(server="letterbox"))

    web_site.post(officer, f"/servers/{SERVER}/remove")

    assert "Take them off it first" in stays
    assert f'id="server-{SERVER}"' not in page(officer)


def test_what_a_worker_could_not_do_is_told_with_a_remedy(officer: FlaskClient, lab: Lab) -> None:
    lab.context.settings.server_hosts = ""
    add(officer, lab)

    assert work(lab) == ["server_address"]
    assert "it needs https and a public name" in page(officer)


def test_a_wrong_password_is_told_at_the_server(officer: FlaskClient, lab: Lab) -> None:
    add(officer, lab, secret="wrong")
    work(lab)

    assert "The server refuses the sign-in. Enter new credentials for it." in page(officer)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "Field Central"}, "small letters, digits and hyphens"),
        ({"name": SERVER}, "already"),
        ({"url": "https://user:secret@central.example.org"}, "needs https"),
        ({"url": "central"}, "needs https"),
        ({"secret": ""}, "Enter the account"),
        ({"account": "x" * 301}, "Enter the account"),
    ],
)
def test_what_cannot_be_right_is_told_at_once(
    officer: FlaskClient, lab: Lab, changed: dict[str, str], told: str
) -> None:
    add(officer, lab, **changed)

    assert told in page(officer)
    assert work(lab) == []


def test_without_a_key_of_a_worker_nothing_is_taken(app: APIFlask, sqlite_engine: Engine, lab: Lab) -> None:
    with transaction(sqlite_engine) as session:
        session.execute(server_request.metadata.tables["letter_key"].delete())
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)

    add(client, lab)

    assert "Start a worker first" in page(client)
    assert work(lab) == []


# ---- credentials -----------------------------------------------------------------------------------------------------


def _on_disk(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_credential_is_nowhere_in_clear_on_its_whole_way(
    officer: FlaskClient, lab: Lab, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as logs:
        told = add(officer, lab, secret=CANARY).get_data(as_text=True) + page(officer)
        between = _on_disk(tmp_path)
        with reading(lab.context.engine) as session:
            due = due_now(session, datetime.now(UTC) + timedelta(seconds=1))
            held = session.execute(select(server_request.c.sealed, server_request.c.key_id)).one()
        work(lab)
        told += page(officer) + page(officer, "/")
    after = _on_disk(tmp_path)

    output = capfd.readouterr()
    assert held.sealed is not None
    assert CANARY.encode() not in between + after
    assert CANARY not in told + repr(logs) + repr(due) + output.out + output.err
    with reading(lab.context.engine) as session:
        assert session.scalars(select(server_request.c.sealed)).all() == [None]
        assert CANARY not in repr(session.execute(select(audit)).all())


def test_sealed_credentials_cannot_be_used_for_another_server(officer: FlaskClient, lab: Lab) -> None:
    add(officer, lab)
    with transaction(lab.context.engine) as session:
        session.execute(update(server_request).values(url="https://elsewhere.example.org"))

    assert work(lab) == ["request_unreadable"]


def test_a_worker_that_is_killed_leaves_no_credentials_behind(officer: FlaskClient, lab: Lab) -> None:
    add(officer, lab)
    with transaction(lab.context.engine) as session:
        request = server_requests.newest(session)[0]
        server_requests.take(session, request.request_id)

    assert work(lab) == ["request_unreadable"]
    with reading(lab.context.engine) as session:
        assert servers.find_server(session, "second") is None


def test_a_request_that_nobody_answered_is_forgotten_after_a_day(officer: FlaskClient, lab: Lab) -> None:
    add(officer, lab)

    with transaction(lab.context.engine) as session:
        server_requests.forget_old(session, datetime.now(UTC) + timedelta(hours=25))

    with reading(lab.context.engine) as session:
        assert server_requests.newest(session) == []


# ---- verdicts and losses ---------------------------------------------------------------------------------------------


@pytest.fixture
def lost(lab: Lab) -> Lab:
    lab.lose_many()
    return lab


def test_the_verdict_is_on_the_pages_and_in_the_interface(officer: FlaskClient, lab: Lab) -> None:
    lab.send(1)
    lab.pull()

    told = officer.get("/api/v1/monitor/verdicts").get_json()

    assert (told[0]["standing"], told[0]["on_server"], told[0]["troubles"]) == ("equal", 1, [])
    assert told[0]["equal_at"] == told[0]["as_of"]
    assert all("Equal" in page(officer, path) for path in ("/", "/forms", "/servers"))


def test_a_form_closed_on_its_server_is_told_with_a_remedy_and_stays_equal(officer: FlaskClient, lab: Lab) -> None:
    lab.send(1)
    lab.form.state = "closed"
    lab.pull()

    told = officer.get("/api/v1/monitor/verdicts").get_json()
    pages = [page(officer, path) for path in ("/", "/forms", "/servers")]

    assert (told[0]["standing"], "form_closed" in told[0]["troubles"]) == ("equal", True)
    assert all("Set it to “Open” there" in one and "Equal" in one for one in pages)


def test_a_loss_is_told_and_decided_by_an_officer(officer: FlaskClient, lost: Lab) -> None:
    monitor, waiting = page(officer, "/"), page(officer, "/losses")

    web_site.post(officer, "/losses/small", decision="keep", rows="5")

    lost.pull()
    with reading(lost.context.engine) as session:
        decided = session.scalars(select(audit.c.details).where(audit.c.action == "gone.kept")).all()
    assert 'href="/losses"' in monitor
    assert "last equal" in monitor
    assert "of 5 submissions" in waiting
    assert decided == [{"rows": 5}]
    assert len(lost.stored()) == 12
    assert "Nothing waits for a decision." in page(officer, "/losses")


def test_an_officer_may_delete_here_what_was_deleted_there(officer: FlaskClient, lost: Lab) -> None:
    web_site.post(officer, "/losses/small", decision="apply", rows="5")

    assert len(lost.stored()) == 7


@pytest.mark.parametrize(("decision", "rows"), [("keep", "4"), ("apply", ""), ("", "5"), ("else", "5")])
def test_a_decision_about_other_numbers_than_were_shown_changes_nothing(
    officer: FlaskClient, lost: Lab, decision: str, rows: str
) -> None:
    web_site.post(officer, "/losses/small", decision=decision, rows=rows)

    assert "of 5 submissions" in page(officer, "/losses")


def test_who_is_limited_to_areas_does_not_decide_for_a_whole_form(
    app: APIFlask, sqlite_engine: Engine, lost: Lab
) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.IM_OFFICER, areas=frozenset(sorted(PLACES.adm1)[:1]))

    assert client.get("/losses").status_code == 403
    assert web_site.post(client, "/losses/small", decision="apply", rows="5").status_code == 403
    assert len(lost.stored()) == 12
