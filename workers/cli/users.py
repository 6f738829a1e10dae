"""`fieldveil users`: accounts for the pages. Nobody gets a password; a one-time link lets a person choose one."""

import click

from backend.access import Role
from backend.settings import settings
from backend.store.accounts import (
    NewAccount,
    account_id,
    create_one_time_login,
    create_user,
    list_users,
    normal_name,
    reset_second_factor,
    set_active,
    sign_in_address,
)
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from workers.cli.output import as_json, note, print_json, print_table, say
from workers.cli.store import ACTOR, opened

_DAY = 24 * 60
_ROLES = [role.value for role in Role]


@click.group(epilog="docs/accounts.md says what each role may do.")
def users() -> None:
    """Make accounts and one-time links to sign in with."""


@users.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(_ROLES), help="Repeatable.")
@click.option("--area", "areas", multiple=True, help="Limit the account to this p-code of level 1 or 2. Repeatable.")
@click.option("--team", default=None, help="The team whose inbox a supervisor reads.")
@click.option("--language", default=None, help="en, fr, es or ar.")
def add(name: str, roles: tuple[str, ...], areas: tuple[str, ...], team: str | None, language: str | None) -> None:
    """Make an account for NAME (im.officer, or im.officer@example.org), and a link that signs in once."""
    chosen = frozenset(Role(role) for role in roles)
    new = NewAccount(normal_name(name), chosen, frozenset(areas), team, language)
    with opened() as context, transaction(context.engine) as session:
        person = create_user(session, new, Audit(ACTOR, "account.created", new.name))
        entry = Audit(ACTOR, "account.link_created", new.name)
        token = create_one_time_login(session, person, _DAY, entry)
    _show_link(new.name, token)


@users.command("one-time-login")
@click.argument("name")
@click.option("--minutes", type=click.IntRange(1, 7 * _DAY), default=60, show_default=True, help="How long it works.")
def one_time_login(name: str, minutes: int) -> None:
    """Make a link that signs NAME in once, for a first visit or a forgotten password.

    Who has set up a second factor is asked for its code, too.
    """
    with opened() as context, transaction(context.engine) as session:
        person = account_id(session, name)
        entry = Audit(ACTOR, "account.link_created", normal_name(name))
        token = create_one_time_login(session, person, minutes, entry)
    _show_link(normal_name(name), token)


@users.command()
@click.argument("name")
def close(name: str) -> None:
    """Close the account NAME. Its sessions, its tokens and its unused links end at once."""
    _open_or_close(name, is_open=False, action="account.closed")


@users.command()
@click.argument("name")
def reopen(name: str) -> None:
    """Let the closed account NAME sign in again, with the password it had."""
    _open_or_close(name, is_open=True, action="account.reopened")


@users.command("reset-second-factor")
@click.argument("name")
def reset_phone(name: str) -> None:
    """Forget the phone of NAME, if it was lost: the next sign-in asks to set up another."""
    with opened() as context, transaction(context.engine) as session:
        reset_second_factor(session, name, Audit(ACTOR, "account.second_factor_reset", normal_name(name)))
    note(f"{normal_name(name)} sets up a new second factor at the next sign-in.")


@users.command("list")
@as_json
def list_accounts(as_json: bool) -> None:
    """List the accounts with their roles and areas."""
    with opened() as context, reading(context.engine) as session:
        found = list_users(session)
    rows = [
        {
            "name": one.name,
            "roles": list(one.roles),
            "areas": list(one.areas),
            "team": one.team,
            "active": one.active,
            "password": one.has_password,
            "second_factor": one.has_second_factor,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(tuple(rows[0]), [[_text(value) for value in row.values()] for row in rows])
    else:
        note("There is no account yet: fieldveil users add NAME --role admin")


def _open_or_close(name: str, *, is_open: bool, action: str) -> None:
    with opened() as context, transaction(context.engine) as session:
        set_active(session, name, active=is_open, audit=Audit(ACTOR, action, normal_name(name)))
    note(f"The account {normal_name(name)} is {'open' if is_open else 'closed'}.")


def _show_link(name: str, token: str) -> None:
    note(f"This link signs {name} in once. It is shown now and never again; send it on a way you trust.")
    say(sign_in_address(settings().public_url, token))


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return {"True": "yes", "False": "no", "None": ""}.get(str(value), str(value))
