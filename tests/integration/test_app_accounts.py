"""Accounts in the store: what can be created, what is refused with which remedy, and what stays behind."""

from datetime import date

import pytest
import web_site
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import IntegrityError

from backend.access import Role
from backend.store import accounts
from backend.store.account_tables import account, one_time_login
from backend.store.accounts import AccountError, NewAccount
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.tables import audit, metadata
from mappings.areas import demo

ENTRY = Audit("cli", "account.create", "account")
COORDINATOR = frozenset({Role.COORDINATOR})


def _create(engine: Engine, new: NewAccount) -> int:
    with transaction(engine) as session:
        return accounts.create_user(session, new, ENTRY)


def _refusal(engine: Engine, new: NewAccount) -> str:
    with pytest.raises(AccountError) as raised:
        _create(engine, new)
    return str(raised.value)


def test_an_account_comes_back_as_it_was_created(engine: Engine) -> None:
    web_site.add_areas(engine)
    area = demo.load().level(2)[0].pcode
    roles = frozenset({Role.SUPERVISOR, Role.REVIEWER})

    _create(engine, NewAccount("Amina@Example.org ", roles, frozenset({area}), teams=web_site.NORTH, language="ar"))

    with reading(engine) as session:
        found = accounts.list_users(session)
    assert found == [
        accounts.AccountSummary(
            name="amina@example.org",
            roles=(Role.REVIEWER, Role.SUPERVISOR),
            areas=(area,),
            teams=("CTE-S-DRV-2026-01/north",),
            active=True,
            has_password=False,
            has_second_factor=False,
        )
    ]


def test_a_link_signs_in_once_on_both_databases(engine: Engine) -> None:
    person = _create(engine, NewAccount("amina", COORDINATOR))
    token = web_site.one_time_link(engine, person)

    with transaction(engine) as session:
        found = [accounts.redeem_one_time_login(session, token) for _ in range(2)]

    assert found == [person, None]


@pytest.mark.parametrize("name", ["", "a", "amina k", "@x", "a@b@c", "x" * 200, "امينة"])
def test_what_cannot_be_a_name_is_refused(sqlite_engine: Engine, name: str) -> None:
    assert "at least two letters" in _refusal(sqlite_engine, NewAccount(name, COORDINATOR))


def test_a_name_is_taken_once_whatever_its_case(sqlite_engine: Engine) -> None:
    _create(sqlite_engine, NewAccount("amina", COORDINATOR))

    assert "choose another name" in _refusal(sqlite_engine, NewAccount("AMINA", COORDINATOR))


def test_an_account_without_a_role_is_refused(sqlite_engine: Engine) -> None:
    assert "im_officer" in _refusal(sqlite_engine, NewAccount("amina", frozenset()))


def test_a_supervisor_without_a_team_is_refused(sqlite_engine: Engine) -> None:
    assert "team" in _refusal(sqlite_engine, NewAccount("amina", frozenset({Role.SUPERVISOR})))


def test_an_unknown_language_is_refused(sqlite_engine: Engine) -> None:
    assert "en, fr, es, ar" in _refusal(sqlite_engine, NewAccount("amina", COORDINATOR, language="xx"))


@pytest.mark.parametrize("pcode", ["XX99", demo.load().level(3)[0].pcode])
def test_an_area_that_no_live_figure_knows_is_refused(sqlite_engine: Engine, pcode: str) -> None:
    web_site.add_areas(sqlite_engine)

    assert pcode in _refusal(sqlite_engine, NewAccount("amina", COORDINATOR, frozenset({pcode})))


def test_closing_an_account_ends_its_links(sqlite_engine: Engine) -> None:
    person = _create(sqlite_engine, NewAccount("amina", COORDINATOR))
    web_site.one_time_link(sqlite_engine, person)

    web_site.close_account(sqlite_engine, "amina")

    with reading(sqlite_engine) as session:
        assert session.execute(select(one_time_login)).all() == []
        assert accounts.list_users(session)[0].active is False


def test_ending_sessions_changes_what_they_carry(sqlite_engine: Engine) -> None:
    person = _create(sqlite_engine, NewAccount("amina", COORDINATOR))
    with reading(sqlite_engine) as session:
        before = session.scalar(select(account.c.fs_uniquifier))

    with transaction(sqlite_engine) as session:
        accounts.end_sessions(session, person, ENTRY)

    with reading(sqlite_engine) as session:
        assert session.scalar(select(account.c.fs_uniquifier)) != before


def test_an_unknown_account_is_refused_with_a_remedy(sqlite_engine: Engine) -> None:
    with pytest.raises(AccountError, match="list of accounts"), transaction(sqlite_engine) as session:
        accounts.account_id(session, "nobody")


def test_the_database_refuses_a_role_that_does_not_exist(engine: Engine) -> None:
    person = _create(engine, NewAccount("amina", COORDINATOR))

    with pytest.raises(IntegrityError):
        web_site.insert_rows(engine, metadata.tables["account_role"], [{"account_id": person, "name": "king"}])


def test_the_tables_of_accounts_come_with_the_migrations(engine: Engine) -> None:
    assert {"account", "account_role", "one_time_login"} <= set(inspect(engine).get_table_names())


def test_what_is_done_to_an_account_is_remembered(sqlite_engine: Engine) -> None:
    person = _create(sqlite_engine, NewAccount("amina", COORDINATOR))
    web_site.one_time_link(sqlite_engine, person)

    with reading(sqlite_engine) as session:
        entries = session.execute(select(audit.c.actor, audit.c.action)).all()
    assert [tuple(entry) for entry in entries] == [("cli", "account.create"), ("test", "test")]


def test_an_account_is_as_old_as_today(sqlite_engine: Engine) -> None:
    _create(sqlite_engine, NewAccount("amina", COORDINATOR))

    with reading(sqlite_engine) as session:
        created = session.scalar(select(account.c.created_on))
    assert isinstance(created, date)
    assert created == web_site.TODAY
