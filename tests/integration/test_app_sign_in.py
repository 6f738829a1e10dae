"""Signing in: one-time links, passwords, codes from a phone, tokens for scripts, and what ends them."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import web_site
from apiflask import APIFlask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import Engine, func, select, update

from backend.access import Role
from backend.app import state
from backend.store import accounts
from backend.store.account_tables import account, one_time_login, signed_out
from backend.store.engine import reading, transaction
from backend.store.tables import audit

PASSWORD = "seven green lamps on ice"
WRONG = "The account name, the password or the code is wrong."


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Iterator[APIFlask]:
    with web_site.site(sqlite_engine, tmp_path) as app:
        yield app


def _visitor(app: APIFlask, engine: Engine) -> FlaskClient:
    return web_site.visitor(app, engine, Role.COORDINATOR)


def _choose_password(client: FlaskClient, new: str = PASSWORD, *, old: str = "") -> str:
    chosen = {"new_password": new, "new_password_confirm": new, "password": old}
    page: str = web_site.post(client, "/account/password", **chosen).get_data(as_text=True)
    return page


def _sign_in(client: FlaskClient, name: str = "amina", password: str = PASSWORD) -> tuple[int, str]:
    known = {"email": name, "password": password, "csrf_token": web_site.form_token(client)}
    answer = client.post("/login", data=known)
    return answer.status_code, answer.get_data(as_text=True)


def _is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def _actions(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(audit.c.action).order_by(audit.c.id)))


# ---- one-time links --------------------------------------------------------------------------------------------------


def test_a_one_time_link_signs_in(app: APIFlask, sqlite_engine: Engine) -> None:
    assert _is_signed_in(_visitor(app, sqlite_engine))


def test_the_address_of_a_link_leads_to_its_page(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.one_time_link(sqlite_engine, web_site.add_account(sqlite_engine, Role.PARTNER))
    address = accounts.sign_in_address(state.of(app).settings.public_url, token)

    assert app.test_client().get(address).status_code == 200


def test_opening_a_link_does_not_use_it_up(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.one_time_link(sqlite_engine, web_site.add_account(sqlite_engine, Role.PARTNER))
    preview = app.test_client()

    first = preview.get(f"/enter/{token}")
    second = preview.get(f"/enter/{token}")

    assert (first.status_code, second.status_code, _is_signed_in(preview)) == (200, 200, False)


def _redeem(app: APIFlask, token: str) -> FlaskClient:
    client: FlaskClient = app.test_client()
    client.post("/enter", data={"token": token, "csrf_token": web_site.form_token(client)})
    return client


def test_a_link_works_once(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.one_time_link(sqlite_engine, web_site.add_account(sqlite_engine, Role.PARTNER))

    first, second = _redeem(app, token), _redeem(app, token)

    assert (_is_signed_in(first), _is_signed_in(second)) == (True, False)


def test_an_expired_link_does_not_work(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.one_time_link(sqlite_engine, web_site.add_account(sqlite_engine, Role.PARTNER))
    with transaction(sqlite_engine) as session:
        session.execute(update(one_time_login).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))

    assert not _is_signed_in(_redeem(app, token))


def test_a_link_of_a_closed_account_does_not_work(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.one_time_link(sqlite_engine, web_site.add_account(sqlite_engine, Role.PARTNER))
    web_site.close_account(sqlite_engine, "amina")

    assert not _is_signed_in(_redeem(app, token))


@pytest.mark.parametrize("token", ["", "x", "a" * 5000])
def test_an_invented_link_does_not_work(app: APIFlask, token: str) -> None:
    assert not _is_signed_in(_redeem(app, token))


def test_the_store_holds_no_link_that_works(app: APIFlask, sqlite_engine: Engine) -> None:
    token = web_site.one_time_link(sqlite_engine, web_site.add_account(sqlite_engine, Role.PARTNER))

    with reading(sqlite_engine) as session:
        kept = session.scalars(select(one_time_login.c.token_hash)).one()

    assert token not in kept
    assert not _is_signed_in(_redeem(app, kept))


# ---- passwords -------------------------------------------------------------------------------------------------------


def test_a_chosen_password_signs_in(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))
    other = app.test_client()

    status, _ = _sign_in(other)

    assert (status, _is_signed_in(other)) == (302, True)


def test_the_name_of_an_account_is_taken_in_any_case(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))

    assert _sign_in(app.test_client(), name=" AMINA ")[0] == 302


def test_a_password_is_stored_as_argon2(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))

    with reading(sqlite_engine) as session:
        assert str(session.scalar(select(account.c.password))).startswith("$argon2id$")


def test_signing_in_works_on_both_databases(engine: Engine, tmp_path: Path) -> None:
    with web_site.site(engine, tmp_path) as app:
        _choose_password(_visitor(app, engine))
        client = app.test_client()
        _sign_in(client)

        assert _is_signed_in(client)


@pytest.mark.parametrize(("name", "password"), [("amina", "a wrong password"), ("nobody", PASSWORD), ("<x>", PASSWORD)])
def test_a_failed_sign_in_does_not_say_what_was_wrong(
    app: APIFlask, sqlite_engine: Engine, name: str, password: str
) -> None:
    _choose_password(_visitor(app, sqlite_engine))

    status, page = _sign_in(app.test_client(), name, password)

    assert status == 200
    assert WRONG in page


def test_a_password_that_was_tried_is_not_sent_back(app: APIFlask, sqlite_engine: Engine) -> None:
    _visitor(app, sqlite_engine)

    assert PASSWORD not in _sign_in(app.test_client())[1]


def test_a_short_password_is_refused_with_the_reason(app: APIFlask, sqlite_engine: Engine) -> None:
    page = _choose_password(_visitor(app, sqlite_engine), "short")

    assert "A password needs at least 12 characters." in page


def test_changing_a_password_needs_the_old_one(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)

    page = _choose_password(client, "another long password", old="not the old one")

    assert "The password is wrong." in page


def test_a_changed_password_ends_other_sessions(app: APIFlask, sqlite_engine: Engine) -> None:
    first = _visitor(app, sqlite_engine)
    _choose_password(first)
    second = app.test_client()
    _sign_in(second)

    _choose_password(second, "another long password", old=PASSWORD)

    assert not _is_signed_in(first)


def test_guessing_is_stopped_for_the_account(app: APIFlask, sqlite_engine: Engine) -> None:
    _visitor(app, sqlite_engine)
    client = app.test_client()

    statuses = [_sign_in(client, password=f"guess number {number}")[0] for number in range(11)]

    assert statuses == [200] * 10 + [429]


def test_one_account_under_attack_does_not_lock_out_the_others(app: APIFlask, sqlite_engine: Engine) -> None:
    _visitor(app, sqlite_engine)
    client = app.test_client()
    for number in range(11):
        _sign_in(client, name="nobody", password=f"guess number {number}")

    assert _sign_in(client, name="amina", password="wrong")[0] == 200


def test_what_counts_guesses_holds_no_name_and_no_address(app: APIFlask, sqlite_engine: Engine) -> None:
    _visitor(app, sqlite_engine)
    _sign_in(app.test_client(), password="a wrong guess")

    (limiter,) = app.extensions["limiter"]
    counted = repr(limiter.storage.storage)
    assert "security.login" in counted
    assert not any(told in counted for told in ("amina", "127.0.0.1", hashlib.sha256(b"amina").hexdigest()[:32]))


def test_signing_in_by_json_would_go_around_the_limits_and_is_refused(app: APIFlask) -> None:
    client = app.test_client()
    headers = {"X-CSRFToken": web_site.form_token(client)}

    answer = client.post("/login", json={"email": "amina", "password": PASSWORD}, headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(app: APIFlask, sqlite_engine: Engine, wanted: str) -> None:
    _choose_password(_visitor(app, sqlite_engine))
    client = app.test_client()
    known = {"email": "amina", "password": PASSWORD, "csrf_token": web_site.form_token(client)}

    answer = client.post("/login", query_string={"next": wanted}, data=known)

    assert answer.headers.get("Location", "") in {"", "/", "/%5Cevil.example"}


# ---- the second factor -----------------------------------------------------------------------------------------------


def _set_up_phone(client: FlaskClient) -> TOTP:
    page = web_site.post(client, "/account/second-factor", setup="authenticator").get_data(as_text=True)
    key = page.split('<code class="token">')[1].split("<")[0]
    phone = TOTP(key=key.replace("-", "").replace(" ", ""))
    action = page.split('action="/account/second-factor/')[1].split('"')[0]
    web_site.post(client, f"/account/second-factor/{action}", code=phone.generate().token)
    return phone


def _enter_code(client: FlaskClient, code: str, **more: str) -> int:
    token = web_site.form_token(client, "/login/code")
    status: int = client.post("/login/code", data={"code": code, "csrf_token": token, **more}).status_code
    return status


def test_with_a_second_factor_the_password_alone_opens_nothing(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    _set_up_phone(client)
    other = app.test_client()

    _sign_in(other)

    assert not _is_signed_in(other)


def test_password_and_code_sign_in_and_a_code_works_once(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    phone = _set_up_phone(client)
    later = phone.generate(time=datetime.now(UTC) + timedelta(seconds=30)).token
    first, second = app.test_client(), app.test_client()

    _sign_in(first)
    _enter_code(first, later)
    _sign_in(second)
    _enter_code(second, later)

    assert (_is_signed_in(first), _is_signed_in(second)) == (True, False)


def _link_of(engine: Engine, name: str = "amina") -> str:
    with transaction(engine) as session:
        person = accounts.account_id(session, name)
        return accounts.create_one_time_login(session, person, 5, web_site.ENTRY)


def test_with_a_second_factor_a_one_time_link_alone_opens_nothing(app: APIFlask, sqlite_engine: Engine) -> None:
    phone = _set_up_phone(_visitor(app, sqlite_engine))
    later = phone.generate(time=datetime.now(UTC) + timedelta(seconds=30)).token

    client = _redeem(app, _link_of(sqlite_engine))
    by_link = _is_signed_in(client)
    _enter_code(client, later)

    assert (by_link, _is_signed_in(client)) == (False, True)


def test_after_a_lost_phone_a_one_time_link_signs_in_again(app: APIFlask, sqlite_engine: Engine) -> None:
    _set_up_phone(_visitor(app, sqlite_engine))
    with transaction(sqlite_engine) as session:
        accounts.reset_second_factor(session, "amina", web_site.ENTRY)

    assert _is_signed_in(_redeem(app, _link_of(sqlite_engine)))


def test_who_forgot_the_password_comes_by_a_link_and_chooses_another(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))
    client = _redeem(app, _link_of(sqlite_engine))

    page = client.get("/account/password").get_data(as_text=True)
    short = _choose_password(client, "short")
    _choose_password(client, "another long password")

    new, old = _sign_in(app.test_client(), password="another long password")[0], _sign_in(app.test_client())[0]
    assert "Password until now" not in page
    assert "A password needs at least 12 characters." in short
    assert (new, old) == (302, 200)


def test_after_that_the_old_password_is_asked_for_again(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))
    client = _redeem(app, _link_of(sqlite_engine))
    _choose_password(client, "another long password")

    page = _choose_password(client, "a third long password", old="not the old one")

    assert "The password is wrong." in page


def test_guessing_codes_is_stopped(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    _set_up_phone(client)
    other = app.test_client()
    _sign_in(other)

    statuses = [_enter_code(other, f"{number:06}") for number in range(11)]

    assert statuses[-1] == 429


def test_guessing_codes_under_another_name_each_time_is_stopped_too(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    _set_up_phone(client)
    other = app.test_client()
    _sign_in(other)

    statuses = [_enter_code(other, f"{number:06}", email=f"nobody-{number}") for number in range(11)]

    assert statuses[-1] == 429


def test_the_key_of_a_phone_is_sealed_in_the_store(app: APIFlask, sqlite_engine: Engine) -> None:
    phone = _set_up_phone(_visitor(app, sqlite_engine))

    with reading(sqlite_engine) as session:
        kept = str(session.scalar(select(account.c.tf_totp_secret)))

    assert phone.base32_key not in kept
    assert "enckey" in kept


def test_a_lost_phone_is_settled_by_an_administrator(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    _set_up_phone(client)

    with transaction(sqlite_engine) as session:
        accounts.reset_second_factor(session, "amina", web_site.ENTRY)
    other = app.test_client()
    _sign_in(other)

    assert _is_signed_in(other)


# ---- tokens, sessions, forged forms ----------------------------------------------------------------------------------


def _token(client: FlaskClient) -> str:
    page = web_site.post(client, "/account/token").get_data(as_text=True)
    return page.split('id="new-token">')[1].split("<")[0]


def test_a_token_reads_the_interface(app: APIFlask, sqlite_engine: Engine) -> None:
    token = _token(_visitor(app, sqlite_engine))

    answer = app.test_client().get("/api/v1/forms", headers={"Authentication-Token": token})

    assert answer.status_code == 200


def test_a_token_in_an_address_is_worth_nothing(app: APIFlask, sqlite_engine: Engine) -> None:
    token = _token(_visitor(app, sqlite_engine))

    answer = app.test_client().get("/api/v1/forms", query_string={"auth_token": token})

    assert answer.status_code == 401


def test_a_token_cannot_change_anything(app: APIFlask, sqlite_engine: Engine) -> None:
    token = _token(_visitor(app, sqlite_engine))

    answer = app.test_client().post("/account/token", headers={"Authentication-Token": token})

    assert answer.status_code == 400


def test_signing_out_everywhere_ends_sessions_and_tokens(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    token = _token(client)

    web_site.post(client, "/account/sign-out-everywhere")

    script = app.test_client().get("/api/v1/forms", headers={"Authentication-Token": token})
    assert (_is_signed_in(client), script.status_code) == (False, 401)


def test_signing_out_ends_the_session(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)

    web_site.post(client, "/logout")

    assert not _is_signed_in(client)


def _copy_of(client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookies, as of somebody who took them."""
    other: FlaskClient = client.application.test_client()
    for cookie in (client._cookies or {}).values():
        other.set_cookie(cookie.key, cookie.value, domain=cookie.domain)
    return other


def test_a_copy_of_the_cookie_is_worth_nothing_after_signing_out(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    copy = _copy_of(client)
    before = _is_signed_in(copy)

    web_site.post(client, "/logout")

    assert (before, _is_signed_in(copy)) == (True, False)


def test_nobody_is_remembered_beyond_the_session(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))
    client = app.test_client()
    known = {"email": "amina", "password": PASSWORD, "csrf_token": web_site.form_token(client), "remember": "y"}
    cookies = client.post("/login", data=known).headers.getlist("Set-Cookie")
    copy = _copy_of(client)

    web_site.post(client, "/logout")

    assert [cookie.partition("=")[0] for cookie in cookies] == ["fieldveil"]
    assert not _is_signed_in(copy)


def test_signing_out_ends_no_other_session_and_no_token(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    other = app.test_client()
    _sign_in(other)
    token = _token(client)

    web_site.post(client, "/logout")

    script = app.test_client().get("/api/v1/forms", headers={"Authentication-Token": token})
    assert (_is_signed_in(other), script.status_code) == (True, 200)


def test_who_signed_out_can_sign_in_again_in_the_same_browser(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    web_site.post(client, "/logout")

    _sign_in(client)

    assert _is_signed_in(client)


def test_an_ended_session_is_remembered_as_long_as_its_cookie(app: APIFlask, sqlite_engine: Engine) -> None:
    first, second = _visitor(app, sqlite_engine), app.test_client()
    _choose_password(first)
    _sign_in(second)
    app.permanent_session_lifetime = timedelta(seconds=1)
    web_site.post(first, "/logout")
    with transaction(sqlite_engine) as session:
        session.execute(update(signed_out).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    app.permanent_session_lifetime = timedelta(hours=12)

    web_site.post(second, "/logout")

    with reading(sqlite_engine) as session:
        assert session.scalar(select(func.count()).select_from(signed_out)) == 1


@pytest.mark.parametrize(
    "path", ["/login", "/logout", "/enter", "/language", "/account/token", "/account/sign-out-everywhere", "/phones"]
)
def test_a_form_sent_from_elsewhere_is_refused(app: APIFlask, sqlite_engine: Engine, path: str) -> None:
    client = web_site.visitor(app, sqlite_engine, Role.ADMIN)

    assert client.post(path, data={"language": "fr"}).status_code == 400


def test_every_route_that_changes_something_is_protected_against_forged_forms(app: APIFlask) -> None:
    exempt = app.extensions["csrf"]._exempt_blueprints

    # Phones and servers hold no session that a forged form could ride on; what lets them in is their own.
    assert {found if isinstance(found, str) else found.name for found in exempt} == {"letterbox", "doorbell"}
    assert app.extensions["csrf"]._exempt_views == set()


def test_the_session_cookie_is_for_this_site_over_https_alone(sqlite_engine: Engine, tmp_path: Path) -> None:
    with web_site.production_site(sqlite_engine, tmp_path) as app:
        cookie = app.test_client().get("/login").headers["Set-Cookie"]

        assert cookie.startswith("__Host-fieldveil=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_looking_at_a_page_does_not_prolong_the_session(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)

    assert "Set-Cookie" not in client.get("/live").headers


def test_a_session_ends_after_a_working_day(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    day = app.permanent_session_lifetime
    app.permanent_session_lifetime = timedelta(seconds=-1)

    assert (day, _is_signed_in(client)) == (timedelta(hours=12), False)


def test_what_changes_an_account_is_remembered(app: APIFlask, sqlite_engine: Engine) -> None:
    client = _visitor(app, sqlite_engine)
    _choose_password(client)
    _set_up_phone(client)
    _token(client)
    web_site.post(client, "/language", language="fr")

    expected = {
        "account.one_time_login",
        "account.password_changed",
        "account.second_factor_set",
        "account.token",
        "account.language",
    }
    assert expected <= set(_actions(sqlite_engine))


def test_a_sign_in_by_password_is_remembered(app: APIFlask, sqlite_engine: Engine) -> None:
    _choose_password(_visitor(app, sqlite_engine))

    _sign_in(app.test_client())

    assert _actions(sqlite_engine)[-1] == "account.sign_in"


def test_a_page_does_not_keep_the_one_writer_of_sqlite_waiting(app: APIFlask, sqlite_engine: Engine) -> None:
    """While somebody writes, a signed-in reader still gets the page, and at once."""
    client = _visitor(app, sqlite_engine)

    with transaction(state.of(app).engine) as session:
        session.execute(update(account).values(teams=["CTE-S-DRV-2026-01/north"]))
        status = client.get("/account").status_code

    assert status == 200
