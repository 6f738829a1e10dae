"""A version published by hand, in the browser: an IM officer looks, reads what is left out, and adopts it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import web_site
from adoption_lab import QUESTION, AdoptionLab, adds_a_choice, adoption_lab, takes_consent_out
from apiflask import APIFlask
from deploy_lab import CENTRAL, FORM, built
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from backend.access import Role
from backend.store.due import clear_due, due_now
from backend.store.engine import reading, transaction
from backend.store.tables import audit, wish
from workers.wishes import carry_out

PAGE = f"/forms/{FORM}/foreign"


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[AdoptionLab]:
    with adoption_lab(sqlite_engine, tmp_path / "home", CENTRAL) as found:
        yield found


@pytest.fixture
def app(lab: AdoptionLab, sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    with web_site.site(sqlite_engine, tmp_path / "home") as found:
        yield found


def page(client: FlaskClient) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def work(lab: AdoptionLab) -> list[str]:
    """A worker does what is due; the problems it met."""
    with reading(lab.context.engine) as session:
        due = due_now(session, datetime.now(UTC) + timedelta(seconds=1))
    asked = [argument for task, argument in due if task == "wishes.carry_out"]
    with transaction(lab.context.engine) as session:
        for one in asked:
            clear_due(session, "wishes.carry_out", one)
    return [carry_out(lab.context, one, web_site.TODAY) for one in asked]


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found[1]


def test_a_version_is_looked_at_adopted_and_read(officer: FlaskClient, lab: AdoptionLab) -> None:
    version = lab.publish(adds_a_choice)
    lab.send(version, **{QUESTION: "none"})
    lab.pull()
    web_site.post(officer, f"{PAGE}/look")
    waiting = page(officer)
    looked = work(lab)
    shown = page(officer)

    answer = web_site.post(officer, f"{PAGE}/adopt", version=version, mapping=hidden(shown, "mapping"), understood="1")
    adopted = work(lab)
    lab.pull()

    assert f'hx-get="{PAGE}/status"' in waiting
    assert (looked, adopted, answer.status_code) == ([""], [""], 303)
    assert "made_up" in shown
    assert "Can be adopted" in shown
    assert lab.versions() == [version]
    assert "Every version on the server is known here" in page(officer)
    with reading(lab.context.engine) as session:
        found = session.execute(select(audit.c.actor).where(audit.c.action == "form.version_adopted")).scalars().all()
    assert found == ["amina"]


def test_without_the_tick_nothing_is_adopted(officer: FlaskClient, lab: AdoptionLab) -> None:
    version = lab.publish(adds_a_choice)
    web_site.post(officer, f"{PAGE}/look")
    work(lab)

    web_site.post(officer, f"{PAGE}/adopt", version=version, mapping=hidden(page(officer), "mapping"))

    assert work(lab) == []


def test_what_was_not_shown_is_not_adopted(officer: FlaskClient, lab: AdoptionLab) -> None:
    version = lab.publish(adds_a_choice)
    web_site.post(officer, f"{PAGE}/look")
    work(lab)

    web_site.post(officer, f"{PAGE}/adopt", version=version, mapping="0" * 16, understood="1")

    assert work(lab) == []


def test_a_version_without_consent_has_no_button_and_says_why(officer: FlaskClient, lab: AdoptionLab) -> None:
    lab.publish(takes_consent_out)
    web_site.post(officer, f"{PAGE}/look")
    work(lab)

    shown = page(officer)

    assert "Cannot be adopted" in shown
    assert "con_given" in shown
    assert f'action="{PAGE}/adopt"' not in shown


def test_the_problem_of_the_worker_is_told_in_words(officer: FlaskClient, lab: AdoptionLab) -> None:
    lab.servers.central.password = "another"
    lab.servers.central.expire_logins()
    web_site.post(officer, f"{PAGE}/look")

    problems = work(lab)

    assert problems == ["server_sign_in"]
    assert "refuses the sign-in" in page(officer)


def test_who_waited_in_vain_can_ask_again(officer: FlaskClient, lab: AdoptionLab) -> None:
    web_site.post(officer, f"{PAGE}/look")
    at_once = page(officer)
    with transaction(lab.context.engine) as session:
        session.execute(update(wish).values(asked_at=datetime.now(UTC) - timedelta(minutes=2)))
    later = page(officer)

    web_site.post(officer, f"{PAGE}/look")

    assert "Look on the server" not in at_once
    assert "Is one running?" in later
    assert "Look on the server" in later
    assert work(lab) == [""]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMIN, Role.REVIEWER, Role.PARTNER])
def test_only_an_im_officer_adopts(app: APIFlask, sqlite_engine: Engine, role: Role) -> None:
    client = web_site.visitor(app, sqlite_engine, role)

    asked = [web_site.post(client, f"{PAGE}/{what}").status_code for what in ("look", "adopt")]

    assert (asked, client.get(PAGE).status_code) == ([403, 403], 403)


def test_a_form_on_the_letterbox_has_no_such_page(officer: FlaskClient, lab: AdoptionLab) -> None:
    lab.servers.deploy(built("first", "own_form"), "letterbox")

    assert officer.get("/forms/own_form/foreign").status_code == 404
